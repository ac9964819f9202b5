//! The scalars of each kind of check, exactly, over F₅: every pad enumerated, for many witnesses.
//!
//! What a verifier has of a masked check is the masked scalars and the rows on (h, z) that it derives from them. Both must
//! be distributed alike for all witnesses. (Their place in whole proofs: `crates/prover/src/hiding`.)

use super::toy::{Fp, Toy};
use crate::*;

type K = Fp<5>;

/// A kind of check: what is sent for a witness, the pairs that are multiplied, and the recorded rows.
struct Check {
    name: &'static str,
    pairs: Vec<(usize, usize)>,
    rows: Vec<Expr<K>>,
    witnesses: Vec<Vec<K>>,
}

fn scalar(i: usize) -> Expr<K> {
    Expr::var(Var::Scalar(i))
}

fn product(j: usize) -> Expr<K> {
    Expr::var(Var::Product(j))
}

fn one() -> Expr<K> {
    Expr::constant(K::one())
}

/// All vectors of `n` elements.
fn all(n: u32) -> impl Iterator<Item = Vec<K>> {
    (0..K::SIZE.pow(n)).map(move |i| (0..n).map(|k| K::nth(i / K::SIZE.pow(k))).collect())
}

/// n0, n1, d0, d1, the root denominator and its inverse.
fn root() -> Check {
    let witnesses = all(4).filter(|v| v[2] != Fp(0) && v[3] != Fp(0) && v[0] * v[3] + v[1] * v[2] == Fp(0));
    let complete = witnesses.step_by(7).map(|v| {
        let d = v[2] * v[3];
        [v, vec![d, d.inverse()]].concat()
    });
    Check {
        name: "root",
        pairs: vec![(0, 3), (1, 2), (2, 3), (4, 5)],
        rows: vec![product(0) + product(1), product(2) - scalar(4), product(3) - one()],
        witnesses: complete.collect(),
    }
}

/// A layer of the fraction tree: q(0) and the leading coefficient of its one round, then n0, n1, d0, d1.
fn layer() -> Check {
    let [lambda, r, p, claim] = [Fp(2), Fp(3), Fp(2), Fp(4)];
    let at_zero = K::one() - r - r * (K::one() - p) * p.inverse();
    let left = product(0) + product(1) + product(2) * lambda;
    let known = Expr::constant(claim * r * p.inverse());
    let row = left - known - scalar(0) * at_zero - scalar(1) * (r * r - r);
    let witnesses = all(5).step_by(211).map(|v| {
        let (q0, n0, n1, d0, d1) = (v[0], v[1], v[2], v[3], v[4]);
        let ends = n0 * d1 + n1 * d0 + lambda * d0 * d1;
        let leading = (ends - claim * r * p.inverse() - q0 * at_zero) * (r * r - r).inverse();
        vec![q0, leading, n0, n1, d0, d1]
    });
    let pairs = vec![(2, 5), (3, 4), (4, 5)];
    Check { name: "layer", pairs, rows: vec![row], witnesses: witnesses.collect() }
}

/// The end of a cubic stage: values at 2 and 3 (that at 0 is public here), then x, y, the sent factor a = x + 2y − 1 and b.
fn factor() -> Check {
    let [weight, known] = [Fp(3), Fp(2)];
    let [at_two, at_three] = [Fp(4), Fp(2)];
    let rows = vec![
        scalar(2) + scalar(3) * Fp(2) - one() - scalar(4),
        product(0) * weight - scalar(0) * at_two - scalar(1) * at_three - Expr::constant(known),
    ];
    let witnesses = all(4).step_by(57).map(|v| {
        let (g2, x, y, b) = (v[0], v[1], v[2], v[3]);
        let a = x + Fp(2) * y - K::one();
        let g3 = (weight * a * b - g2 * at_two - known) * at_three.inverse();
        vec![g2, g3, x, y, a, b]
    });
    Check { name: "factor", pairs: vec![(4, 5)], rows, witnesses: witnesses.collect() }
}

/// Checks without products: leaf claims of a lookup, a View's weight, a zero check of a Linear tensor, a public value.
fn affine() -> Check {
    // x, y, the view's source s, a multiplicity m, a bound tensor's value b.
    let rows = vec![
        scalar(3) * Fp(2) - one() * Fp(3),
        one() * Fp(4) - scalar(0) * Fp(3) - scalar(1),
        scalar(2) * Fp(2) - scalar(0),
        scalar(0) - scalar(1) + scalar(4) * Fp(3),
    ];
    let pairs = vec![];
    let satisfied = |v: &Vec<K>| rows.iter().all(|row| row.eval(v, &[]) == Ok(K::zero()));
    let witnesses = all(5).filter(satisfied).collect();
    Check { name: "affine", pairs, rows, witnesses }
}

/// The masked scalars and rows for every choice of pads, sorted; `shared` gives scalar 1 the pad of scalar 0.
fn transcripts(check: &Check, values: &[K], shared: bool) -> Vec<Vec<K>> {
    let mut out: Vec<Vec<K>> = all(values.len() as u32)
        .map(|mut pads| {
            if shared {
                pads[1] = pads[0];
            }
            let mut sent: Vec<K> = values.iter().zip(&pads).map(|(&v, &h)| v + h).collect();
            let masked = sent.clone();
            for row in &check.rows {
                let (mut coefficients, mut rhs) = (vec![K::zero(); masked.len() + check.pairs.len()], K::zero());
                row.accumulate_row(&masked, &check.pairs, K::one(), &mut coefficients, &mut rhs).unwrap();
                let products = check.pairs.iter().map(|&(i, k)| pads[i] * pads[k]);
                let padded: Vec<K> = pads.iter().copied().chain(products).collect();
                assert_eq!(
                    crate::scalar::dot(&coefficients, &padded),
                    rhs,
                    "{}: the finish has a true claim",
                    check.name
                );
                sent.extend(coefficients);
                sent.push(rhs);
            }
            sent
        })
        .collect();
    out.sort_unstable();
    out
}

#[test]
fn masked_checks_show_nothing() {
    for check in [root(), layer(), factor(), affine()] {
        assert!(check.witnesses.len() >= 5, "{}: {}", check.name, check.witnesses.len());
        for w in &check.witnesses {
            assert!(check.rows.iter().all(|row| row.eval(w, &check.pairs) == Ok(K::zero())), "{}", check.name);
        }
        let first = transcripts(&check, &check.witnesses[0], false);
        for w in &check.witnesses[1..] {
            assert!(transcripts(&check, w, false) == first, "{}: {w:?}", check.name);
        }
    }
}

#[test]
fn one_pad_for_two_scalars_of_a_check_is_seen() {
    for check in [root(), layer(), factor(), affine()] {
        let first = transcripts(&check, &check.witnesses[0], true);
        let seen = check.witnesses[1..].iter().any(|w| transcripts(&check, w, true) != first);
        assert!(seen, "{} went unnoticed", check.name);
    }
}
