//! Values of every format that the decoders' targets start from; made without a prover.

use affidavit_plan::{
    Commitment, CommittedInput, Context, FieldId, InputClaim, OutputClaim, Plan, Purpose, Role, Schema, Statement,
    Validated, schema_of,
};
use std::sync::OnceLock;

// The prover's tests have the plan with every kind of tensor and relation; here is no second one.
#[allow(dead_code, clippy::unwrap_used, reason = "only the plan is used")]
#[path = "../../prover/tests/proofs/common"]
mod common {
    pub mod evaluate;
    pub mod zoo;
}

/// One value of every format, fitting each other.
pub struct Sample {
    pub plan: Plan,
    pub plan_bytes: Vec<u8>,
    pub digest: [u8; 32],
    pub validated: Validated,
    pub statement: Statement,
    pub commitment: Commitment,
    pub schema: Schema,
}

fn sample(field: FieldId, rows: usize) -> Sample {
    let plan = common::zoo::zoo(field, rows).plan;
    let digest = plan.digest();
    let commitment = Commitment {
        role: Role::Model,
        field,
        subject: digest,
        log_rows: 12,
        log_blowup: 2,
        columns: 1,
        queries: 150,
        grinding: 16,
        pads: 600,
        batch: 0,
        root: [1; 32],
    };
    let schema = schema_of(&plan, &commitment).expect("the zoo's inputs");
    let committed = CommittedInput {
        commitment: [2; 32],
        schema: schema.digest(),
        issuer: Some([3; 32]),
        records: (0..rows).map(|row| format!("record {row}")).collect(),
        expiry: 99,
    };
    let outcomes = vec![true; rows];
    let statement = Statement {
        protocol: 1,
        purpose: Purpose::Inference,
        plan: digest,
        layout: [4; 32],
        batch: rows as u32,
        model: commitment.digest(),
        input_commitment: Some(committed),
        inputs: vec![InputClaim::Committed, InputClaim::Committed],
        outputs: vec![
            OutputClaim::Public { output: 0, values: vec![5; rows * 4] },
            OutputClaim::AtLeast { output: 2, cell: 1, threshold: 7, scale: 0, outcomes: outcomes.clone() },
            OutputClaim::AtMost { output: 2, cell: 1, threshold: 7, scale: 0, outcomes: outcomes.clone() },
            OutputClaim::Between { output: 0, cell: 1, low: 2, high: 3, scale: 0, outcomes: outcomes.clone() },
            OutputClaim::ArgMax { output: 1, classes: vec![2; rows] },
            OutputClaim::TopK { output: 0, cell: 1, k: 2, outcomes },
        ],
        context: Context { nonce: vec![1, 2], policy: "test".into(), time: 5 },
    };
    let validated = plan.validate().expect("the zoo is valid");
    statement.check(&plan, &validated).expect("the sample statement is valid");
    Sample { plan_bytes: plan.encode(), plan, digest, validated, statement, commitment, schema }
}

/// One sample of each field.
pub fn samples() -> &'static [Sample] {
    static SAMPLES: OnceLock<Vec<Sample>> = OnceLock::new();
    SAMPLES.get_or_init(|| vec![sample(FieldId::KoalaBear, 2), sample(FieldId::Goldilocks, 1)])
}
