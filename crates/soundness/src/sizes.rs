//! The sizes that the error terms depend on, and the parameters that follow from the target.

/// Asked bits of the round-by-round maximum.
pub const TARGET_BITS: f64 = 128.0;

/// Proof-of-work counts for at most this many bits.
pub const MAX_GRINDING: u8 = 20;

/// Entries of a lookup tuple: x, y, tag.
pub const LOOKUP_WIDTH: f64 = 3.0;

/// Sizes of one proof, padding included.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sizes {
    /// log2 |K|.
    pub log2_k: f64,
    /// log2 of the leaves of the fraction tree; 0 if there is none.
    pub log_leaves: usize,
    /// log2 of N, the rows of a codeword.
    pub log_domain: usize,
    /// log2 of 1 / rate.
    pub log_blowup: usize,
    /// Variables over the columns.
    pub log_columns: usize,
    /// Variables of the point of zero and public checks.
    pub check_vars: usize,
    /// Largest number of claims that one challenge batches by its powers.
    pub claims: usize,
    /// Stages of batched contractions, and rounds of all sumchecks outside of the fraction tree.
    pub stages: usize,
    pub sumcheck_rounds: usize,
    /// Affine checks n_c and products q.
    pub checks: usize,
    pub products: usize,
    /// Drawn positions t.
    pub queries: usize,
    /// Proof-of-work bits before the positions and before α, β.
    pub query_grinding: u8,
    pub lookup_grinding: u8,
}

/// log2(1 / ((1 + r)/2)): bits that one position gives in unique decoding.
pub fn bits_per_query(log_blowup: usize) -> f64 {
    let rate = 0.5f64.powi(log_blowup as i32);
    -(f64::midpoint(1.0, rate)).log2()
}

/// Positions needed to reach the target together with the proof-of-work.
pub fn queries(log_blowup: usize, grinding: u8) -> usize {
    ((TARGET_BITS - f64::from(grinding)) / bits_per_query(log_blowup)).ceil() as usize
}

/// Proof-of-work bits before α, β so that 2^−pow · leaves·(W+2)/|K| ≤ 2^−128.
pub fn lookup_grinding(log_leaves: usize, log2_k: f64) -> u8 {
    let bits = TARGET_BITS + log_leaves as f64 + (LOOKUP_WIDTH + 2.0).log2() - log2_k;
    bits.ceil().clamp(0.0, f64::from(MAX_GRINDING)) as u8
}
