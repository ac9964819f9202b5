//! Hints carry no soundness; they must only be computable: known sources, fitting shapes, shifts of 64-bit integers.

use super::body::{Earlier, check_broadcast};
use super::rule::Rule;
use crate::{Hint, Tensor, limits};

pub(super) fn check(earlier: &Earlier<'_>, tensor: &Tensor, hint: &Hint) -> Result<(), Rule> {
    match *hint {
        Hint::Clamp { src, shift, lo, hi } => {
            same_shape(earlier, tensor, src)?;
            if lo > hi {
                return Err(Rule::EmptyRange);
            }
            check_shift(shift)
        }
        Hint::Below { src, shift, .. } | Hint::Above { src, shift, .. } => {
            same_shape(earlier, tensor, src)?;
            check_shift(shift)
        }
        Hint::Table { src, table } => {
            same_shape(earlier, tensor, src)?;
            earlier.plan.tables.get(usize::from(table)).map(|_| ()).ok_or(Rule::HintTable)
        }
        Hint::RowMax { src } | Hint::RowMin { src } => reduced_shape(earlier, tensor, src),
        Hint::RowArgMax { src } => {
            same_shape(earlier, tensor, src)?;
            if tensor.dims.is_empty() { Err(Rule::HintShape) } else { Ok(()) }
        }
        Hint::FloorDiv { num, den } => {
            same_shape(earlier, tensor, num)?;
            check_broadcast(earlier.get(den)?.0, tensor).map_err(|_| Rule::HintShape)
        }
        Hint::Isqrt { src } => same_shape(earlier, tensor, src),
        Hint::Bits { src, shift, bits, .. } => {
            same_shape(earlier, tensor, src)?;
            check_shift(shift)?;
            if (1..=limits::HINT_BITS).contains(&bits) { Ok(()) } else { Err(Rule::HintBits) }
        }
    }
}

fn check_shift(shift: u8) -> Result<(), Rule> {
    if shift <= limits::HINT_BITS { Ok(()) } else { Err(Rule::HintBits) }
}

fn same_shape(earlier: &Earlier<'_>, tensor: &Tensor, src: u32) -> Result<(), Rule> {
    let (source, _) = earlier.get(src)?;
    let same = source.dims == tensor.dims && source.batched == tensor.batched;
    if same { Ok(()) } else { Err(Rule::HintShape) }
}

/// The source's shape with size 1 in the last axis.
fn reduced_shape(earlier: &Earlier<'_>, tensor: &Tensor, src: u32) -> Result<(), Rule> {
    let (source, _) = earlier.get(src)?;
    let same = match (source.dims.split_last(), tensor.dims.split_last()) {
        (Some((_, source)), Some((1, rows))) => source == rows,
        _ => false,
    };
    if same && source.batched == tensor.batched { Ok(()) } else { Err(Rule::HintShape) }
}
