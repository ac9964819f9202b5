//! The span of vectors over F_p.

use super::toy::{Fp, Toy};

/// A row-reduced basis: each row has pivot 1, and no later row has an entry at an earlier pivot.
#[derive(Default)]
pub struct Span<const P: u32> {
    rows: Vec<(usize, Vec<Fp<P>>)>,
}

impl<const P: u32> Span<P> {
    fn reduce(&self, mut v: Vec<Fp<P>>) -> Vec<Fp<P>> {
        for (pivot, row) in &self.rows {
            let k = v[*pivot];
            if k != Fp(0) {
                for (cell, &r) in v.iter_mut().zip(row) {
                    *cell = *cell - k * r;
                }
            }
        }
        v
    }

    /// Adds a vector; false if it was in the span already.
    pub fn insert(&mut self, v: Vec<Fp<P>>) -> bool {
        let mut v = self.reduce(v);
        let Some(pivot) = v.iter().position(|&x| x != Fp(0)) else { return false };
        let scale = v[pivot].inverse();
        for cell in &mut v {
            *cell = *cell * scale;
        }
        self.rows.push((pivot, v));
        true
    }

    pub fn contains(&self, v: Vec<Fp<P>>) -> bool {
        self.reduce(v).iter().all(|&x| x == Fp(0))
    }

    pub fn rank(&self) -> usize {
        self.rows.len()
    }
}

#[test]
fn span_knows_its_members() {
    let mut span = Span::<5>::default();
    assert!(span.insert(vec![Fp(0), Fp(2), Fp(1)]));
    assert!(span.insert(vec![Fp(1), Fp(1), Fp(1)]));
    assert!(!span.insert(vec![Fp(2), Fp(1), Fp(4)]));
    assert!(span.contains(vec![Fp(1), Fp(3), Fp(2)]));
    assert!(!span.contains(vec![Fp(0), Fp(0), Fp(1)]));
    assert_eq!(span.rank(), 2);
}
