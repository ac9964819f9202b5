//! Total verification: any bytes give a [`Report`] or a typed error; no panic, no unbounded allocation.
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::unreachable)]

mod context;
mod error;
mod finish;
#[deny(clippy::arithmetic_side_effects)]
mod reader;
mod report;
mod verify;

pub use error::VerifyError;
#[doc(hidden)]
pub use reader::{Leaf, LeafKind};
pub use report::{Part, Report};
pub use verify::verify;
#[doc(hidden)]
pub use verify::verify_leaves;
