//! Shapes of the oracles and the digest that binds them (normative, spec 6).

use crate::placement::{OracleLayout, box_count, place, shapes_of};
use crate::{Circuit, CircuitError, Oracle};
use affidavit_plan::{Commitment, Digest, Purpose, Statement, digest};
use affidavit_soundness::MAX_GRINDING;

/// Shape that every oracle of a proof shares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OracleShape {
    /// log2 of the cells in a column.
    pub log_rows: usize,
    /// log2 of 1 / rate.
    pub log_blowup: usize,
    /// Opened rows.
    pub queries: usize,
    /// Proof-of-work bits before the positions are drawn.
    pub grinding: u8,
    /// Pads at the end of a column of a persistent oracle.
    pub pads: usize,
}

impl OracleShape {
    /// The shape that a commitment records.
    pub fn of(commitment: &Commitment) -> Self {
        Self {
            log_rows: usize::from(commitment.log_rows),
            log_blowup: usize::from(commitment.log_blowup),
            queries: usize::from(commitment.queries),
            grinding: commitment.grinding,
            pads: commitment.pads as usize,
        }
    }
}

/// Smallest and largest column height: the hiding finish needs room; u is sent in clear.
pub const MIN_LOG_ROWS: usize = 12;
/// See [`MIN_LOG_ROWS`].
pub const MAX_LOG_ROWS: usize = 20;
/// Rate 1/4.
pub const LOG_BLOWUP: usize = 2;
/// Most columns of all oracles of one proof together.
pub const MAX_COLUMNS: usize = 1 << 16;
/// Most dyadic boxes of all tensors of one oracle.
pub const MAX_BOXES: u64 = 1 << 18;

/// Where everything is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    pub shape: OracleShape,
    pub model: OracleLayout,
    /// The second persistent oracle: inputs, or the renewed model.
    pub second: Option<(Oracle, OracleLayout)>,
    pub fresh: OracleLayout,
    /// Pads of the second oracle's columns.
    pub second_pads: usize,
    pub digest: Digest,
}

impl Layout {
    /// Places the circuit's committed tensors; the shapes of the model and of the second persistent oracle come from their
    /// commitments.
    ///
    /// # Errors
    /// [`CircuitError::Mismatch`] if a commitment's shape is not the one that the layout gives.
    pub fn new(
        circuit: &Circuit,
        statement: &Statement,
        model: &Commitment,
        second: Option<&Commitment>,
    ) -> Result<Self, CircuitError> {
        let shape = OracleShape::of(model);
        check_shape(&shape)?;
        let model_layout = place_checked(&shapes_of(circuit, Oracle::Model), shape.log_rows, shape.pads)?;
        expect_columns("model", model, &model_layout)?;
        let second_oracle =
            if matches!(statement.purpose, Purpose::Renewal { .. }) { Oracle::Renewed } else { Oracle::Input };
        let second_layout =
            second.map(|commitment| place_second(circuit, second_oracle, commitment, model)).transpose()?;
        let fresh = place_checked(&shapes_of(circuit, Oracle::Fresh), shape.log_rows, shape.queries)?;
        let mut layout = Self {
            shape,
            model: model_layout,
            second: second_layout.map(|layout| (second_oracle, layout)),
            fresh,
            second_pads: second.map_or(0, |c| c.pads as usize),
            digest: [0; 32],
        };
        if layout.columns() > MAX_COLUMNS {
            let got = layout.columns() as u64;
            return Err(CircuitError::TooLarge { what: "the number of columns", got, limit: MAX_COLUMNS as u64 });
        }
        layout.digest = layout.compute_digest(circuit, statement);
        Ok(layout)
    }

    /// Columns of all oracles.
    pub fn columns(&self) -> usize {
        self.model.columns + self.second.as_ref().map_or(0, |(_, layout)| layout.columns) + self.fresh.columns
    }

    /// Bits of a column's number.
    pub fn log_columns(&self) -> usize {
        affidavit_algebra::log2_ceil(self.columns())
    }

    /// The oracles in order with the number of their first column.
    pub fn oracles(&self) -> Vec<(Oracle, usize, &OracleLayout)> {
        let mut first = 0;
        let second = self.second.as_ref().map(|(oracle, layout)| (*oracle, layout));
        let all = [Some((Oracle::Model, &self.model)), second, Some((Oracle::Fresh, &self.fresh))];
        let numbered = all.into_iter().flatten().map(|(oracle, layout)| {
            first += layout.columns;
            (oracle, first - layout.columns, layout)
        });
        numbered.collect()
    }

    fn compute_digest(&self, circuit: &Circuit, statement: &Statement) -> Digest {
        let mut bytes = Vec::new();
        bytes.extend(statement.plan);
        bytes.push(statement.purpose.tag());
        let mut words = |xs: &[usize]| xs.iter().for_each(|&x| bytes.extend((x as u64).to_le_bytes()));
        let s = &self.shape;
        words(&[circuit.batch, s.log_rows, s.log_blowup, s.queries, usize::from(s.grinding), s.pads, self.second_pads]);
        words(&[circuit.range_bits, circuit.log_leaves(), circuit.tensors.len(), circuit.lookups.len()]);
        for (oracle, first, layout) in self.oracles() {
            words(&[oracle as usize, first, layout.columns, layout.chunks.len()]);
            for c in &layout.chunks {
                words(&[c.tensor, c.column, c.offset, c.log_size]);
                for p in &c.pieces {
                    words(&[p.axis_bits, p.prefix, p.free]);
                }
            }
        }
        digest("layout", &bytes)
    }
}

