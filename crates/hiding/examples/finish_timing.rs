//! Times the finish at production sizes: `cargo run --release -p affidavit-hiding --example finish_timing`.

use affidavit_algebra::{FieldPair, GoldilocksPair, KoalaBearPair, random_k, random_k_vec};
use affidavit_hiding::{Combination, Expr, FinishDomain, FinishShape, RowCheck, Secrets, TwoAdicDomain, Var};
use std::time::Instant;

fn timed<T>(name: &str, f: impl Fn() -> T) -> T {
    let mut best = f64::INFINITY;
    let mut last = f();
    for _ in 0..10 {
        let start = Instant::now();
        last = f();
        best = best.min(start.elapsed().as_secs_f64());
    }
    println!("  {name:<28}{:8.3} ms", best * 1e3);
    last
}

fn run<P: FieldPair>(scalars: usize, products: usize, queries: usize, log_len: usize) {
    println!("{} s={scalars} q={products} t={queries} N=2^{}", P::NAME, log_len + 2);
    // SplitMix64, so that the example needs no further crate; not a source of secrets.
    let state = std::cell::Cell::new(1u64);
    let words = || {
        state.set(state.get().wrapping_add(0x9e37_79b9_7f4a_7c15));
        let mut z = state.get();
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    };
    let domain = TwoAdicDomain::<P>::new(log_len, 2).expect("a two-adic domain");
    let pairs = (0..products).map(|j| (j, scalars - 1 - j)).collect();
    let shape = FinishShape::new(scalars, pairs, queries, domain.max_len()).expect("sizes fit");
    let values = random_k_vec::<P>(scalars, &mut || words());
    let rows: Vec<Expr<P::K>> = (0..scalars / 2 + products)
        .map(|r| {
            let mut row = Expr::var(Var::Scalar(r % scalars));
            for i in 0..8 {
                row.add_term(Var::Scalar((r * 7 + i * 31) % scalars), random_k::<P>(&mut || words()));
            }
            if r < products {
                row.add_term(Var::Product(r), random_k::<P>(&mut || words()));
            }
            let excess = row.eval(&values, shape.pairs()).expect("known variables");
            row - Expr::constant(excess)
        })
        .collect();
    let [lambda, x, rho, sigma] = [(); 4].map(|()| random_k::<P>(&mut || words()));
    let secrets = timed("sample", || {
        Secrets::sample(&shape, &domain, &mut || random_k::<P>(&mut || words())).expect("sizes fit")
    });
    let masked: Vec<P::K> = values.iter().zip(secrets.pads()).map(|(&v, &h)| v + h).collect();
    let combination =
        timed("combination", || Combination::new(&rows, &masked, &shape, lambda, x).expect("known variables"));
    let beta = timed("beta", || secrets.beta(&combination));
    let response = timed("respond", || secrets.respond(lambda, rho, sigma).expect("non-zero"));
    timed("check", || response.check(&shape, &combination, beta, rho, &domain).expect("accepted"));
    let rows =
        timed("prepare the rows", || RowCheck::new(&domain, &shape, &response, lambda, rho, sigma).expect("sizes fit"));
    let columns = secrets.columns().each_ref().map(|column| domain.encode(column));
    let opened: Vec<_> = (0..queries).map(|i| (i * 61, columns.each_ref().map(|c| c[i * 61]))).collect();
    timed("check the rows", || opened.iter().for_each(|(i, row)| rows.check(*i, row).expect("accepted")));
}

fn main() {
    run::<KoalaBearPair>(500, 40, 166, 12);
    run::<KoalaBearPair>(3000, 400, 166, 14);
    run::<GoldilocksPair>(3000, 400, 166, 14);
}
