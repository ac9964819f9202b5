//! What makes a decoded plan acceptable (spec 2, "What a decoder must check").

mod body;
mod hint;
mod interval;
mod ports;
mod relations;
mod rule;
mod view;

pub use interval::Interval;
pub use rule::{PlanError, Rule, Subject};

use crate::{Plan, Table, Tensor, TensorKind, limits};

/// What validation learns of each tensor. Only [`Plan::validate`] makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Validated {
    intervals: Vec<Interval>,
    cells: Vec<u64>,
}

impl Validated {
    /// Values that the real cells of a tensor can take.
    pub fn interval(&self, tensor: u32) -> Option<Interval> {
        self.intervals.get(usize::try_from(tensor).ok()?).copied()
    }

    /// Real cells of a tensor, without the batch axis.
    pub fn cells(&self, tensor: u32) -> Option<u64> {
        self.cells.get(usize::try_from(tensor).ok()?).copied()
    }

    /// All intervals, by tensor id.
    pub fn intervals(&self) -> &[Interval] {
        &self.intervals
    }

    /// All cell counts, by tensor id.
    pub fn all_cells(&self) -> &[u64] {
        &self.cells
    }
}

impl Plan {
    /// Checks every rule of spec 2.
    ///
    /// # Errors
    /// The first rule that is broken, with the name of the tensor.
    pub fn validate(&self) -> Result<Validated, PlanError> {
        check_lengths(self)?;
        for (index, table) in self.tables.iter().enumerate() {
            check_table(table).map_err(|rule| PlanError::new(Subject::Table(index), rule))?;
        }
        let mut validated = Validated {
            intervals: Vec::with_capacity(self.tensors.len()),
            cells: Vec::with_capacity(self.tensors.len()),
        };
        let (mut total, mut boxes) = (0u64, 0u64);
        for (id, tensor) in (0u32..).zip(&self.tensors) {
            let at = |rule| PlanError::about(self, Subject::Tensor, id, rule);
            let cells = check_cells(tensor).map_err(at)?;
            total = total.saturating_add(cells);
            if total > limits::TOTAL_CELLS {
                return Err(at(Rule::TotalCells));
            }
            if let TensorKind::View { parts } = &tensor.kind {
                boxes = boxes.saturating_add(view::box_cells(tensor, parts).map_err(at)?);
                if boxes > limits::TOTAL_BOX_CELLS {
                    return Err(at(Rule::TotalBoxCells));
                }
            }
            validated.cells.push(cells);
            let earlier = body::Earlier { plan: self, validated: &validated };
            let interval = body::check(&earlier, tensor, cells).map_err(at)?;
            validated.intervals.push(interval);
        }
        relations::check(self, &validated)?;
        relations::check_enforced(self, &validated)?;
        ports::check(self, &validated)?;
        Ok(validated)
    }
}

/// The bounds that the decoder enforces, for plans that no decoder made.
fn check_lengths(plan: &Plan) -> Result<(), PlanError> {
    let fits = plan.tables.len() <= limits::TABLES
        && plan.tensors.len() <= limits::TENSORS
        && plan.relations.len() <= limits::RELATIONS
        && plan.inputs.len() <= limits::PORTS
        && plan.outputs.len() <= limits::PORTS;
    if fits { Ok(()) } else { Err(PlanError::new(Subject::Plan, Rule::ListTooLong)) }
}

fn check_table(table: &Table) -> Result<(), Rule> {
    if !(1..=limits::TABLE_LOG_SIZE).contains(&table.log_size) || table.values.len() != 1 << table.log_size {
        return Err(Rule::TableSize);
    }
    table.in_lo.checked_add((1 << table.log_size) - 1).map(|_| ()).ok_or(Rule::TableDomain)
}

fn check_cells(tensor: &Tensor) -> Result<u64, Rule> {
    if tensor.dims.len() > limits::DIMS {
        return Err(Rule::ListTooLong);
    }
    let mut cells = 1u64;
    for dim in &tensor.dims {
        if !(1..=limits::DIM).contains(dim) {
            return Err(Rule::AxisSize);
        }
        cells = cells.saturating_mul(u64::from(*dim));
    }
    if cells > limits::CELLS { Err(Rule::TooManyCells) } else { Ok(cells) }
}
