//! Reading a proof front to back.

use crate::error::VerifyError;
use affidavit_algebra::{FieldPair, k_from_bytes};
use affidavit_commit::{OpenError, OpenedRows};
use affidavit_relations::Oracle;
use core::ops::Range;

/// What a leaf of a proof is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LeafKind {
    /// Digests of 32 bytes: roots, salts, siblings.
    Digests,
    /// A proof-of-work nonce, u64.
    Nonce,
    /// Elements of K.
    Elements,
    /// Cells of opened rows, elements of F.
    Cells,
}

/// One message of a proof as the verifier reads it. The transcript's label, where the message is absorbed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leaf {
    pub label: &'static str,
    pub kind: LeafKind,
    pub range: Range<usize>,
}

/// The rest of a proof.
pub struct ProofReader<'a> {
    rest: &'a [u8],
    total: usize,
    /// The step of spec 8.1 that reads.
    pub step: u8,
    /// Every leaf read so far; None outside of tests.
    leaves: Option<&'a mut Vec<Leaf>>,
}

impl<'a> ProofReader<'a> {
    pub fn new(bytes: &'a [u8], leaves: Option<&'a mut Vec<Leaf>>) -> Self {
        Self { rest: bytes, total: bytes.len(), step: 14, leaves }
    }

    /// Bytes read so far.
    pub fn position(&self) -> usize {
        self.total.saturating_sub(self.rest.len())
    }

    /// True at the end of the proof.
    pub fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    pub fn malformed(&self, what: &'static str) -> VerifyError {
        VerifyError::Malformed { step: self.step, what }
    }

    fn note(&mut self, label: &'static str, kind: LeafKind, len: usize) {
        let start = self.position();
        if let Some(leaves) = &mut self.leaves {
            leaves.push(Leaf { label, kind, range: start..start.saturating_add(len) });
        }
    }

    fn take(&mut self, n: usize, label: &'static str, kind: LeafKind) -> Result<&'a [u8], VerifyError> {
        let (head, rest) = self.rest.split_at_checked(n).ok_or_else(|| self.malformed(label))?;
        self.note(label, kind, n);
        self.rest = rest;
        Ok(head)
    }

    pub fn digest(&mut self, label: &'static str) -> Result<[u8; 32], VerifyError> {
        self.take(32, label, LeafKind::Digests)?.try_into().map_err(|_| self.malformed(label))
    }

    pub fn nonce(&mut self, label: &'static str) -> Result<u64, VerifyError> {
        let bytes = self.take(8, label, LeafKind::Nonce)?.try_into().map_err(|_| self.malformed(label))?;
        Ok(u64::from_le_bytes(bytes))
    }

    pub fn k<P: FieldPair>(&mut self, label: &'static str) -> Result<P::K, VerifyError> {
        let bytes = self.take(P::F_BYTES.saturating_mul(P::DEGREE), label, LeafKind::Elements)?;
        k_from_bytes::<P>(bytes).ok_or_else(|| self.malformed(label))
    }

    /// `n` extension elements; checks that the bytes are there before allocating.
    pub fn k_vec<P: FieldPair>(&mut self, n: usize, label: &'static str) -> Result<Vec<P::K>, VerifyError> {
        let size = P::F_BYTES.saturating_mul(P::DEGREE);
        let len = n.checked_mul(size).ok_or_else(|| self.malformed(label))?;
        let bytes = self.take(len, label, LeafKind::Elements)?;
        bytes.chunks_exact(size).map(|c| k_from_bytes::<P>(c).ok_or_else(|| self.malformed(label))).collect()
    }

    /// The opened rows of one oracle.
    pub fn opened<P: FieldPair>(
        &mut self,
        oracle: Oracle,
        positions: &[usize],
        width: usize,
        log_n: usize,
    ) -> Result<OpenedRows<P>, OpenError> {
        let mut rest = self.rest;
        let opened = OpenedRows::<P>::read(&mut rest, positions, width, log_n)?;
        let [rows, salts, siblings] = match oracle {
            Oracle::Model => ["model rows", "model salts", "model siblings"],
            Oracle::Input => ["input rows", "input salts", "input siblings"],
            Oracle::Renewed => ["renewed rows", "renewed salts", "renewed siblings"],
            Oracle::Fresh => ["fresh rows", "fresh salts", "fresh siblings"],
        };
        for (label, kind, len) in [
            (rows, LeafKind::Cells, positions.len().saturating_mul(width).saturating_mul(P::F_BYTES)),
            (salts, LeafKind::Digests, opened.salts.len().saturating_mul(32)),
            (siblings, LeafKind::Digests, opened.siblings.len().saturating_mul(32)),
        ] {
            self.note(label, kind, len);
            self.rest = self.rest.get(len..).unwrap_or_default();
        }
        Ok(opened)
    }
}
