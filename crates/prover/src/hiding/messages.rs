//! A proof's messages as numbers, class by class.

use super::harness::Sent;
use crate::common::sections::{Part, positions, sections};
use crate::random::derive;
use affidavit_algebra::{FieldPair, k_from_bytes};
use affidavit_commit::OpenedRows;
use affidavit_hiding::{Expr, FinishShape, Response};
use affidavit_protocol::{Context, ProtocolError, ProverSide, Session};
use affidavit_relations::Oracle;
use affidavit_transcript::Transcript;
use p3_field::{BasedVectorSpace, PrimeCharacteristicRing, PrimeField64};
use std::collections::{BTreeMap, BTreeSet};

/// Named numbers; a name starts with its message class and a bar.
#[derive(Default)]
pub struct Record {
    pub names: Vec<String>,
    pub values: Vec<f64>,
}

impl Record {
    pub fn push(&mut self, class: &str, name: String, value: f64) {
        self.names.push(format!("{class}|{name}"));
        self.values.push(value);
    }

    /// An element of F as its size and its lowest bit.
    fn f<P: FieldPair>(&mut self, class: &str, name: &str, x: P::F) {
        let x = x.as_canonical_u64();
        self.push(class, format!("{name} size"), x as f64 / P::P as f64);
        self.push(class, format!("{name} bit"), (x & 1) as f64);
    }

    fn k<P: FieldPair>(&mut self, class: &str, name: &str, x: P::K) {
        for (i, &limb) in x.as_basis_coefficients_slice().iter().enumerate() {
            self.f::<P>(class, &format!("{name}.{i}"), limb);
        }
    }

    fn bytes(&mut self, class: &str, name: &str, bytes: &[u8]) {
        for (i, byte) in bytes.iter().enumerate() {
            (0..8).for_each(|bit| self.push(class, format!("{name} byte {i} bit {bit}"), f64::from(byte >> bit & 1)));
        }
    }
}

/// Everything that a verifier sees.
pub struct Messages<P: FieldPair> {
    root: Vec<u8>,
    lookup_nonce: Option<u64>,
    query_nonce: u64,
    labels: Vec<&'static str>,
    pub masked: Vec<P::K>,
    pub u: Vec<P::K>,
    beta: P::K,
    response: Response<P::K>,
    pub positions: Vec<usize>,
    /// As in [`Sent`].
    pub base_rows: Vec<Vec<P::F>>,
    extension_rows: Vec<Vec<P::K>>,
    pub salts: Vec<[u8; 32]>,
    siblings: Vec<[u8; 32]>,
    length: usize,
    seconds: Vec<(String, f64)>,
}

