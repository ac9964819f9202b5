//! A committed matrix: codeword, tree and the secret key of its salts.

use crate::hash::{Digest, leaves, salts};
use crate::open::check_positions;
use crate::tree::MerkleTree;
use crate::{CodeError, CodeShape, OpenError, OpenedRows, encode_columns};
use affidavit_algebra::FieldPair;

/// The prover's side of one commitment. It holds the committed data and the salts' key, so it is as secret as they are.
pub struct Encoded<P: FieldPair> {
    pub(crate) shape: CodeShape,
    pub(crate) width: usize,
    pub(crate) salt_key: Digest,
    pub(crate) codeword: Vec<P::F>,
    pub(crate) tree: MerkleTree,
}

impl<P: FieldPair> Encoded<P> {
    /// Encodes `columns`, salts every row with a stream keyed by `salt_key`, and hashes the tree.
    ///
    /// `salt_key` must be secret and fresh for every commitment: equal keys give equal salts.
    ///
    /// # Errors
    /// As [`encode_columns`].
    pub fn commit(columns: &[Vec<P::F>], shape: CodeShape, salt_key: [u8; 32]) -> Result<Self, CodeError> {
        let codeword = encode_columns::<P>(columns, shape)?;
        let width = columns.len();
        let tree = MerkleTree::new(leaves::<P>(&codeword, width, &salt_key));
        Ok(Self { shape, width, salt_key, codeword, tree })
    }

    /// The Merkle root.
    pub fn root(&self) -> [u8; 32] {
        self.tree.root()
    }

    pub fn shape(&self) -> CodeShape {
        self.shape
    }

    /// Cells of a row, that is the number of columns.
    pub fn width(&self) -> usize {
        self.width
    }

    /// The row-major N × width codeword.
    pub fn codeword(&self) -> &[P::F] {
        &self.codeword
    }

    /// Opens the rows at sorted distinct positions.
    ///
    /// # Errors
    /// [`OpenError::Positions`].
    #[expect(
        clippy::indexing_slicing,
        reason = "positions were checked against the codeword; this is the prover's side"
    )]
    pub fn open(&self, positions: &[usize]) -> Result<OpenedRows<P>, OpenError> {
        check_positions(positions, self.shape.log_n())?;
        let row = |&i: &usize| self.codeword[i * self.width..][..self.width].to_vec();
        let salt = |&i: &usize| {
            let mut one = [[0u8; 32]];
            salts(&self.salt_key, i, &mut one);
            one[0]
        };
        Ok(OpenedRows {
            rows: positions.iter().map(row).collect(),
            salts: positions.iter().map(salt).collect(),
            siblings: self.tree.siblings(positions),
        })
    }
}

impl<P: FieldPair> core::fmt::Debug for Encoded<P> {
    /// Shows nothing secret.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Encoded").field("shape", &self.shape).field("width", &self.width).finish_non_exhaustive()
    }
}
