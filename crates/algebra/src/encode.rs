//! Canonical bytes of field elements (spec 1: `f`, `k`).

use crate::FieldPair;
use p3_field::{BasedVectorSpace, PrimeCharacteristicRing, PrimeField64};

/// Appends the canonical bytes of `x`.
pub fn f_to_bytes<P: FieldPair>(x: P::F, out: &mut Vec<u8>) {
    let bytes = x.as_canonical_u64().to_le_bytes();
    out.extend(bytes.iter().take(P::F_BYTES));
}

/// Reads one canonical base-field element; `None` if the length is wrong or the integer is ≥ p.
pub fn f_from_bytes<P: FieldPair>(bytes: &[u8]) -> Option<P::F> {
    if bytes.len() != P::F_BYTES {
        return None;
    }
    let mut word = [0u8; 8];
    for (w, b) in word.iter_mut().zip(bytes) {
        *w = *b;
    }
    let value = u64::from_le_bytes(word);
    (value < P::P).then(|| P::F::from_u64(value))
}

/// Appends the canonical bytes of `x`, coefficient by coefficient.
pub fn k_to_bytes<P: FieldPair>(x: &P::K, out: &mut Vec<u8>) {
    for c in x.as_basis_coefficients_slice() {
        f_to_bytes::<P>(*c, out);
    }
}

/// The canonical bytes of a vector of extension elements.
pub fn k_vec_to_bytes<P: FieldPair>(xs: &[P::K]) -> Vec<u8> {
    let mut out = Vec::with_capacity(xs.len().saturating_mul(P::F_BYTES * P::DEGREE));
    for x in xs {
        k_to_bytes::<P>(x, &mut out);
    }
    out
}

/// Reads one canonical extension element; `None` if malformed.
pub fn k_from_bytes<P: FieldPair>(bytes: &[u8]) -> Option<P::K> {
    if bytes.len() != P::F_BYTES * P::DEGREE {
        return None;
    }
    let coefficients: Option<Vec<P::F>> = bytes.chunks(P::F_BYTES).map(f_from_bytes::<P>).collect();
    P::K::from_basis_coefficients_slice(&coefficients?)
}
