//! Relations: no equality modulo p that is not one over the integers (spec 2, rules 1 and 2).

use super::Validated;
use super::interval::Interval;
use super::rule::{PlanError, Rule, Subject};
use crate::{Plan, Relation, Table, TensorKind, limits};

/// Rule 2 and the relation's own form.
pub(super) fn check(plan: &Plan, validated: &Validated) -> Result<(), PlanError> {
    let certificate = is_certificate(plan);
    for (index, relation) in plan.relations.iter().enumerate() {
        let at = |id: u32| move |rule| PlanError::about(plan, Subject::Relation(index), id, rule);
        match *relation {
            Relation::Range { tensor, lo, bits } => {
                check_kind(plan, tensor, certificate).map_err(at(tensor))?;
                let range = range(lo, bits).map_err(at(tensor))?;
                check_no_wrap(plan, validated, tensor, range).map_err(at(tensor))?;
            }
            Relation::Table { x, y, table } => {
                check_kind(plan, x, certificate).map_err(at(x))?;
                check_kind(plan, y, certificate).map_err(at(y))?;
                check_same_shape(plan, x, y).map_err(at(y))?;
                let table = plan.tables.get(usize::from(table)).ok_or_else(|| at(x)(Rule::RelationTable))?;
                check_no_wrap(plan, validated, x, domain(table)).map_err(at(x))?;
                let values = Interval::hull(&table.values).ok_or_else(|| at(y)(Rule::TableSize))?;
                check_no_wrap(plan, validated, y, values).map_err(at(y))?;
            }
            Relation::Zero { tensor } => {
                let interval = validated.interval(tensor).ok_or_else(|| at(tensor)(Rule::RelationTensor))?;
                if interval.magnitude() >= i128::from(plan.field.modulus()) {
                    return Err(at(tensor)(Rule::ZeroWraps));
                }
            }
        }
    }
    Ok(())
}

/// Rule 1: a relation enforces the declared range of every Input and Fresh tensor.
pub(super) fn check_enforced(plan: &Plan, validated: &Validated) -> Result<(), PlanError> {
    let mut enforced = vec![false; plan.tensors.len()];
    let mut mark = |id: u32, range: Interval| {
        let inside = validated.interval(id).is_some_and(|declared| range.within(declared));
        if let Some(slot) = enforced.get_mut(id as usize) {
            *slot |= inside;
        }
    };
    for relation in &plan.relations {
        match *relation {
            Relation::Range { tensor, lo, bits } => {
                if let Ok(range) = range(lo, bits) {
                    mark(tensor, range);
                }
            }
            Relation::Table { x, y, table } => {
                if let Some(table) = plan.tables.get(usize::from(table)) {
                    mark(x, domain(table));
                    if let Some(values) = Interval::hull(&table.values) {
                        mark(y, values);
                    }
                }
            }
            Relation::Zero { .. } => {}
        }
    }
    for ((id, tensor), enforced) in (0u32..).zip(&plan.tensors).zip(&enforced) {
        let needs = matches!(tensor.kind, TensorKind::Input { .. } | TensorKind::Fresh { .. });
        if needs && !enforced {
            return Err(PlanError::about(plan, Subject::Tensor, id, Rule::Unenforced));
        }
    }
    Ok(())
}

/// A certificate has Model tensors alone and no ports.
fn is_certificate(plan: &Plan) -> bool {
    plan.inputs.is_empty()
        && plan.outputs.is_empty()
        && plan.tensors.iter().all(|tensor| matches!(tensor.kind, TensorKind::Model { .. }))
}

fn check_kind(plan: &Plan, id: u32, certificate: bool) -> Result<(), Rule> {
    match plan.tensor(id).ok_or(Rule::RelationTensor)?.kind {
        TensorKind::Constant { .. } => Err(Rule::RelationKind),
        TensorKind::Model { .. } if !certificate => Err(Rule::RelationKind),
        _ => Ok(()),
    }
}

/// `[lo, lo + 2^bits)`.
fn range(lo: i64, bits: u8) -> Result<Interval, Rule> {
    if !(1..=limits::RANGE_BITS).contains(&bits) {
        return Err(Rule::RangeBits);
    }
    // Its opposite is the constant of a sum in the circuit.
    if lo == i64::MIN {
        return Err(Rule::RangeStart);
    }
    let min = i128::from(lo);
    Ok(Interval { min, max: min + (1i128 << bits) - 1 })
}

/// Inputs of a table.
fn domain(table: &Table) -> Interval {
    let min = i128::from(table.in_lo);
    Interval { min, max: min + table.values.len() as i128 - 1 }
}

/// A value of the tensor and a value of the range that agree modulo p are equal.
fn check_no_wrap(plan: &Plan, validated: &Validated, id: u32, range: Interval) -> Result<(), Rule> {
    let modulus = i128::from(plan.field.modulus());
    let tensor = validated.interval(id).ok_or(Rule::RelationTensor)?;
    if 4 * (range.span() + 1) >= modulus {
        return Err(Rule::RangeSize);
    }
    if tensor.max - range.min >= modulus || range.max - tensor.min >= modulus {
        return Err(Rule::RangeWraps);
    }
    Ok(())
}

fn check_same_shape(plan: &Plan, x: u32, y: u32) -> Result<(), Rule> {
    let x = plan.tensor(x).ok_or(Rule::RelationTensor)?;
    let y = plan.tensor(y).ok_or(Rule::RelationTensor)?;
    if x.dims == y.dims && x.batched == y.batched { Ok(()) } else { Err(Rule::TableShape) }
}
