//! Why a statement does not fit its plan.

use thiserror::Error;

/// A rule of spec 3 that a statement breaks. `input` and `output` are positions in the statement's lists.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum StatementError {
    #[error("protocol version {0} is not supported")]
    Protocol(u16),
    #[error("the statement is about another plan")]
    OtherPlan,
    #[error("batch {0} is outside 1..=2^20")]
    Batch(u32),
    #[error("a certificate has batch 1, no inputs, no outputs and no input commitment")]
    CertificateShape,
    #[error("a renewal has batch 1, no inputs, no outputs, no input commitment, and names another commitment")]
    RenewalShape,
    #[error("the statement has {found} inputs, the plan {expected}")]
    InputCount { found: usize, expected: usize },
    #[error("either every input is committed, with an input commitment, or none is, without one")]
    InputCommitment,
    #[error("{found} record ids for {batch} rows; there is one for each row, or none")]
    RecordCount { found: usize, batch: u32 },
    #[error("record id {row} is above 128 bytes or has a control character")]
    Record { row: usize },
    #[error("the nonce is above 64 bytes, or the policy id above 128 bytes or with a control character")]
    Context,
    #[error("the statement has more than 256 outputs")]
    OutputCount,
    #[error("input {input}: {found} values, the batch has {expected}")]
    InputLength { input: usize, found: usize, expected: u64 },
    #[error("input {input}: value {position} is {value}, outside the declared [{lo}, {hi}]")]
    InputRange { input: usize, position: usize, value: i64, lo: i64, hi: i64 },
    #[error("input {input}: the plan has no such input, or was not the one that was validated")]
    UnknownInput { input: usize },
    #[error("output {output}: the plan has no port {port}")]
    UnknownPort { output: usize, port: u16 },
    #[error("output {output}: {found} values or outcomes, the batch needs {expected}")]
    OutputLength { output: usize, found: usize, expected: u64 },
    #[error("output {output}: {value} is outside the port's interval extended by one, [{min}, {max}]")]
    OutputRange { output: usize, value: i64, min: i128, max: i128 },
    #[error("output {output}: cell {cell} of a port with {cells} cells")]
    Cell { output: usize, cell: u32, cells: u64 },
    #[error("output {output}: scale {found}, the port has {expected}")]
    Scale { output: usize, found: i16, expected: i16 },
    #[error("output {output}: low {low} is above high {high}")]
    EmptyInterval { output: usize, low: i64, high: i64 },
    #[error("output {output}: k is {k}, outside 1..={cells}")]
    TopK { output: usize, k: u32, cells: u64 },
}
