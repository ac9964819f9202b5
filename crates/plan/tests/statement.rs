//! A statement against its plan; the certificate's plan; the exported schema.

mod common;

use affidavit_plan::*;
use common::{commitment, committed_statement, sample, statement};

fn check(statement: &Statement) -> Result<(), StatementError> {
    let plan = sample();
    statement.check(&plan, &plan.validate().unwrap())
}

fn with(change: impl FnOnce(&mut Statement)) -> Result<(), StatementError> {
    let mut statement = statement();
    change(&mut statement);
    check(&statement)
}

#[test]
fn good_statements() {
    assert_eq!(check(&statement()), Ok(()));
    assert_eq!(check(&committed_statement()), Ok(()));
    assert_eq!(with(|s| s.inputs = vec![InputClaim::Unbound]), Ok(()));
    assert_eq!(with(|s| s.outputs.clear()), Ok(()));
}

#[test]
fn heads() {
    assert_eq!(with(|s| s.protocol = 2), Err(StatementError::Protocol(2)));
    assert_eq!(with(|s| s.batch = 0), Err(StatementError::Batch(0)));
    assert_eq!(with(|s| s.batch = (1 << 20) + 1), Err(StatementError::Batch((1 << 20) + 1)));
    assert_eq!(with(|s| s.plan[0] ^= 1), Err(StatementError::OtherPlan));
    assert_eq!(with(|s| s.context.nonce = vec![0; 65]), Err(StatementError::Context));
    assert_eq!(with(|s| s.context.policy = "a\tb".to_owned()), Err(StatementError::Context));
    assert_eq!(with(|s| s.outputs = vec![s.outputs[0].clone(); 257]), Err(StatementError::OutputCount));
}

#[test]
fn inputs() {
    let expected = Err(StatementError::InputCount { found: 2, expected: 1 });
    assert_eq!(with(|s| s.inputs.push(InputClaim::Unbound)), expected);
    let public = |values: Vec<i64>| with(|s| s.inputs = vec![InputClaim::Public { values }]);
    let expected = Err(StatementError::InputLength { input: 0, found: 4, expected: 8 });
    assert_eq!(public(vec![0; 4]), expected);
    for value in [-129, 128, 128 + 0x7f00_0001, i64::MIN] {
        let mut values = vec![0; 8];
        values[5] = value;
        let expected = StatementError::InputRange { input: 0, position: 5, value, lo: -128, hi: 127 };
        assert_eq!(public(values), Err(expected));
    }
}

#[test]
fn input_commitments() {
    let changed = |change: fn(&mut Statement)| {
        let mut statement = committed_statement();
        change(&mut statement);
        check(&statement)
    };
    let refused = Err(StatementError::InputCommitment);
    assert_eq!(changed(|s| s.input_commitment = None), refused);
    assert_eq!(changed(|s| s.inputs = vec![InputClaim::Unbound]), refused);
    assert_eq!(changed(|s| s.inputs = vec![InputClaim::Public { values: vec![0; 8] }]), refused);
    let records = |s: &mut Statement, records: Vec<String>| {
        if let Some(committed) = &mut s.input_commitment {
            committed.records = records;
        }
    };
    let mut statement = committed_statement();
    records(&mut statement, vec![]);
    assert_eq!(check(&statement), Ok(()));
    records(&mut statement, vec!["one".to_owned()]);
    assert_eq!(check(&statement), Err(StatementError::RecordCount { found: 1, batch: 2 }));
    records(&mut statement, vec!["one".to_owned(), "\u{7f}".to_owned()]);
    assert_eq!(check(&statement), Err(StatementError::Record { row: 1 }));
}

#[test]
fn a_plan_without_inputs_has_no_input_commitment() {
    let plan = certificate_plan(&sample());
    let validated = plan.validate().unwrap();
    let mut statement = committed_statement();
    statement.plan = plan.digest();
    statement.inputs.clear();
    statement.outputs.clear();
    assert_eq!(statement.check(&plan, &validated), Err(StatementError::InputCommitment));
    statement.input_commitment = None;
    assert_eq!(statement.check(&plan, &validated), Ok(()));
}

/// Two inputs, so that some can be committed and some not.
#[test]
fn no_mixture_of_committed_and_other_inputs() {
    let mut plan = sample();
    let id = plan.tensors.len() as u32;
    plan.tensors.push(common::tensor("second", true, &[1], TensorKind::Input { lo: 0, hi: 1, index: 1 }));
    plan.relations.push(Relation::Range { tensor: id, lo: 0, bits: 1 });
    plan.inputs.push(common::port("second", id, &[1]));
    let validated = plan.validate().unwrap();
    let mut statement = committed_statement();
    statement.plan = plan.digest();
    statement.inputs = vec![InputClaim::Committed, InputClaim::Committed];
    assert_eq!(statement.check(&plan, &validated), Ok(()));
    statement.inputs[0] = InputClaim::Unbound;
    assert_eq!(statement.check(&plan, &validated), Err(StatementError::InputCommitment));
    statement.input_commitment = None;
    assert_eq!(statement.check(&plan, &validated), Err(StatementError::InputCommitment));
    statement.inputs[1] = InputClaim::Public { values: vec![0, 1] };
    assert_eq!(statement.check(&plan, &validated), Ok(()));
}

