//! Small plans and statements that ask for much: refused before memory is spent on what would be refused anyway.

use affidavit_fuzz_targets::meter::{Meter, peak};
use affidavit_plan::{
    Commitment, Context, FieldId, InputClaim, OutputClaim, Plan, Port, Purpose, Relation, Role, Statement, Tensor,
    TensorKind,
};
use affidavit_protocol::{Session, SessionError};
use affidavit_relations::CircuitError;

#[global_allocator]
static METER: Meter = Meter;

/// Peak of opening a session about a plan whose one tensor x is input and output; the refusal.
fn open(name: &str, cells: u32, bits: u8, ranges: usize, outputs: Vec<OutputClaim>) -> (SessionError, usize, usize) {
    let x = Tensor {
        name: name.into(),
        batched: true,
        dims: vec![cells],
        scale: 0,
        kind: TensorKind::Input { lo: 0, hi: (1 << bits) - 1, index: 0 },
    };
    let port = Port { name: "x".into(), tensor: 0, shape: vec![cells], scale: 0 };
    let (inputs, ports) = (vec![port.clone()], vec![port]);
    let field = FieldId::Goldilocks;
    let plan = Plan {
        field,
        name: "much".into(),
        tables: vec![],
        tensors: vec![x],
        relations: vec![Relation::Range { tensor: 0, lo: 0, bits }; ranges],
        inputs,
        outputs: ports,
    };
    plan.validate().unwrap();
    let model = Commitment {
        role: Role::Model,
        field,
        subject: plan.digest(),
        log_rows: 12,
        log_blowup: 2,
        columns: 1,
        queries: 150,
        grinding: 16,
        pads: 600,
        batch: 0,
        root: [0; 32],
    };
    let statement = Statement {
        protocol: 1,
        purpose: Purpose::Inference,
        plan: plan.digest(),
        layout: [0; 32],
        batch: 1,
        model: model.digest(),
        input_commitment: None,
        inputs: vec![InputClaim::Unbound],
        outputs,
        context: Context { nonce: vec![], policy: String::new(), time: 0 },
    };
    let (plan, statement, model) = (plan.encode(), statement.encode(), model.encode());
    let (answer, bytes) = peak(|| Session::open(&plan, &statement, &model, None, true));
    (answer.map(drop).unwrap_err(), bytes, plan.len() + statement.len())
}

// One test in this binary: the allocator counts what all threads have.
#[test]
fn what_will_be_refused_costs_little() {
    // 256 claims of 11 bytes, each with two public tensors of 2^22 cells: 16 GiB.
    let claims = vec![OutputClaim::ArgMax { output: 0, classes: vec![(1 << 22) - 1] }; 256];
    let (error, bytes, _) = open("x", 1 << 22, 8, 1, claims);
    let what = "the outputs of all argmax claims";
    assert!(matches!(error, SessionError::Circuit(CircuitError::TooLarge { what: w, .. }) if w == what), "{error}");
    assert!(bytes < 600 << 20, "{bytes} bytes");
    // 2^16 relations of 14 bytes on a tensor with a long name.
    let (error, bytes, given) = open(&"x".repeat(256), 1, 48, 1 << 16, vec![]);
    assert!(matches!(error, SessionError::Mismatch(_)), "{error}");
    assert!(bytes < 512 * given, "{bytes} bytes for {given}");
    // The same on a tensor for which the lookups are too many.
    let (error, bytes, given) = open(&"x".repeat(256), 1 << 10, 48, 1 << 16, vec![]);
    assert!(matches!(error, SessionError::Circuit(CircuitError::TooLarge { .. })), "{error}");
    assert!(bytes < 512 * given, "{bytes} bytes for {given}");
}
