//! The prover: witness values, persistent oracles, and the proving side of the protocol's context.

mod columns;
mod context;
mod error;
mod leaves;
mod persistent;
mod prove;
mod random;
mod side;
mod values;

pub use error::ProveError;
pub use persistent::{Persistent, commit_input, commit_model, model_shape};
pub use prove::{Proof, Timings, prove, replay};
