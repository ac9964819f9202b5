//! Step 5: all recorded checks as one claim on the pads.

use crate::shape::expect_len;
use crate::{Expr, FinishError, FinishShape, Scalar};

/// The claim ⟨ℓ_H, (h, z)⟩ − ⟨ℓ_Y, y[..q]⟩ = B with y = a + λb + λ²c.
///
/// Row r weighs x^r; product j (counted from 0) adds x^(n_c + j)·(h_{i_j} + λh_{k_j} + λ²z_j − y_j) = 0, which ties the
/// operand vectors to the pads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Combination<K> {
    /// ℓ_H, length s + q.
    pub l_h: Vec<K>,
    /// ℓ_Y, length q.
    pub l_y: Vec<K>,
    /// B.
    pub b: K,
}

impl<K: Scalar> Combination<K> {
    /// Combines the rows `expr = 0` for the masked scalars and the challenges λ and x.
    ///
    /// Errors if `masked` has not s cells or a row names an unknown variable.
    pub fn new(rows: &[Expr<K>], masked: &[K], shape: &FinishShape, lambda: K, x: K) -> Result<Self, FinishError> {
        expect_len("masked scalars", shape.scalars(), masked.len())?;
        let mut l_h = vec![K::zero(); shape.scalars() + shape.products()];
        let mut b = K::zero();
        let mut power = K::one();
        for row in rows {
            row.accumulate_row(masked, shape.pairs(), power, &mut l_h, &mut b)?;
            power = power * x;
        }
        let mut l_y = Vec::with_capacity(shape.products());
        for (j, &(i, k)) in shape.pairs().iter().enumerate() {
            l_y.push(power);
            let first = power * lambda;
            for (at, weight) in [(i, power), (k, first), (shape.scalars() + j, first * lambda)] {
                let cell = l_h.get_mut(at).ok_or(FinishError::UnknownVariable)?;
                *cell = *cell + weight;
            }
            power = power * x;
        }
        Ok(Self { l_h, l_y, b })
    }
}
