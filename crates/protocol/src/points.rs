//! Points as symbols, so that equal points are recognised by where their coordinates come from, not by value.

/// A coordinate: (vector of challenges, index).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Coord(pub u32, pub u32);

/// A point of a tensor's padded cube, axis by axis.
pub type Point = Vec<Coord>;

/// All challenge vectors of a run.
#[derive(Clone, Debug, Default)]
pub struct Points<K> {
    vectors: Vec<Vec<K>>,
}

impl<K: Copy + Default> Points<K> {
    /// Adds a vector and returns the point made of all its coordinates.
    pub fn add(&mut self, vector: Vec<K>) -> Point {
        let id = self.vectors.len() as u32;
        let point = (0..vector.len() as u32).map(|i| Coord(id, i)).collect();
        self.vectors.push(vector);
        point
    }

    /// Values of a point's coordinates.
    pub fn values(&self, point: &[Coord]) -> Vec<K> {
        point
            .iter()
            .map(|c| self.vectors.get(c.0 as usize).and_then(|v| v.get(c.1 as usize)).copied().unwrap_or_default())
            .collect()
    }
}

/// The last `n` coordinates.
pub fn suffix(point: &[Coord], n: usize) -> Point {
    point.get(point.len().saturating_sub(n)..).unwrap_or_default().to_vec()
}
