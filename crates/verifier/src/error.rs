//! Why a proof is refused.

use affidavit_commit::OpenError;
use affidavit_hiding::{FinishError, ShapeError};
use affidavit_protocol::{ProtocolError, SessionError};
use affidavit_relations::Oracle;

/// Every refusal. Which hidden constraint a false witness breaks is never known to a verifier.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum VerifyError {
    /// Plan, statement and commitments do not fit together.
    #[error(transparent)]
    Session(#[from] SessionError),
    /// The proof's bytes are not a proof for this statement.
    #[error("malformed proof: {0}")]
    Malformed(&'static str),
    /// The protocol run found malformed bytes or a degenerate challenge.
    #[error(transparent)]
    Protocol(ProtocolError),
    /// More scalars are sent than the columns can hide.
    #[error("the proof's shape does not fit its commitments: {0}")]
    Shape(#[from] ShapeError),
    /// A proof-of-work nonce is wrong.
    #[error("proof-of-work before {0} does not hold")]
    ProofOfWork(&'static str),
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
            ProtocolError::Malformed(what) => Self::Malformed(what),
            other => Self::Protocol(other),
        }
    }
}

impl VerifyError {
    /// Stable name of the class.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Session(SessionError::Format(_)) => "malformed",
            Self::Session(SessionError::Mismatch(_)) => "mismatch",
            Self::Session(SessionError::Plan(_)) => "plan",
            Self::Session(SessionError::Statement(_)) => "statement",
            Self::Session(SessionError::Circuit(_)) => "circuit",
            Self::Session(SessionError::Schema(_)) => "schema",
            Self::Malformed(_) => "malformed",
            Self::Protocol(_) => "protocol",
            Self::Shape(_) => "shape",
            Self::ProofOfWork(_) => "proof-of-work",
            Self::Opening { .. } => "opening",
            Self::Row { .. } => "row",
            Self::Finish(_) => "finish",
            Self::Bits { .. } => "bits",
        }
    }
}
