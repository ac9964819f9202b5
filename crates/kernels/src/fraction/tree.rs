//! All layers of the tree Σ nᵢ/dᵢ.

use crate::lanes::{PARALLEL, pack, unpack};
use crate::mode::{Mode, PackedK, Scalar, Simd, width};
use affidavit_algebra::FieldPair;
use p3_field::{Algebra, PackedValue};
use rayon::prelude::*;

/// The binary tree of fraction sums over 2^k leaves. Level j holds 2^(j+1) fractions, so the leaves are level k − 1;
/// the parent of a level's fractions i and i + half is
/// (nᵢ·dᵢ₊ₕ + nᵢ₊ₕ·dᵢ, dᵢ·dᵢ₊ₕ).
#[derive(Clone, Debug)]
pub struct FractionTree<P: FieldPair> {
    layers: Vec<Option<FractionLayer<P>>>,
    root: (P::K, P::K),
}

/// The fractions of one level, taken out of a tree.
#[derive(Clone, Debug)]
pub struct FractionLayer<P: FieldPair>(pub(super) Fractions<P>);

/// Numerators' first half, numerators' second half, denominators' first half, denominators' second half.
#[derive(Clone, Debug)]
pub(super) enum Fractions<P: FieldPair> {
    /// Base-field numerators (both halves in one vector): the leaves.
    Leaf {
        numerators: Vec<P::F>,
        denominators: [Vec<PackedK<P>>; 2],
    },
    Simd([Vec<PackedK<P>>; 4]),
    /// Halves of fewer than two SIMD widths.
    Scalar([Vec<P::K>; 4]),
}

impl<P: FieldPair> FractionTree<P> {
    /// Builds every layer above the leaves nᵢ/dᵢ.
    ///
    /// # Panics
    /// If the two vectors' lengths are not equal and a power of two.
    pub fn build(numerators: Vec<P::F>, denominators: Vec<P::K>) -> Self {
        let n = numerators.len();
        assert!(n.is_power_of_two() && denominators.len() == n, "{n} numerators, {} denominators", denominators.len());
        let depth = n.trailing_zeros() as usize;
        if depth == 0 {
            return Self { layers: Vec::new(), root: (P::K::from(numerators[0]), denominators[0]) };
        }
        let mut layers = Vec::with_capacity(depth);
        let mut current = leaf(numerators, denominators);
        for level in (1..depth).rev() {
            let parents = current.parents(1 << (level - 1));
            layers.push(Some(FractionLayer(current)));
            current = parents;
        }
        let Fractions::Scalar([n0, n1, d0, d1]) = &current else { unreachable!("a layer of two fractions is scalar") };
        let root = (n0[0] * d1[0] + n1[0] * d0[0], d0[0] * d1[0]);
        layers.push(Some(FractionLayer(current)));
        layers.reverse();
        Self { layers, root }
    }

    /// Number of levels: log2 of the number of leaves.
    pub fn depth(&self) -> usize {
        self.layers.len()
    }

    /// The sum of all leaves, unreduced: (numerator, denominator).
    pub fn root(&self) -> (P::K, P::K) {
        self.root
    }

    /// Moves level `level` (of 2^(level+1) fractions) out, so that its memory goes with the sumcheck that consumes it.
    /// `None` if there is no such level or it was taken before.
    pub fn take_layer(&mut self, level: usize) -> Option<FractionLayer<P>> {
        self.layers.get_mut(level)?.take()
    }
}

fn leaf<P: FieldPair>(numerators: Vec<P::F>, mut denominators: Vec<P::K>) -> Fractions<P> {
    let half = numerators.len() / 2;
    if half < 2 * width::<P>() {
        let upper = denominators.split_off(half);
        let lift = |xs: &[P::F]| xs.iter().map(|&x| P::K::from(x)).collect();
        let (low, high) = numerators.split_at(half);
        return Fractions::Scalar([lift(low), lift(high), denominators, upper]);
    }
    let (low, high) = denominators.split_at(half);
    let denominators = [pack::<P>(low), pack::<P>(high)];
    Fractions::Leaf { numerators, denominators }
}

impl<P: FieldPair> Fractions<P> {
    /// log2 of half the number of fractions.
    pub(super) fn level(&self) -> usize {
        let half = match self {
            Self::Leaf { numerators, .. } => numerators.len() / 2,
            Self::Simd([n0, ..]) => n0.len() * width::<P>(),
            Self::Scalar([n0, ..]) => n0.len(),
        };
        half.trailing_zeros() as usize
    }

    /// The next layer up, whose halves have `quarter` fractions.
    fn parents(&self, quarter: usize) -> Self {
        let w = width::<P>();
        let lanes = quarter / w;
        let [low, high] = match self {
            Self::Scalar([n0, n1, d0, d1]) => {
                let part = |from: usize, to: usize| {
                    combine::<P, Scalar, P::K>(&n0[from..to], &n1[from..to], &d0[from..to], &d1[from..to])
                };
                let [(na, da), (nb, db)] = [part(0, quarter), part(quarter, 2 * quarter)];
                return Self::Scalar([na, nb, da, db]);
            }
            Self::Simd([n0, n1, d0, d1]) => [0..quarter, quarter..2 * quarter].map(|range| {
                let (from, to) = (range.start / w, range.end / w);
                combine::<P, Simd, _>(&n0[from..to], &n1[from..to], &d0[from..to], &d1[from..to])
            }),
            Self::Leaf { numerators, denominators: [d0, d1] } => {
                let packed = <Simd as Mode<P>>::B::pack_slice(numerators);
                let (n0, n1) = packed.split_at(2 * lanes);
                [0..lanes, lanes..2 * lanes]
                    .map(|r| combine::<P, Simd, _>(&n0[r.clone()], &n1[r.clone()], &d0[r.clone()], &d1[r]))
            }
        };
        let ((na, da), (nb, db)) = (low, high);
        if quarter < 2 * w {
            Self::Scalar([unpack::<P>(&na), unpack::<P>(&nb), unpack::<P>(&da), unpack::<P>(&db)])
        } else {
            Self::Simd([na, nb, da, db])
        }
    }
}

/// nᵢ/dᵢ + mᵢ/eᵢ, with numerators of any type that extension elements can be multiplied by.
fn combine<P, M, N>(n: &[N], m: &[N], d: &[M::E], e: &[M::E]) -> (Vec<M::E>, Vec<M::E>)
where
    P: FieldPair,
    M: Mode<P>,
    N: Copy + Send + Sync,
    M::E: Algebra<N>,
{
    let one = |i: usize| (e[i] * n[i] + d[i] * m[i], d[i] * e[i]);
    if n.len() * M::WIDTH < PARALLEL {
        (0..n.len()).map(one).unzip()
    } else {
        let mut out = (Vec::new(), Vec::new());
        (0..n.len())
            .into_par_iter()
            .with_min_len(PARALLEL / 2 / M::WIDTH)
            .map(one)
            .unzip_into_vecs(&mut out.0, &mut out.1);
        out
    }
}
