//! An encoded matrix as the owner's private file, so that a proof does not encode and hash it again.
//!
//! ```text
//! magic[8] "AFFCODE\x01" · field u8 · log_rows u8 · log_blowup u8 · width u32 · salt key[32]
//! codeword: N × width canonical f, row-major · tree: 2N − 1 digests, leaves first, root last
//! ```
//! The file is trusted for its content (whoever can write it holds the secrets), not for its form.

use crate::encoded::Encoded;
use crate::tree::MerkleTree;
use crate::{CodeError, CodeShape};
use affidavit_algebra::{FieldPair, f_from_bytes};
use p3_field::PrimeField64;
use rayon::prelude::*;
use std::io::{Read, Write};

const MAGIC: &[u8; 8] = b"AFFCODE\x01";
const HEADER: u64 = 8 + 3 + 4 + 32;
/// Cells, or digests, converted and moved at a time.
const BATCH: usize = 1 << 16;

/// Why a cached encoding cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CacheError {
    #[error("cannot read or write the cached encoding")]
    Io(#[from] std::io::Error),
    #[error("not a cached encoding of this version and field")]
    Header,
    #[error(transparent)]
    Shape(#[from] CodeError),
    #[error("the cached encoding has {given} bytes, its header asks for {needed}")]
    Length { needed: u64, given: u64 },
    #[error("the cached encoding holds a cell that is not canonical")]
    NonCanonical,
}

/// Size in bytes of the cache file of a matrix; `None` if the shape is not supported or the size overflows.
pub fn encoded_bytes<P: FieldPair>(shape: CodeShape, width: usize) -> Option<u64> {
    shape.check::<P>().ok()?;
    let n = 1u64 << shape.log_n();
    let cells = n.checked_mul(u64::try_from(width).ok()?)?;
    cells.checked_mul(P::F_BYTES as u64)?.checked_add((2 * n - 1) * 32 + HEADER)
}

impl<P: FieldPair> Encoded<P> {
    /// Writes the file's bytes.
    ///
    /// # Errors
    /// [`CacheError::Io`].
    pub fn save(&self, out: &mut impl Write) -> Result<(), CacheError> {
        let small = |n: usize| u8::try_from(n).map_err(|_| CacheError::Header);
        out.write_all(MAGIC)?;
        out.write_all(&[P::ID, small(self.shape.log_rows)?, small(self.shape.log_blowup)?])?;
        out.write_all(&u32::try_from(self.width).map_err(|_| CacheError::Header)?.to_le_bytes())?;
        out.write_all(&self.salt_key)?;
        let mut bytes = vec![0u8; BATCH.min(self.codeword.len()) * P::F_BYTES];
        for cells in self.codeword.chunks(BATCH) {
            bytes.par_chunks_mut(P::F_BYTES).zip(cells).with_min_len(1 << 12).for_each(|(b, x)| {
                for (to, from) in b.iter_mut().zip(x.as_canonical_u64().to_le_bytes()) {
                    *to = from;
                }
            });
            out.write_all(bytes.get(..cells.len() * P::F_BYTES).unwrap_or_default())?;
        }
        for level in self.tree.levels() {
            out.write_all(level.as_flattened())?;
        }
        Ok(())
    }

    /// Reads a file of `len` bytes. The length is checked against the header before anything is allocated.
    ///
    /// # Errors
    /// [`CacheError`]; the caller compares [`Encoded::root`] with the commitment that it expects.
    pub fn load(input: &mut impl Read, len: u64) -> Result<Self, CacheError> {
        if read_array::<8>(input)? != *MAGIC {
            return Err(CacheError::Header);
        }
        let [field, log_rows, log_blowup] = read_array(input)?;
        if field != P::ID {
            return Err(CacheError::Header);
        }
        let shape = CodeShape { log_rows: log_rows.into(), log_blowup: log_blowup.into() };
        shape.check::<P>()?;
        let width = u32::from_le_bytes(read_array(input)?) as usize;
        let salt_key = read_array(input)?;
        let needed = encoded_bytes::<P>(shape, width).ok_or(CacheError::Header)?;
        if width == 0 || needed != len {
            return Err(CacheError::Length { needed, given: len });
        }
        let cells = width.checked_mul(shape.n_rows()).ok_or(CacheError::Header)?;
        let codeword = read_cells::<P>(input, cells)?;
        let mut levels = Vec::with_capacity(shape.log_n() + 1);
        for log in (0..=shape.log_n()).rev() {
            let mut level = vec![[0u8; 32]; 1 << log];
            input.read_exact(level.as_flattened_mut())?;
            levels.push(level);
        }
        let tree = MerkleTree::from_levels(levels).ok_or(CacheError::Header)?;
        Ok(Self { shape, width, salt_key, codeword, tree })
    }
}

fn read_array<const N: usize>(input: &mut impl Read) -> Result<[u8; N], CacheError> {
    let mut bytes = [0u8; N];
    input.read_exact(&mut bytes)?;
    Ok(bytes)
}

fn read_cells<P: FieldPair>(input: &mut impl Read, cells: usize) -> Result<Vec<P::F>, CacheError> {
    let mut codeword = Vec::with_capacity(cells);
    let mut bytes = vec![0u8; BATCH.min(cells) * P::F_BYTES];
    while codeword.len() < cells {
        bytes.truncate((cells - codeword.len()).saturating_mul(P::F_BYTES));
        input.read_exact(&mut bytes)?;
        let batch: Option<Vec<P::F>> =
            bytes.par_chunks(P::F_BYTES).with_min_len(1 << 12).map(f_from_bytes::<P>).collect();
        codeword.extend(batch.ok_or(CacheError::NonCanonical)?);
    }
    Ok(codeword)
}
