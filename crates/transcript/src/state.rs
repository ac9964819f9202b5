//! The chained state and what goes into it.

use affidavit_algebra::{FieldPair, k_vec_to_bytes};

/// Kinds of events; each is framed with its own tag.
#[derive(Clone, Copy)]
pub(crate) enum Event {
    Absorb = 1,
    Challenge = 2,
    Grind = 3,
}

/// A Fiat–Shamir transcript. Prover and verifier make the same calls in the same order.
#[derive(Clone, Debug)]
pub struct Transcript {
    state: [u8; 32],
}

impl Transcript {
    /// A transcript of the protocol with this name and version.
    pub fn new(protocol_label: &str) -> Self {
        Self { state: blake3::derive_key("affidavit v1 transcript", protocol_label.as_bytes()) }
    }

    /// Absorbs a message.
    pub fn absorb(&mut self, label: &'static str, bytes: &[u8]) {
        self.event(Event::Absorb, label, bytes);
    }

    /// Absorbs extension elements as their canonical bytes.
    pub fn absorb_k<P: FieldPair>(&mut self, label: &'static str, values: &[P::K]) {
        self.event(Event::Absorb, label, &k_vec_to_bytes::<P>(values));
    }

    pub(crate) fn event(&mut self, event: Event, label: &str, data: &[u8]) {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&self.state);
        hasher.update(&[event as u8]);
        for part in [label.as_bytes(), data] {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part);
        }
        self.state = *hasher.finalize().as_bytes();
    }

    pub(crate) fn state(&self) -> &[u8; 32] {
        &self.state
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use affidavit_algebra::{GoldilocksPair, KoalaBearPair};
    use p3_field::PrimeCharacteristicRing;

    type K = <KoalaBearPair as FieldPair>::K;

    fn challenge(events: &[(&'static str, &[u8])]) -> K {
        let mut t = Transcript::new("test");
        for (label, bytes) in events {
            t.absorb(label, bytes);
        }
        t.challenge_k::<KoalaBearPair>("c")
    }

    #[test]
    fn equal_events_give_equal_challenges() {
        let events: [(&'static str, &[u8]); 2] = [("a", b"one"), ("b", b"two")];
        assert_eq!(challenge(&events), challenge(&events));
        let mut t = Transcript::new("test");
        t.absorb("a", b"one");
        let mut fork = t.clone();
        t.absorb("b", b"two");
        fork.absorb("b", b"two");
        assert_eq!(t.challenge_k::<KoalaBearPair>("c"), fork.challenge_k::<KoalaBearPair>("c"));
    }

    #[test]
    fn bytes_cannot_move_between_labels_messages_or_lengths() {
        let variants: Vec<Vec<(&'static str, &[u8])>> = vec![
            vec![],
            vec![("a", b"")],
            vec![("", b"a")],
            vec![("ab", b"cd")],
            vec![("a", b"bcd")],
            vec![("abc", b"d")],
            vec![("a", b"b"), ("c", b"d")],
            vec![("c", b"d"), ("a", b"b")],
            vec![("a", b"b\x01\x01\0\0\0\0\0\0\0c\x01\0\0\0\0\0\0\0d")],
            vec![("a", b"bcd\0")],
            vec![("a", b""), ("a", b"")],
        ];
        let all: std::collections::HashSet<_> = variants.iter().map(|v| format!("{:?}", challenge(v))).collect();
        assert_eq!(all.len(), variants.len());
    }

    #[test]
    fn protocol_label_event_kind_field_and_challenge_label_matter() {
        let mut a = Transcript::new("x");
        let mut b = Transcript::new("y");
        assert_ne!(a.challenge_k::<KoalaBearPair>("c"), b.challenge_k::<KoalaBearPair>("c"));

        let base = Transcript::new("x");
        let (mut a, mut b) = (base.clone(), base.clone());
        assert_ne!(a.challenge_k::<KoalaBearPair>("c"), b.challenge_k::<KoalaBearPair>("d"));
        let (mut a, mut b) = (base.clone(), base.clone());
        a.absorb("c", b"");
        let _ = b.challenge_k::<KoalaBearPair>("c");
        assert_ne!(a.state(), b.state());

        // One vector of two, or two vectors of one: the same bytes, another framing.
        let (mut a, mut b) = (base.clone(), base.clone());
        a.absorb_k::<KoalaBearPair>("v", &[K::ONE, K::TWO]);
        b.absorb_k::<KoalaBearPair>("v", &[K::ONE]);
        b.absorb_k::<KoalaBearPair>("v", &[K::TWO]);
        assert_ne!(a.state(), b.state());
        let (mut a, mut b) = (base.clone(), base);
        let _ = a.challenge_k::<GoldilocksPair>("c");
        let _ = b.challenge_k::<KoalaBearPair>("c");
        assert_ne!(a.state(), b.state());
    }

    /// The state after one message, computed from the documented frame: the format does not change unnoticed.
    #[test]
    fn state_is_the_hash_of_the_documented_frame() {
        let mut t = Transcript::new("name");
        t.absorb("label", &[1, 2, 3]);
        let mut frame = blake3::derive_key("affidavit v1 transcript", b"name").to_vec();
        frame.push(1);
        frame.extend(5u64.to_le_bytes());
        frame.extend(b"label");
        frame.extend(3u64.to_le_bytes());
        frame.extend([1, 2, 3]);
        assert_eq!(t.state(), blake3::hash(&frame).as_bytes());
    }
}
