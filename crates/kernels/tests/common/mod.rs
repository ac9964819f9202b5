//! Random values and round-polynomial arithmetic for the kernel tests.
#![allow(dead_code)]

use affidavit_algebra::{FieldPair, random_f, random_k, random_k_vec};
use p3_field::PrimeCharacteristicRing;

/// SplitMix64.
pub struct Rng(pub u64);

impl Rng {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }

    pub fn k<P: FieldPair>(&mut self) -> P::K {
        random_k::<P>(&mut || self.next())
    }

    pub fn ks<P: FieldPair>(&mut self, n: usize) -> Vec<P::K> {
        random_k_vec::<P>(n, &mut || self.next())
    }

    pub fn fs<P: FieldPair>(&mut self, n: usize) -> Vec<P::F> {
        (0..n).map(|_| random_f::<P>(&mut || self.next())).collect()
    }
}

/// Lifts base-field cells.
pub fn lift<P: FieldPair>(xs: &[P::F]) -> Vec<P::K> {
    xs.iter().map(|&x| P::K::from(x)).collect()
}

/// The multilinear extension of `table` at `point`, by the definition: Σ table[i]·Π (bit or 1 − bit).
pub fn mle<P: FieldPair>(table: &[P::K], point: &[P::K]) -> P::K {
    table.iter().enumerate().map(|(i, &t)| t * weight::<P>(i, point)).sum()
}

/// eq(point, i).
pub fn weight<P: FieldPair>(i: usize, point: &[P::K]) -> P::K {
    let n = point.len();
    let bit = |j: usize| (i >> (n - 1 - j)) & 1 == 1;
    (0..n).map(|j| if bit(j) { point[j] } else { P::K::ONE - point[j] }).product()
}

/// Both field pairs as two tests.
#[macro_export]
macro_rules! both_fields {
    ($($name:ident),* $(,)?) => {
        mod koalabear {
            $(#[test] fn $name() { super::$name::<affidavit_algebra::KoalaBearPair>(); })*
        }
        mod goldilocks {
            $(#[test] fn $name() { super::$name::<affidavit_algebra::GoldilocksPair>(); })*
        }
    };
}
