//! The span of vectors over a field, by elimination.

use p3_field::Field;

/// A basis in which each vector has a pivot 1 and no later one has an entry at an earlier pivot; kept sparse, as most of
/// what masks a cell masks that cell alone.
///
/// So reducing a vector leaves zero at all pivots, and is a linear map whose kernel is the span.
pub struct Span<F> {
    rows: Vec<(usize, Vec<(usize, F)>)>,
}

impl<F: Field> Span<F> {
    pub fn new() -> Self {
        Self { rows: Vec::new() }
    }

    pub fn reduce(&self, mut v: Vec<F>) -> Vec<F> {
        for (pivot, row) in &self.rows {
            let k = v[*pivot];
            if k != F::ZERO {
                for &(at, r) in row {
                    v[at] -= k * r;
                }
            }
        }
        v
    }

    /// Adds a vector; false if it was in the span already.
    pub fn insert(&mut self, v: Vec<F>) -> bool {
        let mut v = self.reduce(v);
        let Some(pivot) = v.iter().position(|&x| x != F::ZERO) else { return false };
        let scale = v[pivot].inverse();
        let row = v.drain(..).enumerate().filter(|(_, x)| *x != F::ZERO).map(|(at, x)| (at, x * scale));
        self.rows.push((pivot, row.collect()));
        true
    }

    pub fn contains(&self, v: Vec<F>) -> bool {
        self.reduce(v).iter().all(|&x| x == F::ZERO)
    }

    pub fn rank(&self) -> usize {
        self.rows.len()
    }

    /// For each of `len` coordinates, whether it is a pivot.
    pub fn pivots(&self, len: usize) -> Vec<bool> {
        let mut is = vec![false; len];
        self.rows.iter().for_each(|(pivot, _)| is[*pivot] = true);
        is
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use affidavit_algebra::{FieldPair, KoalaBearPair};
    use p3_field::PrimeCharacteristicRing;

    type F = <KoalaBearPair as FieldPair>::F;

    fn v(cells: [u32; 3]) -> Vec<F> {
        cells.map(F::from_u32).to_vec()
    }

    #[test]
    fn span_knows_its_members() {
        let mut span = Span::new();
        assert!(span.insert(v([0, 2, 1])));
        assert!(span.insert(v([1, 1, 1])));
        assert!(!span.insert(v([2, 4, 3])));
        assert!(span.contains(v([1, 3, 2])));
        assert!(!span.contains(v([0, 0, 1])));
        assert_eq!((span.rank(), span.pivots(3)), (2, vec![true, true, false]));
        assert_eq!(span.reduce(v([5, 7, 9]))[..2], v([0, 0, 0])[..2]);
    }
}
