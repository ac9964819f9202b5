//! Proof-of-work: a nonce whose hash under the transcript's state starts with zero bits.
//!
//! seed = the state after an event that names the label and the bits; hash = BLAKE3 keyed with the seed, of the nonce
//! (u64, little-endian) followed by 56 zero bytes: one compression a try, hashed side by side in SIMD lanes.

use crate::Transcript;
use crate::state::Event;
use blake3::IncrementCounter;
use blake3::platform::{Platform, words_from_le_bytes_32};
use rayon::prelude::*;

/// Flags of the BLAKE3 paper, section 2.2, of a message that is one block.
const CHUNK_START: u8 = 1;
const CHUNK_END_ROOT: u8 = 2 | 8;
const KEYED_HASH: u8 = 16;
/// Nonces hashed in one call of the SIMD kernel.
const LANES: u64 = 16;
/// Nonces tried in one unit of parallel work.
const BATCH: u64 = 1 << 10;

impl Transcript {
    /// Finds the smallest nonce with `bits` leading zero bits and absorbs it. Takes 2^`bits` tries on average.
    pub fn grind(&mut self, label: &'static str, bits: u8) -> u64 {
        let seed = self.seed(label, bits);
        let nonce = smallest(&seed, bits);
        self.event(Event::Grind, label, &nonce.to_le_bytes());
        nonce
    }

    /// Absorbs `nonce` and says whether it has `bits` leading zero bits; with 0 bits, only nonce 0 passes.
    #[must_use = "a nonce that fails must lead to rejection"]
    pub fn check_grind(&mut self, label: &'static str, bits: u8, nonce: u64) -> bool {
        let seed = self.seed(label, bits);
        self.event(Event::Grind, label, &nonce.to_le_bytes());
        if bits == 0 {
            return nonce == 0;
        }
        leading_zeros(blake3::keyed_hash(&seed, &message(nonce)).as_bytes()) >= u32::from(bits)
    }

    fn seed(&mut self, label: &'static str, bits: u8) -> [u8; 32] {
        self.event(Event::Grind, label, &[bits]);
        *self.state()
    }
}

fn message(nonce: u64) -> [u8; 64] {
    let mut block = [0u8; 64];
    for (to, from) in block.iter_mut().zip(nonce.to_le_bytes()) {
        *to = from;
    }
    block
}

/// Zero bits at the front of a digest, the first byte's most significant bit first.
fn leading_zeros(digest: &[u8]) -> u32 {
    let zero_bytes = digest.iter().take_while(|&&b| b == 0).count();
    8 * zero_bytes as u32 + digest.get(zero_bytes).map_or(0, |b| b.leading_zeros())
}

fn smallest(seed: &[u8; 32], bits: u8) -> u64 {
    if bits == 0 {
        return 0;
    }
    let platform = Platform::detect();
    let key = words_from_le_bytes_32(seed);
    // One unit for each thread at a time, so that no thread works far beyond the smallest nonce.
    let round = BATCH * rayon::current_num_threads() as u64;
    let mut first = 0u64;
    loop {
        let units: Vec<u64> = (first..first + round).step_by(BATCH as usize).collect();
        let found = units.par_iter().find_map_first(|&start| {
            (start..start + BATCH).step_by(LANES as usize).find_map(|n| try_lanes(platform, &key, n, bits))
        });
        if let Some(nonce) = found {
            return nonce;
        }
        first += round;
    }
}

/// The first of the `LANES` nonces from `first` that has the bits.
fn try_lanes(platform: Platform, key: &[u32; 8], first: u64, bits: u8) -> Option<u64> {
    let messages: [[u8; 64]; LANES as usize] = core::array::from_fn(|i| message(first + i as u64));
    let mut digests = [[0u8; 32]; LANES as usize];
    platform.hash_many(
        &messages.each_ref(),
        key,
        0,
        IncrementCounter::No,
        KEYED_HASH,
        CHUNK_START,
        CHUNK_END_ROOT,
        digests.as_flattened_mut(),
    );
    let hit = digests.iter().position(|d| leading_zeros(d) >= u32::from(bits))?;
    Some(first + hit as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use affidavit_algebra::KoalaBearPair;

    fn transcript(salt: u64) -> Transcript {
        let mut t = Transcript::new("test");
        t.absorb("salt", &salt.to_le_bytes());
        t
    }

    #[test]
    fn a_found_nonce_passes_is_the_smallest_and_leaves_both_sides_in_step() {
        for bits in [1, 5, 8, 9, 12, 16] {
            let (mut prover, mut verifier) = (transcript(bits.into()), transcript(bits.into()));
            let seed = prover.clone().seed("work", bits);
            let nonce = prover.grind("work", bits);
            let smaller =
                (0..nonce).any(|n| leading_zeros(blake3::keyed_hash(&seed, &message(n)).as_bytes()) >= u32::from(bits));
            assert!(!smaller, "{bits} bits: {nonce} is not the smallest");
            assert!(verifier.check_grind("work", bits, nonce));
            assert_eq!(prover.challenge_k::<KoalaBearPair>("c"), verifier.challenge_k::<KoalaBearPair>("c"));
        }
    }

    #[test]
    fn wrong_nonces_bits_and_labels_fail() {
        let nonce = transcript(1).grind("work", 16);
        assert!(transcript(1).check_grind("work", 16, nonce));
        assert!(!transcript(1).check_grind("work", 16, nonce + 1));
        assert!(!transcript(1).check_grind("work", 255, nonce));
        assert!(!transcript(1).check_grind("other", 16, nonce));
        assert!(!transcript(2).check_grind("work", 16, nonce));
        assert!((0..nonce).all(|n| !transcript(1).check_grind("work", 16, n)));
    }

    #[test]
    fn no_bits_is_nonce_zero_and_still_absorbed() {
        let mut t = transcript(3);
        let before = *t.state();
        assert_eq!(t.grind("work", 0), 0);
        assert_ne!(before, *t.state());
        assert!(transcript(3).check_grind("work", 0, 0));
        assert!(!transcript(3).check_grind("work", 0, 1));
    }

    #[test]
    fn the_nonce_changes_what_follows() {
        let (mut a, mut b) = (transcript(4), transcript(4));
        assert!(!a.check_grind("work", 64, 1) && !b.check_grind("work", 64, 2));
        assert_ne!(a.challenge_k::<KoalaBearPair>("c"), b.challenge_k::<KoalaBearPair>("c"));
    }

    #[test]
    fn zeros_are_counted_from_the_front() {
        assert_eq!(leading_zeros(&[0, 0, 0x10, 0xff]), 19);
        assert_eq!(leading_zeros(&[0x80]), 0);
        assert_eq!(leading_zeros(&[0; 32]), 256);
    }
}
