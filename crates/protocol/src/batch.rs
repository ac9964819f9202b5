//! One sumcheck reduces all claims on the oracles to one point (x1 over columns, x2 over rows).

use crate::claims::{Claims, add, axis_ranges, constant, scalar, scaled};
use crate::context::{Context, ProtocolError};
use affidavit_algebra::{FieldPair, eq_eval, eq_table, eval_012, truncated_eq_eval};
use affidavit_relations::{Circuit, Layout, TensorId};
use p3_field::{Field, PrimeCharacteristicRing};

/// A claim on a committed tensor with its batching coefficient.
#[derive(Clone, Debug)]
pub struct BatchClaim<K> {
    pub tensor: TensorId,
    pub point: Vec<K>,
    pub coefficient: K,
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
pub fn batch<P: FieldPair, C: Context<P>>(
    claims: &mut Claims<'_, P>,
    ctx: &mut C,
    layout: &Layout,
) -> Result<Opening<P::K>, ProtocolError> {
    let gamma = ctx.challenge("claim batching");
    let mut claim = constant(P::K::ZERO);
    let mut batched = Vec::new();
    let mut coefficient = P::K::ONE;
    for pending in claims.take(|_| true) {
        if claims.circuit.tensors[pending.tensor].oracle().is_none() {
            return Err(ProtocolError::Internal("a claim was never discharged"));
        }
        add(&mut claim, &scalar(pending.scalar), coefficient);
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
        let [l0, l1, l2] = eval_012(r);
        let mut next = scaled(&claim, l1);
        add(&mut next, &at_zero, l0 - l1);
        add(&mut next, &at_two, l2);
        claim = next;
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
    let mut total = scaled(&scalar(value), weight);
    add(&mut total, &claim, -P::K::ONE);
    ctx.assert_zero("claim batching", total)?;
    Ok(Opening { x1, x2, value, claims: batched.len() })
}

/// Σ over claims and chunks of coefficient · eq(fixed bits) · eq(place, x) · eq(free coordinates, x2), the last over the
/// tensor's real cells only: spare cells of a chunk weigh nothing, so what a prover committed there is out of every claim.
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
            let axes = axis_ranges(dims);
            let extents = chunk.extents(dims);
            for claim in &by_tensor[chunk.tensor] {
                let mut term = claim.coefficient * place;
                let mut free = rows;
                for ((axis, piece), &extent) in axes.iter().zip(&chunk.pieces).zip(&extents) {
                    let coordinates = &claim.point[axis.clone()];
                    let fixed = piece.axis_bits - piece.free;
                    term *= eq_eval(&bits::<K>(piece.prefix, fixed), &coordinates[..fixed]);
                    term *= truncated_eq_eval(extent, &coordinates[fixed..], &x2[free..free + piece.free]);
                    free += piece.free;
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