/// The second persistent oracle: under the model commitment's shape, pads of its own.
fn place_second(
    circuit: &Circuit,
    oracle: Oracle,
    commitment: &Commitment,
    model: &Commitment,
) -> Result<OracleLayout, CircuitError> {
    let what = if oracle == Oracle::Renewed { "renewed" } else { "input" };
    let shape = OracleShape::of(commitment);
    let with_these_pads = OracleShape { pads: shape.pads, ..OracleShape::of(model) };
    if commitment.field != model.field || shape != with_these_pads {
        return Err(CircuitError::Mismatch(format!("the {what} commitment has another shape than the model's")));
    }
    check_shape(&shape)?;
    let placed = place_checked(&shapes_of(circuit, oracle), shape.log_rows, shape.pads)?;
    expect_columns(what, commitment, &placed)?;
    Ok(placed)
}

fn expect_columns(what: &str, commitment: &Commitment, layout: &OracleLayout) -> Result<(), CircuitError> {
    if commitment.columns as usize != layout.columns {
        return Err(CircuitError::Mismatch(format!(
            "the {what} commitment has {} columns, the layout {}",
            commitment.columns, layout.columns
        )));
    }
    Ok(())
}

/// Places tensors unless that would take too many boxes or columns; refused before anything is allocated for it.
///
/// # Errors
/// [`CircuitError::TooLarge`].
pub fn place_checked(
    shapes: &[(usize, Vec<usize>)],
    log_rows: usize,
    pads: usize,
) -> Result<OracleLayout, CircuitError> {
    let boxes: u64 = shapes.iter().map(|(_, d)| box_count(d)).fold(0, u64::saturating_add);
    if boxes > MAX_BOXES {
        return Err(CircuitError::TooLarge { what: "the number of dyadic boxes", got: boxes, limit: MAX_BOXES });
    }
    let cells: u64 = shapes.iter().map(|(_, d)| d.iter().map(|&x| x as u64).product::<u64>()).sum();
    let usable = (1u64 << log_rows).saturating_sub(pads as u64).max(1);
    if cells / usable > MAX_COLUMNS as u64 {
        let got = cells / usable;
        return Err(CircuitError::TooLarge { what: "the number of columns", got, limit: MAX_COLUMNS as u64 });
    }
    Ok(place(shapes, log_rows, pads))
}

/// Bounds that every commitment's shape must keep.
pub fn check_shape(shape: &OracleShape) -> Result<(), CircuitError> {
    let rows = 1usize.checked_shl(shape.log_rows as u32).unwrap_or(0);
    if !(MIN_LOG_ROWS..=MAX_LOG_ROWS).contains(&shape.log_rows) || shape.log_blowup != LOG_BLOWUP {
        return Err(CircuitError::Mismatch("column height or rate out of bounds".into()));
    }
    if shape.pads >= rows || shape.queries == 0 || shape.queries * 2 > rows || shape.pads < shape.queries {
        return Err(CircuitError::Mismatch("pads or queries out of bounds".into()));
    }
    if shape.grinding > MAX_GRINDING {
        let limit = MAX_GRINDING.into();
        return Err(CircuitError::TooLarge { what: "grinding", got: shape.grinding.into(), limit });
    }
    Ok(())
}

/// Whether a renewal under a commitment of the same shape fits: two claims a tensor, two scalars a round of claim batching,
/// the opening's two values and t cells of randomness lie in one column; so do the columns of both commitments in one proof.
fn renewable(tensors: usize, columns: usize, queries: usize, log_rows: usize) -> bool {
    let rounds = affidavit_algebra::log2_ceil(2 * columns + 1) + log_rows;
    2 * columns < MAX_COLUMNS && 2 * tensors + 2 * rounds + 2 + queries <= 1 << log_rows
}

/// Column height for a model commitment: smallest opening, about |K|·2^l for u and queries·|F|·columns for rows, among the
/// heights at which the commitment can be renewed one day.
///
/// # Errors
/// [`CircuitError::TooLarge`] if the pads for so many uses leave no room at the largest height.
pub fn choose_shape(
    shapes: &[(usize, Vec<usize>)],
    queries: usize,
    grinding: u8,
    uses: usize,
    f_bytes: usize,
    k_bytes: usize,
) -> Result<(OracleShape, usize), CircuitError> {
    let pads = queries.saturating_mul(uses.saturating_add(2));
    let mut best: Option<(usize, OracleShape, usize)> = None;
    for log_rows in MIN_LOG_ROWS..=MAX_LOG_ROWS {
        if pads >= 1 << log_rows {
            continue;
        }
        let Ok(OracleLayout { columns, .. }) = place_checked(shapes, log_rows, pads) else {
            continue;
        };
        let cost = (k_bytes << log_rows) + queries * f_bytes * columns;
        if best.as_ref().is_none_or(|(c, _, _)| cost < *c) && renewable(shapes.len(), columns, queries, log_rows) {
            let shape = OracleShape { log_rows, log_blowup: LOG_BLOWUP, queries, grinding, pads };
            best = Some((cost, shape, columns));
        }
    }
    best.map(|(_, shape, columns)| (shape, columns)).ok_or(CircuitError::TooLarge {
        what: "the number of uses",
        got: uses as u64,
        limit: ((1usize << MAX_LOG_ROWS) / queries.max(1)) as u64,
    })
}
