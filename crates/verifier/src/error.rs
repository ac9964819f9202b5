//! Why a proof is refused, and at which step.

use affidavit_commit::OpenError;
use affidavit_hiding::{FinishError, ShapeError};
use affidavit_protocol::{ProtocolError, SessionError, SessionFault};
use affidavit_relations::Oracle;

/// Every refusal. Which hidden constraint a false witness breaks is never known to a verifier.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum VerifyError {
    /// Plan, statement and commitments do not fit together.
    #[error(transparent)]
    Session(#[from] SessionFault),
    /// The proof's bytes are not a proof for this statement.
    #[error("malformed proof: {what}")]
    Malformed { step: u8, what: &'static str },
    /// The run met a degenerate challenge, or public data beyond its bound.
    #[error(transparent)]
    Protocol(ProtocolError),
    /// More scalars are sent than the columns can hide.
    #[error("the proof's shape does not fit its commitments: {0}")]
    Shape(#[from] ShapeError),
    /// A proof-of-work nonce is wrong.
    #[error("proof-of-work before {before} does not hold")]
    ProofOfWork { step: u8, before: &'static str },
    /// Opened rows are malformed or do not belong to the commitment.
    #[error("{oracle:?} oracle: {error}")]
    Opening { oracle: Oracle, error: OpenError },
    /// An opened row does not agree with the combined column u.
    #[error("row {row} does not agree with the opened combination")]
    Row { row: usize },
    /// The hiding finish fails: some constraint of the proof does not hold.
    #[error("the final argument does not hold: {0}")]
    Finish(#[from] FinishError),
    /// The ledger gives fewer bits than asked.
    #[error("{got:.2} proven bits, {asked:.2} asked")]
    Bits { got: f64, asked: f64 },
}

impl From<ProtocolError> for VerifyError {
    fn from(error: ProtocolError) -> Self {
        match error {
            ProtocolError::Malformed(what) => Self::Malformed { step: 16, what },
            other => Self::Protocol(other),
        }
    }
}

impl VerifyError {
    /// Stable name of the class.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Session(fault) => match fault.error {
                SessionError::Format(_) => "malformed",
                SessionError::Mismatch(_) => "mismatch",
                SessionError::Plan(_) => "plan",
                SessionError::Statement(_) => "statement",
                SessionError::Circuit(_) => "circuit",
                SessionError::Schema(_) => "schema",
            },
            Self::Malformed { .. } => "malformed",
            Self::Protocol(_) => "protocol",
            Self::Shape(_) => "shape",
            Self::ProofOfWork { .. } => "proof-of-work",
            Self::Opening { .. } => "opening",
            Self::Row { .. } => "row",
            Self::Finish(_) => "finish",
            Self::Bits { .. } => "bits",
        }
    }

    /// The step of spec 8.1 that failed.
    pub fn step(&self) -> u8 {
        match self {
            Self::Session(fault) => fault.step,
            Self::Malformed { step, .. } | Self::ProofOfWork { step, .. } => *step,
            Self::Protocol(_) => 17,
            Self::Bits { .. } => 18,
            Self::Shape(_) => 19,
            Self::Finish(error) => match error {
                FinishError::Product { .. } => 22,
                FinishError::PadRow { .. } | FinishError::OperandRow { .. } | FinishError::ProductRow { .. } => 27,
                FinishError::Shape(_) => 19,
                // `Claim`; the others are inconsistencies that no input causes, found while it is computed.
                _ => 21,
            },
            Self::Opening { error: OpenError::Root | OpenError::Shape, .. } => 25,
            Self::Opening { .. } => 24,
            Self::Row { .. } => 26,
        }
    }
}
