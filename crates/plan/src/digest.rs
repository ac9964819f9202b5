//! Domain-separated digests (spec 1).

use crate::{Commitment, Digest, Plan, Schema, Statement};

/// `H(domain, data)`: BLAKE3 in key-derivation mode with the context `affidavit v1 <domain>`, 32 bytes.
pub fn digest(domain: &str, data: &[u8]) -> Digest {
    blake3::derive_key(&format!("affidavit v1 {domain}"), data)
}

impl Plan {
    /// `H("plan", bytes)` over the canonical encoding.
    pub fn digest(&self) -> Digest {
        digest("plan", &self.encode())
    }
}

impl Statement {
    /// `H("statement", bytes)` over the canonical encoding.
    pub fn digest(&self) -> Digest {
        digest("statement", &self.encode())
    }
}

impl Commitment {
    /// `H("commitment", bytes)` over the canonical encoding.
    pub fn digest(&self) -> Digest {
        digest("commitment", &self.encode())
    }
}

impl Schema {
    /// `H("schema", bytes)` over the canonical encoding.
    pub fn digest(&self) -> Digest {
        digest("schema", &self.encode())
    }
}
