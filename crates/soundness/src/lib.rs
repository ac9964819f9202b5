//! The soundness ledger: every error term of one proof, from its real sizes (spec 7).
//!
//! All terms are proven bounds in the random-oracle model with unique decoding; no proximity conjecture is used.
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::unreachable)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

mod ledger;
mod sizes;

pub use ledger::{Kind, Ledger, Term, ledger};
pub use sizes::{LOOKUP_WIDTH, MAX_GRINDING, Sizes, TARGET_BITS, lookup_grinding, queries};
