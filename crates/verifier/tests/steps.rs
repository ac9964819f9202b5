//! The numbers of the verifier's steps are those of the table in spec 8.1: each is reached by a bundle that fails there,
//! with the code that the table gives.

mod common;

use affidavit_commit::OpenError;
use affidavit_hiding::{FinishError, ShapeError};
use affidavit_plan::{Commitment, InputClaim, Plan, Role, Statement};
use affidavit_protocol::{ProtocolError, Session, SessionError, SessionFault};
use affidavit_relations::Oracle;
use affidavit_verifier::{Leaf, VerifyError, verify_leaves};
use common::{Bundle, root, vector};
use std::collections::{BTreeMap, BTreeSet};

/// Codes by step, from the table's third column: `Error` (code), `Error` (code).
fn table() -> BTreeMap<u8, BTreeSet<String>> {
    let page = std::fs::read_to_string(root().join("spec/08-verifier.md")).unwrap();
    let section = page.split("## 8.1").nth(1).unwrap().split("## 8.2").next().unwrap();
    let mut rows = BTreeMap::new();
    for line in section.lines() {
        let cells: Vec<&str> = line.split(" | ").map(str::trim).collect();
        let Some(Ok(number)) = cells.first().map(|c| c.trim_start_matches('|').trim().parse::<u8>()) else { continue };
        let codes = cells[2].split("` (").skip(1).map(|c| c.split(')').next().unwrap().to_owned()).collect();
        assert!(rows.insert(number, codes).is_none(), "step {number} twice");
    }
    rows
}

fn session(bundle: &Bundle) -> Session {
    Session::open(&bundle.plan, &bundle.statement, &bundle.model, bundle.input.as_deref(), true).unwrap()
}

fn leaves(bundle: &Bundle) -> Vec<Leaf> {
    let (result, leaves) = verify_leaves(&session(bundle), &bundle.proof, 128.0);
    result.unwrap();
    leaves
}

/// Bundles that fail, with the step; made from a vector that verifies.
struct Failures {
    base: Bundle,
    all: Vec<(u8, Bundle)>,
}

impl Failures {
    fn add(&mut self, step: u8, change: impl FnOnce(&mut Bundle)) {
        let mut bundle = self.base.clone();
        change(&mut bundle);
        assert_ne!(bundle, self.base);
        self.all.push((step, bundle));
    }

    fn proof(&mut self, step: u8, label: &str, change: impl FnOnce(&mut Vec<u8>, core::ops::Range<usize>)) {
        let leaf = leaves(&self.base).into_iter().find(|l| l.label == label).expect(label);
        self.add(step, |b| change(&mut b.proof, leaf.range));
    }
}

/// The bundle with other statement and commitments whose digests fit each other.
fn resealed(bundle: &mut Bundle, change: impl FnOnce(&mut Statement, &mut Commitment, &mut Commitment)) {
    let mut statement = Statement::decode(&bundle.statement).unwrap();
    let mut model = Commitment::decode(&bundle.model).unwrap();
    let mut input = Commitment::decode(bundle.input.as_ref().unwrap()).unwrap();
    change(&mut statement, &mut model, &mut input);
    statement.model = model.digest();
    let schema = affidavit_plan::schema_of(&Plan::decode(&bundle.plan).unwrap(), &model).unwrap().digest();
    if let Some(claimed) = &mut statement.input_commitment {
        if input.subject == claimed.schema {
            (input.subject, claimed.schema) = (schema, schema);
        }
        claimed.commitment = input.digest();
    }
    bundle.statement = statement.encode();
    bundle.model = model.encode();
    bundle.input = Some(input.encode());
}

