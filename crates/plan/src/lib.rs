//! Plan, statement and commitment formats: bounded decoding, canonical encoding, validation, digests.

mod model;
mod statement;

pub use model::*;
pub use statement::*;
