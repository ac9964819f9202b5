//! Uniform challenges, by rejection from the words of an output stream.

use crate::Transcript;
use crate::state::Event;
use affidavit_algebra::{FieldPair, random_k, random_k_vec};
use p3_field::PrimeCharacteristicRing;

/// What a challenge is drawn from; part of its frame.
#[derive(Clone, Copy)]
enum Draw {
    Scalar = 1,
    NonZero = 2,
    Vector = 3,
    Positions = 4,
}

impl Transcript {
    /// One uniform element of K.
    pub fn challenge_k<P: FieldPair>(&mut self, label: &'static str) -> P::K {
        random_k::<P>(&mut self.words(label, Draw::Scalar, P::ID, 1))
    }

    /// One uniform element of K \ {0}.
    pub fn challenge_k_nonzero<P: FieldPair>(&mut self, label: &'static str) -> P::K {
        let mut words = self.words(label, Draw::NonZero, P::ID, 1);
        loop {
            let k = random_k::<P>(&mut words);
            if k != P::K::ZERO {
                return k;
            }
        }
    }

    /// `n` uniform elements of K.
    pub fn challenge_k_vec<P: FieldPair>(&mut self, label: &'static str, n: usize) -> Vec<P::K> {
        random_k_vec::<P>(n, &mut self.words(label, Draw::Vector, P::ID, n as u64))
    }

    /// `count` independent uniform draws from [0, 2^`log_n`), in drawing order; duplicates are possible.
    ///
    /// A `log_n` above the word size is treated as the word size.
    pub fn challenge_positions(&mut self, label: &'static str, count: usize, log_n: usize) -> Vec<usize> {
        let bits = log_n.min(usize::BITS as usize) as u8;
        let mut words = self.words(label, Draw::Positions, bits, count as u64);
        let mask = u64::MAX.checked_shr(64 - u32::from(bits)).unwrap_or(0);
        (0..count).map(|_| (words() & mask) as usize).collect()
    }

    /// Records the draw as an event and returns the little-endian words of the stream keyed with the new state.
    fn words(&mut self, label: &str, draw: Draw, parameter: u8, count: u64) -> impl FnMut() -> u64 + use<> {
        let mut data = vec![draw as u8, parameter];
        data.extend_from_slice(&count.to_le_bytes());
        self.event(Event::Challenge, label, &data);
        let mut stream = blake3::Hasher::new_keyed(self.state()).finalize_xof();
        move || {
            let mut word = [0u8; 8];
            stream.fill(&mut word);
            u64::from_le_bytes(word)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use affidavit_algebra::{GoldilocksPair, KoalaBearPair};
    use p3_field::{BasedVectorSpace, PrimeField64};

    /// Draws in a row share nothing, and counts are part of the frame.
    #[test]
    fn draws_differ() {
        let mut t = Transcript::new("test");
        let a = t.challenge_k::<KoalaBearPair>("c");
        let b = t.challenge_k::<KoalaBearPair>("c");
        assert_ne!(a, b);
        let (mut x, mut y) = (t.clone(), t.clone());
        let two = x.challenge_k_vec::<KoalaBearPair>("v", 2);
        let three = y.challenge_k_vec::<KoalaBearPair>("v", 3);
        assert_eq!((two.len(), three.len()), (2, 3));
        assert_ne!(two[..], three[..2]);
        assert_ne!(t.challenge_k_nonzero::<KoalaBearPair>("c"), <KoalaBearPair as FieldPair>::K::ZERO);
    }

    /// The field elements are exactly the stream's masked words below p: KoalaBear rejects one word in 128.
    #[test]
    fn scalars_are_the_accepted_words() {
        let mut t = Transcript::new("test");
        let mut words = t.clone().words("v", Draw::Vector, KoalaBearPair::ID, 4000);
        let ks = t.challenge_k_vec::<KoalaBearPair>("v", 4000);
        let mut rejected = 0;
        for k in &ks {
            let coefficients: &[<KoalaBearPair as FieldPair>::F] = k.as_basis_coefficients_slice();
            for c in coefficients {
                let mut word = words() & 0x7fff_ffff;
                while word >= KoalaBearPair::P {
                    rejected += 1;
                    word = words() & 0x7fff_ffff;
                }
                assert_eq!(c.as_canonical_u64(), word);
            }
        }
        // 20 000 / 127 ≈ 157 expected, standard deviation about 13.
        assert!((90..230).contains(&rejected), "{rejected} words rejected");
    }

    /// Sixteen equal parts of the field are hit equally often (χ² with 15 degrees of freedom, 60 is beyond 10^-6).
    fn coefficients_are_uniform<P: FieldPair>() {
        let ks = Transcript::new("uniform").challenge_k_vec::<P>("v", 20_000);
        let mut bins = [0u64; 16];
        for k in &ks {
            for c in k.as_basis_coefficients_slice() {
                bins[(u128::from(c.as_canonical_u64()) * 16 / u128::from(P::P)) as usize] += 1;
            }
        }
        let expected = (ks.len() * P::DEGREE) as f64 / 16.0;
        let chi2: f64 = bins.iter().map(|&b| (b as f64 - expected).powi(2) / expected).sum();
        assert!(chi2 < 60.0, "chi² {chi2}: {bins:?}");
    }

    #[test]
    fn uniform() {
        coefficients_are_uniform::<KoalaBearPair>();
        coefficients_are_uniform::<GoldilocksPair>();
    }

    #[test]
    fn positions_cover_the_range() {
        let mut t = Transcript::new("test");
        assert_eq!(t.challenge_positions("p", 5, 0), vec![0; 5]);
        let mut seen = [0usize; 16];
        for p in t.challenge_positions("p", 1600, 4) {
            seen[p] += 1;
        }
        assert!(seen.iter().all(|&s| (50..160).contains(&s)), "{seen:?}");
        let wide = t.challenge_positions("p", 200, 18);
        assert!(wide.iter().all(|&p| p < 1 << 18) && wide.iter().any(|&p| p >= 1 << 17));
        assert!(t.challenge_positions("p", 50, 1000).iter().any(|&p| p > usize::MAX / 2));
        assert_ne!(t.clone().challenge_positions("p", 4, 18), t.challenge_positions("p", 4, 19));
    }
}
