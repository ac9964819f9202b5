//! Opened rows with one pruned Merkle proof for all of them.

use crate::hash::{leaf, leaf_key};
use crate::tree::{fold, sibling_count};
use affidavit_algebra::{FieldPair, f_from_bytes, f_to_bytes};

/// Rows of a codeword at sorted distinct positions, with their salts and the tree nodes that they do not imply.
#[derive(Clone, Debug)]
pub struct OpenedRows<P: FieldPair> {
    /// One row per position, each `width` cells.
    pub rows: Vec<Vec<P::F>>,
    /// One salt per position.
    pub salts: Vec<[u8; 32]>,
    /// Nodes that cannot be computed from the rows: level by level from the leaves, left to right.
    pub siblings: Vec<[u8; 32]>,
}

// By hand: a derived implementation would ask for `P: PartialEq`, which a field pair is not.
impl<P: FieldPair> PartialEq for OpenedRows<P> {
    fn eq(&self, other: &Self) -> bool {
        self.rows == other.rows && self.salts == other.salts && self.siblings == other.siblings
    }
}

impl<P: FieldPair> Eq for OpenedRows<P> {}

/// Why an opening is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// Positions are empty, unsorted, repeated, or outside the codeword.
    #[error("positions must be a non-empty increasing list inside the codeword")]
    Positions,
    /// The width is zero or does not fit the format.
    #[error("rows of {0} cells cannot be opened")]
    Width(usize),
    /// The bytes end before the opening does.
    #[error("the opening needs {needed} bytes, {given} are left")]
    Truncated { needed: usize, given: usize },
    /// A cell is not the canonical integer of a field element.
    #[error("cell {cell} of opened row {row} is not canonical")]
    NonCanonical { row: usize, cell: usize },
    /// The number or the length of rows, salts or siblings does not fit the positions.
    #[error("the opening does not have the shape that its positions imply")]
    Shape,
    /// The rows do not hash to the root.
    #[error("the opened rows do not match the root")]
    Root,
}

impl<P: FieldPair> OpenedRows<P> {
    /// Appends rows, then salts, then siblings; no lengths, since the positions imply them.
    pub fn write(&self, out: &mut Vec<u8>) {
        for x in self.rows.iter().flatten() {
            f_to_bytes::<P>(*x, out);
        }
        for digest in self.salts.iter().chain(&self.siblings) {
            out.extend_from_slice(digest);
        }
    }

    /// Reads the opening of rows of `width` cells at `positions` of a codeword of length 2^`log_n` off the front of
    /// `input`, which is left unchanged on an error. Allocates no more than the bytes that are there.
    ///
    /// # Errors
    /// [`OpenError`] for bad positions, a bad width, missing bytes, or a non-canonical cell.
    pub fn read(input: &mut &[u8], positions: &[usize], width: usize, log_n: usize) -> Result<Self, OpenError> {
        check_positions(positions, log_n)?;
        check_width(width)?;
        let siblings = sibling_count(positions, log_n);
        let row_bytes = width.checked_mul(P::F_BYTES).ok_or(OpenError::Width(width))?;
        let needed = row_bytes
            .checked_add(32)
            .and_then(|n| n.checked_mul(positions.len()))
            .and_then(|n| n.checked_add(siblings.checked_mul(32)?))
            .ok_or(OpenError::Width(width))?;
        let truncated = OpenError::Truncated { needed, given: input.len() };
        let (bytes, rest) = input.split_at_checked(needed).ok_or(truncated)?;
        let (cells, digests) = bytes.split_at_checked(row_bytes * positions.len()).ok_or(truncated)?;
        let parse_row = |(row, bytes): (usize, &[u8])| {
            let parse = |(cell, b)| f_from_bytes::<P>(b).ok_or(OpenError::NonCanonical { row, cell });
            bytes.chunks_exact(P::F_BYTES).enumerate().map(parse).collect()
        };
        let rows = cells.chunks_exact(row_bytes).enumerate().map(parse_row).collect::<Result<_, _>>()?;
        let (digests, _) = digests.as_chunks::<32>();
        let (salts, siblings) = digests.split_at_checked(positions.len()).ok_or(truncated)?;
        *input = rest;
        Ok(Self { rows, salts: salts.to_vec(), siblings: siblings.to_vec() })
    }

    /// Checks that these are the rows at `positions` of the codeword of length 2^`log_n` and row length `width` that
    /// `root` commits to.
    ///
    /// # Errors
    /// [`OpenError`] for bad positions or width, a shape that does not fit them, or another root.
    pub fn verify(&self, root: &[u8; 32], positions: &[usize], width: usize, log_n: usize) -> Result<(), OpenError> {
        check_positions(positions, log_n)?;
        check_width(width)?;
        let complete = self.rows.len() == positions.len()
            && self.salts.len() == positions.len()
            && self.rows.iter().all(|row| row.len() == width)
            && self.siblings.len() == sibling_count(positions, log_n);
        if !complete {
            return Err(OpenError::Shape);
        }
        let key = leaf_key::<P>(width);
        let opened = self.rows.iter().zip(&self.salts);
        let leaves = positions.iter().zip(opened).map(|(&i, (row, salt))| (i, leaf::<P>(&key, salt, row))).collect();
        let computed = fold(leaves, &self.siblings, log_n).ok_or(OpenError::Shape)?;
        if computed != *root {
            return Err(OpenError::Root);
        }
        Ok(())
    }
}

/// Non-empty, strictly increasing, below 2^log_n.
pub(crate) fn check_positions(positions: &[usize], log_n: usize) -> Result<(), OpenError> {
    let increasing = positions.windows(2).all(|w| matches!(w, [a, b] if a < b));
    let bounded = positions.last().is_some_and(|&p| log_n < usize::BITS as usize && p >> log_n == 0);
    if increasing && bounded { Ok(()) } else { Err(OpenError::Positions) }
}

fn check_width(width: usize) -> Result<(), OpenError> {
    if width == 0 || width > u32::MAX as usize { Err(OpenError::Width(width)) } else { Ok(()) }
}
