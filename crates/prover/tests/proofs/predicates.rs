//! False claims about outputs: each wrong value, outcome, class and selector is named by the replay, refused by an honest
//! prover, and its proof refused by the verifier.

use crate::common::bundle::{World, refs, rows};
use crate::common::case::{Case, names};
use crate::common::zoo::{Y, zoo};
use affidavit_algebra::{FieldPair, GoldilocksPair, KoalaBearPair};
use affidavit_plan::{FieldId, OutputClaim, Statement};
use affidavit_prover::{Honest, ProveError, prove};
use affidavit_relations::{Fresh, Kind};

/// The claim about all rows that has `outcomes` flipped at `row`, or the public value or class there changed.
fn falsified(claim: &OutputClaim, row: usize) -> OutputClaim {
    let mut claim = claim.clone();
    match &mut claim {
        OutputClaim::Public { values, .. } => values[row * 6 + 4] += 1,
        OutputClaim::ArgMax { classes, .. } => classes[row] = (classes[row] + 1) % 6,
        OutputClaim::AtLeast { outcomes, .. }
        | OutputClaim::AtMost { outcomes, .. }
        | OutputClaim::Between { outcomes, .. }
        | OutputClaim::TopK { outcomes, .. } => outcomes[row] ^= true,
    }
    claim
}

fn false_claims<P: FieldPair>(world: &World<P>) {
    let witness = world.zoo.witness();
    let mut claims = world.predicates();
    // Both outcomes of every predicate, alone and mixed over the rows: thresholds below, at and above the cells.
    for shift in [-1, 1] {
        for claim in world.predicates() {
            claims.extend(moved(world, &claim, shift));
        }
    }
    for claim in &claims {
        let statement = Statement { outputs: vec![claim.clone()], ..world.plain() };
        world.prove(statement.clone());
        for row in 0..world.zoo.batch {
            let wrong = falsified(claim, row);
            let case = Case::new(world, Statement { outputs: vec![wrong.clone()], ..statement.clone() });
            let name = match &wrong {
                OutputClaim::Public { .. } | OutputClaim::ArgMax { .. } => "output:padded",
                OutputClaim::AtLeast { .. } | OutputClaim::AtMost { .. } => "output:q",
                _ => "output:y",
            };
            let expected: &[&str] = match &wrong {
                OutputClaim::Public { .. } => &["output:padded"],
                _ => &[name, "lookup sum"],
            };
            case.caught(&format!("{wrong:?}"), &witness, &mut Honest, expected);
            let refused = prove::<P>(&case.session, &world.model, None, &refs(&witness), b"entropy");
            assert!(matches!(refused.err(), Some(ProveError::Witness(names)) if !names.is_empty()));
        }
    }
}

/// The same predicate with another threshold (or k) and its true outcomes.
fn moved<P: FieldPair>(world: &World<P>, claim: &OutputClaim, shift: i64) -> Option<OutputClaim> {
    let witness = world.zoo.witness();
    let at = |id: usize| rows(&witness[&id], 4);
    let (q, y) = (at(crate::common::zoo::Q), at(Y));
    let mut claim = claim.clone();
    match &mut claim {
        OutputClaim::AtLeast { cell, threshold, outcomes, .. } => {
            *threshold += shift;
            *outcomes = q.iter().map(|r| r[*cell as usize] >= *threshold).collect();
        }
        OutputClaim::AtMost { cell, threshold, outcomes, .. } => {
            *threshold += shift;
            *outcomes = q.iter().map(|r| r[*cell as usize] <= *threshold).collect();
        }
        OutputClaim::Between { cell, low, high, outcomes, .. } => {
            // From −1: every row inside; from +1: high moves below the first row's cell.
            (*low, *high) = if shift < 0 { (-1, 101) } else { (*low - 50, *high - 1) };
            *low = (*low).max(-1);
            *high = (*high).max(*low);
            *outcomes = y.iter().map(|r| (*low..=*high).contains(&r[*cell as usize])).collect();
        }
        OutputClaim::TopK { cell, k, outcomes, .. } => {
            *k = if shift < 0 { 1 } else { 4 };
            *outcomes = y.iter().map(|r| r.iter().filter(|&&v| v > r[*cell as usize]).count() < *k as usize).collect();
        }
        OutputClaim::Public { .. } | OutputClaim::ArgMax { .. } => return None,
    }
    Some(claim)
}