impl<P: FieldPair> Messages<P> {
    pub fn read(session: &Session, proof: &[u8], total: f64, laps: &[(&'static str, f64)]) -> (Self, FinishShape) {
        let (parts, shape) = sections::<P>(session, proof);
        let positions = positions::<P>(session, proof);
        let k = |at: &core::ops::Range<usize>| -> Vec<P::K> {
            proof[at.clone()].chunks(P::F_BYTES * P::DEGREE).map(|c| k_from_bytes::<P>(c).unwrap()).collect()
        };
        let part = |wanted: Part| &parts.iter().find(|(part, _)| *part == wanted).unwrap().1;
        let u64_of = |wanted| u64::from_le_bytes(proof[part(wanted).clone()].try_into().unwrap());
        let scalars = parts.iter().filter_map(|(part, at)| match part {
            Part::Scalar(label) => Some((*label, k(at)[0])),
            _ => None,
        });
        let (labels, masked) = scalars.unzip();
        let log_n = session.layout.shape.log_rows + session.layout.shape.log_blowup;
        let (mut base_rows, mut extension_rows, mut salts, mut siblings) = (vec![], vec![], vec![], vec![]);
        for (oracle, _, layout) in session.layout.oracles() {
            let fresh = oracle == Oracle::Fresh;
            let width = if fresh { session.fresh_width::<P>() } else { layout.columns };
            let mut rest = &proof[part(Part::Rows(oracle)).start..];
            let opened = OpenedRows::<P>::read(&mut rest, &positions, width, log_n).unwrap();
            base_rows.push(opened.rows.iter().flat_map(|row| row[..layout.columns].to_vec()).collect());
            if fresh {
                let cells = |row: &Vec<P::F>| {
                    let tail = row[layout.columns..].chunks(P::DEGREE);
                    tail.map(|c| P::K::from_basis_coefficients_slice(c).unwrap()).collect()
                };
                extension_rows = opened.rows.iter().map(cells).collect();
            }
            salts.extend(opened.salts);
            siblings.extend(opened.siblings);
        }
        let stages = laps.iter().map(|(name, seconds)| (name.to_string(), *seconds));
        let messages = Self {
            root: proof[..32].to_vec(),
            lookup_nonce: Some(u64_of(Part::LookupNonce)),
            query_nonce: u64_of(Part::QueryNonce),
            labels,
            masked,
            u: k(part(Part::U)),
            beta: k(part(Part::Beta))[0],
            response: Response { x_h: k(part(Part::XH)), x_y: k(part(Part::XY)), phi: k(part(Part::Phi)) },
            positions,
            base_rows,
            extension_rows,
            salts,
            siblings,
            length: proof.len(),
            seconds: [("total".to_owned(), total)].into_iter().chain(stages).collect(),
        };
        (messages, shape)
    }

    /// A proof of the harness, which has no trees: random salts and nodes stand for them.
    pub fn from_sent(session: &Session, sent: Sent<P>, positions: Vec<usize>, root: &[u8; 32], key: &[u8; 32]) -> Self {
        let node = |purpose, i: usize| derive(purpose, &[key, &i.to_le_bytes()]);
        let rows = positions.len() * session.layout.oracles().len();
        Self {
            root: root.to_vec(),
            lookup_nonce: None,
            query_nonce: 0,
            labels: sent.labels,
            masked: sent.masked,
            u: sent.u,
            beta: sent.beta,
            response: sent.response,
            positions,
            base_rows: sent.base_rows,
            extension_rows: sent.extension_rows,
            salts: (0..rows).map(|i| node("salt", i)).collect(),
            siblings: (0..rows).map(|i| node("sibling", i)).collect(),
            length: 0,
            seconds: vec![],
        }
    }

    /// The transcript before the first challenge.
    pub fn transcript(&self, session: &Session) -> Transcript {
        let mut transcript = session.transcript();
        transcript.absorb("fresh root", &self.root);
        if let Some(nonce) = self.lookup_nonce {
            assert!(transcript.check_grind("lookup grinding", session.lookup_grinding, nonce));
        }
        transcript
    }

    /// What the messages alone show.
    pub fn features(&self, session: &Session, record: &mut Record) {
        record.bytes("fresh root", "root", &self.root);
        record.bytes("nonces", "lookup", &self.lookup_nonce.unwrap_or(0).to_le_bytes()[..3]);
        record.bytes("nonces", "query", &self.query_nonce.to_le_bytes()[..3]);
        let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
        for (label, &m) in self.labels.iter().zip(&self.masked) {
            let number = seen.entry(label).or_default();
            *number += 1;
            if *number <= 12 {
                record.k::<P>(&format!("scalars: {label}"), &number.to_string(), m);
            }
        }
        // The cells where data lie, and the pads.
        let mut cells: BTreeSet<usize> = [0, self.u.len() - 1].into();
        for (_, _, layout) in session.layout.oracles() {
            cells.extend(layout.chunks.iter().map(|chunk| chunk.offset).take(24));
        }
        cells.into_iter().for_each(|i| record.k::<P>("u", &i.to_string(), self.u[i]));
        record.k::<P>("beta", "beta", self.beta);
        let Response { x_h, x_y, phi } = &self.response;
        for (class, vector) in [("X_H", x_h), ("X_Y", x_y), ("Phi", phi)] {
            let ends = (0..12).chain(vector.len() - 12..vector.len());
            ends.for_each(|i| record.k::<P>(class, &i.to_string(), vector[i]));
        }
        for ((oracle, _, layout), cells) in session.layout.oracles().into_iter().zip(&self.base_rows) {
            for (row, cells) in cells.chunks(layout.columns).take(4).enumerate() {
                for (column, &x) in cells.iter().take(24).enumerate() {
                    record.f::<P>(&format!("rows: {oracle:?}"), &format!("row {row} column {column}"), x);
                }
            }
        }
        for (row, cells) in self.extension_rows.iter().take(2).enumerate() {
            for (column, &x) in cells.iter().enumerate() {
                record.k::<P>("rows: mask and finish", &format!("row {row} column {column}"), x);
            }
        }
        for i in 0..8 {
            record.bytes("salts", &i.to_string(), &self.salts[i][..4]);
            record.bytes("siblings", &i.to_string(), &self.siblings[i][..4]);
        }
        record.push("sizes", "bytes".into(), self.length as f64);
        record.push("sizes", "positions".into(), self.positions.len() as f64);
        record.push("sizes", "siblings".into(), self.siblings.len() as f64);
        self.seconds.iter().for_each(|(name, s)| record.push("time", name.clone(), *s));
    }

    /// What is left of every mask if the witness were that of `sent`: statistics that uniform masks do not have.
    pub fn guess(&self, guess: usize, sent: &Sent<P>, record: &mut Record) {
        let mut by_label: BTreeMap<&str, Vec<P::K>> = BTreeMap::new();
        self.labels.iter().zip(&sent.pads).for_each(|(label, &pad)| by_label.entry(label).or_default().push(pad));
        let base = |x: &P::K| x.as_basis_coefficients_slice()[1..].iter().all(|c| *c == P::F::ZERO);
        for (label, pads) in &by_label {
            let limbs = pads.iter().flat_map(|pad| pad.as_basis_coefficients_slice().to_vec());
            let mean = limbs.map(|x: P::F| x.as_canonical_u64() as f64 / P::P as f64).sum::<f64>();
            let distinct: BTreeSet<Vec<u64>> = pads
                .iter()
                .map(|pad| pad.as_basis_coefficients_slice().iter().map(|x: &P::F| x.as_canonical_u64()).collect())
                .collect();
            let zero = pads.iter().filter(|pad| **pad == P::K::ZERO).count();
            let mut put = |name: &str, x: f64| {
                record.push("candidate pads", format!("guess {guess} {label} {name}"), x);
            };
            put("zero", zero as f64);
            put("in F", pads.iter().filter(|pad| base(pad)).count() as f64);
            put("equal", (pads.len() - distinct.len()) as f64);
            put("mean", mean / (pads.len() * P::DEGREE) as f64);
        }
        let left = self.u.iter().zip(&sent.u).filter(|(a, b)| a == b).count();
        record.push("candidate mask", format!("guess {guess} zero"), left as f64);
    }
}

/// The labels of a run's scalars, in order.
pub struct Labels(pub Vec<&'static str>);

impl<P: FieldPair> Context<P> for Labels {
    fn scalar(&mut self, label: &'static str, _: Option<P::K>) -> Result<usize, ProtocolError> {
        self.0.push(label);
        Ok(self.0.len() - 1)
    }

    fn vector(&mut self, _: &'static str, _: usize, _: Option<Vec<P::K>>) -> Result<Vec<P::K>, ProtocolError> {
        Ok(vec![])
    }

    fn challenge(&mut self, _: &'static str) -> P::K {
        P::K::from_u64(self.0.len() as u64 + 2)
    }

    fn challenge_nonzero(&mut self, label: &'static str) -> P::K {
        Context::<P>::challenge(self, label)
    }

    fn product(&mut self, _: usize, _: usize) -> usize {
        0
    }

    fn assert_zero(&mut self, _: &str, _: Expr<P::K>) -> Result<(), ProtocolError> {
        Ok(())
    }

    fn prover(&mut self) -> Option<&mut dyn ProverSide<P>> {
        None
    }

    fn dry(&self) -> bool {
        true
    }
}
