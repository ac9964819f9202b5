//! Typed errors.

use thiserror::Error;

/// The sizes of a finish do not fit together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ShapeError {
    /// A product pair names a scalar that is not sent.
    #[error("pair {pair} names scalar {scalar}, but only {scalars} are sent")]
    Pair { pair: usize, scalar: usize, scalars: usize },
    /// The pads, their products and the column's own pads exceed the code's message length.
    #[error("the pad vector has {length} cells, the code holds {max_len}")]
    PadVector { length: usize, max_len: usize },
    /// The product polynomial exceeds the code's message length.
    #[error("the product polynomial has {length} coefficients, the code holds {max_len}")]
    Product { length: usize, max_len: usize },
    /// A count overflows.
    #[error("the sizes overflow")]
    Overflow,
    /// The field has no subgroup of the domain's order.
    #[error("the field has no subgroup of order 2^{log_rows}")]
    Domain { log_rows: usize },
}

/// Why a finish was rejected (or could not be built).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum FinishError {
    /// The sizes are inconsistent.
    #[error(transparent)]
    Shape(#[from] ShapeError),
    /// A part of the response or an argument has the wrong length.
    #[error("{part} has {found} elements instead of {expected}")]
    Length { part: &'static str, expected: usize, found: usize },
    /// A recorded row names a scalar or product that does not exist.
    #[error("a recorded row names an unknown variable")]
    UnknownVariable,
    /// ρ or σ is zero: the response would not be masked soundly.
    #[error("a challenge that must not be zero is zero")]
    ZeroChallenge,
    /// Step 9: ⟨ℓ_H, X_H⟩ − ⟨ℓ_Y, X_Y⟩ ≠ ρB + β.
    #[error("the combined claim on the pads does not hold")]
    Claim,
    /// Step 9: Φ does not vanish at a message point of a product.
    #[error("the product polynomial does not vanish at product {product}")]
    Product { product: usize },
    /// A queried row lies outside the domain.
    #[error("row {row} is outside the domain")]
    RowIndex { row: usize },
    /// Step 10, first equation: pads.
    #[error("row {row} disagrees with the combined pad vector")]
    PadRow { row: usize },
    /// Step 10, second equation: operands.
    #[error("row {row} disagrees with the combined operands")]
    OperandRow { row: usize },
    /// Step 10, third equation: products.
    #[error("row {row} disagrees with the product polynomial")]
    ProductRow { row: usize },
}
