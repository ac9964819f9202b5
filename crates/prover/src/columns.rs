//! Columns of an oracle: cells at their places, pads at the end.

use crate::random::Stream;
use affidavit_algebra::FieldPair;
use affidavit_relations::OracleLayout;
use affidavit_relations::placement::for_each_cell;
use p3_field::PrimeCharacteristicRing;
use std::borrow::Cow;

/// Fills the columns of an oracle from its tensors' real cells; the last `pads` cells of each column are uniform.
pub fn fill<'a, P: FieldPair>(
    layout: &OracleLayout,
    log_rows: usize,
    pads: usize,
    stream: &mut Stream,
    tensor: impl Fn(usize) -> (Vec<usize>, Cow<'a, [P::F]>),
) -> Vec<Vec<P::F>> {
    let mut columns = vec![P::F::zero_vec(1 << log_rows); layout.columns];
    let mut current: Option<(usize, Vec<usize>, Cow<'a, [P::F]>)> = None;
    // Chunks of one tensor are not adjacent by column; group them so that each tensor is fetched once.
    let mut order: Vec<usize> = (0..layout.chunks.len()).collect();
    order.sort_by_key(|&i| layout.chunks[i].tensor);
    for index in order {
        let chunk = &layout.chunks[index];
        if current.as_ref().is_none_or(|(id, _, _)| *id != chunk.tensor) {
            let (dims, cells) = tensor(chunk.tensor);
            current = Some((chunk.tensor, dims, cells));
        }
        if let Some((_, dims, cells)) = &current {
            let column = &mut columns[chunk.column][chunk.offset..];
            for_each_cell(chunk, dims, |cell, flat| column[cell] = cells[flat]);
        }
    }
    for column in &mut columns {
        let start = column.len() - pads;
        for cell in &mut column[start..] {
            *cell = stream.f::<P>();
        }
    }
    columns
}
