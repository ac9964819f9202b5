//! Whole parts of a bundle changed or exchanged: statement, commitments, plan, proof. Each change is refused with its
//! class. Messages one by one: `tamper_leaves`; fields one by one: `tamper_fields`.

use crate::common::bundle::{Bundle, World, layout_digest};
use crate::common::edits::statement_edits;
use crate::common::zoo::zoo;
use affidavit_algebra::{FieldPair, GoldilocksPair, KoalaBearPair};
use affidavit_plan::{Commitment, FieldId, InputClaim, Plan, Statement};

fn with(bundle: &Bundle, change: impl FnOnce(&mut Vec<u8>)) -> Bundle {
    let mut changed = bundle.clone();
    change(&mut changed.proof);
    changed
}

#[track_caller]
fn refused(bundle: &Bundle, code: &str, what: &str) {
    assert_eq!(bundle.refusal(), code, "{what}");
}

/// Bytes after a proof, and no proof at all; its messages are changed one by one in `tamper_leaves`.
fn ends<P: FieldPair>(field: FieldId) {
    let world = World::<P>::new(zoo(field, 2));
    let (_, bundle) = world.prove(world.full());
    refused(&with(&bundle, |p| p.push(0)), "malformed", "a trailing byte");
    refused(&with(&bundle, |p| p.extend_from_within(..)), "malformed", "the proof twice");
    refused(&with(&bundle, Vec::clear), "malformed", "an empty proof");
}

/// The bundle with another statement; `reseal` also makes the layout digest fit, so that only the transcript refuses.
fn restated<P: FieldPair>(world: &World<P>, bundle: &Bundle, statement: &Statement, reseal: bool) -> Bundle {
    let mut statement = statement.clone();
    if reseal {
        let (model, input) = (&world.model.commitment, bundle.input.as_ref().map(|_| &world.input.commitment));
        statement.layout = layout_digest(&world.zoo.plan, &statement, model, input).unwrap_or(statement.layout);
    }
    Bundle { statement: statement.encode(), ..bundle.clone() }
}

/// "shape" among the edits: the edit may change the number of scalars, so the proof breaks off or fails at the finish.
#[track_caller]
fn same_class(found: &str, expected: &str, what: &str) {
    let fits = if expected == "shape" { ["finish", "malformed"].contains(&found) } else { found == expected };
    assert!(fits, "{what}: {found} instead of {expected}");
}

fn statement_fields<P: FieldPair>(field: FieldId) {
    let world = World::<P>::new(zoo(field, 2));
    let (sealed, bundle) = world.prove(world.full());
    for (what, edit, class) in statement_edits() {
        let mut changed = sealed.clone();
        edit(&mut changed);
        assert_ne!(changed, sealed, "{what}");
        let reseal = what != "layout";
        same_class(restated(&world, &bundle, &changed, reseal).refusal(), class, what);
        assert!(restated(&world, &bundle, &changed, false).verify().is_err(), "{what}");
    }
    // Bits of the encoding itself: every byte once.
    for at in 0..bundle.statement.len() {
        let mut changed = bundle.clone();
        changed.statement[at] ^= 1 << (at % 8);
        assert!(changed.verify().is_err(), "statement byte {at}");
    }
    // Public inputs, one value changed; and a public input passed off as unbound.
    let public = world.zoo.inputs.iter().map(|v| InputClaim::Public { values: v.clone() }).collect();
    let (sealed, bundle) = world.prove(Statement { inputs: public, ..world.plain() });
    let mut changed = sealed.clone();
    if let InputClaim::Public { values } = &mut changed.inputs[0] {
        values[3] ^= 1;
    }
    same_class(restated(&world, &bundle, &changed, true).refusal(), "finish", "public input");
    changed.inputs[0] = InputClaim::Unbound;
    same_class(restated(&world, &bundle, &changed, true).refusal(), "shape", "public input as unbound");
    changed.inputs[0] = InputClaim::Public { values: vec![1000; 12] };
    same_class(restated(&world, &bundle, &changed, false).refusal(), "statement", "public input out of range");
}

