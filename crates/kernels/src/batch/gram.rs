//! The first column rounds, from inner products of weights and columns.
//!
//! Columns j and j + 2^c/2^v·a (a < 2^v) form a group. Every round polynomial of the first v column variables is a
//! bilinear form in the 2^v × 2^v matrix G[a][b] = Σ_groups ⟨W_a, f_b⟩, so the base-field columns are not folded until
//! all v challenges are known.

use crate::lanes::{PARALLEL, unpack};
use crate::mode::{Mode, PackedK, Scalar, Simd, width};
use affidavit_algebra::{FieldPair, eq_table, log2_ceil};
use p3_field::{BasedVectorSpace, PackedValue, PrimeCharacteristicRing};
use rayon::prelude::*;

/// Column variables taken at once: 3 balances the 8 × 8 inner products a group against folding full columns.
const GROUPED: usize = 3;
/// Lane groups of one weight held packed while it meets its group's columns (L1-sized).
const BLOCK: usize = 16;

#[derive(Clone, Debug)]
pub(super) struct Gram<'a, P: FieldPair> {
    columns: Vec<&'a [P::F]>,
    weights: Vec<Vec<P::K>>,
    column_vars: usize,
    grouped: usize,
    /// G, row-major, of side 2^(grouped − challenges).
    matrix: Vec<P::K>,
    challenges: Vec<P::K>,
}

/// 2^(c−v) folded columns, one after the other.
#[derive(Clone, Debug)]
pub(super) enum Folded<P: FieldPair> {
    Simd(Vec<PackedK<P>>),
    Scalar(Vec<P::K>),
}

impl<P: FieldPair> Folded<P> {
    pub(super) fn into_scalar(self) -> Vec<P::K> {
        match self {
            Self::Simd(x) => unpack::<P>(&x),
            Self::Scalar(x) => x,
        }
    }
}

impl<'a, P: FieldPair> Gram<'a, P> {
    pub(super) fn new(columns: Vec<&'a [P::F]>, weights: Vec<Vec<P::K>>) -> Self {
        let column_vars = log2_ceil(columns.len());
        let grouped = column_vars.min(GROUPED);
        let mut this = Self { columns, weights, column_vars, grouped, matrix: Vec::new(), challenges: Vec::new() };
        if grouped > 0 {
            this.matrix = if this.packs() { this.inner_products::<Simd>() } else { this.inner_products::<Scalar>() };
        }
        this
    }

    pub(super) fn column_vars(&self) -> usize {
        self.column_vars
    }

    pub(super) fn is_done(&self) -> bool {
        self.challenges.len() == self.grouped
    }

    pub(super) fn round(&self) -> [P::K; 2] {
        let side = 1usize << (self.grouped - self.challenges.len());
        let half = side / 2;
        let mut out = [P::K::ZERO; 2];
        for y in 0..half {
            let at = |a: usize, b: usize| self.matrix[(a * half + y) * side + b * half + y];
            let (low, high) = (at(0, 0), at(1, 1));
            out[0] += low;
            // (2W1 − W0)(2f1 − f0).
            out[1] += (high.double() - at(0, 1) - at(1, 0)).double() + low;
        }
        out
    }

    pub(super) fn bind(&mut self, r: P::K) {
        let side = 1usize << (self.grouped - self.challenges.len());
        let half = side / 2;
        let line = |x: P::K, y: P::K| x + r * (y - x);
        self.matrix = (0..half * half)
            .map(|i| {
                let (a, b) = (i / half, i % half);
                let row = |a: usize| line(self.matrix[a * side + b], self.matrix[a * side + b + half]);
                line(row(a), row(a + half))
            })
            .collect();
        self.challenges.push(r);
    }

    /// Folds weights and columns at the challenges and frees the weights.
    pub(super) fn fold(&mut self) -> [Folded<P>; 2] {
        let eq = eq_table(&self.challenges);
        let folded = if self.packs() {
            let [w, f] = self.fold_with::<Simd>(&eq);
            [Folded::Simd(w), Folded::Simd(f)]
        } else {
            let [w, f] = self.fold_with::<Scalar>(&eq);
            [Folded::Scalar(w), Folded::Scalar(f)]
        };
        self.weights.clear();
        folded
    }

    fn cells(&self) -> usize {
        self.columns[0].len()
    }

