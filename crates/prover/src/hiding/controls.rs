//! Ways to lose hiding in a whole proof; each must be seen.

use super::chain::{Chain, Flaw};
use super::circuits::witnesses;
use super::harness::PadFlaw;
use super::relations::all;
use affidavit_algebra::KoalaBearPair;
use std::collections::BTreeMap;

type P = KoalaBearPair;

fn hides(chain: &Chain, cells: usize) -> bool {
    let witnesses = witnesses(cells);
    let image = chain.image::<P>(&witnesses[0]);
    chain.hides(&image, &witnesses)
}

/// The first and the last scalar of every label that depend on the witness, without a pad and with the pad of the scalar
/// before (of the first for the second).
///
/// Some do not depend on it, such as a layer's denominator over a range table alone; those need no pad. Nor do two scalars
/// need two pads that are always equal, such as the two factors of a square.
#[test]
fn a_scalar_without_a_pad_of_its_own_is_seen() {
    let mut seen = BTreeMap::new();
    for (name, mut chain, cells, _) in all() {
        let still = chain.no_draws(&chain.links[0]);
        let list = witnesses(cells);
        let [a, b] = [&list[0], &list[list.len() - 1]].map(|w| chain.sent::<P>(0, w, &chain.no_pads::<P>(), &still));
        let mut ends: BTreeMap<&str, [usize; 2]> = BTreeMap::new();
        for i in (0..a.labels.len()).filter(|&i| a.values[i] != b.values[i]) {
            ends.entry(a.labels[i]).or_insert([i, i])[1] = i;
        }
        for (label, [first, last]) in ends {
            for i in if first == last { vec![first] } else { vec![first, last] } {
                let (first, second) = if i == 0 { (0, 1) } else { (i - 1, i) };
                let mut flaws = vec![PadFlaw::Clear(i)];
                if a.values[first] - b.values[first] != a.values[second] - b.values[second] {
                    flaws.push(PadFlaw::Shared(first, second));
                }
                for flaw in flaws {
                    chain.flaw = Flaw::Pad(flaw);
                    assert!(!hides(&chain, cells), "{name}: {label}, {flaw:?} went unnoticed");
                    *seen.entry(label).or_insert(0) += 1;
                }
            }
        }
    }
    // Every label of the protocol but "mask value", which is no function of the witness: see the next test.
    assert_eq!(seen.len(), 10, "{seen:?}");
}

/// y_μ without its pad: y + c·y_μ follows from u, so y_μ in clear shows y.
#[test]
fn the_masks_value_in_clear_is_seen() {
    for (name, mut chain, cells, _) in all() {
        let still = chain.no_draws(&chain.links[0]);
        let sent = chain.sent::<P>(0, &witnesses(cells)[0], &chain.no_pads::<P>(), &still);
        let index = sent.labels.iter().position(|label| *label == "mask value").unwrap();
        chain.flaw = Flaw::Pad(PadFlaw::Clear(index));
        assert!(!hides(&chain, cells), "{name}");
    }
}

#[test]
fn every_missing_mask_is_seen() {
    let mut flaws = vec![
        Flaw::BaseFieldMask,
        Flaw::PadVectorTail,
        Flaw::PadVectorMask,
        Flaw::OperandTail(0),
        Flaw::OperandTail(1),
        Flaw::OperandTail(2),
        Flaw::OperandMask,
        Flaw::FreshPad,
    ];
    // A data cell of each oracle, all data, a pad cell. (A cell that no column uses needs no mask.)
    let (_, chain, _, _) = all().swap_remove(2);
    let layout = chain.layout(&chain.links[0]);
    for (_, _, oracle) in layout.oracles() {
        let cell = oracle.chunks[0].offset;
        flaws.push(Flaw::MaskCells(cell, cell + 1));
    }
    flaws.extend([Flaw::MaskCells(0, 61), Flaw::MaskCells(61, 62), Flaw::MaskCells(63, 64)]);
    for flaw in flaws {
        let (name, mut chain, cells, _) = all().swap_remove(2);
        assert_eq!(name, "products");
        chain.flaw = flaw;
        assert!(!hides(&chain, cells), "{flaw:?} went unnoticed");
    }
}

#[test]
fn one_mask_for_two_proofs_is_seen() {
    let (_, mut chain, cells, _) = all().swap_remove(2);
    let (_, mut other, _, _) = all().swap_remove(2);
    let mut second = other.links.remove(0);
    second.positions = super::circuits::positions(1, chain.queries, 4 << chain.log_rows);
    second.seed += 1;
    chain.links.push(second);
    chain.keeps.iter_mut().for_each(|keep| keep.pads *= 2);
    assert!(hides(&chain, cells));
    chain.flaw = Flaw::ReusedMask;
    assert!(!hides(&chain, cells));
}