/// The commitments' own fields, sealed into the statement so that nothing but the proof can refuse them.
fn commitments<P: FieldPair>(field: FieldId) {
    let world = World::<P>::new(zoo(field, 2));
    let (sealed, bundle) = world.prove(world.full());
    type Change = fn(&mut Commitment);
    let changes: Vec<(&str, Change, &str)> = vec![
        ("role", |c| (c.role, c.batch) = (affidavit_plan::Role::Input, 2), "mismatch"),
        ("subject", |c| c.subject[0] ^= 1, "mismatch"),
        ("log_rows", |c| c.log_rows += 1, "mismatch"),
        ("log_rows below the bound", |c| (c.log_rows, c.pads) = (11, 500), "mismatch"),
        ("log_blowup", |c| c.log_blowup = 1, "mismatch"),
        ("columns", |c| c.columns += 1, "mismatch"),
        ("queries", |c| c.queries -= 1, "mismatch"),
        ("grinding", |c| c.grinding = 0, "mismatch"),
        ("pads", |c| c.pads -= 1, "mismatch"),
        ("root", |c| c.root[0] ^= 1, "mismatch"),
    ];
    for (what, change, class) in &changes {
        let mut commitment = world.model.commitment.clone();
        change(&mut commitment);
        // Unsealed: the statement names the other commitment.
        let raw = Bundle { model: commitment.encode(), ..bundle.clone() };
        same_class(raw.refusal(), class, what);
        let mut input = world.input.commitment.clone();
        change(&mut input);
        let raw = Bundle { input: Some(input.encode()), ..bundle.clone() };
        // An input has the input's role already.
        assert_eq!(raw.verify().is_err(), input != world.input.commitment, "input {what}");
    }
    for at in 0..bundle.model.len() {
        let mut changed = bundle.clone();
        changed.model[at] ^= 1 << (at % 8);
        assert!(changed.verify().is_err(), "model byte {at}");
        let mut changed = bundle.clone();
        changed.input.as_mut().unwrap()[at] ^= 1 << (at % 8);
        assert!(changed.verify().is_err(), "input byte {at}");
    }
    // Sealed: roots and the proof's strength. The plain statement has no input, whose schema would follow the model.
    let (plain, bundle) = world.prove(world.plain());
    let sealed_with = |what: &str, change: Change, class: &str| {
        let mut commitment = world.model.commitment.clone();
        change(&mut commitment);
        let mut statement = plain.clone();
        statement.model = commitment.digest();
        statement.layout = layout_digest(&world.zoo.plan, &statement, &commitment, None).unwrap_or_default();
        let changed = Bundle { statement: statement.encode(), model: commitment.encode(), ..bundle.clone() };
        refused(&changed, class, what);
    };
    sealed_with("root", |c| c.root[0] ^= 1, "finish");
    sealed_with("pads", |c| c.pads -= 1, "finish");
    sealed_with("fewer queries", |c| c.queries -= 1, "bits");
    sealed_with("one query", |c| c.queries = 1, "bits");
    sealed_with("less proof-of-work", |c| c.grinding -= 1, "bits");
    sealed_with("no proof-of-work", |c| c.grinding = 0, "bits");
    sealed_with("more proof-of-work", |c| c.grinding += 1, "finish");
    sealed_with("no queries", |c| c.queries = 0, "circuit");
    sealed_with("rate one half", |c| c.log_blowup = 1, "circuit");
    sealed_with("fewer columns", |c| c.columns -= 1, "circuit");
    assert_ne!(sealed.layout, plain.layout);
}

