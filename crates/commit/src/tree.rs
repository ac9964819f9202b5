//! A binary Merkle tree over 2^m leaves and the nodes that an opening needs.

use crate::hash::{Digest, node, node_key, parents};

/// All levels of the tree, leaves first, root last.
pub struct MerkleTree {
    levels: Vec<Vec<Digest>>,
}

impl MerkleTree {
    /// The tree over a power-of-two number of leaves.
    pub fn new(leaves: Vec<Digest>) -> Self {
        let mut levels = vec![leaves];
        while let Some(level) = levels.last().filter(|l| l.len() > 1) {
            let above = parents(level);
            levels.push(above);
        }
        Self { levels }
    }

    pub fn root(&self) -> Digest {
        self.levels.last().and_then(|l| l.first()).copied().unwrap_or_default()
    }

    /// The nodes that [`fold`] asks for at `positions`.
    #[expect(clippy::indexing_slicing, reason = "positions were checked against the leaves; this is the prover's side")]
    pub fn siblings(&self, positions: &[usize]) -> Vec<Digest> {
        let mut out = Vec::new();
        let mut known = positions.to_vec();
        for level in &self.levels[..self.levels.len() - 1] {
            let (next, missing) = step(&known);
            out.extend(missing.iter().map(|&i| level[i]));
            known = next;
        }
        out
    }
}

/// One level up from sorted distinct indices: the parents' indices, and the siblings that are not known.
fn step(known: &[usize]) -> (Vec<usize>, Vec<usize>) {
    let mut next = Vec::with_capacity(known.len());
    let mut missing = Vec::new();
    let mut rest = known.iter().peekable();
    while let Some(&i) = rest.next() {
        next.push(i >> 1);
        if rest.next_if(|&&j| j == i ^ 1).is_none() {
            missing.push(i ^ 1);
        }
    }
    (next, missing)
}

/// How many siblings an opening at sorted distinct `positions` of a tree with 2^`log_n` leaves carries.
pub fn sibling_count(positions: &[usize], log_n: usize) -> usize {
    let mut known = positions.to_vec();
    let mut count = 0;
    for _ in 0..log_n {
        let (next, missing) = step(&known);
        count += missing.len();
        known = next;
    }
    count
}

/// The root implied by leaves at sorted distinct positions and the siblings, taken level by level, left to right.
///
/// `None` if siblings are missing or left over, or if `leaves` is empty.
pub fn fold(leaves: Vec<(usize, Digest)>, siblings: &[Digest], log_n: usize) -> Option<Digest> {
    let key = node_key();
    let mut siblings = siblings.iter();
    let mut known = leaves;
    for _ in 0..log_n {
        let mut next = Vec::with_capacity(known.len());
        let mut rest = known.into_iter().peekable();
        while let Some((i, digest)) = rest.next() {
            let other = match rest.next_if(|(j, _)| *j == i ^ 1) {
                Some((_, right)) => right,
                None => *siblings.next()?,
            };
            let parent = if i & 1 == 0 { node(&key, &digest, &other) } else { node(&key, &other, &digest) };
            next.push((i >> 1, parent));
        }
        known = next;
    }
    match (known.as_slice(), siblings.next()) {
        ([(0, root)], None) => Some(*root),
        _ => None,
    }
}
