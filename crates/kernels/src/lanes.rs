//! Moving tables between plain slices and packed lanes, and splitting work over threads.

use crate::mode::{Mode, PackedK, Simd, width};
use affidavit_algebra::FieldPair;
use rayon::prelude::*;

/// Elements below which a pass stays on one thread: waking a second one costs about 10 µs.
pub(crate) const PARALLEL: usize = 1 << 12;

/// Packs a slice whose length is a multiple of the SIMD width.
pub(crate) fn pack<P: FieldPair>(xs: &[P::K]) -> Vec<PackedK<P>> {
    let w = width::<P>();
    if xs.len() < PARALLEL {
        xs.chunks_exact(w).map(<Simd as Mode<P>>::pack).collect()
    } else {
        xs.par_chunks_exact(w).with_min_len(PARALLEL / w).map(<Simd as Mode<P>>::pack).collect()
    }
}

/// The inverse of [`pack`].
pub(crate) fn unpack<P: FieldPair>(xs: &[PackedK<P>]) -> Vec<P::K> {
    use p3_field::PrimeCharacteristicRing;
    let w = width::<P>();
    let mut out = P::K::zero_vec(xs.len() * w);
    if out.len() < PARALLEL {
        for (x, o) in xs.iter().zip(out.chunks_exact_mut(w)) {
            <Simd as Mode<P>>::unpack(x, o);
        }
    } else {
        xs.par_iter()
            .zip(out.par_chunks_exact_mut(w))
            .with_min_len(PARALLEL / w)
            .for_each(|(x, o)| <Simd as Mode<P>>::unpack(x, o));
    }
    out
}

/// Halves every slice at `mid`.
pub(crate) fn split<T, const N: usize>(xs: [&[T]; N], mid: usize) -> ([&[T]; N], [&[T]; N]) {
    (xs.map(|x| &x[..mid]), xs.map(|x| &x[mid..]))
}

/// Halves every mutable slice at `mid`.
pub(crate) fn split_mut<T, const N: usize>(xs: [&mut [T]; N], mid: usize) -> ([&mut [T]; N], [&mut [T]; N]) {
    let mut high: [&mut [T]; N] = core::array::from_fn(|_| Default::default());
    let mut slots = high.iter_mut();
    let low = xs.map(|x| {
        let (l, h) = x.split_at_mut(mid);
        if let Some(slot) = slots.next() {
            *slot = h;
        }
        l
    });
    (low, high)
}

/// The first and second half of each vector of `2·half` elements.
pub(crate) fn halves<T, const N: usize>(xs: &[Vec<T>; N], half: usize) -> ([&[T]; N], [&[T]; N]) {
    split(xs.each_ref().map(|x| x.as_slice()), half)
}
