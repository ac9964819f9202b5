//! Nanoseconds per codeword cell for encoding and for salted hashing, and the verifier's encodings.

use affidavit_algebra::{FieldPair, GoldilocksPair, KoalaBearPair};
use affidavit_commit::{CodeShape, Encoded, encode_columns, encode_k_many};
use p3_field::{BasedVectorSpace, PrimeCharacteristicRing};
use std::hint::black_box;
use std::time::Instant;

/// Milliseconds of the fastest of several runs.
fn best<T>(mut work: impl FnMut() -> T) -> f64 {
    let start = Instant::now();
    let mut best = f64::INFINITY;
    let mut runs = 0;
    while runs < 3 || (start.elapsed().as_secs_f64() < 0.5 && runs < 50) {
        let t = Instant::now();
        black_box(work());
        best = best.min(t.elapsed().as_secs_f64() * 1e3);
        runs += 1;
    }
    best
}

fn cell<F: PrimeCharacteristicRing>(i: usize) -> F {
    F::from_u64((i as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 1)
}

fn commit_bench<P: FieldPair>(max_cells: usize) {
    for log_n in [14, 16, 18] {
        for width in [5, 20, 60, 300, 1000] {
            let cells = width << log_n;
            if cells > max_cells {
                continue;
            }
            let shape = CodeShape { log_rows: log_n - 2, log_blowup: 2 };
            let columns: Vec<Vec<P::F>> =
                (0..width).map(|j| (0..1 << shape.log_rows).map(|i| cell(i * width + j)).collect()).collect();
            let encode = best(|| encode_columns::<P>(&columns, shape));
            let commit = best(|| Encoded::<P>::commit(&columns, shape, [1; 32]).map(|e| e.root()));
            let ns = 1e6 / cells as f64;
            println!(
                "{:10} N 2^{log_n} width {width:4}: encode {encode:8.2} ms {:5.2} ns/cell · commit {commit:8.2} ms, hashing {:5.2} ns/cell",
                P::NAME,
                encode * ns,
                (commit - encode) * ns,
            );
        }
    }
}

fn verifier_bench<P: FieldPair>() {
    for log_rows in [12, 13, 14, 15] {
        let shape = CodeShape { log_rows, log_blowup: 2 };
        let vector: Vec<P::K> =
            (0..1 << log_rows).map(|i| P::K::from_basis_coefficients_fn(|d| cell(i * 8 + d))).collect();
        let four = [vector.as_slice(); 4];
        let ms = best(|| encode_k_many::<P>(&four, shape));
        let one = best(|| encode_k_many::<P>(&four[..1], shape));
        println!("{:10} K-vectors of 2^{log_rows}: four {ms:6.2} ms, one {one:6.2} ms", P::NAME);
    }
}

fn main() {
    println!("{} threads", rayon::current_num_threads());
    commit_bench::<KoalaBearPair>(80 << 20);
    commit_bench::<GoldilocksPair>(40 << 20);
    verifier_bench::<KoalaBearPair>();
    verifier_bench::<GoldilocksPair>();
}
