//! Attack: something public that the challenges do not depend on (Frozen Heart; Jolt Atlas #230/#247, Jolt #1864, Remainder
//! suggestion 2). Whoever can change it after seeing a challenge can choose it to fit.

use crate::common::bundle::World;
use crate::common::zoo::zoo;
use affidavit_algebra::{FieldPair, GoldilocksPair, KoalaBearPair};
use affidavit_plan::*;
use affidavit_protocol::{Session, SessionError};
use std::collections::BTreeMap;

struct Public {
    plan: Plan,
    statement: Statement,
    model: Commitment,
    input: Commitment,
}

type Change = Box<dyn Fn(&mut Public)>;

fn change(f: impl Fn(&mut Public) + 'static) -> Change {
    Box::new(f)
}

fn committed(f: impl Fn(&mut CommittedInput) + 'static) -> Change {
    change(move |p| f(p.statement.input_commitment.as_mut().unwrap()))
}

fn output(at: usize, f: impl Fn(&mut OutputClaim) + 'static) -> Change {
    change(move |p| f(&mut p.statement.outputs[at]))
}

/// Every kind of public datum, changed by the least that it can be.
fn changes() -> Vec<(&'static str, Change)> {
    vec![
        ("plan: name", change(|p| p.plan.name.push('x'))),
        ("plan: a tensor's name", change(|p| p.plan.tensors[4].name.push('x'))),
        ("plan: one entry of a table", change(|p| p.plan.tables[0].values[7] += 1)),
        ("plan: a table's domain", change(|p| p.plan.tables[0].in_lo -= 1)),
        (
            "plan: a constant",
            change(|p| {
                if let TensorKind::Constant { values } = &mut p.plan.tensors[4].kind {
                    values[0] += 1
                }
            }),
        ),
        (
            "plan: a coefficient",
            change(|p| {
                if let TensorKind::Linear { terms, .. } = &mut p.plan.tensors[6].kind {
                    terms[1].0 += 1
                }
            }),
        ),
        ("plan: a relation less", change(|p| p.plan.relations.truncate(16))),
        ("plan: two relations swapped", change(|p| p.plan.relations.swap(10, 11))),
        ("model: queries", change(|p| p.model.queries += 1)),
        ("model: proof-of-work", change(|p| p.model.grinding += 1)),
        ("model: pads", change(|p| p.model.pads += 1)),
        ("model: root", change(|p| p.model.root[31] ^= 1)),
        ("input: root", change(|p| p.input.root[31] ^= 1)),
        ("two roots exchanged", change(|p| core::mem::swap(&mut p.model.root, &mut p.input.root))),
        ("issuer's key", committed(|c| c.issuer = Some([8; 32]))),
        ("no issuer", committed(|c| c.issuer = None)),
        ("expiry", committed(|c| c.expiry += 1)),
        ("a record id", committed(|c| c.records[0].push('x'))),
        ("records swapped", committed(|c| c.records.swap(0, 1))),
        (
            "a public output",
            output(0, |o| {
                if let OutputClaim::Public { values, .. } = o {
                    values[0] ^= 1
                }
            }),
        ),
        (
            "a threshold",
            output(1, |o| {
                if let OutputClaim::AtLeast { threshold, .. } = o {
                    *threshold += 1
                }
            }),
        ),
        (
            "an outcome",
            output(1, |o| {
                if let OutputClaim::AtLeast { outcomes, .. } = o {
                    outcomes[0] ^= true
                }
            }),
        ),
        (
            "a class",
            output(4, |o| {
                if let OutputClaim::ArgMax { classes, .. } = o {
                    classes[0] = (classes[0] + 1) % 6
                }
            }),
        ),
        ("an output claim less", change(|p| p.statement.outputs.truncate(5))),
        ("two output claims swapped", change(|p| p.statement.outputs.swap(1, 2))),
        ("nonce", change(|p| p.statement.context.nonce[0] ^= 1)),
        (
            "a byte of the nonce moved to the policy id",
            change(|p| {
                let byte = p.statement.context.nonce.pop().unwrap();
                p.statement.context.policy.insert(0, char::from(byte + b'a'));
            }),
        ),
        ("policy id", change(|p| p.statement.context.policy.push('x'))),
        ("time", change(|p| p.statement.context.time += 1)),
        (
            "inputs public",
            change(|p| {
                p.statement.input_commitment = None;
                p.statement.inputs = [12, 4].map(|n| InputClaim::Public { values: vec![1; n] }).to_vec();
            }),
        ),
        (
            "one public input value",
            change(|p| {
                p.statement.input_commitment = None;
                p.statement.inputs = [12, 4].map(|n| InputClaim::Public { values: vec![1; n] }).to_vec();
                if let InputClaim::Public { values } = &mut p.statement.inputs[1] {
                    values[3] = 2
                }
            }),
        ),
        (
            "inputs unbound",
            change(|p| {
                p.statement.input_commitment = None;
                p.statement.inputs = vec![InputClaim::Unbound; 2];
            }),
        ),
    ]
}

