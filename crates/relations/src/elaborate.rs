//! Plan and statement → circuit.

use crate::predicate::add_output;
use crate::range::{Request, add_ranges, choose_width};
use crate::{BATCH, Circuit, CircuitError, Fresh, Kind, LinearTerm, Lookup, Oracle, TableBlock, linear};
use affidavit_algebra::log2_ceil;
use affidavit_plan::{InputClaim, Plan, Purpose, Relation, Statement, TensorKind};
use std::sync::Arc;

/// Proven interval of a plan tensor.
pub type Interval = (i128, i128);

/// Cells of all tensors together that one proof may have.
const MAX_CELLS: u64 = 1 << 31;

/// Builds the circuit of `statement` over a validated `plan` (`intervals` from its validation, one per tensor).
///
/// # Errors
/// [`CircuitError`] if sizes exceed this version's bounds or a predicate does not fit the output's range.
#[expect(clippy::indexing_slicing, reason = "validation has checked every id of the plan; plan tensors keep their ids")]
pub fn elaborate(plan: &Plan, intervals: &[Interval], statement: &Statement) -> Result<Circuit, CircuitError> {
    let batch = statement.batch as usize;
    let mut circuit = Circuit { batch, ..Circuit::default() };
    add_plan_tensors(&mut circuit, plan, statement)?;
    // Before anything is sized by these tensors.
    check_size(&circuit)?;

    let mut requests = Vec::new();
    let mut table_of = vec![None; plan.tables.len()];
    for relation in &plan.relations {
        match relation {
            Relation::Range { tensor, lo, bits } => {
                let id = *tensor as usize;
                let name = format!("range:{}", circuit.tensors[id].name);
                match &circuit.tensors[id].kind {
                    // A public input is checked on the integers themselves.
                    Kind::Public(values) => check_public(&name, values, *lo, *bits)?,
                    _ => requests.push(Request { name, tensor: id, lo: *lo, bits: u32::from(*bits) }),
                }
            }
            Relation::Table { x, y, table } => {
                let index = *table_block(&mut circuit, plan, &mut table_of, usize::from(*table));
                let name = format!("table:{}", circuit.tensors[*y as usize].name);
                circuit.lookups.push(Lookup { name, x: *x as usize, y: Some(*y as usize), table: index });
            }
            Relation::Zero { tensor } => {
                let name = format!("zero:{}", circuit.tensors[*tensor as usize].name);
                circuit.zeros.push((name, *tensor as usize));
            }
        }
    }
    if statement.purpose == Purpose::Inference {
        let mut looked_at = 0;
        for output in &statement.outputs {
            add_output(&mut circuit, plan, intervals, output, &mut requests, &mut looked_at)?;
        }
    }
    let leaves: u128 = circuit.blocks().iter().map(|&(s, _)| 1u128 << s).sum();
    let width = choose_width(&circuit, &requests, leaves, plan.field);
    add_ranges(&mut circuit, &requests, width);
    check_size(&circuit)?;
    Ok(circuit)
}

#[expect(clippy::indexing_slicing, reason = "a body of a validated plan names smaller ids, which are there already")]
fn add_plan_tensors(circuit: &mut Circuit, plan: &Plan, statement: &Statement) -> Result<(), CircuitError> {
    for tensor in &plan.tensors {
        let mut dims: Vec<usize> = tensor.dims.iter().map(|&d| d as usize).collect();
        if tensor.batched {
            dims.insert(0, circuit.batch);
        }
        let labels = |id: u32, labels: &[u8]| -> Vec<u8> {
            let batched = plan.tensors[id as usize].batched;
            batched.then_some(BATCH).into_iter().chain(labels.iter().copied()).collect()
        };
        let kind = match &tensor.kind {
            TensorKind::Model { .. } => Kind::Committed(Oracle::Model),
            TensorKind::Input { index, .. } => match statement.inputs.get(usize::from(*index)) {
                Some(InputClaim::Public { values }) => Kind::Public(Arc::new(values.clone())),
                Some(InputClaim::Committed) => Kind::Committed(Oracle::Input),
                Some(InputClaim::Unbound) => Kind::Fresh(Fresh::Witness),
                None => return Err(CircuitError::Mismatch(format!("input {index} has no claim"))),
            },
            TensorKind::Fresh { .. } => Kind::Fresh(Fresh::Witness),
            TensorKind::Linear { terms, constant } => {
                let terms = terms.iter().map(|&(coef, t)| {
                    let axes = linear::align(&circuit.tensors[t as usize], tensor.batched, &dims);
                    let axes =
                        axes.ok_or_else(|| CircuitError::Mismatch(format!("{} does not broadcast", tensor.name)))?;
                    Ok(LinearTerm { coef, tensor: t as usize, axes })
                });
                Kind::Linear { terms: terms.collect::<Result<_, CircuitError>>()?, constant: *constant }
            }
            TensorKind::Contract { out, a, a_labels, b, b_labels } => Kind::Contract {
                out: tensor.batched.then_some(BATCH).into_iter().chain(out.iter().copied()).collect(),
                a: *a as usize,
                a_labels: labels(*a, a_labels),
                b: b.map(|b| b as usize),
                b_labels: b.map_or(vec![], |b| labels(b, b_labels)),
            },
            TensorKind::View { parts } => Kind::View { parts: parts.clone() },
            TensorKind::Constant { values } => Kind::Public(Arc::new(values.clone())),
        };
        circuit.push(tensor.name.clone(), tensor.batched, dims, kind);
    }
    Ok(())
}

#[expect(clippy::indexing_slicing, reason = "validation has checked every table number; seen has one entry each")]
fn table_block<'a>(circuit: &mut Circuit, plan: &Plan, seen: &'a mut [Option<usize>], table: usize) -> &'a usize {
    seen[table].get_or_insert_with(|| {
        let source = &plan.tables[table];
        let index = circuit.tables.len();
        let multiplicity = circuit.push(
            format!("multiplicities of table {table}"),
            false,
            vec![1 << source.log_size],
            Kind::Fresh(Fresh::Multiplicity { table: index }),
        );
        circuit.tables.push(TableBlock {
            tag: 1 + table as u32,
            in_lo: source.in_lo,
            log_size: usize::from(source.log_size),
            values: Some(Arc::new(source.values.clone())),
            multiplicity,
        });
        index
    })
}

fn check_public(name: &str, values: &[i64], lo: i64, bits: u8) -> Result<(), CircuitError> {
    let end = i128::from(lo) + (1i128 << bits);
    match values.iter().position(|&v| v < lo || i128::from(v) >= end) {
        Some(cell) => Err(CircuitError::Mismatch(format!("{name}: public cell {cell} is outside of its range"))),
        None => Ok(()),
    }
}

pub(crate) fn check_size(circuit: &Circuit) -> Result<(), CircuitError> {
    let padded = |t: &crate::Tensor| 1u64 << t.dims.iter().map(|&d| log2_ceil(d)).sum::<usize>().min(40);
    if circuit.tensors.iter().any(|t| matches!(&t.kind, Kind::View { parts } if parts.is_empty())) {
        return Err(CircuitError::Mismatch("a view has no parts".into()));
    }
    let cells: u64 = circuit.tensors.iter().map(padded).sum();
    if cells > MAX_CELLS {
        return Err(CircuitError::TooLarge { what: "the circuit", got: cells, limit: MAX_CELLS });
    }
    if circuit.log_leaves() > 27 {
        return Err(CircuitError::TooLarge { what: "the lookup tree", got: circuit.log_leaves() as u64, limit: 27 });
    }
    Ok(())
}
