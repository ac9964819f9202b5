//! Packing: which cells of which tensor lie where in an oracle's columns (spec 6.4).
//!
//! Each axis splits into dyadic pieces, a tensor into the boxes of its pieces, boxes into chunks that fit between the
//! pads. A chunk has 2^m cells, starts at a multiple of 2^m and never touches a column's last `pads` cells.

use crate::{Circuit, Oracle, TensorId};
use affidavit_algebra::log2_ceil;
use std::collections::{BTreeMap, VecDeque};

/// Part of one axis: indices with these leading bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Piece {
    /// Bits of the padded axis.
    pub axis_bits: usize,
    /// The leading `axis_bits − free` bits of every index in the piece.
    pub prefix: usize,
    /// Free low bits.
    pub free: usize,
}

impl Piece {
    /// First index of the piece.
    pub fn start(&self) -> usize {
        self.prefix << self.free
    }
}

/// A dyadic box of a tensor and its place in an oracle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chunk {
    pub tensor: TensorId,
    /// One piece per axis; the chunk's cells are row-major over the free bits.
    pub pieces: Vec<Piece>,
    pub column: usize,
    pub offset: usize,
    pub log_size: usize,
}

impl Chunk {
    /// Real indices of each axis inside the chunk: the first ones of its free range.
    pub fn extents(&self, dims: &[usize]) -> Vec<usize> {
        self.pieces.iter().zip(dims).map(|(p, &d)| d.saturating_sub(p.start()).min(1 << p.free)).collect()
    }

    /// True if some cells of the chunk are no cells of the tensor. No claim may weigh them: a tensor is zero there by
    /// definition, whatever was committed.
    pub fn has_spare_cells(&self, dims: &[usize]) -> bool {
        self.extents(dims).iter().zip(&self.pieces).any(|(&e, p)| e != 1 << p.free)
    }
}

/// The chunks of one oracle.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OracleLayout {
    pub columns: usize,
    pub chunks: Vec<Chunk>,
}

/// Splits an axis of `d` indices: halves of the next power of two until rounding up wastes at most d/8.
fn axis_pieces(d: usize) -> Vec<Piece> {
    let axis_bits = log2_ceil(d);
    let mut pieces = Vec::new();
    let mut start = 0;
    while start < d {
        let rest = d - start;
        let up = log2_ceil(rest);
        let free = if (1 << up) - rest <= d / 8 { up } else { up - 1 };
        pieces.push(Piece { axis_bits, prefix: start >> free, free });
        start += 1 << free;
    }
    pieces
}

/// Boxes of a tensor of these dimensions.
pub fn box_count(dims: &[usize]) -> u64 {
    dims.iter().map(|&d| axis_pieces(d).len() as u64).fold(1, u64::saturating_mul)
}

fn boxes(tensor: TensorId, dims: &[usize]) -> Vec<Chunk> {
    let mut all: Vec<Vec<Piece>> = vec![vec![]];
    for &d in dims {
        let pieces = axis_pieces(d);
        all = all.iter().flat_map(|b| pieces.iter().map(move |&p| [b.as_slice(), &[p]].concat())).collect();
    }
    all.into_iter()
        .map(|pieces| {
            let log_size = pieces.iter().map(|p| p.free).sum();
            Chunk { tensor, pieces, column: 0, offset: 0, log_size }
        })
        .collect()
}

/// Halves a chunk along its first axis that has free bits.
fn halve(chunk: &Chunk) -> [Chunk; 2] {
    let axis = chunk.pieces.iter().position(|p| p.free > 0).unwrap_or(0);
    [0, 1].map(|bit| {
        let mut half = chunk.clone();
        if let Some(p) = half.pieces.get_mut(axis) {
            p.free = p.free.saturating_sub(1);
            p.prefix = p.prefix * 2 + bit;
        }
        half.log_size = half.log_size.saturating_sub(1);
        half
    })
}

/// Free dyadic slots by size.
struct Slots {
    usable: usize,
    columns: usize,
    free: BTreeMap<usize, VecDeque<(usize, usize)>>,
}

impl Slots {
    fn open_column(&mut self) {
        let mut offset = 0;
        for m in (0..usize::BITS as usize).rev() {
            if (self.usable >> m) & 1 == 1 {
                self.free.entry(m).or_default().push_back((self.columns, offset));
                offset += 1 << m;
            }
        }
        self.columns += 1;
    }

    fn take(&mut self, m: usize) -> Option<(usize, usize)> {
        let size = *self.free.range(m..).find(|(_, slots)| !slots.is_empty())?.0;
        let (column, offset) = self.free.get_mut(&size)?.pop_front()?;
        for smaller in (m..size).rev() {
            self.free.entry(smaller).or_default().push_front((column, offset + (1 << smaller)));
        }
        Some((column, offset))
    }

    /// True if slots of at least an eighth of 2^m could hold 2^m cells together.
    fn pieces_fit(&self, m: usize) -> bool {
        let cells: usize = self.free.range(m.saturating_sub(3)..m).map(|(&s, v)| v.len() << s).sum();
        cells >= 1 << m
    }
}