    fn packs(&self) -> bool {
        self.cells() >= width::<P>()
    }

    /// Number of groups: 2^(c−v).
    fn groups(&self) -> usize {
        1 << (self.column_vars - self.grouped)
    }

    /// The present columns of group g as (a, column).
    fn members(&self, g: usize) -> impl Iterator<Item = (usize, usize)> + Clone + '_ {
        (0..1usize << self.grouped).map(move |a| (a, a * self.groups() + g)).filter(|&(_, c)| c < self.columns.len())
    }

    fn inner_products<M: Mode<P>>(&self) -> Vec<P::K> {
        let side = 1usize << self.grouped;
        let block = (BLOCK * M::WIDTH).min(self.cells());
        let per_group = self.cells() / block;
        let task = |mut acc: Vec<M::E>, i: usize| {
            let (g, from) = (i / per_group, i % per_group * block);
            for (a, column) in self.members(g).filter(|&(_, c)| !self.weights[c].is_empty()) {
                let weight = &self.weights[column][from..from + block];
                let mut packed = [M::E::ZERO; BLOCK];
                for (p, w) in packed.iter_mut().zip(weight.chunks_exact(M::WIDTH)) {
                    *p = M::pack(w);
                }
                for (b, other) in self.members(g) {
                    let column = M::B::pack_slice(&self.columns[other][from..from + block]);
                    acc[a * side + b] += dot::<P, M>(&packed[..column.len()], column);
                }
            }
            acc
        };
        let zero = || M::E::zero_vec(side * side);
        let tasks = per_group * self.groups();
        let sums = if self.cells() * self.columns.len() < PARALLEL {
            (0..tasks).fold(zero(), task)
        } else {
            (0..tasks)
                .into_par_iter()
                .with_min_len(tasks.div_ceil(64).max(PARALLEL / block / side))
                .fold(zero, task)
                .reduce(zero, |a, b| a.into_iter().zip(b).map(|(x, y)| x + y).collect())
        };
        sums.iter().map(M::sum).collect()
    }

    fn fold_with<M: Mode<P>>(&self, eq: &[P::K]) -> [Vec<M::E>; 2] {
        let lanes = self.cells() / M::WIDTH;
        let block = lanes.min(BLOCK);
        let wide: Vec<M::E> = eq.iter().map(|&x| M::splat(x)).collect();
        let mut weights = M::E::zero_vec(lanes * self.groups());
        let mut columns = M::E::zero_vec(lanes * self.groups());
        let task = |(i, (w, f)): (usize, (&mut [M::E], &mut [M::E]))| {
            let (g, from) = (i * block / lanes, i * block % lanes);
            let cells = from * M::WIDTH..(from + block) * M::WIDTH;
            for (a, column) in self.members(g) {
                if !self.weights[column].is_empty() {
                    let source = self.weights[column][cells.clone()].chunks_exact(M::WIDTH);
                    for (x, s) in w.iter_mut().zip(source) {
                        *x += wide[a] * M::pack(s);
                    }
                }
                for (x, &s) in f.iter_mut().zip(M::B::pack_slice(&self.columns[column][cells.clone()])) {
                    *x += wide[a] * s;
                }
            }
        };
        if weights.len() * M::WIDTH < PARALLEL {
            weights.chunks_mut(block).zip(columns.chunks_mut(block)).enumerate().for_each(task);
        } else {
            weights.par_chunks_mut(block).zip(columns.par_chunks_mut(block)).enumerate().for_each(task);
        }
        [weights, columns]
    }
}

/// Σ w·f, four terms to a modular reduction.
fn dot<P: FieldPair, M: Mode<P>>(w: &[M::E], f: &[M::B]) -> M::E {
    let mut acc = [M::B::ZERO; 8];
    let (ws, w_rest) = w.as_chunks::<4>();
    let (fs, f_rest) = f.as_chunks::<4>();
    for (w, f) in ws.iter().zip(fs) {
        for (d, a) in acc.iter_mut().take(P::DEGREE).enumerate() {
            *a += M::B::dot_product::<4>(&w.each_ref().map(|x| x.as_basis_coefficients_slice()[d]), f);
        }
    }
    let mut out = M::E::from_basis_coefficients_fn(|d| acc[d]);
    for (&w, &f) in w_rest.iter().zip(f_rest) {
        out += w * f;
    }
    out
}
