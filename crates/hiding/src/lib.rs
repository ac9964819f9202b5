//! The hiding finish: the last argument of a proof, which shows that masked scalars satisfy the checks that the
//! verifier recorded, without showing the scalars.
//!
//! Every scalar v_i of the protocol is sent as m_i = v_i + h_i with a committed one-time pad h_i. A check on the v_i
//! becomes an affine equation in the pads h and in the products z_j of a fixed list of pad pairs. This crate proves all
//! those equations at once: a random combination, a masked linear evaluation and a masked product argument over
//! Reed–Solomon codes, following VEIL (eprint 2026/683), which generalises Longfellow (eprint 2024/2010).
//!
//! It is algebra only: no transcript, no hashing, no randomness of its own. The order of use is
//! 1. prover: [`Secrets::sample`]; commit [`Secrets::columns`]; send `v + pad` for every scalar;
//! 2. both: [`Combination::new`] from the recorded rows and the challenges λ, x;
//! 3. prover: [`Secrets::beta`]; then, for the non-zero challenges ρ, σ, [`Secrets::respond`];
//! 4. verifier: [`Response::check`]; then [`RowCheck::new`] and [`RowCheck::check`] for every queried row.
//!
//! Steps are numbered as they happen (spec 6.9): 1 pads, products and H; 2 operand vectors; 3 R_×; 4 masking and rows; 5 λ, x and
//! the combination; 6 β; 7 ρ, σ; 8 the response; 9 the claim and the products; 10 the opened rows.
//!
//! The code is generic over [`Scalar`] and [`FinishDomain`], so that the zero-knowledge tests run it over fields small
//! enough to enumerate all randomness.
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::unreachable)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

mod combination;
mod domain;
mod error;
mod expr;
mod response;
mod row_check;
mod scalar;
mod secrets;
mod shape;
mod two_adic;

#[cfg(test)]
mod tests;

pub use combination::Combination;
pub use domain::FinishDomain;
pub use error::{FinishError, ShapeError};
pub use expr::{Expr, Var};
pub use response::Response;
pub use row_check::{COLUMNS, RowCheck};
pub use scalar::Scalar;
pub use secrets::Secrets;
pub use shape::FinishShape;
pub use two_adic::TwoAdicDomain;
