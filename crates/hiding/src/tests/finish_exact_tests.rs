//! Perfect hiding of the finish, exactly, and the ways to lose it.

use super::finish_exact::{Finish, Sabotage};
use super::toy::{Fp, Toy};
use crate::*;

/// v_0·v_1 = 0: five witnesses over F₃, nine over F₅, with zero and non-zero scalars on either side.
fn product_is_zero<K: Toy>() -> Vec<Expr<K>> {
    vec![Expr::var(Var::Product(0))]
}

/// v_0·v_1 + v_0 + v_1 = −1 and 0 = 0: an affine part beside the product. (v_0 + 1)(v_1 + 1) = 0.
fn mixed<K: Toy>() -> Vec<Expr<K>> {
    let sum = Expr::var(Var::Product(0)) + Expr::var(Var::Scalar(0)) + Expr::var(Var::Scalar(1));
    vec![sum + Expr::constant(K::one()), Expr::zero()]
}

fn challenges<K: Toy>(c: [u32; 4]) -> [K; 4] {
    c.map(K::nth)
}

#[test]
fn the_transcript_is_independent_of_the_witness_over_f3() {
    for c in [[1, 1, 1, 1], [2, 1, 2, 1], [1, 2, 1, 2], [0, 2, 2, 2]] {
        assert!(Finish::<Fp<3>>::new(product_is_zero(), challenges(c), Sabotage::None).hides(), "{c:?}");
        assert!(Finish::<Fp<3>>::new(mixed(), challenges(c), Sabotage::None).hides(), "{c:?}");
    }
}

/// All 3^14 states at once, for one witness with zeros and one without; and the simulator's law: every transcript that
/// verifies occurs exactly once.
#[test]
fn the_blocks_are_the_whole_distribution_and_it_is_the_simulators() {
    let finish = Finish::<Fp<3>>::new(mixed(), challenges([2, 2, 1, 2]), Sabotage::None);
    let brute = finish.brute(&[Fp(2), Fp(0)]);
    assert_eq!(brute.len(), 3usize.pow(14));
    assert!(brute.windows(2).all(|w| w[0] < w[1]), "a transcript occurs twice");
    for v in [[Fp(2), Fp(0)], [Fp(2), Fp(2)]] {
        let mut blocks: Vec<u64> = (0..9).flat_map(|m| finish.distribution(&v, m)).collect();
        blocks.sort_unstable();
        assert!(brute == blocks, "{v:?}");
    }
}

#[test]
fn every_missing_mask_is_seen() {
    let sabotages = [
        Sabotage::PadVectorTail,
        Sabotage::PadVectorMask,
        Sabotage::OperandTail(0),
        Sabotage::OperandTail(1),
        Sabotage::OperandTail(2),
        Sabotage::OperandMask,
        Sabotage::ProductMask,
        Sabotage::MessageInside,
    ];
    for sabotage in sabotages {
        let finish = Finish::<Fp<3>>::new(product_is_zero(), challenges([1, 2, 1, 2]), sabotage);
        assert!(!finish.hides(), "{sabotage:?} went unnoticed");
    }
}

/// All 5^14 states, by blocks.
#[test]
#[ignore = "minutes; part of the full tier"]
fn the_transcript_is_independent_of_the_witness_over_f5() {
    let finish = Finish::<Fp<5>>::new(product_is_zero(), challenges([2, 3, 4, 2]), Sabotage::None);
    assert_eq!(finish.witnesses().len(), 9);
    assert!(finish.hides());
}