/// The hidden selectors of `between` and flags of `top_k`, cell by cell: a flip breaks the claim exactly where the
/// predicate leaves no choice, and a value that is no bit always does.
fn selectors<P: FieldPair>(world: &World<P>) {
    let witness = world.zoo.witness();
    let y = rows(&witness[&Y], 4);
    let mut flips = [0; 2];
    let all = |claim: OutputClaim| {
        [-1, 0, 1].map(|shift| if shift == 0 { Some(claim.clone()) } else { moved(world, &claim, shift) })
    };
    for claim in world.predicates().into_iter().flat_map(all).flatten() {
        let case = Case::new(world, Statement { outputs: vec![claim.clone()], ..world.plain() });
        for (id, tensor) in case.session.circuit.tensors.iter().enumerate() {
            let honest: Vec<i64> = match (&tensor.kind, &claim) {
                (Kind::Fresh(Fresh::Greater { bound, .. }), OutputClaim::Between { cell, .. }) => {
                    y.iter().map(|r| i64::from(r[*cell as usize] > *bound)).collect()
                }
                (Kind::Fresh(Fresh::GreaterThan { .. }), OutputClaim::TopK { cell, .. }) => {
                    y.iter().flat_map(|r| r.iter().map(|&v| i64::from(v > r[*cell as usize]))).collect()
                }
                _ => continue,
            };
            for at in 0..honest.len() {
                let forced = forced(&claim, &honest, at, &y);
                for value in [1 - honest[at], 2, -1] {
                    let mut witness = witness.clone();
                    let mut flags = honest.clone();
                    flags[at] = value;
                    witness.insert(id, flags);
                    let what = format!("{claim:?}: cell {at} = {value}");
                    if forced || !(0..=1).contains(&value) {
                        case.caught(&what, &witness, &mut Honest, &["output:y", "lookup sum"]);
                        flips[0] += 1;
                    } else {
                        assert_eq!(case.run(&witness, &mut Honest), (names(&[]), None), "{what}");
                        flips[1] += 1;
                    }
                }
            }
        }
    }
    assert!(flips[0] > 0 && flips[1] > 0, "{flips:?}");
}

/// Whether the flag at `at` has to be what it is (spec: `between` outside rows; `top_k` counts).
fn forced(claim: &OutputClaim, flags: &[i64], at: usize, y: &[Vec<i64>]) -> bool {
    match claim {
        OutputClaim::Between { outcomes, .. } => !outcomes[at],
        OutputClaim::TopK { k, outcomes, .. } => {
            let (row, n) = (at / 4, y[0].len());
            let greater: i64 = flags[row * n..(row + 1) * n].iter().sum();
            match (outcomes[row], flags[at] == 1) {
                // True: no greater cell may lose its flag; others may gain one while fewer than k have it.
                (true, true) => true,
                (true, false) => greater + 1 >= i64::from(*k),
                // False: no other cell may gain a flag; k of the greater cells must keep theirs.
                (false, false) => true,
                (false, true) => greater - 1 < i64::from(*k),
            }
        }
        _ => unreachable!("no selectors"),
    }
}

fn all<P: FieldPair>(field: FieldId) {
    let world = World::<P>::new(zoo(field, 3));
    false_claims(&world);
    selectors(&world);
}

#[test]
fn koalabear() {
    all::<KoalaBearPair>(FieldId::KoalaBear);
}

#[test]
fn goldilocks() {
    all::<GoldilocksPair>(FieldId::Goldilocks);
}
