//! Reed–Solomon encoded columns under a salted Merkle tree.
//!
//! An oracle is a matrix of base-field columns of 2^l coefficients each. Every column is evaluated on the subgroup
//! of order N = 2^(l + log_blowup); row i of the N × width codeword holds the values at ω^i and is one salted leaf.
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::unreachable)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

mod encode;
mod encoded;
mod hash;
mod open;
mod shape;
mod tree;

pub use encode::{encode_columns, encode_k, encode_k_many};
pub use encoded::Encoded;
pub use open::{OpenError, OpenedRows};
pub use shape::{CodeError, CodeShape};