fn failures(base: Bundle) -> Vec<(u8, Bundle)> {
    let mut f = Failures { base, all: vec![] };
    f.add(1, |b| b.plan.truncate(40));
    f.add(2, |b| {
        let mut plan = Plan::decode(&b.plan).unwrap();
        plan.relations.clear();
        b.plan = plan.encode();
    });
    f.add(3, |b| b.statement.push(0));
    f.add(4, |b| {
        let mut plan = Plan::decode(&b.plan).unwrap();
        plan.name.push('x');
        b.plan = plan.encode();
    });
    f.add(5, |b| b.model[0] ^= 1);
    f.add(5, |b| b.input.as_mut().unwrap()[0] ^= 1);
    f.add(6, |b| *b.model.last_mut().unwrap() ^= 1);
    f.add(6, |b| b.model = b.input.clone().unwrap());
    f.add(7, |b| b.input = None);
    f.add(7, |b| *b.input.as_mut().unwrap().last_mut().unwrap() ^= 1);
    f.add(9, |b| resealed(b, |_, _, input| input.subject[0] ^= 1));
    f.add(9, |b| resealed(b, |_, _, input| input.pads += 1));
    f.add(11, |b| {
        // A public input inside its declared range but outside of a Range of the plan: here the plan has one Range more.
        let mut plan = Plan::decode(&b.plan).unwrap();
        plan.relations.push(affidavit_plan::Relation::Range { tensor: plan.inputs[0].tensor, lo: -1, bits: 1 });
        let mut model = Commitment::decode(&b.model).unwrap();
        model.subject = plan.digest();
        let mut statement = Statement::decode(&b.statement).unwrap();
        let cells = plan.inputs[0].shape.iter().product::<u32>() * statement.batch;
        statement.inputs = vec![InputClaim::Public { values: vec![5; cells as usize] }];
        statement.input_commitment = None;
        (statement.plan, statement.model) = (plan.digest(), model.digest());
        (b.plan, b.model, b.input, b.statement) = (plan.encode(), model.encode(), None, statement.encode());
    });
    f.add(12, |b| resealed(b, |_, model, _| model.columns += 1));
    f.add(12, |b| resealed(b, |_, model, _| model.queries = 0));
    f.add(13, |b| resealed(b, |statement, _, _| statement.layout[0] ^= 1));
    f.add(14, |b| b.proof.truncate(31));
    f.proof(15, "lookup grinding", |p, r| p[r.start] ^= 1);
    f.proof(15, "lookup grinding", |p, r| p.truncate(r.end - 1));
    f.proof(16, "tensor value", |p, r| p[r].fill(0xff));
    f.proof(16, "opening", |p, r| p.truncate(r.end - 1));
    f.proof(20, "finish beta", |p, r| p[r].fill(0xff));
    f.proof(20, "finish Phi", |p, r| p.truncate(r.end - 1));
    f.proof(21, "finish beta", |p, r| p[r.start] ^= 1);
    f.proof(21, "opening", |p, r| p[r.start] ^= 1);
    f.proof(22, "finish Phi", |p, r| p[r.start] ^= 1);
    f.proof(23, "query grinding", |p, r| p[r.start] ^= 1);
    f.proof(23, "query grinding", |p, r| p.truncate(r.end - 1));
    f.proof(24, "model rows", |p, r| p[r].fill(0xff));
    f.proof(24, "fresh siblings", |p, r| p.truncate(r.end - 1));
    f.proof(25, "input rows", |p, r| p[r.start] ^= 1);
    f.proof(25, "fresh salts", |p, r| p[r.start] ^= 1);
    f.add(28, |b| b.proof.push(0));
    f.all
}

/// Steps that no change of an honest proof reaches: a cheating prover's (26, 27: `corruptors` in the prover's tests and
/// the finish's soundness tests), unreachable for a plan that validates (8, 10), or a matter of 2^-150 (17).
fn constructed() -> Vec<VerifyError> {
    let plan = Plan::decode(&vector("signed-mixed").plan).unwrap();
    let input = Commitment::decode(vector("signed-mixed").input.as_ref().unwrap()).unwrap();
    let schema = affidavit_plan::schema_of(&plan, &Commitment { role: Role::Input, ..input }).unwrap_err();
    let invalid = Plan { relations: vec![], ..plan }.validate().unwrap_err();
    let fault = |step, error| VerifyError::Session(SessionFault { step, error });
    vec![
        fault(8, SessionError::Schema(schema)),
        fault(10, SessionError::Plan(invalid)),
        VerifyError::Protocol(ProtocolError::Degenerate("layer point")),
        VerifyError::Protocol(ProtocolError::TooMuchWork),
        VerifyError::Bits { got: 1.0, asked: 2.0 },
        VerifyError::Shape(ShapeError::Overflow),
        VerifyError::Row { row: 1 },
        VerifyError::Finish(FinishError::PadRow { row: 1 }),
        VerifyError::Finish(FinishError::OperandRow { row: 1 }),
        VerifyError::Finish(FinishError::ProductRow { row: 1 }),
        VerifyError::Opening { oracle: Oracle::Fresh, error: OpenError::Shape },
    ]
}

#[test]
fn every_step_of_the_table_has_its_number_and_code() {
    let table = table();
    assert!(table.keys().copied().eq(1..=table.len() as u8), "the table's numbers follow each other");
    assert!(table.len() >= 28 && table.values().all(|codes| !codes.is_empty()));
    let base = vector("signed-mixed");
    let mut seen = BTreeSet::new();
    let mut check = |error: &VerifyError| {
        let codes = table.get(&error.step()).unwrap_or_else(|| panic!("{error}: no step {}", error.step()));
        assert!(codes.contains(error.code()), "step {}: {} is not among {codes:?}", error.step(), error.code());
        seen.insert(error.step());
    };
    for (step, bundle) in failures(base.clone()) {
        let error = bundle.verify().unwrap_err();
        assert_eq!(error.step(), step, "{error}");
        check(&error);
    }
    let floor = base.verify_with(1000.0).unwrap_err();
    assert_eq!((floor.step(), floor.code()), (18, "bits"));
    assert_eq!(base.verify_with(f64::NAN).unwrap_err().step(), 18);
    constructed().iter().for_each(&mut check);
    assert!(seen.iter().eq(table.keys()), "no bundle for some step: {seen:?}");
}
