//! Where everything is in a proof's bytes: the verifier's reading order, once more, without its checks.

use affidavit_algebra::{FieldPair, k_from_bytes};
use affidavit_commit::OpenedRows;
use affidavit_hiding::{Expr, FinishShape};
use affidavit_protocol::{Context, ProtocolError, ProverSide, Session, run};
use affidavit_relations::Oracle;
use affidavit_transcript::Transcript;
use core::marker::PhantomData;
use core::ops::Range;

/// A part of a proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    FreshRoot,
    LookupNonce,
    /// One masked scalar and what it is.
    Scalar(&'static str),
    U,
    Beta,
    XH,
    XY,
    Phi,
    QueryNonce,
    Rows(Oracle),
    Salts(Oracle),
    Siblings(Oracle),
}

/// The parts in order with their byte ranges, and the finish's shape.
pub fn sections<P: FieldPair>(session: &Session, proof: &[u8]) -> (Vec<(Part, Range<usize>)>, FinishShape) {
    let (mut parts, shape, positions) = messages::<P>(session, proof);
    let mut at = parts.last().map_or(0, |(_, range)| range.end);
    let log_n = session.layout.shape.log_rows + session.layout.shape.log_blowup;
    for (oracle, _, layout) in session.layout.oracles() {
        let width = if oracle == Oracle::Fresh { session.fresh_width::<P>() } else { layout.columns };
        let mut rest = &proof[at..];
        let opened = OpenedRows::<P>::read(&mut rest, &positions, width, log_n).unwrap();
        let lens = [positions.len() * width * P::F_BYTES, positions.len() * 32, opened.siblings.len() * 32];
        for (part, len) in [Part::Rows(oracle), Part::Salts(oracle), Part::Siblings(oracle)].into_iter().zip(lens) {
            parts.push((part, at..at + len));
            at += len;
        }
        assert_eq!(at, proof.len() - rest.len());
    }
    assert_eq!(at, proof.len());
    (parts, shape)
}

/// The positions that a proof's messages lead to, whether or not its proof-of-work holds; increasing.
pub fn positions<P: FieldPair>(session: &Session, proof: &[u8]) -> Vec<usize> {
    messages::<P>(session, proof).2
}

/// Everything up to the positions.
fn messages<P: FieldPair>(session: &Session, proof: &[u8]) -> (Vec<(Part, Range<usize>)>, FinishShape, Vec<usize>) {
    let k_bytes = P::F_BYTES * P::DEGREE;
    let mut transcript = session.transcript();
    transcript.absorb("fresh root", &proof[..32]);
    let _ = transcript.check_grind("lookup grinding", session.lookup_grinding, u64_at(proof, 32));
    let parts = vec![(Part::FreshRoot, 0..32), (Part::LookupNonce, 32..40)];
    let mut walk = Walk::<P> { proof, at: 40, transcript, parts, scalars: 0, pairs: vec![], f: PhantomData };
    run::<P, _>(&session.circuit, &session.layout, &mut walk).unwrap();
    let Walk { mut at, mut transcript, mut parts, scalars, pairs, .. } = walk;
    let oracle_shape = &session.layout.shape;
    let shape = FinishShape::new(scalars, pairs, oracle_shape.queries, 1 << oracle_shape.log_rows).unwrap();
    transcript.challenge_k::<P>("finish lambda");
    transcript.challenge_k::<P>("finish x");
    let finish = [
        (Part::Beta, "finish beta", 1),
        (Part::XH, "finish X_H", shape.n_h()),
        (Part::XY, "finish X_Y", shape.n()),
        (Part::Phi, "finish Phi", shape.product_len()),
    ];
    for (part, label, len) in finish {
        transcript.absorb_k::<P>(label, &elements::<P>(&proof[at..at + len * k_bytes]));
        parts.push((part, at..at + len * k_bytes));
        at += len * k_bytes;
        if part == Part::Beta {
            transcript.challenge_k_nonzero::<P>("finish rho");
            transcript.challenge_k_nonzero::<P>("finish sigma");
        }
    }
    let _ = transcript.check_grind("query grinding", oracle_shape.grinding, u64_at(proof, at));
    parts.push((Part::QueryNonce, at..at + 8));
    let log_n = oracle_shape.log_rows + oracle_shape.log_blowup;
    let mut positions = transcript.challenge_positions("query positions", oracle_shape.queries, log_n);
    positions.sort_unstable();
    positions.dedup();
    (parts, shape, positions)
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap())
}

fn elements<P: FieldPair>(bytes: &[u8]) -> Vec<P::K> {
    bytes.chunks(P::F_BYTES * P::DEGREE).map(|c| k_from_bytes::<P>(c).unwrap()).collect()
}

struct Walk<'a, P> {
    proof: &'a [u8],
    at: usize,
    transcript: Transcript,
    parts: Vec<(Part, Range<usize>)>,
    scalars: usize,
    pairs: Vec<(usize, usize)>,
    f: PhantomData<P>,
}

impl<P: FieldPair> Walk<'_, P> {
    fn read(&mut self, part: Part, label: &'static str, len: usize) -> Vec<P::K> {
        let range = self.at..self.at + len * P::F_BYTES * P::DEGREE;
        self.at = range.end;
        let values = elements::<P>(&self.proof[range.clone()]);
        self.transcript.absorb_k::<P>(label, &values);
        self.parts.push((part, range));
        values
    }
}

impl<P: FieldPair> Context<P> for Walk<'_, P> {
    fn scalar(&mut self, label: &'static str, _: Option<P::K>) -> Result<usize, ProtocolError> {
        self.read(Part::Scalar(label), label, 1);
        self.scalars += 1;
        Ok(self.scalars - 1)
    }

    fn vector(&mut self, label: &'static str, len: usize, _: Option<Vec<P::K>>) -> Result<Vec<P::K>, ProtocolError> {
        Ok(self.read(Part::U, label, len))
    }

    fn challenge(&mut self, label: &'static str) -> P::K {
        self.transcript.challenge_k::<P>(label)
    }

    fn challenge_nonzero(&mut self, label: &'static str) -> P::K {
        self.transcript.challenge_k_nonzero::<P>(label)
    }

    fn product(&mut self, a: usize, b: usize) -> usize {
        self.pairs.push((a, b));
        self.pairs.len() - 1
    }

    fn assert_zero(&mut self, _: &str, _: Expr<P::K>) -> Result<(), ProtocolError> {
        Ok(())
    }

    fn prover(&mut self) -> Option<&mut dyn ProverSide<P>> {
        None
    }
}
