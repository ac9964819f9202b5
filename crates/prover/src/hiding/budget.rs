//! Persistent oracles over their whole life: certificate or incoming renewal, every use, outgoing renewal.

use super::chain::{Chain, Flaw, Keep, Link};
use super::circuits::*;
use super::harness::Words;
use affidavit_algebra::{FieldPair, GoldilocksPair, KoalaBearPair};

const QUERIES: usize = 3;
const USES: usize = 2;

/// Keeps: the first commitment C, an input that all uses share, the renewed C′ and C″.
///
/// `uses` are made of C and as many of C′; every opening is at rows of its own.
fn life(uses: usize, pads: [usize; 4]) -> Chain {
    let model = || vec![(vec![3, 2], W), (vec![3], B)];
    let keep = |tensors, pads| Keep { tensors, pads };
    let keeps =
        vec![keep(model(), pads[0]), keep(vec![(vec![2], X)], pads[1]), keep(model(), pads[2]), keep(model(), pads[3])];
    let mut links = vec![];
    let mut add = |circuit, model, input, given| {
        let number = links.len();
        let positions = positions(number, QUERIES, 4 << 7);
        links.push(Link { circuit, model, input, given, positions, seed: 100 + number as u64 });
    };
    add(certificate(), 0, None, nothing());
    for _ in 0..uses {
        add(dense(), 0, Some(1), dense_witness());
    }
    add(renewal(), 0, Some(2), nothing());
    for _ in 0..uses {
        add(dense(), 2, Some(1), dense_witness());
    }
    add(renewal(), 2, Some(3), nothing());
    Chain { log_rows: 7, queries: QUERIES, keeps, links, flaw: Flaw::None }
}

/// k = t·(uses + 2) for both models; the input serves every use of both; C″ has only come in.
const EXACT: [usize; 4] = [QUERIES * (USES + 2), QUERIES * 2 * USES, QUERIES * (USES + 2), QUERIES];

fn hides<P: FieldPair>(chain: &Chain) -> bool {
    let witnesses = witnesses(11);
    let image = chain.image::<P>(&witnesses[0]);
    chain.hides(&image, &witnesses)
}

fn whole_life<P: FieldPair>() {
    let chain = life(USES, EXACT);
    let witnesses = witnesses(11);
    chain.assert_affine::<P>([&witnesses[0], &witnesses[witnesses.len() - 1]]);
    let image = chain.image::<P>(&witnesses[0]);
    assert_eq!(image.rank(), chain.simulated_rank::<P>());
    assert!(chain.hides(&image, &witnesses));
}

#[test]
fn certificate_uses_and_renewals_hide_with_exactly_their_pads_over_koalabear() {
    whole_life::<KoalaBearPair>();
}

#[test]
fn certificate_uses_and_renewals_hide_with_exactly_their_pads_over_goldilocks() {
    whole_life::<GoldilocksPair>();
}

#[test]
fn one_opening_too_many_is_seen() {
    // The pads of USES, but one use more of C and of C′; then each alone.
    let input = QUERIES * 2 * (USES + 1);
    for pads in [
        [EXACT[0], input, EXACT[2], EXACT[3]],
        [EXACT[0], input, EXACT[2] + QUERIES, EXACT[3]],
        [EXACT[0] + QUERIES, input, EXACT[2], EXACT[3]],
        [EXACT[0] + QUERIES, input - QUERIES, EXACT[2] + QUERIES, EXACT[3]],
    ] {
        assert!(!hides::<KoalaBearPair>(&life(USES + 1, pads)), "{pads:?}");
    }
    assert!(hides::<KoalaBearPair>(&life(USES + 1, [EXACT[0] + QUERIES, input, EXACT[2] + QUERIES, EXACT[3]])));
}

#[test]
fn one_pad_too_few_is_seen_in_every_oracle() {
    for keep in 0..4 {
        let mut pads = EXACT;
        pads[keep] -= 1;
        assert!(!hides::<KoalaBearPair>(&life(USES, pads)), "oracle {keep}");
    }
}

/// A resumed renewal makes the identical proof: its rows open nothing new, and a second renewal of other rows does.
#[test]
fn the_same_rows_again_cost_nothing_and_other_rows_do() {
    let twice = |positions: Vec<usize>| {
        let mut chain = life(0, [2 * QUERIES, QUERIES, 2 * QUERIES, QUERIES]);
        let seed = Words(9).next();
        let (model, input) = (0, Some(2));
        chain.links.push(Link { circuit: renewal(), model, input, given: nothing(), positions, seed });
        chain
    };
    let same = positions(1, QUERIES, 4 << 7);
    assert_eq!(twice(same.clone()).links[1].positions, same);
    assert!(hides::<KoalaBearPair>(&twice(same)));
    assert!(!hides::<KoalaBearPair>(&twice(positions(9, QUERIES, 4 << 7))));
}
