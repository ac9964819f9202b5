//! The shape of a code and what can be wrong with it.

use affidavit_algebra::FieldPair;
use p3_field::TwoAdicField;

/// A Reed–Solomon code: coefficient vectors of length 2^`log_rows`, codewords of length 2^(`log_rows` + `log_blowup`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CodeShape {
    /// l: log2 of the number of coefficients of a column.
    pub log_rows: usize,
    /// log2 of the inverse rate.
    pub log_blowup: usize,
}

/// Why a matrix cannot be encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CodeError {
    /// The field has no subgroup of the codeword's length, or the length is beyond what is supported.
    #[error("codeword length 2^{log_n} is beyond the limit 2^{limit}")]
    TooLong { log_n: usize, limit: usize },
    /// There is nothing to encode, or more columns than a commitment's header can count.
    #[error("{0} columns cannot be committed")]
    Width(usize),
    /// A column has more coefficients than the code takes.
    #[error("column {column} has {len} coefficients, the code takes {limit}")]
    ColumnTooLong { column: usize, len: usize, limit: usize },
}

/// No codeword is longer than 2^30 whatever the field: row numbers then fit every integer type in use.
const MAX_LOG_N: usize = 30;

impl CodeShape {
    /// l + log_blowup, the log2 of the codeword length N.
    pub fn log_n(&self) -> usize {
        self.log_rows.saturating_add(self.log_blowup)
    }

    /// N, the codeword length and number of leaves. Meaningful for a shape that passes [`CodeShape::check`].
    pub fn n_rows(&self) -> usize {
        1usize.checked_shl(self.log_n().min(63) as u32).unwrap_or(usize::MAX)
    }

    /// 2^l, the number of coefficients of a column. Meaningful for a shape that passes [`CodeShape::check`].
    pub fn n_coefficients(&self) -> usize {
        1usize.checked_shl(self.log_rows.min(63) as u32).unwrap_or(usize::MAX)
    }

    /// Accepts the shape if the base field has a subgroup of order N and N ≤ 2^30.
    pub fn check<P: FieldPair>(&self) -> Result<(), CodeError> {
        let limit = P::F::TWO_ADICITY.min(MAX_LOG_N);
        if self.log_n() > limit {
            return Err(CodeError::TooLong { log_n: self.log_n(), limit });
        }
        Ok(())
    }
}
