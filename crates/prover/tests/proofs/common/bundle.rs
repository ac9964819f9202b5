//! Everything that a verifier gets, as bytes, and statements about the zoo.

use super::zoo::{Q, Y, Zoo};
use affidavit_algebra::FieldPair;
use affidavit_plan::*;
use affidavit_protocol::Session;
use affidavit_prover::{Persistent, commit_input, commit_model, prove};
use affidavit_verifier::{Report, VerifyError, verify};
use std::collections::BTreeMap;

#[derive(Clone, PartialEq, Eq)]
pub struct Bundle {
    pub plan: Vec<u8>,
    pub statement: Vec<u8>,
    pub model: Vec<u8>,
    pub input: Option<Vec<u8>>,
    pub proof: Vec<u8>,
}

impl Bundle {
    pub fn verify(&self) -> Result<Report, VerifyError> {
        verify(&self.plan, &self.statement, &self.model, self.input.as_deref(), &self.proof, 128.0)
    }

    /// The class of the refusal; panics if the bundle is accepted.
    #[track_caller]
    pub fn refusal(&self) -> &'static str {
        self.verify().expect_err("accepted").code()
    }

    pub fn session(&self) -> Session {
        Session::open(&self.plan, &self.statement, &self.model, self.input.as_deref(), true).unwrap()
    }
}

/// A committed zoo.
pub struct World<P: FieldPair> {
    pub zoo: Zoo,
    pub model: Persistent<P>,
    pub input: Persistent<P>,
}

impl<P: FieldPair> World<P> {
    pub fn new(zoo: Zoo) -> Self {
        zoo.plan.validate().unwrap();
        let model = commit_model::<P>(&zoo.plan, &zoo.model, 1, [7; 32]).unwrap();
        let schema = schema_of(&zoo.plan, &model.commitment).unwrap();
        let input = commit_input::<P>(&schema, zoo.batch, &zoo.inputs, [9; 32]).unwrap();
        Self { zoo, model, input }
    }

    /// The input oracle, if the statement is about it.
    pub fn input_of(&self, statement: &Statement) -> Option<&Persistent<P>> {
        statement.input_commitment.is_some().then_some(&self.input)
    }

    /// Fills in the layout digest.
    pub fn seal(&self, mut statement: Statement) -> (Statement, Session) {
        let input = self.input_of(&statement).map(|i| i.commitment.clone());
        statement.layout = layout_digest(&self.zoo.plan, &statement, &self.model.commitment, input.as_ref()).unwrap();
        let input = input.map(|i| i.encode());
        let plan = self.zoo.plan.encode();
        let session =
            Session::open(&plan, &statement.encode(), &self.model.commitment.encode(), input.as_deref(), true);
        (statement, session.unwrap())
    }

    /// The public bytes with a proof that may be anything.
    pub fn bundle(&self, sealed: &Statement, proof: Vec<u8>) -> Bundle {
        Bundle {
            plan: self.zoo.plan.encode(),
            statement: sealed.encode(),
            model: self.model.commitment.encode(),
            input: self.input_of(sealed).map(|i| i.commitment.encode()),
            proof,
        }
    }

    /// An honest proof of the statement, which must be accepted.
    pub fn prove(&self, statement: Statement) -> (Statement, Bundle) {
        let (sealed, session) = self.seal(statement);
        // A certificate's circuit has the weights alone.
        let certificate = sealed.purpose == Purpose::Certificate;
        let witness = if certificate { BTreeMap::new() } else { self.zoo.witness() };
        let proof = prove::<P>(&session, &self.model, self.input_of(&sealed), &refs(&witness), b"entropy").unwrap();
        let bundle = self.bundle(&sealed, proof.bytes);
        bundle.verify().unwrap();
        (sealed, bundle)
    }

    /// Unbound inputs, hidden outputs.
    pub fn plain(&self) -> Statement {
        Statement {
            protocol: 1,
            purpose: Purpose::Inference,
            plan: self.zoo.plan.digest(),
            layout: [0; 32],
            batch: self.zoo.batch as u32,
            model: self.model.commitment.digest(),
            input_commitment: None,
            inputs: vec![InputClaim::Unbound, InputClaim::Unbound],
            outputs: vec![],
            context: Context { nonce: vec![1, 2], policy: "test".into(), time: 5 },
        }
    }

    pub fn certificate(&self) -> Statement {
        Statement { purpose: Purpose::Certificate, batch: 1, inputs: vec![], ..self.plain() }
    }

    /// Committed inputs with an issuer; every output claim and predicate, outcomes as the witness has them.
    pub fn full(&self) -> Statement {
        let input_commitment = Some(CommittedInput {
            commitment: self.input.commitment.digest(),
            schema: schema_of(&self.zoo.plan, &self.model.commitment).unwrap().digest(),
            issuer: Some([5; 32]),
            records: (0..self.zoo.batch).map(|r| format!("record {r}")).collect(),
            expiry: 99,
        });
        let inputs = vec![InputClaim::Committed, InputClaim::Committed];
        Statement { input_commitment, inputs, outputs: self.predicates(), ..self.plain() }
    }

    /// True claims of every kind; thresholds lie at the first row's value, so that equality counts.
    pub fn predicates(&self) -> Vec<OutputClaim> {
        let witness = self.zoo.witness();
        let (y, q, padded) = (rows(&witness[&Y], 4), rows(&witness[&Q], 4), rows(&witness[&25], 6));
        let cell = 1;
        let at = |r: &[i64]| r[cell as usize];
        let (t, s) = (at(&q[0]), at(&y[0]));
        let outcomes = |rows: &[Vec<i64>], holds: &dyn Fn(&[i64]) -> bool| rows.iter().map(|r| holds(r)).collect();
        let class = |r: &Vec<i64>| r.iter().position(|v| v == r.iter().max().unwrap()).unwrap() as u32;
        let greater = |r: &[i64]| r.iter().filter(|&&v| v > at(r)).count();
        vec![
            OutputClaim::Public { output: 1, values: witness[&25].clone() },
            OutputClaim::AtLeast { output: 2, cell, threshold: t, scale: 0, outcomes: outcomes(&q, &|r| at(r) >= t) },
            OutputClaim::AtMost { output: 2, cell, threshold: t, scale: 0, outcomes: outcomes(&q, &|r| at(r) <= t) },
            OutputClaim::Between {
                output: 0,
                cell,
                low: s,
                high: s,
                scale: 0,
                outcomes: outcomes(&y, &|r| at(r) == s),
            },
            OutputClaim::ArgMax { output: 1, classes: padded.iter().map(class).collect() },
            OutputClaim::TopK { output: 0, cell, k: 2, outcomes: outcomes(&y, &|r| greater(r) < 2) },
        ]
    }
}

/// The layout digest that the statement has to name.
pub fn layout_digest(
    plan: &Plan,
    statement: &Statement,
    model: &Commitment,
    input: Option<&Commitment>,
) -> Result<Digest, String> {
    let input = input.map(Commitment::encode);
    Session::open(&plan.encode(), &statement.encode(), &model.encode(), input.as_deref(), false)
        .map(|s| s.layout.digest)
        .map_err(|e| e.to_string())
}

pub fn rows(cells: &[i64], n: usize) -> Vec<Vec<i64>> {
    cells.chunks(n).map(<[i64]>::to_vec).collect()
}

pub fn refs(witness: &BTreeMap<usize, Vec<i64>>) -> BTreeMap<usize, &[i64]> {
    witness.iter().map(|(&k, v)| (k, v.as_slice())).collect()
}
