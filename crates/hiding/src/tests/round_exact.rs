//! A padded sumcheck round with its product end, exactly, over F₅.
//!
//! The public claim is C = A_0·B_0 + A_1·B_1. The round sends g(0), g(1), g(2) of g(X) = A(X)·B(X) and the ends A(r),
//! B(r), all masked, and records g(0) + g(1) = C and g(r) = A(r)·B(r).

use super::toy::{Fp, Toy};
use crate::*;

type K = Fp<5>;
const R: K = Fp(3);
const PAIRS: [(usize, usize); 1] = [(3, 4)];

/// g(r) from g(0), g(1), g(2).
fn lagrange(r: K) -> [K; 3] {
    let half = K::nth(2).inverse();
    let (r1, r2) = (r - K::nth(1), r - K::nth(2));
    [r1 * r2 * half, -(r * r2), r * r1 * half]
}

fn rows(claim: K) -> Vec<Expr<K>> {
    let scalar = |i| Expr::var(Var::Scalar(i));
    let mut end = -Expr::var(Var::Product(0));
    for (i, k) in lagrange(R).into_iter().enumerate() {
        end.add_scaled(&scalar(i), k);
    }
    vec![scalar(0) + scalar(1) - Expr::constant(claim), end]
}

fn values([a0, a1, b0, b1]: [K; 4]) -> [K; 5] {
    let at = |lo: K, hi: K, x: K| lo + (hi - lo) * x;
    let g = |x: K| at(a0, a1, x) * at(b0, b1, x);
    [g(Fp(0)), g(Fp(1)), g(Fp(2)), at(a0, a1, R), at(b0, b1, R)]
}

/// For every choice of the five pads: the masked scalars and, as the verifier derives them, the rows on the pads.
///
/// Asserts on the way that the pads satisfy the rows, which is all that the finish goes on to show.
fn transcripts(witness: [K; 4], claim: K, reuse: bool) -> Vec<(Vec<K>, Vec<K>)> {
    let values = values(witness);
    let rows = rows(claim);
    let mut out = Vec::new();
    for state in 0..K::SIZE.pow(5) {
        let mut pads: Vec<K> = (0..5).map(|i| K::nth(state / K::SIZE.pow(i) % K::SIZE)).collect();
        if reuse {
            pads[1] = pads[0];
        }
        let masked: Vec<K> = values.iter().zip(&pads).map(|(&v, &h)| v + h).collect();
        let mut public = Vec::new();
        for row in &rows {
            assert_eq!(row.eval(&values, &PAIRS), Ok(K::zero()));
            let (mut coefficients, mut rhs) = (vec![K::zero(); 6], K::zero());
            row.accumulate_row(&masked, &PAIRS, K::one(), &mut coefficients, &mut rhs).unwrap();
            let padded = pads.iter().copied().chain([pads[3] * pads[4]]);
            let left = coefficients.iter().zip(padded).fold(K::zero(), |sum, (&a, h)| sum + a * h);
            assert_eq!(left, rhs);
            public.extend(coefficients);
            public.push(rhs);
        }
        out.push((masked, public));
    }
    out.sort_unstable();
    out
}

fn witnesses(claim: K) -> Vec<[K; 4]> {
    (0..K::SIZE.pow(4))
        .map(|i| [0, 1, 2, 3].map(|k| K::nth(i / K::SIZE.pow(k) % K::SIZE)))
        .filter(|w| w[0] * w[2] + w[1] * w[3] == claim)
        .step_by(7)
        .collect()
}

#[test]
fn a_padded_round_shows_nothing() {
    for claim in [Fp(0), Fp(2)] {
        let witnesses = witnesses(claim);
        assert!(witnesses.len() > 10);
        let first = transcripts(witnesses[0], claim, false);
        for &w in &witnesses[1..] {
            assert!(transcripts(w, claim, false) == first, "{w:?}");
        }
    }
}

#[test]
fn one_pad_for_two_scalars_is_seen() {
    let witnesses = witnesses(Fp(2));
    let first = transcripts(witnesses[0], Fp(2), true);
    assert!(witnesses[1..].iter().any(|&w| transcripts(w, Fp(2), true) != first));
}
