//! Uniform sampling by rejection from 64-bit words.

use crate::FieldPair;
use p3_field::{BasedVectorSpace, PrimeCharacteristicRing};

/// One uniform base-field element: masks a word to the field's bit length and rejects values ≥ p.
pub fn random_f<P: FieldPair>(next: &mut impl FnMut() -> u64) -> P::F {
    let mask = u64::MAX >> P::P.leading_zeros();
    loop {
        let value = next() & mask;
        if value < P::P {
            return P::F::from_u64(value);
        }
    }
}

/// One uniform extension element.
pub fn random_k<P: FieldPair>(next: &mut impl FnMut() -> u64) -> P::K {
    P::K::from_basis_coefficients_fn(|_| random_f::<P>(next))
}

/// `n` uniform extension elements.
pub fn random_k_vec<P: FieldPair>(n: usize, next: &mut impl FnMut() -> u64) -> Vec<P::K> {
    (0..n).map(|_| random_k::<P>(next)).collect()
}