/// The first challenge words after everything public, all digests made to fit.
fn first_challenge<P: FieldPair>(world: &World<P>, change: impl Fn(&mut Public)) -> Vec<usize> {
    let mut statement = world.full();
    statement.input_commitment.as_mut().unwrap().issuer = Some([7; 32]);
    let mut public = Public {
        plan: world.zoo.plan.clone(),
        statement,
        model: world.model.commitment.clone(),
        input: world.input.commitment.clone(),
    };
    change(&mut public);
    let Public { plan, mut statement, mut model, mut input } = public;
    model.subject = plan.digest();
    (statement.plan, statement.model) = (plan.digest(), model.digest());
    // The schema follows the plan and the model commitment's shape.
    let schema = schema_of(&plan, &model).unwrap();
    (input.subject, input.pads, input.queries, input.grinding) =
        (schema.digest(), schema.pads, schema.queries, schema.grinding);
    let input = statement.input_commitment.as_mut().map(|claimed| {
        (claimed.commitment, claimed.schema) = (input.digest(), schema.digest());
        input.encode()
    });
    let open = |s: &Statement, check| {
        Session::open(&plan.encode(), &s.encode(), &model.encode(), input.as_deref(), check).unwrap()
    };
    statement.layout = open(&statement, false).layout.digest;
    let mut transcript = open(&statement, true).transcript();
    // The same fresh root for all: nothing but the public data differs.
    transcript.absorb("fresh root", &[5; 32]);
    transcript.challenge_positions("lookup alpha", 8, 60)
}

fn every_change_moves_the_challenges<P: FieldPair>(field: FieldId) {
    let world = World::<P>::new(zoo(field, 2));
    let mut seen = BTreeMap::from([(first_challenge(&world, |_| ()), "nothing changed")]);
    assert_eq!(
        seen.get(&first_challenge(&world, |_| ())),
        Some(&"nothing changed"),
        "the control: no change, no other"
    );
    for (what, change) in changes() {
        if let Some(other) = seen.insert(first_challenge(&world, change), what) {
            panic!("{what} gives the challenges of {other}");
        }
    }
}

#[test]
fn everything_public_moves_the_challenges() {
    every_change_moves_the_challenges::<KoalaBearPair>(FieldId::KoalaBear);
    every_change_moves_the_challenges::<GoldilocksPair>(FieldId::Goldilocks);
}

/// The two commitments cannot change places: each says what it is.
#[test]
fn commitments_in_another_order_are_refused() {
    let world = World::<KoalaBearPair>::new(zoo(FieldId::KoalaBear, 2));
    let (_, bundle) = world.prove(world.full());
    let (model, input) = (bundle.model.clone(), bundle.input.clone().unwrap());
    let open = |model: &[u8], input: &[u8]| Session::open(&bundle.plan, &bundle.statement, model, Some(input), true);
    assert!(open(&model, &input).is_ok());
    for (a, b) in [(&input, &model), (&model, &model), (&input, &input)] {
        assert!(matches!(open(a, b).map_err(|fault| fault.error), Err(SessionError::Mismatch(_))));
    }
}
