//! Contract and View: one batched sumcheck per stage reduces their claims to claims on their operands.

use crate::claims::{Claim, Claims, product, scalar};
use crate::context::{Context, ProtocolError};
use crate::points::{Coord, Point, suffix};
use affidavit_algebra::{FieldPair, eq_eval, eval_012, eval_0123};
use affidavit_hiding::{Expr, Var};
use affidavit_relations::contract::{self, AxisSource};
use affidavit_relations::{Kind, TensorId, axis_ranges, view};
use p3_field::PrimeCharacteristicRing;
use std::sync::Arc;

/// What one term sums.
#[derive(Clone, Debug)]
pub enum TermKind<K> {
    /// Σ weight·a·b over the summed labels; the output point, axis by axis.
    Contract { plan: contract::Plan, out_point: Vec<Vec<K>> },
    /// Σ weight·source over the source's cube; the batch point and the view's inner point.
    View { part: usize, source: TensorId, batch_point: Arc<[K]>, inner_point: Arc<[K]> },
}

/// One term of a stage's sum.
#[derive(Clone, Debug)]
pub struct StageTerm<K> {
    pub tensor: TensorId,
    pub coefficient: K,
    pub vars: usize,
    pub kind: TermKind<K>,
    /// The claimed scalar that this term (or its View as a whole) explains.
    pub claim: usize,
}

/// Discharges `pending`, claims on Contract and View tensors of one depth; returns the number of rounds.
pub fn stage<P: FieldPair, C: Context<P>>(
    claims: &mut Claims<'_, P>,
    ctx: &mut C,
    number: usize,
    pending: Vec<Claim>,
) -> Result<usize, ProtocolError> {
    let gamma = ctx.challenge("stage batching");
    let mut terms: Vec<StageTerm<P::K>> = Vec::new();
    let mut points: Vec<Arc<Point>> = Vec::new();
    let mut claim = Expr::zero();
    let mut power = P::K::ONE;
    for Claim { tensor, point, scalar: index } in pending {
        claim.add_term(Var::Scalar(index), power);
        push_terms(claims, &mut terms, &mut points, tensor, Arc::new(point), index, power)?;
        power *= gamma;
    }
    let vars = terms.iter().map(|t| t.vars).max().unwrap_or(0);
    let degree = terms.iter().map(degree_of).max().unwrap_or(2);
    if let Some(p) = ctx.prover() {
        p.stage_start(&terms, degree);
    }
    let mut bound = Vec::with_capacity(vars);
    for _ in 0..vars {
        let round = ctx.prover().map(|p| p.stage_round());
        let mut sent = Vec::with_capacity(degree);
        for i in 0..degree {
            let value = round.as_ref().and_then(|r| r.get(i)).copied();
            sent.push(scalar(ctx.scalar("stage round", value)?));
        }
        let r = ctx.challenge("stage challenge");
        claim = next_claim(claim, &sent, r);
        bound.push(r);
        if let Some(p) = ctx.prover() {
            p.stage_bind(r);
        }
    }
    let r: Point = claims.points.add(bound);
    let r_values = claims.points.values(&r);
    let mut total = -claim;
    let mut view = None;
    for (index, (term, out)) in terms.iter().zip(&points).enumerate() {
        let pad: P::K = r_values.iter().take(vars - term.vars).map(|&x| P::K::ONE - x).product();
        let value = term_end(claims, ctx, index, term, out, &suffix(&r, term.vars), &mut view)?;
        total.add_scaled(&value, term.coefficient * pad);
    }
    ctx.assert_zero(&format!("stage {number}"), total)?;
    Ok(vars)
}

fn degree_of<K>(term: &StageTerm<K>) -> usize {
    match &term.kind {
        TermKind::Contract { plan, .. } if plan.weighted() && plan.b.is_some() => 3,
        _ => 2,
    }
}