/// Places the tensors of one oracle into columns of 2^log_rows cells whose last `pads` cells stay free.
///
/// Larger chunks first, tensors in order; deterministic.
pub fn place(shapes: &[(TensorId, Vec<usize>)], log_rows: usize, pads: usize) -> OracleLayout {
    let usable = (1usize << log_rows).saturating_sub(pads);
    if usable == 0 {
        return OracleLayout::default();
    }
    let largest = usable.ilog2() as usize;
    let mut slots = Slots { usable, columns: 0, free: BTreeMap::new() };
    let mut waiting: Vec<Chunk> = shapes.iter().flat_map(|(tensor, dims)| boxes(*tensor, dims)).collect();
    // Taken from the end: largest first, tensors in order; the halves of a split chunk come next, so that the slots that
    // were free when it was split are still free for them.
    waiting.reverse();
    waiting.sort_by_key(|c| c.log_size);
    let mut placed = Vec::with_capacity(waiting.len());
    while let Some(mut chunk) = waiting.pop() {
        let m = chunk.log_size;
        let fits = m <= largest;
        if let Some((column, offset)) = if fits { slots.take(m) } else { None } {
            chunk.column = column;
            chunk.offset = offset;
            placed.push(chunk);
        } else if !fits || (m > 3 && slots.pieces_fit(m)) {
            let [first, second] = halve(&chunk);
            waiting.extend([second, first]);
        } else {
            slots.open_column();
            waiting.push(chunk);
        }
    }
    placed.sort_by_key(|c| (c.column, c.offset));
    if slots.columns == 0 {
        // Never an empty matrix: a tree needs rows.
        slots.open_column();
    }
    OracleLayout { columns: slots.columns, chunks: placed }
}

/// Shapes of the tensors that `oracle` holds, in order.
pub fn shapes_of(circuit: &Circuit, oracle: Oracle) -> Vec<(TensorId, Vec<usize>)> {
    circuit
        .tensors
        .iter()
        .enumerate()
        .filter(|(_, t)| t.oracle() == Some(oracle))
        .map(|(id, t)| (id, t.dims.clone()))
        .collect()
}

/// Calls `visit(cell in chunk, flat real index)` for every real cell of a chunk of a tensor with these real dims.
#[expect(clippy::indexing_slicing, reason = "all lists have one entry per axis")]
pub fn for_each_cell(chunk: &Chunk, dims: &[usize], mut visit: impl FnMut(usize, usize)) {
    let strides = crate::view::row_major(dims);
    let rank = dims.len();
    if rank == 0 {
        visit(0, 0);
        return;
    }
    let extent = chunk.extents(dims);
    if extent.contains(&0) {
        return;
    }
    let base: usize = chunk.pieces.iter().zip(&strides).map(|(p, &s)| p.start() * s).sum();
    let mut cell_strides = vec![1usize; rank];
    for i in (1..rank).rev() {
        cell_strides[i - 1] = cell_strides[i] << chunk.pieces[i].free;
    }
    let mut index = vec![0usize; rank];
    loop {
        let cell: usize = index.iter().zip(&cell_strides).map(|(i, s)| i * s).sum();
        let flat: usize = base + index.iter().zip(&strides).map(|(i, s)| i * s).sum::<usize>();
        // The innermost axis has stride 1 in both.
        for i in 0..extent[rank - 1] {
            visit(cell + i, flat + i);
        }
        let mut axis = rank - 1;
        loop {
            if axis == 0 {
                return;
            }
            axis -= 1;
            index[axis] += 1;
            if index[axis] < extent[axis] {
                break;
            }
            index[axis] = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cell_is_placed_once_clear_of_the_pads() {
        let shapes: Vec<(usize, Vec<usize>)> = vec![
            (0, vec![61, 64]),
            (1, vec![64]),
            (2, vec![64, 32]),
            (3, vec![]),
            (4, vec![784, 10]),
            (5, vec![3, 5, 7]),
        ];
        for (log_rows, pads) in [(12, 2988), (10, 166), (9, 300), (6, 1)] {
            let layout = place(&shapes, log_rows, pads);
            let mut used = vec![false; layout.columns << log_rows];
            let mut seen: Vec<Vec<u32>> = shapes.iter().map(|(_, d)| vec![0; d.iter().product()]).collect();
            for chunk in &layout.chunks {
                assert_eq!(chunk.offset % (1 << chunk.log_size), 0);
                assert!(chunk.offset + (1 << chunk.log_size) <= (1 << log_rows) - pads);
                for cell in 0..1 << chunk.log_size {
                    let at = (chunk.column << log_rows) + chunk.offset + cell;
                    assert!(!used[at]);
                    used[at] = true;
                }
                for_each_cell(chunk, &shapes[chunk.tensor].1, |_, flat| seen[chunk.tensor][flat] += 1);
            }
            assert!(seen.iter().flatten().all(|&n| n == 1));
        }
    }
}
