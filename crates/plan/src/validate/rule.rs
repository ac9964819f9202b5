//! The rules of spec 2 and the error that names the tensor which breaks one.

use std::fmt;

use crate::Plan;
use thiserror::Error;

/// A rule that a plan breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Error)]
pub enum Rule {
    #[error("a list is longer than its bound")]
    ListTooLong,
    #[error("the plan has more than 2^31 cells")]
    TotalCells,
    #[error("the plan's View boxes have more than 2^28 cells")]
    TotalBoxCells,
    #[error("a table has 2^log_size values, 1 <= log_size <= 16")]
    TableSize,
    #[error("the table's domain leaves the 64-bit integers")]
    TableDomain,
    #[error("an axis has size 1..=2^26")]
    AxisSize,
    #[error("a tensor has at most 2^28 cells")]
    TooManyCells,
    #[error("a body mentions only smaller tensor ids")]
    NotEarlier,
    #[error("the interval of possible values reaches beyond 2^120")]
    IntervalOverflow,
    #[error("lo is above hi")]
    EmptyRange,
    #[error("the declared range reaches p/2")]
    RangeReachesHalf,
    #[error("a Model tensor is not batched")]
    ModelBatched,
    #[error("a Model range is [-2^(b-1), 2^(b-1)-1] or [0, 2^b-1] with 1 <= b <= 32")]
    ModelRange,
    #[error("a Model range of 2^b values needs 2^b < p/4, or no certificate can prove it")]
    ModelRangeUncertifiable,
    #[error("an Input tensor is batched")]
    InputNotBatched,
    #[error("no input port has this index")]
    InputIndex,
    #[error("two Input tensors have the same index")]
    InputRepeated,
    #[error("the input port and the Input tensor of its index do not name each other")]
    InputPort,
    #[error("a term does not broadcast to the tensor's dims")]
    Broadcast,
    #[error("a batched tensor does not broadcast to one that is not")]
    BroadcastBatch,
    #[error("labels name the axes of the operand, one each")]
    LabelCount,
    #[error("a label is below 250")]
    LabelBound,
    #[error("a label occurs twice in one tensor")]
    LabelRepeated,
    #[error("a label has two sizes")]
    LabelSize,
    #[error("an output label occurs in no operand")]
    LabelUnknown,
    #[error("without a second operand there are no labels for one")]
    LabelsWithoutOperand,
    #[error("a Contract is batched exactly if an operand is")]
    ContractBatch,
    #[error("a View box has the tensor's number of axes, each of size 1 or more")]
    BoxShape,
    #[error("a View box leaves the tensor")]
    BoxOutside,
    #[error("two View boxes overlap")]
    BoxOverlap,
    #[error("a View reads outside its source")]
    BoxSource,
    #[error("a View and its sources are all batched or all not")]
    ViewBatch,
    #[error("a Constant is not batched")]
    ConstantBatched,
    #[error("a Constant has at most 2^16 cells and one value for each")]
    ConstantCells,
    #[error("the hint's source does not have the shape that the hint needs")]
    HintShape,
    #[error("the hint's shift or width is above 62 bits or zero bits wide")]
    HintBits,
    #[error("the hint names no table of the plan")]
    HintTable,
    #[error("a Fresh or Input tensor needs a Range inside [lo, hi] or a Table whose side lies in [lo, hi]")]
    Unenforced,
    #[error("the relation names no tensor of the plan")]
    RelationTensor,
    #[error("the relation names no table of the plan")]
    RelationTable,
    #[error("Range and Table do not apply to Constants, and to Model tensors only in a certificate")]
    RelationKind,
    #[error("a Range has 1..=48 bits")]
    RangeBits,
    #[error("a Range does not start at -2^63")]
    RangeStart,
    #[error("the range or the table's span needs fewer than p/4 values")]
    RangeSize,
    #[error("the tensor's interval and the range are too far apart to exclude wrapping modulo p")]
    RangeWraps,
    #[error("x and y of a Table have the same shape")]
    TableShape,
    #[error("a Zero needs an interval inside (-p, p)")]
    ZeroWraps,
    #[error("the port names no tensor of the plan")]
    PortTensor,
    #[error("the port's shape does not have the tensor's number of cells")]
    PortShape,
    #[error("the port's scale is not the tensor's")]
    PortScale,
    #[error("the port's scale is beyond 256 in absolute value")]
    PortScaleBound,
    #[error("another port of the same side has this name")]
    PortName,
    #[error("an output is batched")]
    OutputNotBatched,
    #[error("an output's interval [m, M] satisfies M - m < p/2 and -p/4 < m <= M < p/4")]
    OutputRange,
}

/// Where in the plan the rule is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    Plan,
    Table(usize),
    Tensor,
    Relation(usize),
    Input(usize),
    Output(usize),
}

/// Why a plan is refused: the rule, the part of the plan, and the tensor where there is one.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub struct PlanError {
    pub subject: Subject,
    /// Id and name of the tensor.
    pub tensor: Option<(u32, String)>,
    pub rule: Rule,
}

impl PlanError {
    pub(crate) fn new(subject: Subject, rule: Rule) -> Self {
        Self { subject, tensor: None, rule }
    }

    /// Names the tensor, if the plan has one of this id.
    pub(crate) fn about(plan: &Plan, subject: Subject, id: u32, rule: Rule) -> Self {
        let tensor = plan.tensor(id).map(|tensor| (id, tensor.name.clone()));
        Self { subject, tensor, rule }
    }
}

impl fmt::Display for PlanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.subject {
            Subject::Plan | Subject::Tensor => {}
            Subject::Table(index) => write!(f, "table {index}: ")?,
            Subject::Relation(index) => write!(f, "relation {index}: ")?,
            Subject::Input(index) => write!(f, "input port {index}: ")?,
            Subject::Output(index) => write!(f, "output port {index}: ")?,
        }
        if let Some((id, name)) = &self.tensor {
            write!(f, "tensor {id} {name:?}: ")?;
        }
        write!(f, "{}", self.rule)
    }
}
