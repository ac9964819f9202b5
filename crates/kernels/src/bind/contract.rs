//! out[o][i] = Σ_k table[k]·data[o][k][i].

use crate::lanes::PARALLEL;
use crate::mode::{Mode, Simd, width};
use affidavit_algebra::FieldPair;
use p3_field::{BasedVectorSpace, PackedValue, PrimeCharacteristicRing};
use rayon::prelude::*;

type B<P> = <Simd as Mode<P>>::B;
type E<P> = <Simd as Mode<P>>::E;

/// Lane groups of one output strip: its accumulators stay in the L1 cache while the rows stream by.
const STRIP: usize = 8;

/// Contracts a base-field tensor of shape [outer, table.len(), inner].
pub(super) fn contract_base<P: FieldPair>(data: &[P::F], outer: usize, inner: usize, table: &[P::K]) -> Vec<P::K> {
    let mut out = P::K::zero_vec(outer * inner);
    if out.is_empty() || table.is_empty() {
        return out;
    }
    let row = table.len() * inner;
    let w = width::<P>();
    let grain = (PARALLEL / row).max(1);
    if inner == 1 {
        let lanes: Vec<E<P>> = table.chunks_exact(w).map(<Simd as Mode<P>>::pack).collect();
        let tail = &table[lanes.len() * w..];
        if outer == 1 {
            out[0] = long_dot::<P>(data, &lanes, tail);
        } else {
            out.par_iter_mut()
                .zip(data.par_chunks(row))
                .with_min_len(grain)
                .for_each(|(o, d)| *o = row_dot::<P>(d, &lanes, tail));
        }
    } else if outer == 1 {
        accumulate_rows::<P>(data, inner, table, &mut out);
    } else {
        out.par_chunks_mut(inner)
            .zip(data.par_chunks(row))
            .with_min_len(grain)
            .for_each(|(o, d)| accumulate_rows::<P>(d, inner, table, o));
    }
    out
}

/// One dot product over several threads.
fn long_dot<P: FieldPair>(data: &[P::F], lanes: &[E<P>], tail: &[P::K]) -> P::K {
    if data.len() <= PARALLEL || lanes.len() < 2 {
        return row_dot::<P>(data, lanes, tail);
    }
    let mid = lanes.len() / 2;
    let (low, high) = data.split_at(mid * width::<P>());
    let (a, b) = rayon::join(|| long_dot::<P>(low, &lanes[..mid], &[]), || long_dot::<P>(high, &lanes[mid..], tail));
    a + b
}

/// Σ lanes·data, four terms to a modular reduction.
fn row_dot<P: FieldPair>(data: &[P::F], lanes: &[E<P>], tail: &[P::K]) -> P::K {
    let (body, rest) = data.split_at(lanes.len() * width::<P>());
    let packed = B::<P>::pack_slice(body);
    let mut acc = [B::<P>::ZERO; 8];
    let (es, e_rest) = lanes.as_chunks::<4>();
    let (fs, f_rest) = packed.as_chunks::<4>();
    for (e, f) in es.iter().zip(fs) {
        for (d, a) in acc.iter_mut().take(P::DEGREE).enumerate() {
            *a += B::<P>::dot_product::<4>(&e.each_ref().map(|x| x.as_basis_coefficients_slice()[d]), f);
        }
    }
    let mut sum = <E<P> as BasedVectorSpace<B<P>>>::from_basis_coefficients_fn(|d| acc[d]);
    for (&e, &f) in e_rest.iter().zip(f_rest) {
        sum += e * f;
    }
    let rest: P::K = rest.iter().zip(tail).map(|(&x, &e)| e * x).sum();
    <Simd as Mode<P>>::sum(&sum) + rest
}

/// out[i] += Σ_k table[k]·data[k][i], over threads by strips of columns or, where there are few, by rows.
fn accumulate_rows<P: FieldPair>(data: &[P::F], inner: usize, table: &[P::K], out: &mut [P::K]) {
    let strip = STRIP * width::<P>();
    if data.len() < 4 * PARALLEL {
        for (s, o) in out.chunks_mut(strip).enumerate() {
            accumulate_strip::<P>(data, inner, s * strip, table, o);
        }
    } else if inner >= 4 * strip || table.len() < 16 {
        out.par_chunks_mut(strip)
            .enumerate()
            .for_each(|(s, o)| accumulate_strip::<P>(data, inner, s * strip, table, o));
    } else {
        let mid = table.len() / 2;
        let (low, high) = data.split_at(mid * inner);
        let mut second = P::K::zero_vec(inner);
        rayon::join(
            || accumulate_rows::<P>(low, inner, &table[..mid], out),
            || accumulate_rows::<P>(high, inner, &table[mid..], &mut second),
        );
        out.iter_mut().zip(second).for_each(|(o, s)| *o += s);
    }
}

/// The columns from, …, from + out.len() − 1, at most one strip of them.
fn accumulate_strip<P: FieldPair>(data: &[P::F], inner: usize, from: usize, table: &[P::K], out: &mut [P::K]) {
    let w = width::<P>();
    let lanes = out.len() / w;
    let (body, tail) = out.split_at_mut(lanes * w);
    if lanes > 0 {
        let mut acc = [[B::<P>::ZERO; 8]; STRIP];
        let row = |k: usize| B::<P>::pack_slice(&data[k * inner + from..][..lanes * w]);
        let (fours, _) = table.as_chunks::<4>();
        for (block, four) in fours.iter().enumerate() {
            let rows: [&[B<P>]; 4] = core::array::from_fn(|i| row(4 * block + i));
            for d in 0..P::DEGREE {
                let e = four.each_ref().map(|x| B::<P>::broadcast(x.as_basis_coefficients_slice()[d]));
                for (j, a) in acc.iter_mut().enumerate().take(lanes) {
                    a[d] += B::<P>::dot_product::<4>(&e, &rows.map(|r| r[j]));
                }
            }
        }
        for k in 4 * fours.len()..table.len() {
            for d in 0..P::DEGREE {
                let e = B::<P>::broadcast(table[k].as_basis_coefficients_slice()[d]);
                for (a, &x) in acc.iter_mut().zip(row(k)) {
                    a[d] += e * x;
                }
            }
        }
        for (a, o) in acc.iter().zip(body.chunks_exact_mut(w)) {
            let sum =
                <Simd as Mode<P>>::pack(o) + <E<P> as BasedVectorSpace<B<P>>>::from_basis_coefficients_fn(|d| a[d]);
            <Simd as Mode<P>>::unpack(&sum, o);
        }
    }
    for (k, &e) in table.iter().enumerate() {
        let cells = &data[k * inner + from + lanes * w..];
        for (o, &x) in tail.iter_mut().zip(cells) {
            *o += e * x;
        }
    }
}

/// Contracts an extension-field tensor of shape [outer, table.len(), inner]: what is left after the first axis.
pub(super) fn contract_extension<P: FieldPair>(data: &[P::K], outer: usize, inner: usize, table: &[P::K]) -> Vec<P::K> {
    let mut out = P::K::zero_vec(outer * inner);
    if out.is_empty() {
        return out;
    }
    let row = table.len() * inner;
    if row == 0 {
        return out;
    }
    out.par_chunks_mut(inner).zip(data.par_chunks(row)).with_min_len((PARALLEL / row).max(1)).for_each(|(o, d)| {
        for (d, &e) in d.chunks_exact(inner).zip(table) {
            o.iter_mut().zip(d).for_each(|(o, &x)| *o += e * x);
        }
    });
    out
}
