//! The circuit: tensors of the five relations, lookups, and what must be zero or public.

use affidavit_algebra::log2_ceil;
use std::sync::Arc;

/// Index into [`Circuit::tensors`]; operands have smaller ids.
pub type TensorId = usize;

/// The label of the batch axis in a Contract.
pub const BATCH: u8 = 255;

/// Which oracle holds a committed tensor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Oracle {
    Model,
    Input,
    Fresh,
    /// The commitment that takes over in a renewal; stands where an input's would.
    Renewed,
}

/// How the prover obtains a fresh tensor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fresh {
    /// Given with the plan's witness (also an input that is not committed).
    Witness,
    /// `(src >> shift) mod 2^bits` of a tensor whose honest cells are non-negative.
    Limb { src: TensorId, shift: u32, bits: u32 },
    /// Multiplicities of a lookup table.
    Multiplicity { table: usize },
    /// 1 where `src > bound`, else 0.
    Greater { src: TensorId, bound: i64 },
    /// 1 where `src > other` (broadcast over the last axis), else 0.
    GreaterThan { src: TensorId, other: TensorId },
}

/// One term of a Linear tensor: axis i of the term lies along axis `axes[i]` of the result; other axes broadcast.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinearTerm {
    pub coef: i64,
    pub tensor: TensorId,
    pub axes: Vec<usize>,
}

/// What a tensor is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Committed in the model or input oracle.
    Committed(Oracle),
    /// Committed in the fresh oracle.
    Fresh(Fresh),
    /// Known to the verifier.
    Public(Arc<Vec<i64>>),
    /// Σ coef·term + constant, cell by cell.
    Linear { terms: Vec<LinearTerm>, constant: i64 },
    /// Σ over labels that are not in `out` of a·b.
    Contract { out: Vec<u8>, a: TensorId, a_labels: Vec<u8>, b: Option<TensorId>, b_labels: Vec<u8> },
    /// Cells of other tensors, or zero (spec 2); shapes without the batch axis.
    View { parts: Vec<affidavit_plan::ViewPart> },
}

/// A tensor with its real shape, batch axis included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tensor {
    pub name: String,
    pub batched: bool,
    pub dims: Vec<usize>,
    pub kind: Kind,
}

/// Ranges of the axes' coordinates in a point of the padded cube.
pub fn axis_ranges(dims: &[usize]) -> Vec<core::ops::Range<usize>> {
    let mut at = 0;
    dims.iter()
        .map(|&d| {
            let bits = log2_ceil(d);
            at += bits;
            at - bits..at
        })
        .collect()
}

impl Tensor {
    /// Bits of each padded axis.
    pub fn bits(&self) -> Vec<usize> {
        self.dims.iter().map(|&d| log2_ceil(d)).collect()
    }

    /// Number of variables of the padded cube.
    pub fn vars(&self) -> usize {
        self.dims.iter().map(|&d| log2_ceil(d)).sum()
    }

    /// Number of real cells.
    pub fn cells(&self) -> usize {
        self.dims.iter().product()
    }

    /// The oracle that holds it, if it is committed.
    pub fn oracle(&self) -> Option<Oracle> {
        match self.kind {
            Kind::Committed(oracle) => Some(oracle),
            Kind::Fresh(_) => Some(Oracle::Fresh),
            _ => None,
        }
    }
}

/// Cells of `x` (with `y`) lie in a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lookup {
    pub name: String,
    pub x: TensorId,
    pub y: Option<TensorId>,
    pub table: usize,
}

/// A public table of the fraction tree with its committed multiplicities.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableBlock {
    /// Distinct per table; enters every tuple.
    pub tag: u32,
    pub in_lo: i64,
    pub log_size: usize,
    /// None for a range table (y = 0).
    pub values: Option<Arc<Vec<i64>>>,
    pub multiplicity: TensorId,
}

/// A tensor equals public values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicBind {
    pub name: String,
    pub tensor: TensorId,
    pub values: Arc<Vec<i64>>,
}

/// Everything that a proof enforces.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Circuit {
    pub batch: usize,
    pub tensors: Vec<Tensor>,
    pub lookups: Vec<Lookup>,
    pub tables: Vec<TableBlock>,
    /// (name, tensor): every cell is zero.
    pub zeros: Vec<(String, TensorId)>,
    pub publics: Vec<PublicBind>,
    /// Width of the range table in bits (0 if there is no range lookup).
    pub range_bits: usize,
}

impl Circuit {
    /// Adds a tensor and returns its id.
    pub fn push(&mut self, name: impl Into<String>, batched: bool, dims: Vec<usize>, kind: Kind) -> TensorId {
        self.tensors.push(Tensor { name: name.into(), batched, dims, kind });
        self.tensors.len() - 1
    }

    /// Real cells committed in `oracle`.
    pub fn committed_cells(&self, oracle: Oracle) -> usize {
        self.tensors.iter().filter(|t| t.oracle() == Some(oracle)).map(Tensor::cells).sum()
    }

    /// Blocks of the fraction tree as (log size, index): lookups first, then tables; largest first, order kept.
    pub fn blocks(&self) -> Vec<(usize, usize)> {
        let sizes = self.lookups.iter().map(|l| self.tensors.get(l.x).map_or(0, Tensor::vars));
        let mut blocks: Vec<(usize, usize)> =
            sizes.chain(self.tables.iter().map(|t| t.log_size)).enumerate().map(|(i, s)| (s, i)).collect();
        blocks.sort_by_key(|&(size, index)| (core::cmp::Reverse(size), index));
        blocks
    }

    /// log2 of the number of leaves of the fraction tree (0 if there are no lookups).
    pub fn log_leaves(&self) -> usize {
        let total: u128 = self.blocks().iter().map(|&(s, _)| 1u128 << s).sum();
        match total {
            0 => 0,
            total => (total.next_power_of_two().trailing_zeros() as usize).max(1),
        }
    }

    /// For each tensor, the stage in which claims on it are reduced (Contract and View tensors).
    #[expect(clippy::indexing_slicing, reason = "operands have smaller ids than their tensor")]
    pub fn depths(&self) -> Vec<usize> {
        let mut depth = vec![0usize; self.tensors.len()];
        for id in (0..self.tensors.len()).rev() {
            let here = depth[id];
            let mut raise = |t: TensorId, d: usize| depth[t] = depth[t].max(d);
            match &self.tensors[id].kind {
                Kind::Linear { terms, .. } => terms.iter().for_each(|t| raise(t.tensor, here)),
                Kind::Contract { a, b, .. } => {
                    raise(*a, here + 1);
                    b.iter().for_each(|&b| raise(b, here + 1));
                }
                Kind::View { parts } => parts.iter().for_each(|p| raise(p.src as usize, here + 1)),
                _ => {}
            }
        }
        depth
    }
}
