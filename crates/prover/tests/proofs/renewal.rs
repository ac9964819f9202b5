//! Renewals: a proof that a fresh commitment holds the same tensors as an old one.

use crate::common::bundle::{Bundle, World};
use crate::common::sections::{Part, sections};
use crate::common::zoo::{W, zoo};
use affidavit_algebra::{FieldPair, GoldilocksPair, KoalaBearPair};
use affidavit_plan::*;
use affidavit_protocol::Session;
use affidavit_prover::{Persistent, ProveError, commit_model, commit_renewed, prove, replay};
use affidavit_relations::{CircuitError, Oracle};
use std::collections::BTreeMap;

/// Seals and proves old → new, true or false: names of what the replay finds broken, and the public bytes.
fn renew<P: FieldPair>(
    plan: &Plan,
    old: &Persistent<P>,
    new: &Persistent<P>,
    edit: impl FnOnce(&mut Statement),
) -> (Vec<String>, Bundle) {
    let mut statement = statement(plan, &old.commitment, &new.commitment);
    edit(&mut statement);
    let (plan, model, input) = (plan.encode(), old.commitment.encode(), Some(new.commitment.encode()));
    let open = |s: &Statement, check| Session::open(&plan, &s.encode(), &model, input.as_deref(), check).unwrap();
    statement.layout = open(&statement, false).layout.digest;
    let session = open(&statement, true);
    let (proof, broken) = replay::<P>(&session, old, Some(new), &BTreeMap::new(), b"").unwrap();
    (broken, Bundle { plan, statement: statement.encode(), model, input, proof: proof.bytes })
}

/// An honest renewal of a world's model.
pub fn renewed<P: FieldPair>(world: &World<P>) -> Bundle {
    let (plan, old) = (&world.zoo.plan, &world.model);
    let new = commit_renewed::<P>(plan, &world.zoo.model, &old.commitment, 1, [3; 32]).unwrap();
    renew(plan, old, &new, |_| {}).1
}

fn statement(plan: &Plan, old: &Commitment, new: &Commitment) -> Statement {
    Statement {
        protocol: 1,
        purpose: Purpose::Renewal { renewed: new.digest() },
        plan: plan.digest(),
        layout: [0; 32],
        batch: 1,
        model: old.digest(),
        input_commitment: None,
        inputs: vec![],
        outputs: vec![],
        context: Context { nonce: vec![], policy: String::new(), time: 7 },
    }
}

/// Honest renewals with as many uses, fewer and more; twice over; the proof follows from files and statement.
fn honest<P: FieldPair>(world: &World<P>) {
    let (plan, weights) = (&world.zoo.plan, &world.zoo.model);
    let mut old = commit_model::<P>(plan, weights, 4, [7; 32]).unwrap();
    for (uses, seed) in [(4, [1; 32]), (2, [2; 32]), (9, [3; 32])] {
        let new = commit_renewed::<P>(plan, weights, &old.commitment, uses, seed).unwrap();
        assert_ne!(new.commitment.root, old.commitment.root);
        assert_eq!(usize::from(new.commitment.queries) * (uses + 2), new.commitment.pads as usize);
        let (broken, bundle) = renew(plan, &old, &new, |_| {});
        assert_eq!(broken, Vec::<String>::new());
        let report = bundle.verify().unwrap();
        assert!(report.ledger.round_by_round >= 128.0);
        assert!(report.ledger.terms.iter().all(|t| !t.name.contains("lookup")), "a renewal looks nothing up");
        assert!(renew(plan, &old, &new, |_| {}).1 == bundle, "an interrupted renewal opens the same rows again");
        let parts = sections::<P>(&bundle.session(), &bundle.proof).0;
        let opened = |oracle| parts.iter().filter(|(part, _)| *part == Part::Rows(oracle)).count();
        assert_eq!([Oracle::Model, Oracle::Renewed, Oracle::Fresh, Oracle::Input].map(opened), [1, 1, 1, 0]);
        old = new;
    }
}

