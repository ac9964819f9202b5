//! Why a proof cannot be made.

use affidavit_commit::{CodeError, OpenError};
use affidavit_hiding::{FinishError, ShapeError};
use affidavit_protocol::{ProtocolError, SessionError};
use affidavit_relations::CircuitError;

#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ProveError {
    #[error(transparent)]
    Session(#[from] SessionError),
    #[error(transparent)]
    Circuit(#[from] CircuitError),
    /// A tensor is missing or has the wrong number of cells.
    #[error("tensor {name}: {expected} cells expected, {got} given")]
    Tensor { name: String, expected: usize, got: usize },
    /// A private cell does not lie in its declared range.
    #[error("tensor {name}: cell {cell} is outside its declared range")]
    Range { name: String, cell: usize },
    /// The witness does not satisfy the plan's relations.
    #[error("the witness breaks: {}", .0.join(", "))]
    Witness(Vec<String>),
    /// The commitment's private side is for another field or role.
    #[error("{0}")]
    Mismatch(&'static str),
    #[error("the circuit sends more than these commitments can hide: {0}")]
    Shape(#[from] ShapeError),
    #[error(transparent)]
    Protocol(#[from] ProtocolError),
    #[error(transparent)]
    Finish(#[from] FinishError),
    #[error(transparent)]
    Code(#[from] CodeError),
    #[error(transparent)]
    Open(#[from] OpenError),
}
