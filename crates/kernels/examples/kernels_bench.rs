//! Times the kernels: `cargo run --release -p affidavit-kernels --example kernels_bench`.

use affidavit_algebra::{FieldPair, GoldilocksPair, KoalaBearPair, random_f, random_k_vec};
use affidavit_kernels::{
    BatchSumcheck, FractionTree, LayerSumcheck, StageSumcheck, StageTerm, add_scaled_eq, bind_axes, eq_table,
};
use p3_field::PrimeCharacteristicRing;
use std::hint::black_box;
use std::time::Instant;

const REPEATS: usize = 5;

fn main() {
    println!("{} threads", rayon::current_num_threads());
    run::<KoalaBearPair>();
    run::<GoldilocksPair>();
}

fn run<P: FieldPair>() {
    println!("{}", P::NAME);
    let mut state = 1u64;
    let mut next = move || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb)
    };
    let mut ks = |n: usize| random_k_vec::<P>(n, &mut next);
    let challenges = ks(64);
    for k in [14usize, 18, 22] {
        let d = ks(1 << k);
        let n = vec![P::F::NEG_ONE; 1 << k];
        let (mut build, mut layers) = (f64::MAX, f64::MAX);
        for _ in 0..REPEATS {
            let (n, d) = (n.clone(), d.clone());
            let start = Instant::now();
            let mut tree = FractionTree::<P>::build(n, d);
            build = build.min(milliseconds(start));
            let start = Instant::now();
            for level in 0..k {
                let Some(layer) = tree.take_layer(level) else { continue };
                let mut sumcheck = LayerSumcheck::new(layer, &challenges[..level], challenges[63]);
                for &r in &challenges[level..2 * level] {
                    black_box(sumcheck.round());
                    sumcheck.bind(r);
                }
                black_box(sumcheck.ends());
            }
            layers = layers.min(milliseconds(start));
        }
        println!("  tree of 2^{k}: build {build:.2} ms, layers {layers:.2} ms, {:.2} ms in all", build + layers);
    }
    let mut state = 5u64;
    let mut word = move || {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        state >> 1
    };
    let mut fs = |n: usize| -> Vec<P::F> { (0..n).map(|_| random_f::<P>(&mut word)).collect() };

    let columns: Vec<Vec<P::F>> = (0..300).map(|_| fs(1 << 14)).collect();
    let weights: Vec<Vec<P::K>> = (0..300).map(|_| ks(1 << 14)).collect();
    let batch = (0..REPEATS).map(|_| {
        let weights = weights.clone();
        let start = Instant::now();
        let mut sumcheck = BatchSumcheck::<P>::new(columns.iter().map(|c| c.as_slice()).collect(), weights);
        for &r in &challenges[..sumcheck.remaining()] {
            black_box(sumcheck.round());
            sumcheck.bind(r);
        }
        black_box(sumcheck.end());
        milliseconds(start)
    });
    println!("  batch of 300 × 2^14: {:.2} ms", batch.fold(f64::MAX, f64::min));

    let matrix = fs(512 * 512);
    let table = ks(512);
    for (name, bound) in [("rows", [Some(table.as_slice()), None]), ("columns", [None, Some(table.as_slice())])] {
        let free = usize::from(bound[0].is_some());
        let time = best(|| bind_axes::<P>(&matrix, &[512, 512], &bound, &[free]));
        println!("  bind 512 × 512, {name}: {time:.3} ms");
    }
    let (a, b) = (ks(1 << 18), ks(1 << 18));
    let stage = best(|| {
        let term = StageTerm { vars: 18, coefficient: a[0], weight: None, a: a.clone(), b: Some(b.clone()) };
        let mut sumcheck = StageSumcheck::<P>::new(vec![term], 2);
        for &r in &challenges[..18] {
            black_box(sumcheck.round());
            sumcheck.bind(r);
        }
        sumcheck.ends(0)
    });
    println!("  stage of one 2^18 product: {stage:.2} ms");
    println!("  eq table of 2^20: {:.2} ms", best(|| eq_table::<P>(&challenges[..20])));
    let mut out = ks(1 << 20);
    println!(
        "  add scaled eq of 2^20: {:.2} ms",
        best(|| add_scaled_eq::<P>(&mut out, challenges[9], &challenges[..20]))
    );
}

fn best<T>(mut work: impl FnMut() -> T) -> f64 {
    (0..REPEATS)
        .map(|_| {
            let start = Instant::now();
            black_box(work());
            milliseconds(start)
        })
        .fold(f64::MAX, f64::min)
}

fn milliseconds(start: Instant) -> f64 {
    start.elapsed().as_secs_f64() * 1e3
}
