//! The input schema that a plan and its model commitment export (spec 3).

use crate::{Commitment, Plan, Role, Schema, SchemaInput};
use thiserror::Error;

/// Why no schema can be exported.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SchemaError {
    #[error("a schema takes its shape from a model commitment, not from an input commitment")]
    NotAModel,
    #[error("the commitment is not one of this plan")]
    OtherPlan,
    #[error("input port {0} does not name an Input tensor")]
    NotAnInput(usize),
}

/// The schema of the plan's inputs, laid out like the model's commitment so that both share one opening.
///
/// # Errors
/// If the commitment is not this plan's model commitment, or the plan would not validate.
pub fn schema_of(plan: &Plan, commitment: &Commitment) -> Result<Schema, SchemaError> {
    if commitment.role != Role::Model {
        return Err(SchemaError::NotAModel);
    }
    if commitment.field != plan.field || commitment.subject != plan.digest() {
        return Err(SchemaError::OtherPlan);
    }
    let mut inputs = Vec::with_capacity(plan.inputs.len());
    for (index, port) in plan.inputs.iter().enumerate() {
        let (_, lo, hi) = plan.input_range(index).ok_or(SchemaError::NotAnInput(index))?;
        inputs.push(SchemaInput { name: port.name.clone(), shape: port.shape.clone(), scale: port.scale, lo, hi });
    }
    Ok(Schema {
        field: plan.field,
        log_rows: commitment.log_rows,
        log_blowup: commitment.log_blowup,
        queries: commitment.queries,
        grinding: commitment.grinding,
        pads: commitment.pads,
        inputs,
    })
}
