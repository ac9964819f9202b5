//! Every message of a proof, changed in every way: the verifier's error is the one that `tamper_manifest.txt` names. The
//! messages come from the verifier's own reading, so one that the protocol gains appears by itself.

use crate::common::bundle::{Bundle, World};
use crate::common::case::{Case, Misreport};
use crate::common::manifest::Manifest;
use crate::common::mutate::Random;
use crate::common::sections::sections;
use crate::common::zoo::zoo;
use crate::renewal::renewed;
use affidavit_algebra::{FieldPair, GoldilocksPair, KoalaBearPair};
use affidavit_plan::{FieldId, Purpose, Statement};
use affidavit_protocol::Session;
use affidavit_verifier::{Leaf, LeafKind, Report, VerifyError, verify_leaves};
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

fn manifest() -> Manifest {
    Manifest::read("tamper_manifest.txt", concat!(env!("CARGO_MANIFEST_DIR"), "/tests/proofs/tamper_manifest.txt"))
}

/// An honest proof with its leaves, taken apart into units: digests, nonces, elements, cells.
struct Specimen<P: FieldPair> {
    session: Session,
    bundle: Bundle,
    leaves: Vec<Leaf>,
    report: Report,
    field: core::marker::PhantomData<P>,
}

/// One unit of a leaf.
#[derive(Clone, Copy)]
struct Unit {
    leaf: usize,
    start: usize,
    size: usize,
}

impl<P: FieldPair> Specimen<P> {
    fn new(bundle: Bundle) -> Self {
        let session = bundle.session();
        let (report, leaves) = verify_leaves(&session, &bundle.proof, 128.0);
        let specimen = Self { session, bundle, leaves, report: report.unwrap(), field: core::marker::PhantomData };
        specimen.agrees_with_a_second_reading();
        specimen
    }

    /// `sections` walks the proof by the page, with none of the verifier's reader.
    fn agrees_with_a_second_reading(&self) {
        let (parts, shape) = sections::<P>(&self.session, &self.bundle.proof);
        assert!(self.leaves.iter().map(|l| &l.range).eq(parts.iter().map(|(_, range)| range)));
        assert_eq!((self.report.scalars, self.report.products), (shape.scalars(), shape.products()));
    }

    fn size(&self, kind: LeafKind) -> usize {
        match kind {
            LeafKind::Digests => 32,
            LeafKind::Nonce => 8,
            LeafKind::Elements => P::F_BYTES * P::DEGREE,
            LeafKind::Cells => P::F_BYTES,
        }
    }

    /// Step 21 reads X_H up to the pads of products and X_Y at the products, step 22 reads Φ if there are products: what they
    /// do not read has a line of its own.
    fn label(&self, unit: Unit) -> String {
        let leaf = &self.leaves[unit.leaf];
        let index = (unit.start - leaf.range.start) / unit.size;
        match leaf.label {
            "finish X_H" if index >= self.report.scalars + self.report.products => "finish X_H (pads)".into(),
            "finish X_Y" if index >= self.report.products => "finish X_Y (rest)".into(),
            "finish Phi" if self.report.products == 0 => "finish Phi (no products)".into(),
            label => label.into(),
        }
    }

    /// All units by label.
    fn units(&self) -> BTreeMap<String, Vec<Unit>> {
        let mut all: BTreeMap<String, Vec<Unit>> = BTreeMap::new();
        for (index, leaf) in self.leaves.iter().enumerate() {
            let size = self.size(leaf.kind);
            assert!(leaf.range.len().is_multiple_of(size), "{}", leaf.label);
            for start in leaf.range.clone().step_by(size) {
                let unit = Unit { leaf: index, start, size };
                all.entry(self.label(unit)).or_default().push(unit);
            }
        }
        all
    }

    /// The next unit of the kind: in the leaf (under the same label), else of the next leaf that has one; cyclic.
    fn sibling(&self, unit: Unit) -> Unit {
        let leaf = &self.leaves[unit.leaf];
        let inside = |start: usize| leaf.range.contains(&start).then_some(Unit { start, ..unit });
        let near = inside(unit.start + unit.size).or_else(|| inside(unit.start.wrapping_sub(unit.size)));
        if let Some(near) = near.filter(|&n| self.label(n) == self.label(unit)) {
            return near;
        }
        let after = (1..=self.leaves.len()).map(|i| (unit.leaf + i) % self.leaves.len());
        let same = |&i: &usize| self.leaves[i].kind == leaf.kind && i != unit.leaf;
        let next = after.clone().find(same).expect("another leaf of the kind");
        Unit { leaf: next, start: self.leaves[next].range.start, size: unit.size }
    }

