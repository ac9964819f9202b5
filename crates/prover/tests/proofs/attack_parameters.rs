//! Review: what a commitment's owner may choose: proof-of-work, pads, seeds.

use crate::common::{statement, toy};
use affidavit_algebra::{FieldPair, KoalaBearPair};
use affidavit_plan::*;
use affidavit_protocol::{Counts, Session};
use affidavit_prover::{commit_input, commit_model};
use affidavit_soundness::ledger;

type F = <KoalaBearPair as FieldPair>::F;

/// The last cells of the first column.
fn pads(columns: &[Vec<F>], count: u32) -> Vec<F> {
    columns[0][columns[0].len() - count as usize..].to_vec()
}

#[test]
fn hole_proof_of_work_beyond_twenty_bits_must_not_count() {
    let toy = toy(FieldId::KoalaBear, 1, 16, 4);
    let model = commit_model::<KoalaBearPair>(&toy.plan, &toy.model, 2, [7; 32]).unwrap();
    let commitment = Commitment { grinding: 30, queries: 145, ..model.commitment };
    let s = statement(&toy, &commitment, InputClaim::Unbound, vec![]);
    let opened = Session::open(&toy.plan.encode(), &s.encode(), &commitment.encode(), None, false);
    let Ok(session) = opened else { return };
    let bits = ledger(&session.sizes::<KoalaBearPair>(
        &Counts { stages: 1, sumcheck_rounds: 30, claims: 80, check_vars: 10 },
        120,
        40,
    ))
    .round_by_round;
    assert!(bits < 128.0, "{bits:.2} bits with 145 queries and 30 bits of proof-of-work");
}

#[test]
fn hole_one_seed_must_not_give_the_same_pads_to_two_oracles() {
    let toy = toy(FieldId::KoalaBear, 1, 16, 4);
    let model = commit_model::<KoalaBearPair>(&toy.plan, &toy.model, 2, [7; 32]).unwrap();
    let schema = schema_of(&toy.plan, &model.commitment).unwrap();
    let input = commit_input::<KoalaBearPair>(&schema, 1, &[toy.witness[&2].clone()], [7; 32]).unwrap();
    let count = model.commitment.pads;
    assert_ne!(pads(&model.columns, count), pads(&input.columns, count));
}

#[test]
fn hole_one_seed_must_not_give_the_same_pads_to_two_contents() {
    // A rolled-back machine repeats its entropy: rows of two commitments would differ by the code of w − w'.
    let toy = toy(FieldId::KoalaBear, 1, 16, 4);
    let mut other = toy.model.clone();
    other[0][0] ^= 1;
    let first = commit_model::<KoalaBearPair>(&toy.plan, &toy.model, 2, [7; 32]).unwrap();
    let second = commit_model::<KoalaBearPair>(&toy.plan, &other, 2, [7; 32]).unwrap();
    let count = first.commitment.pads;
    assert_ne!(pads(&first.columns, count), pads(&second.columns, count));
}
