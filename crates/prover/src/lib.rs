//! The prover: witness values, persistent oracles, and the proving side of the protocol's context.

mod columns;
#[cfg(test)]
#[path = "../tests/proofs/common/mod.rs"]
mod common;
mod context;
mod deviation;
mod error;
#[cfg(test)]
mod hiding;
mod leaves;
mod persistent;
mod prove;
mod random;
mod side;
mod values;

#[doc(hidden)]
pub use deviation::{Deviation, Honest};
pub use error::ProveError;
pub use persistent::{Persistent, commit_input, commit_model, commit_renewed, model_shape};
#[doc(hidden)]
pub use prove::replay_with;
pub use prove::{Proof, Timings, prove, replay};
#[doc(hidden)]
pub use values::Values;

// The whole-proof tests' models name this crate from outside.
#[cfg(test)]
extern crate self as affidavit_prover;
