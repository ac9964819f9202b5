//! Step 10: the response against the committed rows.

use crate::{FinishDomain, FinishError, FinishShape, Response, Scalar};

/// K-columns that a finish commits: H, R_H, A, B, C, R_Y, R_×.
pub const COLUMNS: usize = 7;

/// The response, encoded once, for checking any number of rows.
#[derive(Debug, Clone)]
pub struct RowCheck<K> {
    x_h: Vec<K>,
    x_y: Vec<K>,
    phi: Vec<K>,
    lambda: K,
    rho: K,
    sigma: K,
}

impl<K: Scalar> RowCheck<K> {
    /// Encodes X_H on Ξ, X_Y and Φ on g·Ξ. Errors on a wrong length, a shape too large for the domain, or a zero ρ, σ.
    pub fn new<D: FinishDomain<K = K>>(
        domain: &D,
        shape: &FinishShape,
        response: &Response<K>,
        lambda: K,
        rho: K,
        sigma: K,
    ) -> Result<Self, FinishError> {
        shape.fits(domain.max_len())?;
        response.check_lengths(shape)?;
        if rho == K::zero() || sigma == K::zero() {
            return Err(FinishError::ZeroChallenge);
        }
        Ok(Self {
            x_h: domain.encode(&response.x_h),
            x_y: domain.encode_coset(&domain.interpolate(&response.x_y)),
            phi: domain.encode_coset(&response.phi),
            lambda,
            rho,
            sigma,
        })
    }

    /// Checks the opened values of row `i`, in the order of [`Secrets::columns`](crate::Secrets::columns).
    ///
    /// Errors with [`FinishError::PadRow`], [`FinishError::OperandRow`] or [`FinishError::ProductRow`], in this order.
    pub fn check(&self, i: usize, row: &[K; COLUMNS]) -> Result<(), FinishError> {
        let (Some(&x_h), Some(&x_y), Some(&phi)) = (self.x_h.get(i), self.x_y.get(i), self.phi.get(i))
        else {
            return Err(FinishError::RowIndex { row: i });
        };
        let &[h, r_h, a, b, c, r_y, r_x] = row;
        if self.rho * h + r_h != x_h {
            return Err(FinishError::PadRow { row: i });
        }
        if self.rho * (a + self.lambda * (b + self.lambda * c)) + r_y != x_y {
            return Err(FinishError::OperandRow { row: i });
        }
        if self.sigma * (a * b - c) + r_x != phi {
            return Err(FinishError::ProductRow { row: i });
        }
        Ok(())
    }
}
