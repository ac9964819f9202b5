//! Sizes, reports and refusals follow from the plan and the public positions, never from weights or inputs.

use crate::common::bundle::{World, refs};
use crate::common::sections::positions;
use crate::common::zoo::{Zoo, zoo};
use affidavit_algebra::{FieldPair, GoldilocksPair, KoalaBearPair};
use affidavit_plan::{FieldId, Statement, TensorKind, schema_of};
use affidavit_prover::{ProveError, commit_input, commit_model, prove};
use affidavit_relations::Oracle;
use std::collections::BTreeSet;

struct Words(u64);

impl Words {
    fn between(&mut self, lo: i64, hi: i64) -> i64 {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        lo + ((self.0 >> 33) as i64) % (hi - lo + 1)
    }
}

/// Weights and inputs of one plan: zero, all at one end of their range, or random.
fn secrets(field: FieldId, batch: usize, number: u64) -> Zoo {
    let mut zoo = zoo(field, batch);
    let mut words = Words(number * 77 + 1);
    let mut model = zoo.model.iter_mut();
    let mut inputs = zoo.inputs.iter_mut();
    for tensor in &zoo.plan.tensors {
        let (cells, lo, hi) = match tensor.kind {
            TensorKind::Model { lo, hi } => (model.next().unwrap(), lo, hi),
            TensorKind::Input { lo, hi, .. } => (inputs.next().unwrap(), lo, hi),
            _ => continue,
        };
        cells.iter_mut().for_each(|cell| {
            *cell = match number {
                0 => 0,
                1 => lo,
                2 => hi,
                _ => words.between(lo, hi),
            }
        });
    }
    zoo
}

/// Nodes that a pruned Merkle proof for these leaves needs, from the definition: on every level, siblings of known nodes
/// that are not known themselves.
fn siblings(positions: &[usize], levels: usize) -> usize {
    let mut known: BTreeSet<usize> = positions.iter().copied().collect();
    let mut needed = 0;
    for _ in 0..levels {
        needed += known.iter().filter(|&&node| !known.contains(&(node ^ 1))).count();
        known = known.into_iter().map(|node| node >> 1).collect();
    }
    needed
}

fn same_sizes<P: FieldPair>(field: FieldId) {
    let mut reports = BTreeSet::new();
    let mut distinct = BTreeSet::new();
    for number in 0..12 {
        let world = World::<P>::new(secrets(field, 2, number));
        let statement = world.full();
        let committed = Statement { outputs: vec![], ..statement };
        for statement in [committed, world.plain(), world.certificate()] {
            let (_, bundle) = world.prove(statement);
            let session = bundle.session();
            let report = bundle.verify().unwrap();
            let positions = positions::<P>(&session, &bundle.proof);
            let shape = &session.layout.shape;
            let levels = shape.log_rows + shape.log_blowup;
            let opened: usize = session
                .layout
                .oracles()
                .iter()
                .map(|(oracle, _, layout)| {
                    let width = if *oracle == Oracle::Fresh { session.fresh_width::<P>() } else { layout.columns };
                    positions.len() * (width * P::F_BYTES + 32) + 32 * siblings(&positions, levels)
                })
                .sum();
            let parts: Vec<(&str, usize)> = report.parts.iter().map(|p| (p.name, p.bytes)).collect();
            let [before @ .., ("opened rows", rows)] = parts.as_slice() else { panic!("{parts:?}") };
            assert_eq!(*rows, 8 + opened, "nothing but rows, salts and the siblings of public positions");
            assert_eq!(bundle.proof.len(), before.iter().map(|p| p.1).sum::<usize>() + rows);
            distinct.insert(positions.len());
            let counts = [report.scalars, report.products, report.checks];
            let kind = (session.statement.purpose.tag(), session.second.is_some());
            reports.insert(format!("{kind:?} {before:?} {counts:?} {:?}", report.ledger));
        }
    }
    assert_eq!(reports.len(), 3, "one report per kind of statement");
    assert!(distinct.len() > 1, "the number of distinct positions varies by chance");
}

/// Cells outside of their range are refused before anything is committed, in words that do not depend on them.
fn refusals<P: FieldPair>(field: FieldId) {
    let world = World::<P>::new(zoo(field, 2));
    let said = |error: &ProveError| format!("{error} {error:?}");
    let mut messages = [BTreeSet::new(), BTreeSet::new(), BTreeSet::new()];
    for value in [8, 4711, -9, -4712, i64::MAX, i64::MIN] {
        let mut model = world.zoo.model.clone();
        model[0][5] = value;
        let error = commit_model::<P>(&world.zoo.plan, &model, 1, [7; 32]).err().unwrap();
        assert!(matches!(&error, ProveError::Range { name, cell: 5 } if name == "w"));
        messages[0].insert(said(&error));
        let mut inputs = world.zoo.inputs.clone();
        inputs[0][3] = value.saturating_mul(4);
        let schema = schema_of(&world.zoo.plan, &world.model.commitment).unwrap();
        let error = commit_input::<P>(&schema, 2, &inputs, [9; 32]).err().unwrap();
        assert!(matches!(&error, ProveError::Range { name, cell: 3 } if name == "x"));
        messages[1].insert(said(&error));
        // A witness that somebody computed elsewhere: the relation is named, nothing else.
        let (_, session) = world.seal(world.plain());
        let mut witness = world.zoo.witness();
        witness.get_mut(&26).unwrap()[1] = value;
        let error = prove::<P>(&session, &world.model, None, &refs(&witness), b"entropy").err().unwrap();
        assert!(
            matches!(&error, ProveError::Witness(names) if names.iter().all(|n| n == "range:free" || n == "lookup sum"))
        );
        messages[2].insert(said(&error));
    }
    assert_eq!(messages.map(|m| m.len()), [1; 3], "a refusal depends on a value");
}

#[test]
fn koalabear() {
    same_sizes::<KoalaBearPair>(FieldId::KoalaBear);
    refusals::<KoalaBearPair>(FieldId::KoalaBear);
}

#[test]
fn goldilocks() {
    same_sizes::<GoldilocksPair>(FieldId::Goldilocks);
    refusals::<GoldilocksPair>(FieldId::Goldilocks);
}
