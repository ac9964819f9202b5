//! Lookup: one LogUp fraction tree for all lookups of a proof (eprint 2022/1530, 2023/1284).

use crate::batch::bits;
use crate::claims::{Claims, product, scalar, small};
use crate::context::{Context, ProtocolError};
use crate::points::{Point, suffix};
use affidavit_algebra::{FieldPair, eq_eval, eq_table, identity_eval, indicator_eval};
use affidavit_hiding::Expr;
use affidavit_relations::axis_ranges;
use p3_field::PrimeCharacteristicRing;

/// Proves that the fractions of all lookups and tables sum to zero and claims their tensors at the final point.
#[expect(clippy::indexing_slicing, reason = "the point was made with one coordinate")]
pub fn fractions<P: FieldPair, C: Context<P>>(claims: &mut Claims<'_, P>, ctx: &mut C) -> Result<(), ProtocolError> {
    let log_leaves = claims.circuit.log_leaves();
    if log_leaves == 0 {
        return Ok(());
    }
    let alpha = ctx.challenge("lookup alpha");
    let beta = ctx.challenge("lookup beta");
    if let Some(p) = ctx.prover() {
        p.tree_start(alpha, beta);
    }
    // Claims on the layer below the root, at its one variable.
    let ends = root(ctx)?;
    let mut point = vec![ctx.challenge("layer point")];
    let [mut n_claim, mut d_claim] = at_first(ends, point[0]);
    for level in 1..log_leaves {
        let lambda = ctx.challenge("layer lambda");
        let mut claim = n_claim + d_claim * lambda;
        if let Some(p) = ctx.prover() {
            p.layer_start(level, &point, lambda);
        }
        let mut bound = Vec::with_capacity(level + 1);
        for &coordinate in &point {
            let round = ctx.prover().map(|p| p.layer_round());
            let at_zero = scalar(ctx.scalar("layer round", round.map(|r| r[0]))?);
            let leading = scalar(ctx.scalar("layer round", round.map(|r| r[1]))?);
            let r = ctx.challenge("layer challenge");
            claim = next_claim::<P>(claim, coordinate, at_zero, leading, r)?;
            bound.push(r);
            if let Some(p) = ctx.prover() {
                p.layer_bind(r);
            }
        }
        let ends = ctx.prover().map(|p| p.layer_ends());
        let ends = send_ends(ctx, "layer end", ends)?;
        let [n0, n1, d0, d1] = ends;
        let cross = [ctx.product(n0, d1), ctx.product(n1, d0), ctx.product(d0, d1)];
        let [left, right, denominators] = cross.map(product);
        ctx.assert_zero(&format!("lookup layer {level}"), left + right + denominators * lambda - claim)?;
        let z = ctx.challenge("layer point");
        [n_claim, d_claim] = at_first(ends, z);
        point = core::iter::once(z).chain(bound).collect();
    }
    leaves(claims, ctx, point, n_claim, d_claim, alpha, beta)
}

/// Sends n0, n1, d0, d1.
#[expect(clippy::indexing_slicing, reason = "i runs over an array of four")]
fn send_ends<P: FieldPair, C: Context<P>>(
    ctx: &mut C,
    label: &'static str,
    ends: Option<[P::K; 4]>,
) -> Result<[usize; 4], ProtocolError> {
    let mut sent = [0usize; 4];
    for (i, slot) in sent.iter_mut().enumerate() {
        *slot = ctx.scalar(label, ends.map(|e| e[i]))?;
    }
    Ok(sent)
}

/// Numerator and denominator of the next layer with its first variable at r.
fn at_first<K: p3_field::Field>([n0, n1, d0, d1]: [usize; 4], r: K) -> [Expr<K>; 2] {
    [[n0, n1], [d0, d1]].map(|[zero, one]| scalar(zero) * (K::ONE - r) + scalar(one) * r)
}

