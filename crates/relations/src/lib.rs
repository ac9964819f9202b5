//! From a plan and a statement to the circuit that is proven, and where its cells are committed.
//!
//! `elaborate` turns a plan, a batch size and the statement's inputs and outputs into a [`Circuit`] of the five relations;
//! `layout` places the committed tensors in the columns of the oracles. Both are deterministic and normative (spec 6).
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::unreachable)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

pub mod circuit;
pub mod contract;
pub mod elaborate;
pub mod error;
pub mod layout;
pub mod linear;
pub mod placement;
mod predicate;
mod range;
mod renewal;
pub mod view;

pub use circuit::{
    BATCH, Circuit, Fresh, Kind, LinearTerm, Lookup, Oracle, PublicBind, TableBlock, Tensor, TensorId, axis_ranges,
};
pub use elaborate::{Interval, elaborate};
pub use error::CircuitError;
pub use layout::{Layout, OracleShape, choose_shape};
pub use placement::{Chunk, OracleLayout};
pub use renewal::renewal;