/// Another weight, anywhere, is named by the replay and refused.
fn other_weights<P: FieldPair>(world: &World<P>) {
    let (plan, weights) = (&world.zoo.plan, &world.zoo.model);
    let names: Vec<&str> = plan.model_tensors().map(|(_, t)| t.name.as_str()).collect();
    for (tensor, name) in names.iter().enumerate() {
        for cell in [0, weights[tensor].len() - 1] {
            let mut changed = weights.clone();
            changed[tensor][cell] ^= 1;
            let new = commit_renewed::<P>(plan, &changed, &world.model.commitment, 1, [3; 32]).unwrap();
            let (broken, bundle) = renew(plan, &world.model, &new, |_| {});
            assert_eq!(broken, [format!("renewal:{name}")]);
            assert_eq!(bundle.refusal(), "finish");
        }
    }
    // A prover that checks itself makes no such proof.
    let mut changed = weights.clone();
    changed[W][0] ^= 1;
    let new = commit_renewed::<P>(plan, &changed, &world.model.commitment, 1, [3; 32]).unwrap();
    let (_, bundle) = renew(plan, &world.model, &new, |_| {});
    let refused = prove::<P>(&bundle.session(), &world.model, Some(&new), &BTreeMap::new(), b"");
    assert!(matches!(refused.err(), Some(ProveError::Witness(names)) if names == ["renewal:w"]));
}

/// A good proof shows nothing else: every exchanged part is refused, and for its own reason.
fn exchanged<P: FieldPair>(world: &World<P>) {
    let (plan, weights) = (&world.zoo.plan, &world.zoo.model);
    let again = |seed| commit_renewed::<P>(plan, weights, &world.model.commitment, 1, [seed; 32]).unwrap();
    let (old, new, other) = (&world.model, again(3), again(4));
    let (_, bundle) = renew(plan, old, &new, |_| {});
    bundle.verify().unwrap();
    let sealed = Statement::decode(&bundle.statement).unwrap();
    let with = |edit: &dyn Fn(&mut Bundle)| {
        let mut bundle = bundle.clone();
        edit(&mut bundle);
        bundle.refusal()
    };
    let restated = |edit: &dyn Fn(&mut Statement)| {
        let mut statement = sealed.clone();
        edit(&mut statement);
        with(&|b| b.statement = statement.encode())
    };
    let other_bytes = other.commitment.encode();
    assert_eq!(with(&|b| b.input = Some(other_bytes.clone())), "mismatch");
    assert_eq!(with(&|b| b.input = None), "mismatch");
    assert_eq!(with(&|b| b.input = Some(b.model.clone())), "mismatch");
    assert_eq!(restated(&|s| s.purpose = Purpose::Renewal { renewed: [1; 32] }), "mismatch");
    assert_eq!(restated(&|s| s.purpose = Purpose::Renewal { renewed: s.model }), "statement");
    assert_eq!(restated(&|s| s.batch = 2), "statement");
    assert_eq!(restated(&|s| s.inputs = vec![InputClaim::Unbound]), "statement");
    assert_eq!(restated(&|s| s.purpose = Purpose::Certificate), "mismatch");
    assert_eq!(restated(&|s| s.purpose = Purpose::Inference), "statement");
    assert_eq!(restated(&|s| s.context.time += 1), "finish");
    // The same proof for another target, with all digests following; and the other way round.
    let swapped = |model: &Persistent<P>, renewed: &Persistent<P>| {
        let mut b = renew(plan, model, renewed, |_| {}).1;
        b.verify().unwrap();
        b.proof = bundle.proof.clone();
        b.refusal()
    };
    assert_eq!(swapped(old, &other), "finish");
    assert_eq!(swapped(&new, old), "finish");
    // A renewal is no certificate, and a certificate no renewal.
    let (_, certificate) = world.prove(world.certificate());
    assert_eq!(with(&|b| b.proof = certificate.proof.clone()), "finish");
}

