//! The weight certificate's plan: the range of every Model tensor, and nothing else.

use crate::{Plan, Relation, Tensor, TensorKind};

/// Derives the plan whose proof is the weight certificate of `plan`: its Model tensors in order, and for each a Range that
/// covers exactly its declared `[lo, hi]`. It validates whenever `plan` does.
pub fn certificate_plan(plan: &Plan) -> Plan {
    let mut tensors: Vec<Tensor> = Vec::new();
    let mut relations = Vec::new();
    for (id, (_, tensor)) in (0u32..).zip(plan.model_tensors()) {
        if let TensorKind::Model { lo, hi } = tensor.kind {
            relations.push(Relation::Range { tensor: id, lo, bits: width(lo, hi) });
            tensors.push(tensor.clone());
        }
    }
    Plan {
        field: plan.field,
        name: "certificate".to_owned(),
        tables: Vec::new(),
        tensors,
        relations,
        inputs: Vec::new(),
        outputs: Vec::new(),
    }
}

/// Bits of the smallest range that starts at `lo` and holds `hi`; exact for a range that validation accepts.
fn width(lo: i64, hi: i64) -> u8 {
    let span = i128::from(hi) - i128::from(lo);
    // Span is below 2^64, so the count fits a byte; an empty range gets width 128, which no validation accepts.
    u8::try_from(i128::BITS - span.leading_zeros()).unwrap_or(u8::MAX)
}
