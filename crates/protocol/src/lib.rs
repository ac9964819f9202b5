//! The one definition of the proof (spec 6): what is sent, in which order, and what must hold.
//!
//! [`run`] is generic over a [`Context`]: the verifier reads scalars and records constraints, the prover computes, masks
//! and sends them, the counter only counts. Nothing here loops over a tensor's cells except public data.
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::unreachable)]

pub mod batch;
mod claims;
mod context;
mod counter;
mod points;
mod run;
mod session;
mod stage;
mod tree;

pub use batch::BatchClaim;
pub use context::{Context, ProtocolError, ProverSide};
pub use counter::{Counter, count};
pub use run::{Counts, Outline, run};
pub use session::{Session, SessionError, SessionFault};
pub use stage::{StageTerm, TermKind};
