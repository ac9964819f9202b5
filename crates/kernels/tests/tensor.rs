//! Axis binding, tensor evaluation and equality tables against their definitions.

mod common;

use affidavit_algebra::{FieldPair, log2_ceil};
use affidavit_kernels::{add_scaled_eq, bind_axes, eq_table, eval_tensor};
use common::{Rng, weight};
use p3_field::PrimeCharacteristicRing;

both_fields!(eq_tables, scaled_eq_adds, binding_any_axes, binding_large_matrices, evaluations, long_vectors);

fn eq_tables<P: FieldPair>() {
    let mut rng = Rng(30);
    for n in (0..=12).chain([15]) {
        let point = rng.ks::<P>(n);
        let table = eq_table::<P>(&point);
        assert_eq!(table.len(), 1 << n);
        for i in (0..1 << n).step_by(if n > 8 { 37 } else { 1 }) {
            assert_eq!(table[i], weight::<P>(i, &point), "cell {i} of 2^{n}");
        }
        assert_eq!(table, affidavit_algebra::eq_table(&point));
    }
}

fn scaled_eq_adds<P: FieldPair>() {
    let mut rng = Rng(31);
    for n in (0..=11).chain([14]) {
        for len in [1 << n, (1usize << n) * 5 / 7, 1, 0] {
            let (point, scale, before) = (rng.ks::<P>(n), rng.k::<P>(), rng.ks::<P>(len));
            let mut after = before.clone();
            add_scaled_eq::<P>(&mut after, scale, &point);
            let table = affidavit_algebra::eq_table(&point);
            let slow: Vec<P::K> = before.iter().zip(&table).map(|(&b, &t)| b + scale * t).collect();
            assert_eq!(after, slow, "{len} cells of 2^{n}");
        }
    }
}

/// Every index of a shape in row-major order.
fn indices(dims: &[usize]) -> Vec<Vec<usize>> {
    dims.iter().fold(vec![vec![]], |acc, &d| {
        acc.iter().flat_map(|i| (0..d).map(move |x| [i.clone(), vec![x]].concat())).collect()
    })
}

fn check_bind<P: FieldPair>(dims: &[usize], mask: usize, shuffle: bool, rng: &mut Rng) {
    let data = rng.fs::<P>(dims.iter().product());
    let tables: Vec<Option<Vec<P::K>>> = dims
        .iter()
        .enumerate()
        .map(|(j, d)| (mask >> j & 1 == 1).then(|| rng.ks::<P>(d.next_power_of_two())))
        .collect();
    let mut order: Vec<usize> = (0..dims.len()).filter(|&j| tables[j].is_none()).collect();
    if shuffle {
        for i in (1..order.len()).rev() {
            order.swap(i, rng.below(i + 1));
        }
    }
    let bound: Vec<Option<&[P::K]>> = tables.iter().map(|t| t.as_deref()).collect();
    let fast = bind_axes::<P>(&data, dims, &bound, &order);

    let padded: Vec<usize> = order.iter().map(|&j| dims[j].next_power_of_two()).collect();
    let mut slow = vec![P::K::ZERO; padded.iter().product()];
    for (index, &cell) in indices(dims).iter().zip(&data) {
        let factor: P::K = tables.iter().zip(index).map(|(t, &i)| t.as_ref().map_or(P::K::ONE, |t| t[i])).product();
        let place = order.iter().zip(&padded).fold(0, |acc, (&j, &n)| acc * n + index[j]);
        slow[place] += factor * cell;
    }
    assert_eq!(fast, slow, "dims {dims:?}, bound {mask:b}, order {order:?}");
}

fn binding_any_axes<P: FieldPair>() {
    let mut rng = Rng(32);
    let shapes: [&[usize]; 12] = [
        &[],
        &[1],
        &[5],
        &[40],
        &[3, 7],
        &[1, 33],
        &[33, 1],
        &[20, 37],
        &[2, 3, 5],
        &[4, 1, 40],
        &[6, 17, 3],
        &[3, 2, 5, 18],
    ];
    for dims in shapes {
        for mask in 0..1 << dims.len() {
            check_bind::<P>(dims, mask, false, &mut rng);
            check_bind::<P>(dims, mask, true, &mut rng);
        }
    }
}

fn binding_large_matrices<P: FieldPair>() {
    let mut rng = Rng(33);
    for dims in [[150, 130], [1000, 20], [30, 700], [2000, 3]] {
        for mask in 1..4 {
            check_bind::<P>(&dims, mask, true, &mut rng);
        }
    }
    for mask in 1..8 {
        check_bind::<P>(&[12, 30, 50], mask, true, &mut rng);
    }
}

fn evaluations<P: FieldPair>() {
    let mut rng = Rng(34);
    let shapes: [&[usize]; 7] = [&[], &[1], &[3], &[24, 10], &[1, 5, 1], &[3, 4, 18], &[2, 3, 4, 5]];
    for dims in shapes {
        let data = rng.fs::<P>(dims.iter().product());
        let point = rng.ks::<P>(dims.iter().map(|&d| log2_ceil(d)).sum());
        let mut slow = P::K::ZERO;
        for (index, &cell) in indices(dims).iter().zip(&data) {
            let mut rest = point.as_slice();
            let mut factor = P::K::ONE;
            for (&d, &i) in dims.iter().zip(index) {
                let (own, later) = rest.split_at(log2_ceil(d));
                factor *= weight::<P>(i, own);
                rest = later;
            }
            slow += factor * cell;
        }
        assert_eq!(eval_tensor::<P>(&data, dims, &point), slow, "dims {dims:?}");
    }
}

fn long_vectors<P: FieldPair>() {
    let mut rng = Rng(35);
    for len in [1024usize, 1025, 5000, 40_000] {
        let (data, point) = (rng.fs::<P>(len), rng.ks::<P>(log2_ceil(len)));
        let table = affidavit_algebra::eq_table(&point);
        let slow: P::K = data.iter().zip(&table).map(|(&x, &e)| e * x).sum();
        assert_eq!(eval_tensor::<P>(&data, &[len], &point), slow, "{len} cells");
    }
}
