//! Why a circuit cannot be built.

/// A plan or statement that this version cannot prove.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CircuitError {
    /// Something is larger than a bound of this version.
    #[error("{what} is too large: {got} (limit {limit})")]
    TooLarge { what: &'static str, got: u64, limit: u64 },
    /// The plan is not well formed for elaboration (validation would have refused it).
    #[error("the plan does not fit the statement: {0}")]
    Mismatch(String),
    /// The statement asks for something this plan's ranges cannot express.
    #[error("{0}")]
    Unsupported(String),
}
