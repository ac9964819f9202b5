//! Affine expressions in the unmasked scalars and their registered products.

use crate::{FinishError, Scalar};
use core::ops::{Add, Mul, Neg, Sub};

/// A variable of a recorded check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Var {
    /// The scalar v_i.
    Scalar(usize),
    /// The product v_{i_j}·v_{k_j} of pair j.
    Product(usize),
}

/// `constant + Σ coefficient·variable`; a recorded check says that it is zero.
///
/// A variable may occur in several terms; its coefficients add up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expr<K> {
    /// The public part.
    pub constant: K,
    /// The terms, in the order in which they were added.
    pub terms: Vec<(Var, K)>,
}

impl<K: Scalar> Expr<K> {
    /// A public value.
    pub fn constant(value: K) -> Self {
        Self { constant: value, terms: Vec::new() }
    }

    /// The expression 0.
    pub fn zero() -> Self {
        Self::constant(K::zero())
    }

    /// One variable.
    pub fn var(var: Var) -> Self {
        Self { constant: K::zero(), terms: vec![(var, K::one())] }
    }

    /// Adds `k·other` in place.
    pub fn add_scaled(&mut self, other: &Self, k: K) {
        self.constant = self.constant + other.constant * k;
        self.terms.extend(other.terms.iter().map(|&(var, c)| (var, c * k)));
    }

    /// Adds `k·var` in place.
    pub fn add_term(&mut self, var: Var, k: K) {
        self.terms.push((var, k));
    }

    /// `k·self`.
    pub fn scale(mut self, k: K) -> Self {
        self.constant = self.constant * k;
        for (_, c) in &mut self.terms {
            *c = *c * k;
        }
        self
    }

    /// The value for known scalars; what the prover's replay of the verifier tests.
    ///
    /// Errors with [`FinishError::UnknownVariable`] if a variable is not among `values` and `pairs`.
    pub fn eval(&self, values: &[K], pairs: &[(usize, usize)]) -> Result<K, FinishError> {
        let value = |i: usize| values.get(i).copied().ok_or(FinishError::UnknownVariable);
        self.terms.iter().try_fold(self.constant, |sum, &(var, c)| {
            let v = match var {
                Var::Scalar(i) => value(i)?,
                Var::Product(j) => {
                    let &(i, k) = pairs.get(j).ok_or(FinishError::UnknownVariable)?;
                    value(i)? * value(k)?
                }
            };
            Ok(sum + c * v)
        })
    }

    /// Adds `weight` times the row that this check becomes on (h, z) to `coefficients` (length s + q) and `rhs`.
    ///
    /// From v_i = m_i − h_i and v_i·v_k = m_i·m_k − m_i·h_k − m_k·h_i + z_j; the row reads ⟨coefficients, (h, z)⟩ = rhs.
    pub(crate) fn accumulate_row(
        &self,
        masked: &[K],
        pairs: &[(usize, usize)],
        weight: K,
        coefficients: &mut [K],
        rhs: &mut K,
    ) -> Result<(), FinishError> {
        let mask = |i: usize| masked.get(i).copied().ok_or(FinishError::UnknownVariable);
        let mut put = |at: usize, k: K| match coefficients.get_mut(at) {
            Some(cell) => {
                *cell = *cell + k;
                Ok(())
            }
            None => Err(FinishError::UnknownVariable),
        };
        let mut sum = self.constant;
        for &(var, c) in &self.terms {
            let wc = weight * c;
            match var {
                Var::Scalar(i) => {
                    sum = sum + c * mask(i)?;
                    put(i, wc)?;
                }
                Var::Product(j) => {
                    let &(i, k) = pairs.get(j).ok_or(FinishError::UnknownVariable)?;
                    let (m_i, m_k) = (mask(i)?, mask(k)?);
                    sum = sum + c * m_i * m_k;
                    put(k, wc * m_i)?;
                    put(i, wc * m_k)?;
                    put(masked.len() + j, -wc)?;
                }
            }
        }
        *rhs = *rhs + weight * sum;
        Ok(())
    }
}

impl<K: Scalar> Add for Expr<K> {
    type Output = Self;

    fn add(mut self, other: Self) -> Self {
        self.constant = self.constant + other.constant;
        self.terms.extend(other.terms);
        self
    }
}

impl<K: Scalar> Sub for Expr<K> {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        self + -other
    }
}

impl<K: Scalar> Neg for Expr<K> {
    type Output = Self;

    fn neg(mut self) -> Self {
        self.constant = -self.constant;
        for (_, c) in &mut self.terms {
            *c = -*c;
        }
        self
    }
}

impl<K: Scalar> Mul<K> for Expr<K> {
    type Output = Self;

    fn mul(self, k: K) -> Self {
        self.scale(k)
    }
}
