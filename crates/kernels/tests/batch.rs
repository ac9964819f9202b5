//! The batching sumcheck against the sum by definition.

mod common;

use affidavit_algebra::{FieldPair, eq_table, eval_012, log2_ceil};
use affidavit_kernels::BatchSumcheck;
use common::{Rng, lift};
use p3_field::PrimeCharacteristicRing;

both_fields!(small_shapes, sparse_weights, no_weights, large_shape);

fn check<P: FieldPair>(count: usize, rows: usize, empty_of_8: usize, rng: &mut Rng) {
    let columns: Vec<Vec<P::F>> = (0..count).map(|_| rng.fs::<P>(1 << rows)).collect();
    let weights: Vec<Vec<P::K>> =
        (0..count).map(|_| if rng.below(8) < empty_of_8 { Vec::new() } else { rng.ks::<P>(1 << rows) }).collect();
    let mut claim: P::K = columns.iter().zip(&weights).flat_map(|(f, w)| w.iter().zip(f).map(|(&w, &f)| w * f)).sum();
    let mut sumcheck = BatchSumcheck::<P>::new(columns.iter().map(|c| c.as_slice()).collect(), weights.clone());
    let column_vars = log2_ceil(count);
    assert_eq!(sumcheck.remaining(), column_vars + rows);

    let fold = |xs: &[Vec<P::K>], x1: &[P::K]| {
        let mut out = vec![P::K::ZERO; 1 << rows];
        for (x, e) in xs.iter().zip(eq_table(x1)) {
            out.iter_mut().zip(x).for_each(|(o, &x)| *o += e * x);
        }
        out
    };
    let lifted: Vec<Vec<P::K>> = columns.iter().map(|c| lift::<P>(c)).collect();
    let mut point = Vec::new();
    for round in 0..=column_vars + rows {
        if round == column_vars {
            assert_eq!(sumcheck.folded(), fold(&lifted, &point), "{count} columns of 2^{rows}");
        }
        if round == column_vars + rows {
            break;
        }
        let [s0, s2] = sumcheck.round();
        let r = rng.k::<P>();
        claim = eval_012(r).iter().zip([s0, claim - s0, s2]).map(|(&l, s)| l * s).sum();
        sumcheck.bind(r);
        point.push(r);
    }
    let (x1, x2) = point.split_at(column_vars);
    let at = |xs: &[Vec<P::K>]| fold(xs, x1).iter().zip(eq_table(x2)).map(|(&x, e)| x * e).sum::<P::K>();
    assert_eq!(sumcheck.end(), at(&lifted));
    assert_eq!(sumcheck.weight_end(), at(&weights));
    assert_eq!(claim, at(&lifted) * at(&weights), "{count} columns of 2^{rows}");
}

fn small_shapes<P: FieldPair>() {
    let mut rng = Rng(20);
    for count in [1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 21, 33] {
        for rows in 0..=7 {
            check::<P>(count, rows, 0, &mut rng);
        }
    }
}

fn sparse_weights<P: FieldPair>() {
    let mut rng = Rng(21);
    for count in [1, 3, 6, 8, 13, 19, 40] {
        for rows in [0, 2, 4, 6] {
            check::<P>(count, rows, 5, &mut rng);
        }
    }
}

fn no_weights<P: FieldPair>() {
    let mut rng = Rng(22);
    for (count, rows) in [(1, 0), (1, 5), (9, 3), (9, 6)] {
        check::<P>(count, rows, 8, &mut rng);
    }
}

fn large_shape<P: FieldPair>() {
    let mut rng = Rng(23);
    check::<P>(21, 11, 1, &mut rng);
    check::<P>(1, 14, 0, &mut rng);
}
