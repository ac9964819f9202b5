//! Lookup: one LogUp fraction tree for all lookups of a proof (eprint 2022/1530, 2023/1284).

use crate::claims::{Claims, add, axis_ranges, constant, product, scalar, small};
use crate::context::{Context, ProtocolError};
use crate::points::{Point, suffix};
use affidavit_algebra::{FieldPair, eq_eval, eq_table, identity_eval, indicator_eval};
use affidavit_hiding::Expr;
use p3_field::PrimeCharacteristicRing;

/// Proves that the fractions of all lookups and tables sum to zero and claims their tensors at the final point.
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
    let (mut n, mut d) = root(ctx)?;
    let mut point = vec![ctx.challenge("layer point")];
    // Claims on the layer below the root, at its one variable.
    let mut n_claim = interpolate(&n[0], &n[1], point[0]);
    let mut d_claim = interpolate(&d[0], &d[1], point[0]);
    for level in 1..log_leaves {
        let lambda = ctx.challenge("layer lambda");
        let mut claim = n_claim;
        add(&mut claim, &d_claim, lambda);
        if let Some(p) = ctx.prover() {
            p.layer_start(level, &point, lambda);
        }
        let mut bound = Vec::with_capacity(level + 1);
        for &coordinate in &point {
            let round = ctx.prover().map(|p| p.layer_round());
            let at_zero = scalar(ctx.scalar("layer round", round.map(|r| r[0]))?);
            let leading = scalar(ctx.scalar("layer round", round.map(|r| r[1]))?);
            let r = ctx.challenge("layer challenge");
            claim = next_claim::<P>(&claim, coordinate, &at_zero, &leading, r)?;
            bound.push(r);
            if let Some(p) = ctx.prover() {
                p.layer_bind(r);
            }
        }
        let ends = ctx.prover().map(|p| p.layer_ends());
        let mut sent = [0usize; 4];
        for (i, slot) in sent.iter_mut().enumerate() {
            *slot = ctx.scalar("layer end", ends.map(|e| e[i]))?;
        }
        let [n0, n1, d0, d1] = sent;
        let cross = [ctx.product(n0, d1), ctx.product(n1, d0), ctx.product(d0, d1)];
        let mut gate = product(cross[0]);
        add(&mut gate, &product(cross[1]), P::K::ONE);
        add(&mut gate, &product(cross[2]), lambda);
        add(&mut gate, &claim, -P::K::ONE);
        ctx.assert_zero(&format!("lookup layer {level}"), gate)?;
        n = [scalar(n0), scalar(n1)];
        d = [scalar(d0), scalar(d1)];
        let z = ctx.challenge("layer point");
        n_claim = interpolate(&n[0], &n[1], z);
        d_claim = interpolate(&d[0], &d[1], z);
        point = core::iter::once(z).chain(bound).collect();
    }
    leaves(claims, ctx, point, n_claim, d_claim, alpha, beta)
}

/// The two fractions below the root: their sum has numerator zero and a denominator with an inverse.
#[allow(clippy::type_complexity)]
fn root<P: FieldPair, C: Context<P>>(ctx: &mut C) -> Result<([Expr<P::K>; 2], [Expr<P::K>; 2]), ProtocolError> {
    let ends = ctx.prover().map(|p| p.tree_root());
    let mut sent = [0usize; 4];
    for (i, slot) in sent.iter_mut().enumerate() {
        *slot = ctx.scalar("root fraction", ends.map(|e| e[i]))?;
    }
    let [n0, n1, d0, d1] = sent;
    let denominator = ends.map(|[_, _, d0, d1]| d0 * d1);
    let d_root = ctx.scalar("root denominator", denominator)?;
    let inverse = denominator.map(|d| p3_field::Field::try_inverse(&d).unwrap_or(P::K::ZERO));
    let inverse = ctx.scalar("root inverse", inverse)?;
    let mut numerator = product(ctx.product(n0, d1));
    add(&mut numerator, &product(ctx.product(n1, d0)), P::K::ONE);
    ctx.assert_zero("lookup sum", numerator)?;
    let mut tie = product(ctx.product(d0, d1));
    add(&mut tie, &scalar(d_root), -P::K::ONE);
    ctx.assert_zero("lookup root denominator", tie)?;
    let mut unit = product(ctx.product(d_root, inverse));
    unit.constant -= P::K::ONE;
    ctx.assert_zero("lookup root inverse", unit)?;
    Ok(([scalar(n0), scalar(n1)], [scalar(d0), scalar(d1)]))
}

