//! Input and output ports (spec 2, rules 3 and 4).

use super::Validated;
use super::rule::{PlanError, Rule, Subject};
use crate::{Plan, Port, Tensor, TensorKind, limits};

pub(super) fn check(plan: &Plan, validated: &Validated) -> Result<(), PlanError> {
    check_indices(plan)?;
    check_names(&plan.inputs, Subject::Input)?;
    check_names(&plan.outputs, Subject::Output)?;
    for (index, port) in plan.inputs.iter().enumerate() {
        let at = |rule| PlanError::about(plan, Subject::Input(index), port.tensor, rule);
        let tensor = check_port(plan, validated, port).map_err(at)?;
        match tensor.kind {
            TensorKind::Input { index: named, .. } if usize::from(named) == index => {}
            _ => return Err(at(Rule::InputPort)),
        }
    }
    for (index, port) in plan.outputs.iter().enumerate() {
        let at = |rule| PlanError::about(plan, Subject::Output(index), port.tensor, rule);
        let tensor = check_port(plan, validated, port).map_err(at)?;
        if !tensor.batched {
            return Err(at(Rule::OutputNotBatched));
        }
        let modulus = i128::from(plan.field.modulus());
        let interval = validated.interval(port.tensor).ok_or_else(|| at(Rule::PortTensor))?;
        if 4 * interval.magnitude() >= modulus || 2 * interval.span() >= modulus {
            return Err(at(Rule::OutputRange));
        }
    }
    Ok(())
}

/// Policies speak of ports by name: inputs have different names, and so have outputs.
fn check_names(ports: &[Port], subject: impl Fn(usize) -> Subject) -> Result<(), PlanError> {
    let mut seen = std::collections::BTreeSet::new();
    match ports.iter().position(|port| !seen.insert(port.name.as_str())) {
        Some(index) => Err(PlanError::new(subject(index), Rule::PortName)),
        None => Ok(()),
    }
}

/// Each Input tensor has an index of its own, and the port of that index names it.
fn check_indices(plan: &Plan) -> Result<(), PlanError> {
    let mut seen = vec![false; plan.inputs.len()];
    for (id, tensor) in (0u32..).zip(&plan.tensors) {
        let TensorKind::Input { index, .. } = tensor.kind else { continue };
        let at = |rule| PlanError::about(plan, Subject::Tensor, id, rule);
        let index = usize::from(index);
        let slot = seen.get_mut(index).ok_or_else(|| at(Rule::InputIndex))?;
        if std::mem::replace(slot, true) {
            return Err(at(Rule::InputRepeated));
        }
        if plan.inputs.get(index).map(|port| port.tensor) != Some(id) {
            return Err(at(Rule::InputPort));
        }
    }
    Ok(())
}

/// The port's tensor exists and has the port's number of cells and scale.
fn check_port<'a>(plan: &'a Plan, validated: &Validated, port: &Port) -> Result<&'a Tensor, Rule> {
    let tensor = plan.tensor(port.tensor).ok_or(Rule::PortTensor)?;
    let cells = validated.cells(port.tensor).ok_or(Rule::PortTensor)?;
    if port.shape.len() > limits::SHAPE {
        return Err(Rule::ListTooLong);
    }
    let product = port.shape.iter().try_fold(1u64, |product, dim| product.checked_mul(u64::from(*dim)));
    if product != Some(cells) {
        return Err(Rule::PortShape);
    }
    if port.scale.unsigned_abs() > limits::PORT_SCALE {
        return Err(Rule::PortScaleBound);
    }
    if port.scale == tensor.scale { Ok(tensor) } else { Err(Rule::PortScale) }
}
