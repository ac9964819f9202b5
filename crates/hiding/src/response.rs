//! The prover's last message and step 9.

use crate::scalar::dot;
use crate::shape::expect_len;
use crate::{Combination, FinishDomain, FinishError, FinishShape, Scalar};

/// X_H, X_Y and Φ. Uniform given the equations that the verifier checks, so it is sent in clear.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response<K> {
    /// X_H = ρH + R_H: n_H coefficients.
    pub x_h: Vec<K>,
    /// X_Y = ρy + R_Y: n values on Ξ₀.
    pub x_y: Vec<K>,
    /// Φ = σ(P_a·P_b − P_c) + R_×: 2n − 1 coefficients.
    pub phi: Vec<K>,
}

impl<K: Scalar> Response<K> {
    /// The lengths that the shape prescribes.
    pub(crate) fn check_lengths(&self, shape: &FinishShape) -> Result<(), FinishError> {
        expect_len("X_H", shape.n_h(), self.x_h.len())?;
        expect_len("X_Y", shape.n(), self.x_y.len())?;
        expect_len("Phi", shape.product_len(), self.phi.len())
    }

    /// Step 9: ⟨ℓ_H, X_H⟩ − ⟨ℓ_Y, X_Y⟩ = ρB + β, and Φ(ξ_j) = 0 for the q products.
    ///
    /// Errors with [`FinishError::Claim`] or [`FinishError::Product`]; with [`FinishError::Length`] or
    /// [`FinishError::ZeroChallenge`] before anything is computed.
    pub fn check<D: FinishDomain<K = K>>(
        &self,
        shape: &FinishShape,
        combination: &Combination<K>,
        beta: K,
        rho: K,
        domain: &D,
    ) -> Result<(), FinishError> {
        shape.fits(domain.max_len())?;
        self.check_lengths(shape)?;
        expect_len("l_H", shape.scalars() + shape.products(), combination.l_h.len())?;
        expect_len("l_Y", shape.products(), combination.l_y.len())?;
        if rho == K::zero() {
            return Err(FinishError::ZeroChallenge);
        }
        let claim = dot(&combination.l_h, &self.x_h) - dot(&combination.l_y, &self.x_y);
        if claim != rho * combination.b + beta {
            return Err(FinishError::Claim);
        }
        let values = domain.message_values(shape.n(), &self.phi);
        expect_len("message values", shape.n(), values.len())?;
        match values.iter().take(shape.products()).position(|&v| v != K::zero()) {
            Some(product) => Err(FinishError::Product { product }),
            None => Ok(()),
        }
    }
}