/// Whole parts of one honest proof with those of another.
fn exchanged<P: FieldPair>(field: FieldId) {
    let world = World::<P>::new(zoo(field, 2));
    let (sealed, bundle) = world.prove(world.full());
    // Another model of the same plan: B's proof under A's commitment, with B's statement and with one that names A.
    let mut other = zoo(field, 2);
    other.model[0][0] ^= 1;
    let other = World::<P>::new(other);
    let (other_sealed, other_bundle) = other.prove(other.plain());
    refused(&Bundle { model: bundle.model.clone(), ..other_bundle.clone() }, "mismatch", "another model's card");
    let renamed = Statement { model: sealed.model, ..other_sealed.clone() };
    let swapped = Bundle { proof: other_bundle.proof.clone(), ..world.bundle(&world.seal(renamed).0, vec![]) };
    refused(&swapped, "finish", "another model's card, named by the statement");

    // Another input of the same schema.
    let mut zoo_of = zoo(field, 2);
    zoo_of.inputs[0][0] ^= 1;
    let reader = World::<P>::new(zoo_of);
    let (_, other_input) = reader.prove(Statement { outputs: vec![], ..reader.full() });
    let (own, own_bundle) = world.prove(Statement { outputs: vec![], ..world.full() });
    refused(&Bundle { input: bundle.input.clone(), ..other_input.clone() }, "mismatch", "another input");
    refused(&Bundle { proof: other_input.proof, ..world.bundle(&own, vec![]) }, "finish", "another input's proof");
    refused(&Bundle { input: None, ..own_bundle.clone() }, "mismatch", "the input's commitment left out");
    refused(&Bundle { input: own_bundle.input.clone(), ..other_bundle.clone() }, "mismatch", "one too many");

    // Another plan with the same shapes, its commitment's subject changed along.
    let changes: [fn(&mut Plan); 3] =
        [|p| p.name.push('2'), |p| p.tables[0].values[200] ^= 1, |p| p.tensors[4].name.push('2')];
    for change in changes {
        let mut plan = world.zoo.plan.clone();
        change(&mut plan);
        let mut model = world.model.commitment.clone();
        model.subject = plan.digest();
        let (plain, plain_bundle) = world.prove(world.plain());
        let mut statement = Statement { plan: plan.digest(), model: model.digest(), ..plain };
        statement.layout = layout_digest(&plan, &statement, &model, None).unwrap();
        let changed = Bundle {
            plan: plan.encode(),
            model: model.encode(),
            statement: statement.encode(),
            ..plain_bundle.clone()
        };
        refused(&changed, "finish", "another plan, all digests follow");
        refused(&Bundle { plan: plan.encode(), ..plain_bundle }, "statement", "another plan");
    }

    // A certificate as inference and the other way round.
    let (_, certificate) = world.prove(world.certificate());
    let (plain, plain_bundle) = world.prove(world.plain());
    let as_inference = Bundle { proof: certificate.proof.clone(), ..plain_bundle.clone() };
    same_class(as_inference.refusal(), "shape", "certificate as inference");
    let as_certificate = Bundle { proof: plain_bundle.proof.clone(), ..certificate.clone() };
    same_class(as_certificate.refusal(), "shape", "inference as certificate");
    let both = Bundle { statement: plain.encode(), ..certificate };
    same_class(both.refusal(), "shape", "a certificate with an inference's statement");
}

/// A proof over one field under the other field's plan, commitments and statement.
#[test]
fn fields_exchanged() {
    let small = World::<KoalaBearPair>::new(zoo(FieldId::KoalaBear, 2));
    let large = World::<GoldilocksPair>::new(zoo(FieldId::Goldilocks, 2));
    let (_, small) = small.prove(small.plain());
    let (_, large) = large.prove(large.plain());
    for (a, b) in [(&small, &large), (&large, &small)] {
        let proof_only = Bundle { proof: b.proof.clone(), ..a.clone() };
        same_class(proof_only.refusal(), "shape", "the other field's proof");
        refused(&Bundle { plan: b.plan.clone(), ..a.clone() }, "statement", "the other field's plan");
        refused(&Bundle { model: b.model.clone(), ..a.clone() }, "mismatch", "the other field's commitment");
    }
}

#[test]
fn koalabear_proof() {
    ends::<KoalaBearPair>(FieldId::KoalaBear);
}

#[test]
fn goldilocks_proof() {
    ends::<GoldilocksPair>(FieldId::Goldilocks);
}

#[test]
fn koalabear_public() {
    statement_fields::<KoalaBearPair>(FieldId::KoalaBear);
    commitments::<KoalaBearPair>(FieldId::KoalaBear);
    exchanged::<KoalaBearPair>(FieldId::KoalaBear);
}

#[test]
fn goldilocks_public() {
    statement_fields::<GoldilocksPair>(FieldId::Goldilocks);
    commitments::<GoldilocksPair>(FieldId::Goldilocks);
    exchanged::<GoldilocksPair>(FieldId::Goldilocks);
}