/// The two fractions below the root: their sum has numerator zero and a denominator with an inverse.
fn root<P: FieldPair, C: Context<P>>(ctx: &mut C) -> Result<[usize; 4], ProtocolError> {
    let ends = ctx.prover().map(|p| p.tree_root());
    let sent = send_ends(ctx, "root fraction", ends)?;
    let [n0, n1, d0, d1] = sent;
    let denominator = ends.map(|[_, _, d0, d1]| d0 * d1);
    let d_root = ctx.scalar("root denominator", denominator)?;
    let inverse = denominator.map(|d| p3_field::Field::try_inverse(&d).unwrap_or(P::K::ZERO));
    let inverse = ctx.scalar("root inverse", inverse)?;
    let numerators = [ctx.product(n0, d1), ctx.product(n1, d0)];
    let [left, right] = numerators.map(product);
    ctx.assert_zero("lookup sum", left + right)?;
    let denominators = product(ctx.product(d0, d1));
    ctx.assert_zero("lookup root denominator", denominators - scalar(d_root))?;
    let unit = product(ctx.product(d_root, inverse));
    ctx.assert_zero("lookup root inverse", unit - Expr::constant(P::K::ONE))?;
    Ok(sent)
}

/// q(r) from q(0), the leading coefficient and (1 − p)·q(0) + p·q(1) = claim.
fn next_claim<P: FieldPair>(
    claim: Expr<P::K>,
    p: P::K,
    at_zero: Expr<P::K>,
    leading: Expr<P::K>,
    r: P::K,
) -> Result<Expr<P::K>, ProtocolError> {
    let inverse = p3_field::Field::try_inverse(&p).ok_or(ProtocolError::Degenerate("layer point"))?;
    // q(r) = q0 + (q1 − q0 − lead)·r + lead·r² with q1 = (claim − (1 − p)·q0)/p.
    let zero_weight = P::K::ONE - r - r * (P::K::ONE - p) * inverse;
    Ok(claim * (r * inverse) + at_zero * zero_weight + leading * (r * r - r))
}

/// n(ρ) and d(ρ) from the looked-up tensors and the tables at suffixes of ρ.
#[expect(clippy::indexing_slicing, reason = "blocks are numbered lookups first, then tables")]
fn leaves<P: FieldPair, C: Context<P>>(
    claims: &mut Claims<'_, P>,
    ctx: &mut C,
    rho: Vec<P::K>,
    n_claim: Expr<P::K>,
    d_claim: Expr<P::K>,
    alpha: P::K,
    beta: P::K,
) -> Result<(), ProtocolError> {
    let circuit = claims.circuit;
    let total = rho.len();
    let rho: Point = claims.points.add(rho);
    let mut n_sum = -n_claim;
    let mut d_sum = Expr::constant(P::K::ONE) - d_claim;
    let mut address = 0usize;
    for (size, block) in circuit.blocks() {
        let point = suffix(&rho, size);
        let values = claims.points.values(&point);
        let selector = claims.points.values(rho.get(..total - size).unwrap_or_default());
        let weight = eq_eval(&bits::<P::K>(address >> size, total - size), &selector);
        address += 1 << size;
        // Fractions n / (α − x − β·y − β²·tag).
        let mut denominator = Expr::constant(alpha);
        if let Some(lookup) = circuit.lookups.get(block) {
            let dims = &circuit.tensors[lookup.x].dims;
            let real: P::K = axis_ranges(dims)
                .into_iter()
                .zip(dims)
                .map(|(r, &d)| indicator_eval(d, values.get(r).unwrap_or_default()))
                .product();
            n_sum.constant -= weight * real;
            let x = claims.eval(ctx, lookup.x, &point)?;
            denominator.add_scaled(&x, -P::K::ONE);
            if let Some(y) = lookup.y {
                let y = claims.eval(ctx, y, &point)?;
                denominator.add_scaled(&y, -beta);
            }
            let tag = circuit.tables[lookup.table].tag;
            denominator.constant -= beta * beta * P::K::from_u32(tag);
        } else {
            let table = &circuit.tables[block - circuit.lookups.len()];
            let multiplicity = claims.eval(ctx, table.multiplicity, &point)?;
            n_sum.add_scaled(&multiplicity, weight);
            denominator.constant -= small::<P>(table.in_lo) + identity_eval(&values);
            if let (Some(entries), false) = (&table.values, ctx.dry()) {
                let y: P::K = eq_table(&values).iter().zip(entries.iter()).map(|(&e, &v)| e * P::F::from_i64(v)).sum();
                denominator.constant -= beta * y;
            }
            denominator.constant -= beta * beta * P::K::from_u32(table.tag);
        }
        d_sum.add_scaled(&denominator, weight);
        d_sum.constant -= weight;
    }
    ctx.assert_zero("lookup numerators", n_sum)?;
    ctx.assert_zero("lookup denominators", d_sum)
}