#[expect(clippy::indexing_slicing, reason = "ids are of the circuit; a batched tensor has a first axis")]
fn push_terms<P: FieldPair>(
    claims: &mut Claims<'_, P>,
    terms: &mut Vec<StageTerm<P::K>>,
    points: &mut Vec<Arc<Point>>,
    tensor: TensorId,
    point: Arc<Point>,
    claim: usize,
    coefficient: P::K,
) -> Result<(), ProtocolError> {
    let decl = &claims.circuit.tensors[tensor];
    match &decl.kind {
        Kind::Contract { .. } => {
            claims.charge_stage(1)?;
            let plan = contract::plan(claims.circuit, tensor).ok_or(ProtocolError::Internal("contract"))?;
            let out_point = axis_ranges(&decl.dims)
                .into_iter()
                .map(|r| claims.points.values(point.get(r).unwrap_or_default()))
                .collect();
            let vars = plan.vars();
            terms.push(StageTerm { tensor, coefficient, vars, kind: TermKind::Contract { plan, out_point }, claim });
            points.push(point);
        }
        Kind::View { parts } => {
            claims.charge_stage(parts.len())?;
            let batch_bits = if decl.batched { affidavit_algebra::log2_ceil(decl.dims[0]) } else { 0 };
            let values = |range: Option<&[Coord]>| claims.points.values(range.unwrap_or_default()).into();
            let (batch_point, inner_point): (Arc<[P::K]>, Arc<[P::K]>) =
                (values(point.get(..batch_bits)), values(point.get(batch_bits..)));
            for (index, part) in parts.iter().enumerate() {
                let source = part.src as usize;
                let vars = claims.circuit.tensors[source].vars() - batch_bits;
                let kind = TermKind::View {
                    part: index,
                    source,
                    batch_point: batch_point.clone(),
                    inner_point: inner_point.clone(),
                };
                terms.push(StageTerm { tensor, coefficient, vars, kind, claim });
                points.push(point.clone());
            }
        }
        _ => return Err(ProtocolError::Internal("a claim of this kind has no stage")),
    }
    Ok(())
}

/// The round polynomial at r from its values at 0, 2 (, 3) and value(0) + value(1) = claim.
pub fn next_claim<K: p3_field::Field>(claim: Expr<K>, sent: &[Expr<K>], r: K) -> Expr<K> {
    let (at_one, others): (K, Vec<K>) = if sent.len() == 2 {
        let [l0, l1, l2] = eval_012(r);
        (l1, vec![l0 - l1, l2])
    } else {
        let [l0, l1, l2, l3] = eval_0123(r);
        (l1, vec![l0 - l1, l2, l3])
    };
    let mut out = claim * at_one;
    for (value, factor) in sent.iter().zip(others) {
        out.add_scaled(value, factor);
    }
    out
}

/// The equality weights of a view's cells at the point of its claim: all parts of one claim share them.
type ViewEq<K> = Option<(Arc<[K]>, view::CellEq<K>)>;

