//! Shapes of the oracles and the digest that binds them (normative, spec 6).

use crate::placement::{OracleLayout, box_count, place, shapes_of};
use crate::{Circuit, CircuitError, Oracle};
use affidavit_plan::{Commitment, Digest, Statement, digest};
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
    pub input: Option<OracleLayout>,
    pub fresh: OracleLayout,
    /// Pads of the input oracle's columns.
    pub input_pads: usize,
    pub digest: Digest,
}

impl Layout {
    /// Places the circuit's committed tensors; the model's and input's shapes come from their commitments.
    ///
    /// # Errors
    /// [`CircuitError::Mismatch`] if a commitment's shape is not the one that the layout gives.
    pub fn new(
        circuit: &Circuit,
        statement: &Statement,
        model: &Commitment,
        input: Option<&Commitment>,
    ) -> Result<Self, CircuitError> {
        let shape = OracleShape {
            log_rows: usize::from(model.log_rows),
            log_blowup: usize::from(model.log_blowup),
            queries: usize::from(model.queries),
            grinding: model.grinding,
            pads: model.pads as usize,
        };
        check_shape(&shape)?;
        let model_layout = place_checked(&shapes_of(circuit, Oracle::Model), shape.log_rows, shape.pads)?;
        expect_columns("model", model, &model_layout)?;
        let input_layout = match input {
            Some(input) => {
                let same = input.log_rows == model.log_rows
                    && input.log_blowup == model.log_blowup
                    && input.queries == model.queries
                    && input.grinding == model.grinding
                    && input.field == model.field;
                if !same || input.pads as usize >= 1 << shape.log_rows {
                    let text = "the input's commitment has another shape than the model's";
                    return Err(CircuitError::Mismatch(text.into()));
                }
                let placed = place_checked(&shapes_of(circuit, Oracle::Input), shape.log_rows, input.pads as usize)?;
                expect_columns("input", input, &placed)?;
                Some(placed)
            }
            None => None,
        };
        let fresh = place_checked(&shapes_of(circuit, Oracle::Fresh), shape.log_rows, shape.queries)?;
        let mut layout = Self {
            shape,
            model: model_layout,
            input: input_layout,
            fresh,
            input_pads: input.map_or(0, |i| i.pads as usize),
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
        self.model.columns + self.input.as_ref().map_or(0, |i| i.columns) + self.fresh.columns
    }

    /// Bits of a column's number.
    pub fn log_columns(&self) -> usize {
        affidavit_algebra::log2_ceil(self.columns())
    }

    /// The oracles in order with the number of their first column.
    pub fn oracles(&self) -> Vec<(Oracle, usize, &OracleLayout)> {
        let mut first = 0;
        let mut out = Vec::with_capacity(3);
        let all = [
            (Oracle::Model, Some(&self.model)),
            (Oracle::Input, self.input.as_ref()),
            (Oracle::Fresh, Some(&self.fresh)),
        ];
        for (oracle, layout) in all {
            if let Some(layout) = layout {
                out.push((oracle, first, layout));
                first += layout.columns;
            }
        }
        out
    }

    fn compute_digest(&self, circuit: &Circuit, statement: &Statement) -> Digest {
        let mut bytes = Vec::new();
        bytes.extend(statement.plan);
        bytes.push(statement.purpose as u8);
        let mut words = |xs: &[usize]| xs.iter().for_each(|&x| bytes.extend((x as u64).to_le_bytes()));
        let s = &self.shape;
        words(&[circuit.batch, s.log_rows, s.log_blowup, s.queries, usize::from(s.grinding), s.pads, self.input_pads]);
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

/// Column height for a model commitment: smallest opening, about |K|·2^l for u and queries·|F|·columns for rows.
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
        if best.as_ref().is_none_or(|(c, _, _)| cost < *c) && columns <= MAX_COLUMNS {
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
