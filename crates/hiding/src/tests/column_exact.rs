//! A committed column with a pad and a mask opening, exactly: F = F₃, K = F₉, two cells, one opened row.
//!
//! The column is f = (d, r) with the secret d and the pad r in F; the mask μ ∈ K². The transcript of an opening is
//! m_y = y + h_y and m_μ = y_μ + h_μ for the evaluations y, y_μ at x2, then u = e·f + c·μ, then the row (f(ξ), μ(ξ)).

use super::toy::{Fp, Fp2, Toy};
use crate::Scalar;

type F = Fp<3>;
type K = Fp2<3>;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Variant {
    Sound,
    NoPad,
    BaseFieldMask,
    /// Cell i of μ is zero.
    Unmasked(usize),
    /// ξ = 0, where the pad has no weight and the data cell has.
    ZeroInDomain,
    /// One pad for both evaluations.
    PadReused,
}

fn embed(x: F) -> K {
    Fp2(x, Fp(0))
}

/// All transcripts for the secret d, sorted.
fn transcripts(d: F, xi: F, [e, c, x2]: [K; 3], variant: Variant) -> Vec<u64> {
    let xi = if variant == Variant::ZeroInDomain { Fp(0) } else { xi };
    let mut out = Vec::new();
    for state in 0..3u32.pow(9) {
        let digit = |i: u32| F::nth(state / 3u32.pow(i) % 3);
        let pair = |i: u32| Fp2(digit(i), digit(i + 1));
        let r = if variant == Variant::NoPad { Fp(0) } else { digit(0) };
        let mut mask = [pair(1), pair(3)];
        if variant == Variant::BaseFieldMask {
            mask = mask.map(|m| embed(m.0));
        }
        if let Variant::Unmasked(i) = variant {
            mask[i] = K::zero();
        }
        let (h_y, mut h_mask) = (pair(5), pair(7));
        if variant == Variant::PadReused {
            h_mask = h_y;
        }
        let f = [embed(d), embed(r)];
        let weights = [K::one() - x2, x2];
        let y = (f[0] * weights[0] + f[1] * weights[1]) * e;
        let y_mask = mask[0] * weights[0] + mask[1] * weights[1];
        let u = [e * f[0] + c * mask[0], e * f[1] + c * mask[1]];
        assert_eq!(u[0] * weights[0] + u[1] * weights[1], y + c * y_mask);
        let at = |v: [K; 2]| v[0] + v[1] * embed(xi);
        let sent = [y + h_y, y_mask + h_mask, u[0], u[1], at(f), at(mask)];
        out.push(sent.iter().fold(0u64, |n, &x| n * 9 + u64::from(x.index())));
    }
    out.sort_unstable();
    out
}

/// Over every point ξ ≠ 0, batching weight e, mask challenge c ≠ 0 and several x2.
fn hides(variant: Variant) -> bool {
    [Fp(1), Fp(2)].into_iter().all(|xi| {
        [1, 3, 5, 8].into_iter().all(|c| {
            [(1, 4), (5, 7), (3, 2)].into_iter().all(|(e, x2)| {
                let challenges = [K::nth(e), K::nth(c), K::nth(x2)];
                let first = transcripts(Fp(0), xi, challenges, variant);
                [Fp(1), Fp(2)].into_iter().all(|d| transcripts(d, xi, challenges, variant) == first)
            })
        })
    })
}

#[test]
fn an_opened_column_shows_nothing() {
    assert!(hides(Variant::Sound));
}

#[test]
fn an_opened_column_without_one_of_its_masks_shows_something() {
    for variant in [
        Variant::NoPad,
        Variant::BaseFieldMask,
        Variant::Unmasked(0),
        Variant::Unmasked(1),
        Variant::ZeroInDomain,
        Variant::PadReused,
    ] {
        assert!(!hides(variant), "{variant:?} went unnoticed");
    }
}
