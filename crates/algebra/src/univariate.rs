//! Evaluation of round polynomials from their values at small points.

use p3_field::Field;

/// Lagrange coefficients at r for the nodes 0, 1, 2 (as a linear map on the values).
pub fn eval_012<K: Field>(r: K) -> [K; 3] {
    let half = K::TWO.inverse();
    let r1 = r - K::ONE;
    let r2 = r - K::TWO;
    [r1 * r2 * half, -(r * r2), r * r1 * half]
}

/// Lagrange coefficients at r for the nodes 0, 1, 2, 3.
pub fn eval_0123<K: Field>(r: K) -> [K; 4] {
    let two = K::TWO;
    let three = two + K::ONE;
    let sixth = (two * three).inverse();
    let half = two.inverse();
    let r1 = r - K::ONE;
    let r2 = r - two;
    let r3 = r - three;
    [-(r1 * r2 * r3 * sixth), r * r2 * r3 * half, -(r * r1 * r3 * half), r * r1 * r2 * sixth]
}
