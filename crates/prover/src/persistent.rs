//! Persistent oracles: a model's weights or a data owner's input, with their pads.

use crate::columns::fill;
use crate::error::ProveError;
use crate::random::{Stream, derive, digest_cells};
use affidavit_algebra::{FieldPair, log2_ceil};
use affidavit_commit::{CodeShape, Encoded};
use affidavit_plan::{Commitment, Digest, FieldId, Plan, Role, Schema, TensorKind};
use affidavit_relations::layout::place_checked;
use affidavit_relations::{CircuitError, OracleShape, choose_shape};
use affidavit_soundness::queries;
use p3_field::PrimeCharacteristicRing;
use rayon::prelude::*;
use std::borrow::Cow;

/// A committed matrix with everything needed to open it. As secret as what it commits to.
pub struct Persistent<P: FieldPair> {
    pub commitment: Commitment,
    /// The committed tensors' real cells, in order.
    pub tensors: Vec<Vec<P::F>>,
    /// Coefficient columns, pads included.
    pub columns: Vec<Vec<P::F>>,
    pub encoded: Encoded<P>,
    /// Secret of this commitment, for hedging.
    pub secret: [u8; 32],
}

/// Proof-of-work bits before the positions: fixed at commit.
fn grinding(cells: usize) -> u8 {
    if log2_ceil(cells) >= 22 { 20 } else { 16 }
}

/// The shape of a model commitment for so many uses, and its number of columns.
///
/// # Errors
/// [`ProveError::Circuit`] if the pads leave no room.
pub fn model_shape<P: FieldPair>(plan: &Plan, uses: usize) -> Result<(OracleShape, usize), ProveError> {
    let shapes = model_dims(plan);
    let cells = shapes.iter().map(|(_, d)| d.iter().product::<usize>()).sum();
    let grinding = grinding(cells);
    let t = queries(affidavit_relations::layout::LOG_BLOWUP, grinding);
    Ok(choose_shape(&shapes, t, grinding, uses, P::F_BYTES, P::F_BYTES * P::DEGREE)?)
}

/// The shape of `model`'s commitment with pads for so many uses: what a renewal keeps and changes.
///
/// # Errors
/// [`ProveError::Mismatch`] for another plan's or field's commitment, [`ProveError::Circuit`] if its columns have no room.
fn renewed_shape<P: FieldPair>(plan: &Plan, model: &Commitment, uses: usize) -> Result<OracleShape, ProveError> {
    if model.role != Role::Model || model.subject != plan.digest() || model.field != field::<P>() {
        return Err(ProveError::Mismatch("the commitment to renew is for another plan or field"));
    }
    let mut shape = OracleShape::of(model);
    let queries = shape.queries;
    shape.pads = queries.saturating_mul(uses.saturating_add(2));
    let cells = 1usize << shape.log_rows.min(usize::BITS as usize - 1);
    if shape.pads >= cells {
        let limit = ((cells - 1) / queries.max(1)).saturating_sub(2) as u64;
        return Err(CircuitError::TooLarge { what: "the number of uses", got: uses as u64, limit }.into());
    }
    affidavit_relations::layout::check_shape(&shape)?;
    Ok(shape)
}

fn field<P: FieldPair>() -> FieldId {
    match P::ID {
        1 => FieldId::KoalaBear,
        _ => FieldId::Goldilocks,
    }
}

fn model_dims(plan: &Plan) -> Vec<(usize, Vec<usize>)> {
    let model = plan.tensors.iter().filter(|t| matches!(t.kind, TensorKind::Model { .. }));
    model.map(|t| t.dims.iter().map(|&d| d as usize).collect()).enumerate().collect()
}

/// Commits to a model's weights (`tensors` in the order of the plan's Model tensors).
///
/// # Errors
/// [`ProveError::Tensor`] and [`ProveError::Range`] for weights that do not fit the plan.
pub fn commit_model<P: FieldPair>(
    plan: &Plan,
    tensors: &[Vec<i64>],
    uses: usize,
    seed: [u8; 32],
) -> Result<Persistent<P>, ProveError> {
    commit_weights::<P>(plan, tensors, model_shape::<P>(plan, uses)?.0, seed)
}

/// Commits to a model's weights again, in the shape of its commitment `model`, with pads for so many uses.
///
/// # Errors
/// As [`commit_model`]; [`ProveError::Mismatch`] for another plan's or field's commitment, [`ProveError::Circuit`] if its
/// columns have no room.
pub fn commit_renewed<P: FieldPair>(
    plan: &Plan,
    tensors: &[Vec<i64>],
    model: &Commitment,
    uses: usize,
    seed: [u8; 32],
) -> Result<Persistent<P>, ProveError> {
    commit_weights::<P>(plan, tensors, renewed_shape::<P>(plan, model, uses)?, seed)
}

