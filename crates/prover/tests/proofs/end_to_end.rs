//! Whole proofs of a small model, both fields, all kinds of inputs and outputs.

use crate::common::{Toy, statement, toy};
use affidavit_algebra::{FieldPair, GoldilocksPair, KoalaBearPair};
use affidavit_plan::*;
use affidavit_protocol::Session;
use affidavit_prover::{Persistent, commit_input, commit_model, prove, replay};
use affidavit_verifier::verify;
use std::collections::BTreeMap;

fn refs(witness: &BTreeMap<usize, Vec<i64>>) -> BTreeMap<usize, &[i64]> {
    witness.iter().map(|(&k, v)| (k, v.as_slice())).collect()
}

/// Fills in the layout digest.
fn seal(toy: &Toy, mut s: Statement, model: &Commitment, input: Option<&Commitment>) -> (Statement, Session) {
    let input_bytes = input.map(Commitment::encode);
    let open = |s: &Statement, check| {
        Session::open(&toy.plan.encode(), &s.encode(), &model.encode(), input_bytes.as_deref(), check).unwrap()
    };
    s.layout = open(&s, false).layout.digest;
    let session = open(&s, true);
    (s, session)
}

fn round_trip<P: FieldPair>(
    toy: &Toy,
    model: &Persistent<P>,
    input: Option<&Persistent<P>>,
    s: Statement,
) -> Result<affidavit_verifier::Report, String> {
    let (s, session) = seal(toy, s, &model.commitment, input.map(|i| &i.commitment));
    let proof = prove::<P>(&session, model, input, &refs(&toy.witness), b"entropy").map_err(|e| e.to_string())?;
    let input_bytes = input.map(|i| i.commitment.encode());
    let report = verify(
        &toy.plan.encode(),
        &s.encode(),
        &model.commitment.encode(),
        input_bytes.as_deref(),
        &proof.bytes,
        128.0,
    )
    .map_err(|e| format!("{}: {e}", e.code()))?;
    eprintln!("proof {} bytes, {:?}, {:?}", proof.bytes.len(), proof.timings, report.parts);
    Ok(report)
}

fn everything<P: FieldPair>(field: FieldId) {
    for (batch, inputs, outputs) in [(1, 5, 3), (3, 61, 7), (4, 16, 64)] {
        let toy = toy(field, batch, inputs, outputs);
        toy.plan.validate().unwrap();
        let model = commit_model::<P>(&toy.plan, &toy.model, 4, [7; 32]).unwrap();
        let y = &toy.witness[&9];
        let public = OutputClaim::Public { output: 0, values: y.clone() };
        let at = |r: usize| y[r * outputs + 1];
        let at_least = |t: i64| OutputClaim::AtLeast {
            output: 0,
            cell: 1,
            threshold: t,
            scale: 0,
            outcomes: (0..batch).map(|r| at(r) >= t).collect(),
        };
        let at_most = |t: i64| OutputClaim::AtMost {
            output: 0,
            cell: 1,
            threshold: t,
            scale: 0,
            outcomes: (0..batch).map(|r| at(r) <= t).collect(),
        };
        let between = |low: i64, high: i64| OutputClaim::Between {
            output: 0,
            cell: 1,
            low,
            high,
            scale: 0,
            outcomes: (0..batch).map(|r| low <= at(r) && at(r) <= high).collect(),
        };
        let rows: Vec<&[i64]> = y.chunks(outputs).collect();
        let argmax = OutputClaim::ArgMax {
            output: 0,
            classes: rows.iter().map(|r| r.iter().position(|v| v == r.iter().max().unwrap()).unwrap() as u32).collect(),
        };
        let top_k = |k: u32| OutputClaim::TopK {
            output: 0,
            cell: 1,
            k,
            outcomes: rows.iter().map(|r| r.iter().filter(|&&v| v > r[1]).count() < k as usize).collect(),
        };
        let x = InputClaim::Public { values: toy.witness[&2].clone() };
        let cases = vec![
            (x.clone(), vec![public.clone()]),
            (InputClaim::Unbound, vec![]),
            (InputClaim::Unbound, vec![public]),
            (InputClaim::Unbound, vec![at_least(50), at_most(30)]),
            (InputClaim::Unbound, vec![at_least(at(0)), at_most(at(0)), at_least(at(0) + 1)]),
            (x, vec![between(20, 60), between(at(0), at(0))]),
            (InputClaim::Unbound, vec![argmax, top_k(1), top_k(2)]),
        ];
        for (input, outputs) in cases {
            let label = format!("{outputs:?}");
            let s = statement(&toy, &model.commitment, input, outputs);
            let report = round_trip::<P>(&toy, &model, None, s).unwrap_or_else(|e| panic!("{label}: {e}"));
            assert!(report.ledger.round_by_round >= 128.0);
        }
        committed_input::<P>(&toy, &model);
        certificate::<P>(&toy, &model);
        lies::<P>(&toy, &model);
    }
}

fn committed_input<P: FieldPair>(toy: &Toy, model: &Persistent<P>) {
    let schema = schema_of(&toy.plan, &model.commitment).unwrap();
    let input = commit_input::<P>(&schema, toy.batch, &[toy.witness[&2].clone()], [9; 32]).unwrap();
    let mut s = statement(toy, &model.commitment, InputClaim::Committed, vec![]);
    s.input_commitment = Some(CommittedInput {
        commitment: input.commitment.digest(),
        schema: schema.digest(),
        issuer: None,
        records: vec![],
        expiry: 0,
    });
    round_trip::<P>(toy, model, Some(&input), s).unwrap();
}

fn certificate<P: FieldPair>(toy: &Toy, model: &Persistent<P>) {
    let mut s = statement(toy, &model.commitment, InputClaim::Unbound, vec![]);
    s.purpose = Purpose::Certificate;
    s.batch = 1;
    s.inputs = vec![];
    let empty = Toy { plan: toy.plan.clone(), model: vec![], witness: BTreeMap::new(), batch: 1 };
    round_trip::<P>(&empty, model, None, s).unwrap();
}

/// Each false witness is named by the replay and refused by the verifier.
fn lies<P: FieldPair>(toy: &Toy, model: &Persistent<P>) {
    let (s, session) =
        seal(toy, statement(toy, &model.commitment, InputClaim::Unbound, vec![]), &model.commitment, None);
    for (tensor, expected) in
        [(2, "stage"), (3, "stage"), (5, "range:r"), (6, "range:r"), (9, "table:y"), (8, "zero:an")]
    {
        let mut witness = toy.witness.clone();
        witness.get_mut(&tensor).unwrap()[0] += 1;
        let (proof, broken) = replay::<P>(&session, model, None, &refs(&witness), b"entropy").unwrap();
        assert!(broken.iter().any(|b| b.starts_with(expected)), "{tensor}: {broken:?}");
        let refused = verify(&toy.plan.encode(), &s.encode(), &model.commitment.encode(), None, &proof.bytes, 128.0);
        assert_eq!(refused.unwrap_err().code(), "finish", "{tensor}");
    }
}

#[test]
fn koalabear() {
    everything::<KoalaBearPair>(FieldId::KoalaBear);
}

#[test]
fn goldilocks() {
    everything::<GoldilocksPair>(FieldId::Goldilocks);
}
