//! Field pairs, multilinear tables and small univariates over p3 fields.
//!
//! Variable order everywhere: the first coordinate of a point is the most significant bit of a table's index.
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::unreachable)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

mod encode;
mod eq;
mod pair;
mod sample;
mod univariate;

pub use encode::{f_from_bytes, f_to_bytes, k_from_bytes, k_to_bytes, k_vec_to_bytes};
pub use eq::{eq_eval, eq_table, identity_eval, indicator_eval, log2_ceil, mle_eval, mle_eval_base, truncated_eq_eval};
pub use pair::{FieldPair, GoldilocksPair, KoalaBearPair};
pub use sample::{random_f, random_k, random_k_vec};
pub use univariate::{eval_012, eval_0123};