fn output(claim: OutputClaim) -> Result<(), StatementError> {
    with(|s| s.outputs = vec![claim])
}

/// The interval of port 0 is [−385, 384].
#[test]
fn output_values_and_thresholds() {
    let (min, max) = (-386, 385);
    let range = |value| Err(StatementError::OutputRange { output: 0, value, min, max });
    let public = |value| output(OutputClaim::Public { output: 0, values: vec![0, 0, 0, 0, 0, value] });
    let at_least = |threshold| {
        let outcomes = vec![true; 2];
        output(OutputClaim::AtLeast { output: 0, cell: 2, threshold, scale: 0, outcomes })
    };
    let at_most = |threshold| {
        let outcomes = vec![true; 2];
        output(OutputClaim::AtMost { output: 0, cell: 2, threshold, scale: 0, outcomes })
    };
    let between = |low, high| {
        let outcomes = vec![true; 2];
        output(OutputClaim::Between { output: 0, cell: 2, low, high, scale: 0, outcomes })
    };
    for value in [-386, 385] {
        assert_eq!(public(value), Ok(()));
        assert_eq!(at_least(value), Ok(()));
        assert_eq!(at_most(value), Ok(()));
        assert_eq!(between(value, value), Ok(()));
    }
    for value in [-387, 386, i64::MIN, i64::MAX] {
        assert_eq!(public(value), range(value));
        assert_eq!(at_least(value), range(value));
        assert_eq!(at_most(value), range(value));
        assert_eq!(between(value, 0), range(value));
        assert_eq!(between(0, value), range(value));
    }
    assert_eq!(between(1, 0), Err(StatementError::EmptyInterval { output: 0, low: 1, high: 0 }));
}

#[test]
fn output_cells_scales_and_lengths() {
    let port = StatementError::UnknownPort { output: 0, port: 2 };
    assert_eq!(output(OutputClaim::ArgMax { output: 2, classes: vec![0; 2] }), Err(port));
    let length = |found, expected| Err(StatementError::OutputLength { output: 0, found, expected });
    assert_eq!(output(OutputClaim::Public { output: 0, values: vec![0; 3] }), length(3, 6));
    assert_eq!(output(OutputClaim::ArgMax { output: 0, classes: vec![0; 3] }), length(3, 2));
    let cell = |cell, cells| Err(StatementError::Cell { output: 0, cell, cells });
    assert_eq!(output(OutputClaim::ArgMax { output: 1, classes: vec![5, 6] }), cell(6, 6));
    let claims = |cell, scale, outcomes: Vec<bool>| {
        let (output, threshold) = (0, 0);
        [
            OutputClaim::AtLeast { output, cell, threshold, scale, outcomes: outcomes.clone() },
            OutputClaim::AtMost { output, cell, threshold, scale, outcomes: outcomes.clone() },
            OutputClaim::Between { output, cell, low: 0, high: 0, scale, outcomes },
        ]
    };
    for claim in claims(3, 0, vec![true; 2]) {
        assert_eq!(output(claim), cell(3, 3));
    }
    for claim in claims(0, 4, vec![true; 2]) {
        assert_eq!(output(claim), Err(StatementError::Scale { output: 0, found: 4, expected: 0 }));
    }
    for claim in claims(0, 0, vec![true; 3]) {
        assert_eq!(output(claim), length(3, 2));
    }
    let top = |cell, k, rows| output(OutputClaim::TopK { output: 0, cell, k, outcomes: vec![true; rows] });
    assert_eq!(top(2, 3, 2), Ok(()));
    assert_eq!(top(3, 3, 2), cell(3, 3));
    assert_eq!(top(2, 0, 2), Err(StatementError::TopK { output: 0, k: 0, cells: 3 }));
    assert_eq!(top(2, 4, 2), Err(StatementError::TopK { output: 0, k: 4, cells: 3 }));
    assert_eq!(top(2, 3, 1), length(1, 2));
}

#[test]
fn renewals() {
    let good = || {
        let mut statement = statement();
        statement.purpose = Purpose::Renewal { renewed: [8; 32] };
        statement.batch = 1;
        statement.inputs.clear();
        statement.outputs.clear();
        statement
    };
    assert_eq!(check(&good()), Ok(()));
    for change in [
        (|s| s.batch = 2) as fn(&mut Statement),
        |s| s.inputs = vec![InputClaim::Unbound],
        |s| s.outputs = statement().outputs,
        |s| s.input_commitment = committed_statement().input_commitment,
        |s| s.purpose = Purpose::Renewal { renewed: s.model },
    ] {
        let mut statement = good();
        change(&mut statement);
        assert_eq!(check(&statement), Err(StatementError::RenewalShape));
    }
    // The digest is there exactly in a renewal.
    let bytes = good().encode();
    assert_eq!(bytes[bytes.len() - 32..], [8; 32]);
    assert_eq!(Statement::decode(&bytes), Ok(good()));
    assert!(Statement::decode(&bytes[..bytes.len() - 32]).is_err());
}