/// The term's value at the bound point.
#[expect(clippy::indexing_slicing, reason = "ids, axes and labels are of the circuit's own contraction plan")]
fn term_end<P: FieldPair, C: Context<P>>(
    claims: &mut Claims<'_, P>,
    ctx: &mut C,
    index: usize,
    term: &StageTerm<P::K>,
    out: &Point,
    r: &Point,
    view: &mut ViewEq<P::K>,
) -> Result<Expr<P::K>, ProtocolError> {
    let r_values = claims.points.values(r);
    let circuit = claims.circuit;
    match &term.kind {
        TermKind::Contract { plan, out_point } => {
            let mut offset = 0;
            let labels: Vec<core::ops::Range<usize>> = plan
                .summed
                .iter()
                .map(|&(bits, _)| {
                    offset += bits;
                    offset - bits..offset
                })
                .collect();
            let out_axes = axis_ranges(&circuit.tensors[term.tensor].dims);
            let operand_point = |axes: &[AxisSource]| -> Point {
                axes.iter()
                    .flat_map(|axis| match axis {
                        AxisSource::Output(o) => out.get(out_axes[*o].clone()).unwrap_or_default().to_vec(),
                        AxisSource::Summed(l) => r.get(labels[*l].clone()).unwrap_or_default().to_vec(),
                    })
                    .collect()
            };
            let weight: P::K = plan
                .summed
                .iter()
                .zip(&labels)
                .filter_map(|(&(_, axis), label)| axis.map(|a| eq_eval(&out_point[a], &r_values[label.clone()])))
                .product();
            let a_point = operand_point(&plan.a_axes);
            let b_point = operand_point(&plan.b_axes);
            let ends = ctx.prover().map(|p| p.stage_end(index));
            if let Some((a, b)) = ends {
                claims.offer(plan.a, a_point.clone(), a);
                if let (Some(tensor), Some(value)) = (plan.b, b) {
                    claims.offer(tensor, b_point.clone(), value);
                }
            }
            let a = claims.eval(ctx, plan.a, &a_point)?;
            let value = match plan.b {
                Some(b_tensor) => {
                    let b = claims.eval(ctx, b_tensor, &b_point)?;
                    let sent = |t: TensorId| !matches!(circuit.tensors[t].kind, Kind::Linear { .. } | Kind::Public(_));
                    multiply(ctx, (a, sent(plan.a)), (b, sent(b_tensor)), ends)?
                }
                None => a,
            };
            Ok(value * weight)
        }
        TermKind::View { part, source, batch_point, inner_point } => {
            let Kind::View { parts } = &circuit.tensors[term.tensor].kind else {
                return Err(ProtocolError::Internal("view"));
            };
            let part = parts.get(*part).ok_or(ProtocolError::Internal("view part"))?;
            let skip = usize::from(circuit.tensors[term.tensor].batched);
            let out_dims = &circuit.tensors[term.tensor].dims[skip..];
            let source_dims = &circuit.tensors[*source].dims[skip..];
            let cells = |dims: &[usize]| dims.iter().product::<usize>();
            claims.charge(
                part.box_shape.iter().map(|&d| d as usize).product::<usize>() + cells(source_dims).min(1 << 16),
            )?;
            let weight = if ctx.dry() {
                P::K::ONE
            } else {
                let known = view.take().filter(|(point, _)| Arc::ptr_eq(point, inner_point));
                let known = known.unwrap_or_else(|| (inner_point.clone(), view::CellEq::new(out_dims, inner_point)));
                let (_, cells) = view.insert(known);
                view::weight_eval(part, cells, &mut view::CellEq::new(source_dims, &r_values))
            };
            let point: Point = out.get(..batch_point.len()).unwrap_or_default().iter().chain(r).copied().collect();
            if let Some((a, _)) = ctx.prover().map(|p| p.stage_end(index)) {
                claims.offer(*source, point.clone(), a);
            }
            let value = claims.eval(ctx, *source, &point)?;
            Ok(value * weight)
        }
    }
}

/// a·b; a factor that is not one sent scalar or a constant is sent first and tied affinely.
fn multiply<P: FieldPair, C: Context<P>>(
    ctx: &mut C,
    (a, a_sent): (Expr<P::K>, bool),
    (b, b_sent): (Expr<P::K>, bool),
    ends: Option<(P::K, Option<P::K>)>,
) -> Result<Expr<P::K>, ProtocolError> {
    if a.terms.is_empty() {
        return Ok(b * a.constant);
    }
    if b.terms.is_empty() {
        return Ok(a * b.constant);
    }
    let a = single(ctx, a, a_sent, ends.map(|e| e.0))?;
    let b = single(ctx, b, b_sent, ends.and_then(|e| e.1))?;
    Ok(product(ctx.product(a, b)))
}

/// Whether a factor is already one sent scalar is decided by the tensor's kind, never by values: the dry run must agree.
fn single<P: FieldPair, C: Context<P>>(
    ctx: &mut C,
    expr: Expr<P::K>,
    sent: bool,
    value: Option<P::K>,
) -> Result<usize, ProtocolError> {
    if let ([(Var::Scalar(index), _)], true) = (expr.terms.as_slice(), sent) {
        return Ok(*index);
    }
    let index = ctx.scalar("factor", value)?;
    ctx.assert_zero("factor", expr - scalar(index))?;
    Ok(index)
}
