//! Plan, statement and commitment formats: bounded decoding, canonical encoding, validation, digests.
//!
//! `spec/01-codec.md`, `spec/02-plan.md` and `spec/03-statement.md` are normative. Everything here may be fed with
//! bytes from an adversary: decoding and validation return typed errors and allocate no more than the input justifies.
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::unreachable)]

mod certificate;
mod check;
#[deny(clippy::arithmetic_side_effects)]
mod claim_codec;
#[deny(clippy::arithmetic_side_effects)]
mod codec;
#[deny(clippy::arithmetic_side_effects)]
mod commitment_codec;
mod digest;
mod field;
mod forced;
#[deny(clippy::arithmetic_side_effects)]
mod hint_codec;
pub mod limits;
mod model;
#[deny(clippy::arithmetic_side_effects)]
mod plan_codec;
mod schema;
mod statement;
#[deny(clippy::arithmetic_side_effects)]
mod statement_codec;
mod statement_error;
#[deny(clippy::arithmetic_side_effects)]
mod tensor_codec;
mod validate;

pub use certificate::certificate_plan;
#[doc(hidden)]
pub use codec::FieldSpan;
pub use codec::{FormatError, Reader, Writer};
pub use digest::digest;
pub use forced::Unforced;
pub use model::*;
pub use schema::{SchemaError, schema_of};
pub use statement::*;
pub use statement_error::StatementError;
pub use validate::{Interval, PlanError, Rule, Subject, Validated};