    fn verify(&self, proof: &[u8]) -> Result<Report, VerifyError> {
        verify_leaves(&self.session, proof, 128.0).0
    }
}

/// Where a unit of `kind` holds its coefficients.
fn word<P: FieldPair>(proof: &[u8], at: usize) -> u64 {
    let mut word = [0; 8];
    word[..P::F_BYTES].copy_from_slice(&proof[at..at + P::F_BYTES]);
    u64::from_le_bytes(word)
}

fn put<P: FieldPair>(proof: &mut [u8], at: usize, value: u64) {
    proof[at..at + P::F_BYTES].copy_from_slice(&value.to_le_bytes()[..P::F_BYTES]);
}

/// The changes of one unit: (kind, changed proof). What would change nothing is left out.
fn changes<P: FieldPair>(specimen: &Specimen<P>, unit: Unit, random: &mut Random) -> Vec<(&'static str, Vec<u8>)> {
    let honest = &specimen.bundle.proof;
    let Unit { leaf, start, size } = unit;
    let kind = specimen.leaves[leaf].kind;
    let field = matches!(kind, LeafKind::Elements | LeafKind::Cells);
    let mut all: Vec<(&'static str, Vec<u8>)> = Vec::new();
    let mut change = |name, f: &mut dyn FnMut(&mut Vec<u8>)| {
        let mut proof = honest.clone();
        f(&mut proof);
        if proof != *honest {
            all.push((name, proof));
        }
    };
    let coefficient = if field { start + random.below(size / P::F_BYTES) * P::F_BYTES } else { start };
    let byte = start + random.below(size);
    change("bit", &mut |p| {
        let flipped = word::<P>(p, coefficient) ^ 1;
        match field {
            true if flipped < P::P => put::<P>(p, coefficient, flipped),
            true => {}
            false => p[byte] ^= 1 << (byte % 8),
        }
    });
    change("zero", &mut |p| p[start..start + size].fill(0));
    let other = specimen.sibling(unit).start;
    change("swap", &mut |p| (0..size).for_each(|i| p.swap(start + i, other + i)));
    if kind != LeafKind::Digests {
        let width = if field { P::F_BYTES } else { size };
        change("ones", &mut |p| p[coefficient..coefficient + width].fill(0xff));
    }
    if field {
        change("plus-p", &mut |p| {
            let value = word::<P>(p, coefficient).checked_add(P::P).filter(|v| P::F_BYTES == 8 || v >> 32 == 0);
            put::<P>(p, coefficient, value.unwrap_or(P::P));
        });
    }
    all
}

/// The proof cut around a leaf, and its first unit twice.
fn lengths<P: FieldPair>(specimen: &Specimen<P>, leaf: &Leaf) -> Vec<(&'static str, Vec<u8>)> {
    let honest = &specimen.bundle.proof;
    let first = honest[leaf.range.start..leaf.range.start + specimen.size(leaf.kind)].to_vec();
    let mut long = honest.clone();
    long.splice(leaf.range.start..leaf.range.start, first);
    vec![
        ("short", honest[..leaf.range.start].to_vec()),
        ("short", honest[..leaf.range.end - 1].to_vec()),
        ("long", long),
    ]
}

/// At most `limit` of them, chosen by the seed.
fn sample<T: Copy>(list: &[T], limit: usize, random: &mut Random) -> Vec<T> {
    if list.len() <= limit {
        return list.to_vec();
    }
    (0..limit).map(|_| list[random.below(list.len())]).collect()
}

fn changed_bytes<P: FieldPair>(specimen: &Specimen<P>, manifest: &mut Manifest, limit: usize) {
    let mut random = Random(1);
    let found = |proof: &[u8]| {
        let error = specimen.verify(proof).expect_err("accepted");
        format!("{} {}", error.code(), error.step())
    };
    for (label, units) in specimen.units() {
        let results = |&unit: &Unit| {
            let all = changes(specimen, unit, &mut Random(unit.start as u64));
            all.into_iter().map(|(kind, proof)| (kind, found(&proof))).collect::<Vec<_>>()
        };
        let chosen = sample(&units, limit, &mut random);
        for (kind, error) in chosen.par_iter().flat_map_iter(results).collect::<Vec<_>>() {
            manifest.check(&label, kind, &error);
        }
    }
    let mut by_label: BTreeMap<String, Vec<&Leaf>> = BTreeMap::new();
    for (index, leaf) in specimen.leaves.iter().enumerate().filter(|(_, l)| !l.range.is_empty()) {
        let first = Unit { leaf: index, start: leaf.range.start, size: specimen.size(leaf.kind) };
        by_label.entry(specimen.label(first)).or_default().push(leaf);
    }
    for (label, leaves) in by_label {
        for leaf in sample(&leaves, limit, &mut random) {
            for (kind, proof) in lengths(specimen, leaf) {
                manifest.check(&label, kind, &found(&proof));
            }
        }
    }
}

/// Scalars that the prover itself sends wrong: the replay names what the manifest names, and the finish refuses.
fn wrong_values<P: FieldPair>(world: &World<P>, statement: Statement, manifest: &mut Manifest, limit: usize) {
    let case = Case::new(world, statement);
    // A certificate's circuit has the weights alone.
    let certificate = case.sealed.purpose == Purpose::Certificate;
    let honest = if certificate { BTreeMap::new() } else { world.zoo.witness() };
    let (_, leaves) = verify_leaves(&case.session, &world.prove(case.sealed.clone()).1.proof, 128.0);
    let scalars = leaves.iter().skip(2).take_while(|l| l.label != "opening").map(|l| l.label).enumerate();
    let mut by_label: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    scalars.for_each(|(index, label)| by_label.entry(label).or_default().push(index));
    let mut random = Random(2);
    for (label, indices) in by_label {
        for index in sample(&indices, limit, &mut random) {
            let mut lie = Misreport { index, label: "" };
            let (broken, refused) = case.run(&honest, &mut lie);
            assert_eq!(lie.label, label, "the prover's order is the verifier's");
            assert_eq!(refused, Some("finish"), "scalar {index} ({label}) breaks {broken:?}");
            assert!(!broken.is_empty(), "scalar {index} ({label}) is free");
            broken.iter().for_each(|name| manifest.check(label, "breaks", name));
        }
    }
}

fn all<P: FieldPair>(field: FieldId, manifest: &mut Manifest, limit: usize) -> BTreeSet<String> {
    let world = World::<P>::new(zoo(field, 2));
    let mut labels = BTreeSet::new();
    for statement in [world.full(), world.certificate()] {
        let specimen = Specimen::<P>::new(world.prove(statement.clone()).1);
        labels.extend(specimen.units().into_keys());
        changed_bytes(&specimen, manifest, limit);
        wrong_values(&world, statement, manifest, limit);
    }
    let specimen = Specimen::<P>::new(renewed(&world));
    labels.extend(specimen.units().into_keys());
    changed_bytes(&specimen, manifest, limit);
    labels
}

/// Labels of the messages that spec 6.7 lists and a proof holds.
fn labels_of_the_page() -> BTreeSet<String> {
    let page = include_str!("../../../../spec/06-protocol.md");
    let table = page.split("## 6.7").nth(1).unwrap().split("pow_L =").next().unwrap();
    let public = ["plan digest", "layout digest", "statement", "persistent commitments"];
    let rows = table.lines().filter_map(|line| line.strip_prefix("| `")).map(|row| row.split_once("` | ").unwrap());
    let sent = rows.filter(|(label, what)| !what.starts_with("challenge") && !public.contains(label));
    sent.map(|(label, _)| label.to_owned()).collect()
}

fn every_leaf(limit: usize) {
    let mut manifest = manifest();
    let mut labels = all::<KoalaBearPair>(FieldId::KoalaBear, &mut manifest, limit);
    labels.extend(all::<GoldilocksPair>(FieldId::Goldilocks, &mut manifest, limit));
    manifest.assert_complete(limit == usize::MAX);
    assert_eq!(manifest.labels(), labels.iter().map(String::as_str).collect());
    // The page, the verifier's reading and the manifest name the same messages; opened rows are no transcript's.
    let opened = |label: &String| ["rows", "salts", "siblings"].iter().any(|end| label.ends_with(end));
    labels.retain(|label| !opened(label) && !label.ends_with(')'));
    assert_eq!(labels, labels_of_the_page());
}

#[test]
fn sampled_leaves() {
    every_leaf(6);
}

#[test]
#[ignore = "minutes: every leaf, every index"]
fn all_leaves() {
    every_leaf(usize::MAX);
}
