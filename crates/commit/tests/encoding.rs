//! The encoder against Horner's rule, on the subgroup's points in natural order.

mod common;

use affidavit_algebra::{FieldPair, GoldilocksPair, KoalaBearPair};
use affidavit_commit::{CodeError, CodeShape, encode_columns, encode_k, encode_k_many};
use common::{columns, k_vector, words};
use p3_field::{PrimeCharacteristicRing, TwoAdicField};

fn horner<F: Copy, K: PrimeCharacteristicRing + Copy + core::ops::Mul<F, Output = K>>(coefficients: &[K], x: F) -> K {
    coefficients.iter().rev().fold(K::ZERO, |acc, &c| acc * x + c)
}

fn rows_to_try(n: usize) -> Vec<usize> {
    let mut next = words(n as u64);
    let some = (0..20).map(|_| next() as usize % n);
    [0, 1 % n, n / 2, n - 1].into_iter().chain(some).collect()
}

fn columns_match<P: FieldPair>() {
    for (log_rows, log_blowup, width) in [
        (0, 0, 1),
        (0, 2, 3),
        (1, 1, 2),
        (4, 2, 5),
        (5, 2, 17),
        (6, 0, 9),
        (7, 3, 33),
        (10, 2, 4),
        (9, 2, 301),
        (13, 2, 1),
    ] {
        let shape = CodeShape { log_rows, log_blowup };
        let columns = columns::<P>(width, 1 << log_rows, 3);
        let codeword = encode_columns::<P>(&columns, shape).unwrap();
        assert_eq!(codeword.len(), shape.n_rows() * width);
        let omega = P::F::two_adic_generator(shape.log_n());
        for i in rows_to_try(shape.n_rows()) {
            let x = omega.exp_u64(i as u64);
            for (j, column) in columns.iter().enumerate() {
                assert_eq!(codeword[i * width + j], horner(column, x), "{} {shape:?} row {i} column {j}", P::NAME);
            }
        }
    }
}

fn vectors_match<P: FieldPair>() {
    for (log_rows, log_blowup) in [(0, 2), (3, 1), (8, 2), (12, 2)] {
        let shape = CodeShape { log_rows, log_blowup };
        let vectors: Vec<Vec<P::K>> =
            (0..3).map(|v| k_vector::<P>((1 << log_rows) - v.min((1 << log_rows) - 1), v as u64)).collect();
        let slices: Vec<&[P::K]> = vectors.iter().map(Vec::as_slice).collect();
        let many = encode_k_many::<P>(&slices, shape).unwrap();
        let omega = P::F::two_adic_generator(shape.log_n());
        for (vector, codeword) in vectors.iter().zip(&many) {
            assert_eq!(codeword.len(), shape.n_rows());
            assert_eq!(&encode_k::<P>(vector, shape).unwrap(), codeword);
            for i in rows_to_try(shape.n_rows()) {
                assert_eq!(
                    codeword[i],
                    horner::<P::F, P::K>(vector, omega.exp_u64(i as u64)),
                    "{} {shape:?} row {i}",
                    P::NAME
                );
            }
        }
    }
}

#[test]
fn every_row_is_an_evaluation() {
    columns_match::<KoalaBearPair>();
    columns_match::<GoldilocksPair>();
}

#[test]
fn extension_rows_are_evaluations() {
    vectors_match::<KoalaBearPair>();
    vectors_match::<GoldilocksPair>();
}

#[test]
fn short_columns_are_zero_extended() {
    type P = KoalaBearPair;
    let shape = CodeShape { log_rows: 7, log_blowup: 2 };
    let mut columns = columns::<P>(3, 128, 8);
    columns[1].truncate(70);
    columns[2].clear();
    let short = encode_columns::<P>(&columns, shape).unwrap();
    for column in &mut columns {
        column.resize(128, <P as FieldPair>::F::ZERO);
    }
    assert_eq!(short, encode_columns::<P>(&columns, shape).unwrap());
    assert!(short.chunks(3).all(|row| row[2] == <P as FieldPair>::F::ZERO));
}

#[test]
fn impossible_matrices_are_errors() {
    type P = KoalaBearPair;
    let shape = CodeShape { log_rows: 3, log_blowup: 2 };
    assert_eq!(encode_columns::<P>(&[], shape), Err(CodeError::Width(0)));
    let long = columns::<P>(1, 9, 1);
    assert_eq!(encode_columns::<P>(&long, shape), Err(CodeError::ColumnTooLong { column: 0, len: 9, limit: 8 }));
    for (log_rows, log_blowup) in [(23, 2), (64, 0), (0, 64), (usize::MAX, 1)] {
        let shape = CodeShape { log_rows, log_blowup };
        let error = encode_columns::<P>(&columns::<P>(1, 1, 1), shape);
        assert!(matches!(error, Err(CodeError::TooLong { limit: 24, .. })), "{shape:?}");
    }
    assert_eq!(encode_k_many::<P>(&[], shape), Ok(vec![]));
    assert_eq!(
        CodeShape { log_rows: 29, log_blowup: 2 }.check::<GoldilocksPair>(),
        Err(CodeError::TooLong { log_n: 31, limit: 30 })
    );
}