#[test]
fn certificates() {
    let good = || {
        let mut statement = statement();
        statement.purpose = Purpose::Certificate;
        statement.batch = 1;
        statement.inputs.clear();
        statement.outputs.clear();
        statement
    };
    assert_eq!(check(&good()), Ok(()));
    let refused = |change: fn(&mut Statement)| {
        let mut statement = good();
        change(&mut statement);
        assert_eq!(check(&statement), Err(StatementError::CertificateShape));
    };
    refused(|s| s.batch = 2);
    refused(|s| s.inputs.push(InputClaim::Unbound));
    refused(|s| s.outputs.push(OutputClaim::ArgMax { output: 0, classes: vec![0] }));
    refused(|s| s.input_commitment = committed_statement().input_commitment);
}

#[test]
fn the_certificate_plan_covers_each_range_exactly() {
    let plan = sample();
    let derived = certificate_plan(&plan);
    assert_eq!(derived.name, "certificate");
    assert_eq!(derived.tensors, vec![plan.tensors[0].clone(), plan.tensors[3].clone()]);
    let range = |tensor, lo, bits| Relation::Range { tensor, lo, bits };
    assert_eq!(derived.relations, vec![range(0, -128, 8), range(1, 0, 8)]);
    assert!(derived.inputs.is_empty() && derived.outputs.is_empty() && derived.tables.is_empty());
    derived.validate().unwrap();
    assert_eq!(Plan::decode(&derived.encode()), Ok(derived.clone()));
    // Deriving twice changes nothing.
    assert_eq!(certificate_plan(&derived), derived);
}

#[test]
fn every_model_width_that_validates_can_be_certified() {
    for (field, widest) in [(FieldId::KoalaBear, 28), (FieldId::Goldilocks, 32)] {
        for bits in 1..=32u8 {
            for lo in [0, -(1i64 << (bits - 1))] {
                let mut plan = certificate_plan(&sample());
                plan.field = field;
                plan.relations.clear();
                plan.tensors[0].kind = TensorKind::Model { lo, hi: lo + (1 << bits) - 1 };
                assert_eq!(plan.validate().is_ok(), bits <= widest, "{field:?} {bits}");
                if bits <= widest {
                    let derived = certificate_plan(&plan);
                    assert_eq!(derived.relations[0], Relation::Range { tensor: 0, lo, bits });
                    derived.validate().unwrap();
                }
            }
        }
    }
}

#[test]
fn schemas() {
    let plan = sample();
    let schema = schema_of(&plan, &commitment()).unwrap();
    let input = SchemaInput { name: "x".to_owned(), shape: vec![2, 2], scale: 0, lo: -128, hi: 127 };
    assert_eq!(schema.inputs, vec![input]);
    let shape = (schema.log_rows, schema.log_blowup, schema.queries, schema.grinding, schema.pads);
    assert_eq!(shape, (12, 2, 160, 20, 2880));
    let refused = |change: fn(&mut Commitment), error| {
        let mut commitment = commitment();
        change(&mut commitment);
        assert_eq!(schema_of(&plan, &commitment), Err(error));
    };
    refused(|c| c.role = Role::Input, SchemaError::NotAModel);
    refused(|c| c.field = FieldId::Goldilocks, SchemaError::OtherPlan);
    refused(|c| c.subject[31] ^= 1, SchemaError::OtherPlan);
    let mut broken = sample();
    broken.inputs[0].tensor = 6;
    let commitment = Commitment { subject: broken.digest(), ..commitment() };
    assert_eq!(schema_of(&broken, &commitment), Err(SchemaError::NotAnInput(0)));
}

#[test]
fn schema_shapes_and_ranges_are_bounded() {
    let good = schema_of(&sample(), &commitment()).unwrap();
    let refused = |change: fn(&mut SchemaInput), name: &str| {
        let mut schema = good.clone();
        change(&mut schema.inputs[0]);
        match Schema::decode(&schema.encode()) {
            Err(FormatError::BadValue { field, .. }) => assert_eq!(field, name),
            other => panic!("{other:?}"),
        }
    };
    refused(|input| input.shape = vec![2, 0], "schema.input.shape");
    refused(|input| input.shape = vec![1 << 15, 1 << 14], "schema.input.shape");
    refused(|input| input.shape = vec![u32::MAX; 8], "schema.input.shape");
    refused(|input| input.lo = 128, "schema.input.lo");
    refused(|input| input.hi = 1 << 30, "schema.input.lo");
    refused(|input| input.lo = i64::MIN, "schema.input.lo");
}
