//! Plan, statement and commitment formats: bounded decoding, canonical encoding, validation, digests.
//!
//! `spec/01-codec.md`, `spec/02-plan.md` and `spec/03-statement.md` are normative. Everything here may be fed with
//! bytes from an adversary: decoding and validation return typed errors and allocate no more than the input justifies.

mod certificate;
mod check;
mod claim_codec;
mod codec;
mod commitment_codec;
mod digest;
mod field;
mod forced;
mod hint_codec;
pub mod limits;
mod model;
mod plan_codec;
mod schema;
mod statement;
mod statement_codec;
mod statement_error;
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
