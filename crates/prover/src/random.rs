//! Secret randomness: ChaCha20 keyed by BLAKE3 key derivation, never reused between purposes.

use affidavit_algebra::{FieldPair, random_f, random_k};
use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};

/// A stream of uniform field elements.
pub struct Stream(ChaCha20Rng);

/// A key for one purpose from a secret seed and what it is bound to.
pub fn derive(purpose: &str, parts: &[&[u8]]) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new_derive_key(&format!("affidavit v1 secret {purpose}"));
    for part in parts {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    *hasher.finalize().as_bytes()
}

/// A digest of integer tensors, lengths included.
pub fn digest_cells<'a>(tensors: impl Iterator<Item = &'a [i64]>) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new_derive_key("affidavit v1 secret cells");
    let mut buffer = Vec::with_capacity(1 << 16);
    for cells in tensors {
        hasher.update(&(cells.len() as u64).to_le_bytes());
        for chunk in cells.chunks(1 << 13) {
            buffer.clear();
            chunk.iter().for_each(|c| buffer.extend(c.to_le_bytes()));
            hasher.update(&buffer);
        }
    }
    *hasher.finalize().as_bytes()
}

impl Stream {
    pub fn new(key: [u8; 32]) -> Self {
        Self(ChaCha20Rng::from_seed(key))
    }

    pub fn f<P: FieldPair>(&mut self) -> P::F {
        random_f::<P>(&mut || self.0.next_u64())
    }

    pub fn k<P: FieldPair>(&mut self) -> P::K {
        random_k::<P>(&mut || self.0.next_u64())
    }
}
