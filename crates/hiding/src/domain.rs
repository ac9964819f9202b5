//! The evaluation domains of the finish's codes.

use crate::Scalar;
use crate::scalar::horner;

/// Where the finish's polynomials are evaluated.
///
/// H and R_H are encoded on Ξ (N points, zero not among them). The operand and product polynomials carry their messages
/// at the points Ξ₀ and are encoded on g·Ξ, which must not meet Ξ₀: a queried row would open a pad in clear.
pub trait FinishDomain {
    /// Field of the vectors.
    type K: Scalar;

    /// N = |Ξ|: rows of the committed matrix.
    fn rows(&self) -> usize;

    /// rate·N: coefficients that the code holds.
    fn max_len(&self) -> usize;

    /// g: the operand polynomials are evaluated on g·Ξ.
    fn shift(&self) -> Self::K;

    /// ω_i, counted from 0: the point of Ξ that row `i` belongs to, with `i` < N.
    fn row_point(&self, i: usize) -> Self::K;

    /// The polynomial's values on Ξ, in natural order.
    fn encode(&self, coeffs: &[Self::K]) -> Vec<Self::K>;

    /// Coefficients of the polynomial of degree < n with the given n values on Ξ₀; n is a power of two ≤ `max_len`.
    fn interpolate(&self, values: &[Self::K]) -> Vec<Self::K>;

    /// ξ_j, counted from 0: the point of Ξ₀ (of order n) that carries message cell j.
    fn message_point(&self, n: usize, j: usize) -> Self::K;

    /// The polynomial's values on g·Ξ, in natural order.
    fn encode_coset(&self, coeffs: &[Self::K]) -> Vec<Self::K> {
        self.encode(&scale_by_powers(coeffs, self.shift()))
    }

    /// One cell of [`FinishDomain::encode`].
    fn encode_row(&self, coeffs: &[Self::K], i: usize) -> Self::K {
        horner(coeffs, self.row_point(i))
    }

    /// The values on Ξ₀ of a polynomial of any degree.
    fn message_values(&self, n: usize, coeffs: &[Self::K]) -> Vec<Self::K> {
        (0..n).map(|j| horner(coeffs, self.message_point(n, j))).collect()
    }

    /// Z_q = Π_{j<q} (X − ξ_j), q + 1 coefficients.
    fn vanishing(&self, n: usize, q: usize) -> Vec<Self::K> {
        let mut z = vec![Self::K::one()];
        for j in 0..q {
            let root = self.message_point(n, j);
            let mut next = vec![Self::K::zero()];
            next.extend_from_slice(&z);
            for (cell, &c) in next.iter_mut().zip(&z) {
                *cell = *cell - root * c;
            }
            z = next;
        }
        z
    }

    /// The product of two polynomials.
    fn multiply(&self, a: &[Self::K], b: &[Self::K]) -> Vec<Self::K> {
        let mut out = vec![Self::K::zero(); (a.len() + b.len()).saturating_sub(1)];
        for (i, &x) in a.iter().enumerate() {
            for (cell, &y) in out.iter_mut().skip(i).zip(b) {
                *cell = *cell + x * y;
            }
        }
        out
    }
}

/// coefficient i times g^i: its plain encoding on Ξ is the polynomial's encoding on g·Ξ.
pub(crate) fn scale_by_powers<K: Scalar>(coeffs: &[K], g: K) -> Vec<K> {
    let mut power = K::one();
    coeffs
        .iter()
        .map(|&c| {
            let scaled = c * power;
            power = power * g;
            scaled
        })
        .collect()
}
