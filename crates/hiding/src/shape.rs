//! The sizes of one finish; public, and the same for prover and verifier.

use crate::{FinishError, ShapeError};

/// Sizes of a finish: s scalars, q product pairs, t queried rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FinishShape {
    scalars: usize,
    pairs: Vec<(usize, usize)>,
    queries: usize,
    n_h: usize,
    n: usize,
}

impl FinishShape {
    /// Checks that the pairs name scalars, and that the pad vector (n_H cells) and the product polynomial (2n − 1
    /// coefficients) fit into a code of `max_len` coefficients.
    pub fn new(scalars: usize, pairs: Vec<(usize, usize)>, queries: usize, max_len: usize) -> Result<Self, ShapeError> {
        for (pair, &(i, k)) in pairs.iter().enumerate() {
            let scalar = i.max(k);
            if scalar >= scalars {
                return Err(ShapeError::Pair { pair, scalar, scalars });
            }
        }
        let operands = pairs.len().checked_add(queries).ok_or(ShapeError::Overflow)?;
        // k_f = t: as many pads at the end of H as rows are opened.
        let n_h = scalars.checked_add(operands).ok_or(ShapeError::Overflow)?;
        let n = operands.checked_next_power_of_two().ok_or(ShapeError::Overflow)?;
        n.checked_mul(2).ok_or(ShapeError::Overflow)?;
        let shape = Self { scalars, pairs, queries, n_h, n };
        shape.fits(max_len)?;
        Ok(shape)
    }

    /// Whether the vectors fit into a code of `max_len` coefficients.
    pub fn fits(&self, max_len: usize) -> Result<(), ShapeError> {
        if self.n_h > max_len {
            return Err(ShapeError::PadVector { length: self.n_h, max_len });
        }
        if self.product_len() > max_len {
            return Err(ShapeError::Product { length: self.product_len(), max_len });
        }
        Ok(())
    }

    /// s: scalars sent.
    pub fn scalars(&self) -> usize {
        self.scalars
    }

    /// The q pairs (i_j, k_j) of scalars whose products occur in checks.
    pub fn pairs(&self) -> &[(usize, usize)] {
        &self.pairs
    }

    /// q: product pairs.
    pub fn products(&self) -> usize {
        self.pairs.len()
    }

    /// t: rows opened, duplicates counted once.
    pub fn queries(&self) -> usize {
        self.queries
    }

    /// n_H = s + q + k_f with k_f = t: cells of the pad vector H.
    pub fn n_h(&self) -> usize {
        self.n_h
    }

    /// n: the smallest power of two ≥ q + t; length of the operand vectors a, b, c.
    pub fn n(&self) -> usize {
        self.n
    }

    /// 2n − 1: coefficients of Φ.
    pub fn product_len(&self) -> usize {
        2 * self.n - 1
    }
}

/// [`FinishError::Length`] unless `found` is `expected`.
pub(crate) fn expect_len(part: &'static str, expected: usize, found: usize) -> Result<(), FinishError> {
    if expected == found { Ok(()) } else { Err(FinishError::Length { part, expected, found }) }
}