fn interpolate<K: PrimeCharacteristicRing + Copy>(at_zero: &Expr<K>, at_one: &Expr<K>, r: K) -> Expr<K> {
    let mut out = constant(K::ZERO);
    add(&mut out, at_zero, K::ONE - r);
    add(&mut out, at_one, r);
    out
}

/// q(r) from q(0), the leading coefficient and (1 − p)·q(0) + p·q(1) = claim.
fn next_claim<P: FieldPair>(
    claim: &Expr<P::K>,
    p: P::K,
    at_zero: &Expr<P::K>,
    leading: &Expr<P::K>,
    r: P::K,
) -> Result<Expr<P::K>, ProtocolError> {
    let inverse = p3_field::Field::try_inverse(&p).ok_or(ProtocolError::Degenerate("layer point"))?;
    // q(r) = q0 + (q1 − q0 − lead)·r + lead·r² with q1 = (claim − (1 − p)·q0)/p.
    let mut out = constant(P::K::ZERO);
    add(&mut out, claim, r * inverse);
    add(&mut out, at_zero, P::K::ONE - r - r * (P::K::ONE - p) * inverse);
    add(&mut out, leading, r * r - r);
    Ok(out)
}

/// n(ρ) and d(ρ) from the looked-up tensors and the tables at suffixes of ρ.
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
    let mut n_sum = constant(P::K::ZERO);
    let mut d_sum = constant(P::K::ONE);
    let mut address = 0usize;
    for (size, block) in circuit.blocks() {
        let point = suffix(&rho, size);
        let values = claims.points.values(&point);
        let selector = claims.points.values(rho.get(..total - size).unwrap_or_default());
        let bits: Vec<P::K> =
            (0..total - size).map(|i| P::K::from_bool((address >> (total - 1 - i)) & 1 == 1)).collect();
        let weight = eq_eval(&bits, &selector);
        address += 1 << size;
        // Fractions n / (α − x − β·y − β²·tag).
        let mut denominator = constant(alpha);
        if let Some(lookup) = circuit.lookups.get(block) {
            let dims = &circuit.tensors[lookup.x].dims;
            let real: P::K = axis_ranges(dims)
                .into_iter()
                .zip(dims)
                .map(|(r, &d)| indicator_eval(d, values.get(r).unwrap_or_default()))
                .product();
            n_sum.constant -= weight * real;
            let x = claims.eval(ctx, lookup.x, &point)?;
            add(&mut denominator, &x, -P::K::ONE);
            if let Some(y) = lookup.y {
                let y = claims.eval(ctx, y, &point)?;
                add(&mut denominator, &y, -beta);
            }
            let tag = circuit.tables[lookup.table].tag;
            denominator.constant -= beta * beta * P::K::from_u32(tag);
        } else {
            let table = &circuit.tables[block - circuit.lookups.len()];
            let multiplicity = claims.eval(ctx, table.multiplicity, &point)?;
            add(&mut n_sum, &multiplicity, weight);
            denominator.constant -= small::<P>(table.in_lo) + identity_eval(&values);
            if let (Some(entries), false) = (&table.values, ctx.dry()) {
                let y: P::K = eq_table(&values).iter().zip(entries.iter()).map(|(&e, &v)| e * P::F::from_i64(v)).sum();
                denominator.constant -= beta * y;
            }
            denominator.constant -= beta * beta * P::K::from_u32(table.tag);
        }
        add(&mut d_sum, &denominator, weight);
        d_sum.constant -= weight;
    }
    add(&mut n_sum, &n_claim, -P::K::ONE);
    ctx.assert_zero("lookup numerators", n_sum)?;
    add(&mut d_sum, &d_claim, -P::K::ONE);
    ctx.assert_zero("lookup denominators", d_sum)
}
