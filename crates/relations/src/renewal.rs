//! The circuit of a renewal: two commitments hold the same tensors (spec 6.2).

use crate::elaborate::check_size;
use crate::{Circuit, CircuitError, Kind, Oracle, TensorId};
use affidavit_plan::Plan;

/// Every Model tensor of `plan` in order, under the old commitment; then each again, under the new one; then their
/// differences, all of whose cells must be zero.
///
/// Equality holds in the field, cell by cell, so the new commitment inherits the ranges that the old one's certificate
/// proves.
///
/// # Errors
/// [`CircuitError::TooLarge`] beyond this version's bounds.
pub fn renewal(plan: &Plan) -> Result<Circuit, CircuitError> {
    let mut circuit = Circuit { batch: 1, ..Circuit::default() };
    let old = committed(&mut circuit, plan, Oracle::Model, "");
    let new = committed(&mut circuit, plan, Oracle::Renewed, "renewed:");
    for ((_, tensor), (old, new)) in plan.model_tensors().zip(old.into_iter().zip(new)) {
        let name = format!("renewal:{}", tensor.name);
        let difference = circuit.linear(&name, &[(1, old), (-1, new)], 0);
        circuit.zeros.push((name, difference));
    }
    check_size(&circuit)?;
    Ok(circuit)
}

fn committed(circuit: &mut Circuit, plan: &Plan, oracle: Oracle, prefix: &str) -> Vec<TensorId> {
    let tensors = plan.model_tensors().map(|(_, tensor)| {
        let dims = tensor.dims.iter().map(|&d| d as usize).collect();
        circuit.push(format!("{prefix}{}", tensor.name), false, dims, Kind::Committed(oracle))
    });
    tensors.collect()
}