fn commit_weights<P: FieldPair>(
    plan: &Plan,
    tensors: &[Vec<i64>],
    shape: OracleShape,
    seed: [u8; 32],
) -> Result<Persistent<P>, ProveError> {
    let shapes = model_dims(plan);
    let mut model = plan.tensors.iter().filter(|t| matches!(t.kind, TensorKind::Model { .. }));
    for ((_, dims), cells) in shapes.iter().zip(tensors) {
        let Some(tensor) = model.next() else { break };
        if let TensorKind::Model { lo, hi } = tensor.kind {
            check_cells(&tensor.name, dims, cells, lo, hi)?;
        }
    }
    if tensors.len() != shapes.len() {
        let name = "model".to_owned();
        return Err(ProveError::Tensor { name, expected: shapes.len(), got: tensors.len() });
    }
    commit::<P>(Role::Model, plan.digest(), &shapes, tensors, shape, 0, seed)
}

/// Commits to a batch of inputs under a schema (`tensors` in the schema's order, `[batch, *shape]`).
///
/// # Errors
/// As [`commit_model`].
pub fn commit_input<P: FieldPair>(
    schema: &Schema,
    batch: usize,
    tensors: &[Vec<i64>],
    seed: [u8; 32],
) -> Result<Persistent<P>, ProveError> {
    if tensors.len() != schema.inputs.len() {
        let name = "input".to_owned();
        return Err(ProveError::Tensor { name, expected: schema.inputs.len(), got: tensors.len() });
    }
    let mut shapes = Vec::with_capacity(tensors.len());
    for (id, (input, cells)) in schema.inputs.iter().zip(tensors).enumerate() {
        let mut dims = vec![batch];
        dims.extend(input.shape.iter().map(|&d| d as usize));
        check_cells(&input.name, &dims, cells, input.lo, input.hi)?;
        shapes.push((id, dims));
    }
    let shape = OracleShape {
        log_rows: usize::from(schema.log_rows),
        log_blowup: usize::from(schema.log_blowup),
        queries: usize::from(schema.queries),
        grinding: schema.grinding,
        pads: schema.pads as usize,
    };
    affidavit_relations::layout::check_shape(&shape)?;
    commit::<P>(Role::Input, schema.digest(), &shapes, tensors, shape, batch, seed)
}

fn check_cells(name: &str, dims: &[usize], cells: &[i64], lo: i64, hi: i64) -> Result<(), ProveError> {
    let expected = dims.iter().product();
    if cells.len() != expected {
        return Err(ProveError::Tensor { name: name.to_owned(), expected, got: cells.len() });
    }
    match cells.iter().position(|&c| c < lo || c > hi) {
        Some(cell) => Err(ProveError::Range { name: name.to_owned(), cell }),
        None => Ok(()),
    }
}

fn commit<P: FieldPair>(
    role: Role,
    subject: Digest,
    shapes: &[(usize, Vec<usize>)],
    tensors: &[Vec<i64>],
    shape: OracleShape,
    batch: usize,
    seed: [u8; 32],
) -> Result<Persistent<P>, ProveError> {
    let layout = place_checked(shapes, shape.log_rows, shape.pads)?;
    let seed = bound_seed(role, &subject, &shape, batch, tensors, &seed);
    let tensors: Vec<Vec<P::F>> =
        tensors.par_iter().map(|cells| cells.iter().map(|&x| P::F::from_i64(x)).collect()).collect();
    let mut stream = Stream::new(derive("pads", &[&seed]));
    let columns = fill::<P>(&layout, shape.log_rows, shape.pads, &mut stream, |id| {
        (shapes[id].1.clone(), Cow::Borrowed(tensors[id].as_slice()))
    });
    let code = CodeShape { log_rows: shape.log_rows, log_blowup: shape.log_blowup };
    let encoded = Encoded::commit(&columns, code, derive("salts", &[&seed]))?;
    let commitment = Commitment {
        role,
        field: field::<P>(),
        subject,
        log_rows: shape.log_rows as u8,
        log_blowup: shape.log_blowup as u8,
        columns: layout.columns as u32,
        queries: shape.queries as u16,
        grinding: shape.grinding,
        pads: shape.pads as u32,
        batch: batch as u32,
        root: encoded.root(),
    };
    Ok(Persistent { commitment, tensors, columns, encoded, secret: derive("hedge", &[&seed]) })
}

/// The seed bound to what is committed: one seed used for two commitments by mistake gives unrelated pads and salts.
fn bound_seed(
    role: Role,
    subject: &Digest,
    shape: &OracleShape,
    batch: usize,
    tensors: &[Vec<i64>],
    seed: &[u8; 32],
) -> [u8; 32] {
    let numbers = [shape.log_rows, shape.log_blowup, shape.queries, usize::from(shape.grinding), shape.pads, batch];
    let numbers: Vec<u8> = numbers.iter().flat_map(|&n| (n as u64).to_le_bytes()).collect();
    let cells = digest_cells(tensors.iter().map(Vec::as_slice));
    derive("commitment seed", &[seed, &[role as u8], subject, &numbers, &cells])
}
