//! The soundness ledger: every error term of one proof, from its real sizes (spec 7).
//!
//! All terms are proven bounds in the random-oracle model with unique decoding; no proximity conjecture is used.

mod ledger;
mod sizes;

pub use ledger::{Kind, Ledger, Term, ledger};
pub use sizes::{LOOKUP_WIDTH, MAX_GRINDING, Sizes, TARGET_BITS, lookup_grinding, queries};
