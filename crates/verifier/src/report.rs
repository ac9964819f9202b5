//! What a successful verification found.

use affidavit_soundness::Ledger;

/// Bytes of one part of a proof.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    pub name: &'static str,
    pub bytes: usize,
}

/// The proof holds; how much it shows.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    pub ledger: Ledger,
    pub parts: Vec<Part>,
    /// Hidden scalars sent, products, recorded checks.
    pub scalars: usize,
    pub products: usize,
    pub checks: usize,
}
