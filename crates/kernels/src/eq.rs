//! Equality tables over many threads, and the shrinking suffix tables of eq-stripped rounds.

use crate::lanes::pack;
use crate::mode::{Mode, PackedK, Simd, width};
use affidavit_algebra::FieldPair;
use p3_field::PrimeCharacteristicRing;
use rayon::prelude::*;

/// Variables of the inner (least significant) factor of a split table: 2^9 elements stay in the L1 cache.
const INNER: usize = 9;

/// All 2^n values eq(point, ·); the first coordinate is the most significant index bit.
pub fn eq_table<P: FieldPair>(point: &[P::K]) -> Vec<P::K> {
    if point.len() <= INNER {
        return affidavit_algebra::eq_table(point);
    }
    let mut out = P::K::zero_vec(1 << point.len());
    add_scaled_eq::<P>(&mut out, P::K::ONE, point);
    out
}

/// Adds `scale · eq(point, i)` to every `out[i]`. `out` may be shorter than 2^n: then only its cells are touched.
///
/// # Panics
/// If `out` is longer than 2^n.
pub fn add_scaled_eq<P: FieldPair>(out: &mut [P::K], scale: P::K, point: &[P::K]) {
    assert!(out.len() <= 1 << point.len(), "the table has 2^{} cells, not {}", point.len(), out.len());
    let w = width::<P>();
    let inner_vars = point.len().min(INNER);
    let (outer_point, inner_point) = point.split_at(point.len() - inner_vars);
    let inner = affidavit_algebra::eq_table(inner_point);
    // The number of blocks is small, so the outer table is built by one thread.
    let mut outer = affidavit_algebra::eq_table(outer_point);
    outer.iter_mut().for_each(|x| *x *= scale);
    if inner.len() < w {
        let factor = outer[0];
        out.iter_mut().zip(&inner).for_each(|(o, &e)| *o += factor * e);
        return;
    }
    let lanes = pack::<P>(&inner);
    let block = |(out, &factor): (&mut [P::K], &P::K)| {
        let wide = <Simd as Mode<P>>::splat(factor);
        let whole = out.len() - out.len() % w;
        let (body, tail) = out.split_at_mut(whole);
        for (o, &e) in body.chunks_exact_mut(w).zip(&lanes) {
            <Simd as Mode<P>>::unpack(&(<Simd as Mode<P>>::pack(o) + wide * e), o);
        }
        for (o, &e) in tail.iter_mut().zip(&inner[whole..]) {
            *o += factor * e;
        }
    };
    if outer.len() <= 8 {
        out.chunks_mut(inner.len()).zip(&outer).for_each(block);
    } else {
        out.par_chunks_mut(inner.len()).zip(&outer).for_each(block);
    }
}

/// eq(suffix, ·) as an outer product of two tables; dropping the first coordinate halves one of them by additions.
#[derive(Clone, Debug)]
pub(crate) struct SuffixEq<P: FieldPair> {
    outer: Vec<P::K>,
    inner: Vec<P::K>,
    lanes: Vec<PackedK<P>>,
}

impl<P: FieldPair> SuffixEq<P> {
    pub(crate) fn new(suffix: &[P::K]) -> Self {
        let (outer, inner) = suffix.split_at(suffix.len() - suffix.len().min(INNER));
        let inner = affidavit_algebra::eq_table(inner);
        // Below the SIMD width `chunks_exact` leaves `lanes` empty: only scalar rounds remain then.
        let lanes = pack::<P>(&inner);
        Self { outer: affidavit_algebra::eq_table(outer), inner, lanes }
    }

    /// Drops the first coordinate: eq(0,·) + eq(1,·) = 1.
    pub(crate) fn shrink(&mut self) {
        if self.outer.len() > 1 {
            add_halves(&mut self.outer);
        } else {
            add_halves(&mut self.inner);
            match self.lanes.len() {
                0 | 1 => self.lanes.clear(),
                _ => add_halves(&mut self.lanes),
            }
        }
    }

    pub(crate) fn outer(&self) -> &[P::K] {
        &self.outer
    }

    pub(crate) fn inner(&self) -> &[P::K] {
        &self.inner
    }

    pub(crate) fn lanes(&self) -> &[PackedK<P>] {
        &self.lanes
    }
}

fn add_halves<T: Copy + core::ops::Add<Output = T>>(table: &mut Vec<T>) {
    let half = table.len() / 2;
    let (low, high) = table.split_at_mut(half);
    low.iter_mut().zip(high.iter()).for_each(|(l, &h)| *l = *l + h);
    table.truncate(half);
}
