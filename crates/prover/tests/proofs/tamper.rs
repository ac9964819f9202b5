//! Every part of a bundle changed: proof, statement, commitments, plan. Each change is refused with its class.

use crate::common::bundle::{Bundle, World, layout_digest};
use crate::common::edits::statement_edits;
use crate::common::sections::{Part, sections};
use crate::common::zoo::zoo;
use affidavit_algebra::{FieldPair, GoldilocksPair, KoalaBearPair};
use affidavit_plan::{Commitment, FieldId, InputClaim, Plan, Statement};
use core::ops::Range;

const POW: &str = "proof-of-work";

fn with(bundle: &Bundle, change: impl FnOnce(&mut Vec<u8>)) -> Bundle {
    let mut changed = bundle.clone();
    change(&mut changed.proof);
    changed
}

#[track_caller]
fn refused(bundle: &Bundle, code: &str, what: &str) {
    assert_eq!(bundle.refusal(), code, "{what}");
}

/// Adds one to the canonical field element at `at`.
fn add_one<P: FieldPair>(proof: &mut [u8], at: usize) {
    let value = (element::<P>(proof, at) + 1) % P::P;
    proof[at..at + P::F_BYTES].copy_from_slice(&value.to_le_bytes()[..P::F_BYTES]);
}

fn element<P: FieldPair>(proof: &[u8], at: usize) -> u64 {
    let mut word = [0; 8];
    word[..P::F_BYTES].copy_from_slice(&proof[at..at + P::F_BYTES]);
    u64::from_le_bytes(word)
}

/// Replaces v by v + p: the same element, another encoding. False if that does not fit the width.
fn add_modulus<P: FieldPair>(proof: &mut [u8], at: usize) -> bool {
    let Some(value) = element::<P>(proof, at).checked_add(P::P).filter(|v| P::F_BYTES == 8 || v >> 32 == 0) else {
        return false;
    };
    proof[at..at + P::F_BYTES].copy_from_slice(&value.to_le_bytes()[..P::F_BYTES]);
    true
}

/// The proof's own bytes, part by part.
fn proof_parts<P: FieldPair>(field: FieldId) {
    let world = World::<P>::new(zoo(field, 2));
    let (_, bundle) = world.prove(world.full());
    let session = bundle.session();
    let (parts, shape) = sections::<P>(&session, &bundle.proof);
    let k = P::F_BYTES * P::DEGREE;
    let mut oracles = 0;
    for (part, range) in &parts {
        let what = format!("{part:?} at {}", range.start);
        let flip = |at: usize, code: &str| refused(&with(&bundle, |p| p[at] ^= 1 << (at % 8)), code, &what);
        let add = |at: usize, code: &str| refused(&with(&bundle, |p| add_one::<P>(p, at)), code, &what);
        let step = |n: usize| range.clone().step_by(n);
        match part {
            Part::FreshRoot => step(5).for_each(|at| flip(at, "finish")),
            Part::LookupNonce | Part::QueryNonce => range.clone().for_each(|at| flip(at, POW)),
            // Every scalar, each coordinate in turn.
            Part::Scalar(_) => add(range.start + (range.start / k % P::DEGREE) * P::F_BYTES, "finish"),
            Part::U => step(k * 61).for_each(|at| add(at, "finish")),
            Part::Beta => step(P::F_BYTES).for_each(|at| add(at, "finish")),
            // What step 9 reads fails there; the pads behind it are bound by the transcript (and by the rows).
            Part::XH => step(k * 3).for_each(|at| {
                let read = (at - range.start) / k < shape.scalars() + shape.products();
                add(at, if read { "finish" } else { POW });
            }),
            Part::XY => step(k * 3).for_each(|at| {
                let read = (at - range.start) / k < shape.products();
                add(at, if read { "finish" } else { POW });
            }),
            Part::Phi => step(k * 7).for_each(|at| add(at, "finish")),
            Part::Rows(oracle) => {
                oracles += 1;
                let rows = shape_rows(&parts, *oracle);
                let width = range.len() / rows;
                for row in 0..rows {
                    // Another column in every row.
                    let cell = (row * 7) % (width / P::F_BYTES) * P::F_BYTES;
                    add(range.start + row * width + cell, "opening");
                }
            }
            Part::Salts(_) => step(32).for_each(|at| flip(at + at % 32, "opening")),
            Part::Siblings(_) => step(32 * 9).for_each(|at| flip(at + at % 32, "opening")),
        }
        if let Part::Siblings(_) | Part::Salts(_) = part {
            let swapped = with(&bundle, |p| {
                let (a, b) = p[range.start..range.start + 64].split_at_mut(32);
                a.swap_with_slice(b);
            });
            refused(&swapped, "opening", &format!("{what}: two swapped"));
        }
        encodings::<P>(&bundle, *part, range);
        lengths(&bundle, *part, range);
    }
    assert_eq!(oracles, 3);
    refused(&with(&bundle, |p| p.push(0)), "malformed", "a trailing byte");
    refused(&with(&bundle, |p| p.extend_from_within(..)), "malformed", "the proof twice");
    refused(&with(&bundle, Vec::clear), "malformed", "an empty proof");
}

/// Number of opened rows: one salt each.
fn shape_rows(parts: &[(Part, Range<usize>)], oracle: affidavit_relations::Oracle) -> usize {
    parts.iter().find(|(p, _)| *p == Part::Salts(oracle)).unwrap().1.len() / 32
}

/// Elements that are not canonical: v + p, and all bits set.
fn encodings<P: FieldPair>(bundle: &Bundle, part: Part, range: &Range<usize>) {
    let code = match part {
        Part::Rows(_) => "opening",
        Part::Scalar(_) | Part::U | Part::Beta | Part::XH | Part::XY | Part::Phi => "malformed",
        _ => return,
    };
    let cells: Vec<usize> = range.clone().step_by(P::F_BYTES).collect();
    let sample = cells.len().div_ceil(7).max(1);
    let mut shifted = 0;
    for &at in cells.iter().step_by(sample).chain(cells.last()) {
        let all_ones = with(bundle, |p| p[at..at + P::F_BYTES].fill(0xff));
        refused(&all_ones, code, &format!("{part:?}: not canonical"));
        let mut fits = false;
        let plus_p = with(bundle, |p| fits = add_modulus::<P>(p, at));
        if fits {
            refused(&plus_p, code, &format!("{part:?}: v + p"));
            shifted += 1;
        }
    }
    // v + p fits 32 bits for nearly every KoalaBear element, and 64 bits for one Goldilocks element in 2^32.
    assert!(shifted > 0 || P::F_BYTES == 8, "{part:?}");
}

/// The proof cut at the part's start and just before its end; a byte taken out of its middle.
fn lengths(bundle: &Bundle, part: Part, range: &Range<usize>) {
    if range.is_empty() {
        return;
    }
    let code = match part {
        Part::Rows(_) | Part::Salts(_) | Part::Siblings(_) => "opening",
        _ => "malformed",
    };
    for cut in [range.start, range.end - 1] {
        refused(&with(bundle, |p| p.truncate(cut)), code, &format!("{part:?}: cut at {cut}"));
    }
    let shorter = with(bundle, |p| {
        p.remove(range.start + range.len() / 2);
    });
    assert!(shorter.verify().is_err(), "{part:?}: a byte removed");
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
    proof_parts::<KoalaBearPair>(FieldId::KoalaBear);
}

#[test]
fn goldilocks_proof() {
    proof_parts::<GoldilocksPair>(FieldId::Goldilocks);
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
