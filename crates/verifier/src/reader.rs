//! Reading a proof front to back.

use crate::error::VerifyError;
use affidavit_algebra::{FieldPair, k_from_bytes};

/// The rest of a proof.
pub struct ProofReader<'a> {
    pub rest: &'a [u8],
    total: usize,
}

impl<'a> ProofReader<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes, total: bytes.len() }
    }

    /// Bytes read so far.
    pub fn position(&self) -> usize {
        self.total.saturating_sub(self.rest.len())
    }

    fn take(&mut self, n: usize, what: &'static str) -> Result<&'a [u8], VerifyError> {
        let (head, rest) = self.rest.split_at_checked(n).ok_or(VerifyError::Malformed(what))?;
        self.rest = rest;
        Ok(head)
    }

    pub fn digest(&mut self, what: &'static str) -> Result<[u8; 32], VerifyError> {
        self.take(32, what)?.try_into().map_err(|_| VerifyError::Malformed(what))
    }

    pub fn u64(&mut self, what: &'static str) -> Result<u64, VerifyError> {
        let bytes = self.take(8, what)?.try_into().map_err(|_| VerifyError::Malformed(what))?;
        Ok(u64::from_le_bytes(bytes))
    }

    pub fn k<P: FieldPair>(&mut self, what: &'static str) -> Result<P::K, VerifyError> {
        k_from_bytes::<P>(self.take(P::F_BYTES.saturating_mul(P::DEGREE), what)?).ok_or(VerifyError::Malformed(what))
    }

    /// `n` extension elements; checks that the bytes are there before allocating.
    pub fn k_vec<P: FieldPair>(&mut self, n: usize, what: &'static str) -> Result<Vec<P::K>, VerifyError> {
        let size = P::F_BYTES.saturating_mul(P::DEGREE);
        let bytes = self.take(n.checked_mul(size).ok_or(VerifyError::Malformed(what))?, what)?;
        bytes.chunks_exact(size).map(|c| k_from_bytes::<P>(c).ok_or(VerifyError::Malformed(what))).collect()
    }
}
