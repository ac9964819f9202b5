//! The prover: witness values, persistent oracles, and the proving side of the protocol's context.

mod columns;
mod context;
mod deviation;
mod error;
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
