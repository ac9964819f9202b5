//! Step 10: the response against the committed rows.

use crate::domain::scale_by_powers;
use crate::{FinishDomain, FinishError, FinishShape, Response, Scalar};

/// K-columns that a finish commits: H, R_H, A, B, C, R_Y, R_×.
pub const COLUMNS: usize = 7;

/// The response, prepared for checking any number of rows.
///
/// A queried row costs three evaluations; N is far larger than the number of queries, so nothing is encoded whole.
#[derive(Debug, Clone)]
pub struct RowCheck<'a, D: FinishDomain> {
    domain: &'a D,
    /// X_H.
    x_h: Vec<D::K>,
    /// Coefficients of X_Y and Φ whose values on Ξ are the polynomials' values on g·Ξ.
    x_y: Vec<D::K>,
    phi: Vec<D::K>,
    lambda: D::K,
    rho: D::K,
    sigma: D::K,
}

impl<'a, D: FinishDomain> RowCheck<'a, D> {
    /// Interpolates X_Y. Errors on a wrong length, a shape too large for the domain, or a zero ρ, σ.
    pub fn new(
        domain: &'a D,
        shape: &FinishShape,
        response: &Response<D::K>,
        lambda: D::K,
        rho: D::K,
        sigma: D::K,
    ) -> Result<Self, FinishError> {
        shape.fits(domain.max_len())?;
        response.check_lengths(shape)?;
        if rho == D::K::zero() || sigma == D::K::zero() {
            return Err(FinishError::ZeroChallenge);
        }
        Ok(Self {
            domain,
            x_h: response.x_h.clone(),
            x_y: scale_by_powers(&domain.interpolate(&response.x_y), domain.shift()),
            phi: scale_by_powers(&response.phi, domain.shift()),
            lambda,
            rho,
            sigma,
        })
    }

    /// Checks the opened values of row `i`, in the order of [`Secrets::columns`](crate::Secrets::columns).
    ///
    /// Errors with [`FinishError::PadRow`], [`FinishError::OperandRow`] or [`FinishError::ProductRow`], in this order.
    pub fn check(&self, i: usize, row: &[D::K; COLUMNS]) -> Result<(), FinishError> {
        if i >= self.domain.rows() {
            return Err(FinishError::RowIndex { row: i });
        }
        let &[h, r_h, a, b, c, r_y, r_x] = row;
        if self.rho * h + r_h != self.domain.encode_row(&self.x_h, i) {
            return Err(FinishError::PadRow { row: i });
        }
        if self.rho * (a + self.lambda * (b + self.lambda * c)) + r_y != self.domain.encode_row(&self.x_y, i) {
            return Err(FinishError::OperandRow { row: i });
        }
        if self.sigma * (a * b - c) + r_x != self.domain.encode_row(&self.phi, i) {
            return Err(FinishError::ProductRow { row: i });
        }
        Ok(())
    }
}