/// What may not take over: other kinds, plans, fields and shapes of commitments.
fn other_commitments<P: FieldPair>(world: &World<P>) {
    let (plan, weights) = (&world.zoo.plan, &world.zoo.model);
    let new = commit_renewed::<P>(plan, weights, &world.model.commitment, 1, [3; 32]).unwrap();
    let refused = |edit: &dyn Fn(&mut Commitment)| {
        let mut commitment = new.commitment.clone();
        edit(&mut commitment);
        let s = statement(plan, &world.model.commitment, &commitment);
        let model = world.model.commitment.encode();
        Session::open(&plan.encode(), &s.encode(), &model, Some(&commitment.encode()), false).unwrap_err().to_string()
    };
    let another_kind = "the renewed commitment is of another kind or field";
    assert_eq!(refused(&|c| (c.role, c.batch) = (Role::Input, 1)), another_kind);
    assert_eq!(
        refused(&|c| *c = Commitment { pads: c.pads + 1, ..world.model.commitment.clone() }),
        "the renewed commitment is the old one"
    );
    assert_eq!(refused(&|c| c.subject[0] ^= 1), "the renewed commitment is for another plan");
    let another_field = match world.zoo.plan.field {
        FieldId::KoalaBear => FieldId::Goldilocks,
        FieldId::Goldilocks => FieldId::KoalaBear,
    };
    assert_eq!(refused(&|c| c.field = another_field), another_kind);
    for edit in
        [(|c| c.log_rows += 1) as fn(&mut Commitment), |c| c.queries -= 1, |c| c.grinding -= 1, |c| c.log_blowup += 1]
    {
        let text = refused(&edit);
        assert!(text.contains("the renewed commitment has another shape than the model's"), "{text}");
    }
    assert!(refused(&|c| c.columns += 1).contains("the renewed commitment has"));
    assert!(refused(&|c| c.pads = u32::from(c.queries) - 1).contains("pads or queries out of bounds"));
    // The committer is told how many uses this height has room for.
    let limit = (1 << new.commitment.log_rows) / u64::from(new.commitment.queries) - 2;
    let many = commit_renewed::<P>(plan, weights, &world.model.commitment, limit as usize + 1, [3; 32]);
    let expected = CircuitError::TooLarge { what: "the number of uses", got: limit + 1, limit };
    assert_eq!(many.err(), Some(ProveError::Circuit(expected)));
    let mut stranger = world.model.commitment.clone();
    stranger.subject[0] ^= 1;
    assert!(matches!(commit_renewed::<P>(plan, weights, &stranger, 1, [3; 32]).err(), Some(ProveError::Mismatch(_))));
}

/// A commitment's height leaves room for its renewal, however many tensors there are: two claims each.
#[test]
fn many_tensors() {
    let tensor = |i: usize| Tensor {
        name: format!("w{i}"),
        batched: false,
        dims: vec![1],
        scale: 0,
        kind: TensorKind::Model { lo: -128, hi: 127 },
    };
    let plan = Plan {
        field: FieldId::KoalaBear,
        name: "many".into(),
        tables: vec![],
        tensors: (0..2000).map(tensor).collect(),
        relations: vec![],
        inputs: vec![],
        outputs: vec![],
    };
    let weights: Vec<Vec<i64>> = (0..2000).map(|i| vec![i % 100]).collect();
    let old = commit_model::<KoalaBearPair>(&plan, &weights, 1, [7; 32]).unwrap();
    assert_eq!(old.commitment.log_rows, 13, "4000 claims do not fit 2^12");
    let new = commit_renewed::<KoalaBearPair>(&plan, &weights, &old.commitment, 1, [1; 32]).unwrap();
    renew(&plan, &old, &new, |_| {}).1.verify().unwrap();
}

fn all<P: FieldPair>(field: FieldId) {
    let world = World::<P>::new(zoo(field, 3));
    honest(&world);
    other_weights(&world);
    exchanged(&world);
    other_commitments(&world);
}

#[test]
fn koalabear() {
    all::<KoalaBearPair>(FieldId::KoalaBear);
}

#[test]
fn goldilocks() {
    all::<GoldilocksPair>(FieldId::Goldilocks);
}
