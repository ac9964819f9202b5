//! One sumcheck reduces all claims on the oracles to one point (x1 over columns, x2 over rows).

use crate::claims::{Claims, scalar};
use crate::context::{Context, ProtocolError};
use crate::stage::next_claim;
use affidavit_algebra::{FieldPair, eq_eval, eq_table, truncated_eq_eval};
use affidavit_hiding::{Expr, Var};
use affidavit_relations::{Chunk, Circuit, Layout, TensorId, axis_ranges};
use p3_field::{Field, PrimeCharacteristicRing};

/// A claim on a committed tensor with its batching coefficient.
#[derive(Clone, Debug)]
pub struct BatchClaim<K> {
    pub tensor: TensorId,
    pub point: Vec<K>,
    pub coefficient: K,
}

impl<K: Field> BatchClaim<K> {
    /// The claim inside a chunk of its tensor: the coefficient times eq of the point and the chunk's fixed bits, and the
    /// point's coordinates of each axis that stay free.
    #[expect(
        clippy::indexing_slicing,
        reason = "the point has the tensor's coordinates; a piece is a part of its axis"
    )]
    pub fn inside(&self, chunk: &Chunk, dims: &[usize]) -> (K, Vec<&[K]>) {
        let mut scale = self.coefficient;
        let free = axis_ranges(dims).into_iter().zip(&chunk.pieces).map(|(axis, piece)| {
            let (fixed, free) = self.point[axis].split_at(piece.axis_bits - piece.free);
            scale *= eq_eval(&bits::<K>(piece.prefix, fixed.len()), fixed);
            free
        });
        let free = free.collect();
        (scale, free)
    }
}

/// The one point and value that the oracles are opened at.
pub struct Opening<K> {
    pub x1: Vec<K>,
    pub x2: Vec<K>,
    /// Index of the sent scalar f(x1, x2).
    pub value: usize,
    /// Claims that were batched.
    pub claims: usize,
}

/// Discharges every remaining claim.
#[expect(clippy::indexing_slicing, reason = "claims name tensors of the circuit")]
pub fn batch<P: FieldPair, C: Context<P>>(
    claims: &mut Claims<'_, P>,
    ctx: &mut C,
    layout: &Layout,
) -> Result<Opening<P::K>, ProtocolError> {
    let gamma = ctx.challenge("claim batching");
    let mut claim = Expr::zero();
    let mut batched = Vec::new();
    let mut coefficient = P::K::ONE;
    for pending in claims.take(|_| true) {
        if claims.circuit.tensors[pending.tensor].oracle().is_none() {
            return Err(ProtocolError::Internal("a claim was never discharged"));
        }
        claim.add_term(Var::Scalar(pending.scalar), coefficient);
        let point = claims.points.values(&pending.point);
        batched.push(BatchClaim { tensor: pending.tensor, point, coefficient });
        coefficient *= gamma;
    }
    if let Some(p) = ctx.prover() {
        p.batch_start(&batched);
    }
    let log_columns = layout.log_columns();
    let vars = log_columns + layout.shape.log_rows;
    let mut bound = Vec::with_capacity(vars);
    for _ in 0..vars {
        let round = ctx.prover().map(|p| p.batch_round());
        let at_zero = scalar(ctx.scalar("batch round", round.map(|r| r[0]))?);
        let at_two = scalar(ctx.scalar("batch round", round.map(|r| r[1]))?);
        let r = ctx.challenge("batch challenge");
        claim = next_claim(claim, &[at_zero, at_two], r);
        bound.push(r);
        if let Some(p) = ctx.prover() {
            p.batch_bind(r);
        }
    }
    let x2 = bound.split_off(log_columns);
    let x1 = bound;
    let end = ctx.prover().map(|p| p.batch_end());
    let value = ctx.scalar("oracle value", end)?;
    let weight = if ctx.dry() { P::K::ONE } else { weight_at(claims.circuit, layout, &batched, &x1, &x2) };
    ctx.assert_zero("claim batching", scalar(value) * weight - claim)?;
    Ok(Opening { x1, x2, value, claims: batched.len() })
}

/// Σ over claims and chunks of coefficient · eq(fixed bits) · eq(place, x) · eq(free coordinates, x2), the last over the
/// tensor's real cells only: spare cells of a chunk weigh nothing, so what a prover committed there is out of every claim.
#[expect(
    clippy::indexing_slicing,
    reason = "chunks and claims name tensors and columns of this layout; a chunk is no longer than a column"
)]
fn weight_at<K: Field>(circuit: &Circuit, layout: &Layout, claims: &[BatchClaim<K>], x1: &[K], x2: &[K]) -> K {
    let columns = eq_table(x1);
    let mut by_tensor: Vec<Vec<&BatchClaim<K>>> = vec![vec![]; circuit.tensors.len()];
    for claim in claims {
        by_tensor[claim.tensor].push(claim);
    }
    let mut sum = K::ZERO;
    for (_, first, oracle) in layout.oracles() {
        for chunk in &oracle.chunks {
            if by_tensor[chunk.tensor].is_empty() {
                continue;
            }
            let rows = x2.len() - chunk.log_size;
            let address: Vec<K> = bits(chunk.offset >> chunk.log_size, rows);
            let place = columns[first + chunk.column] * eq_eval(&address, &x2[..rows]);
            let dims = &circuit.tensors[chunk.tensor].dims;
            let extents = chunk.extents(dims);
            for claim in &by_tensor[chunk.tensor] {
                let (scale, free) = claim.inside(chunk, dims);
                let mut term = scale * place;
                let mut rest = &x2[rows..];
                for (coordinates, &extent) in free.iter().zip(&extents) {
                    let (here, later) = rest.split_at(coordinates.len());
                    term *= truncated_eq_eval(extent, coordinates, here);
                    rest = later;
                }
                sum += term;
            }
        }
    }
    sum
}

/// The `n` low bits of x, most significant first.
pub fn bits<K: PrimeCharacteristicRing>(x: usize, n: usize) -> Vec<K> {
    (0..n).map(|i| K::from_bool((x >> (n - 1 - i)) & 1 == 1)).collect()
}
