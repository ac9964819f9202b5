//! Hiding of the composition by rank, for every witness direction, and what breaks it.
//!
//! For fixed masked scalars the transcript is T(w) + L·r for uniform r; it hides the witness w exactly if L does not
//! depend on w and every T(w) − T(w′) lies in the image of L.

use super::composition::*;
use super::linear::Span;
use super::toy::{Fp, Toy, ToyDomain, Words, open};
use crate::secrets::Randomness;
use crate::*;

fn zeros(n: usize) -> Vec<F> {
    vec![Fp(0); n]
}

fn minus(a: &[F], b: &[F]) -> Vec<F> {
    a.iter().zip(b).map(|(&x, &y)| x - y).collect()
}

fn plus(a: &[F], b: &[F]) -> Vec<F> {
    a.iter().zip(b).map(|(&x, &y)| x + y).collect()
}

/// The image of L at the witness `data`.
fn image(system: &Composition, data: &[F]) -> Span<97> {
    let base = system.transcript(data, &zeros(system.draws_len()), false);
    let mut span = Span::default();
    for i in 0..system.draws_len() {
        let mut draws = zeros(system.draws_len());
        draws[i] = Fp(1);
        span.insert(minus(&system.transcript(data, &draws, false), &base));
    }
    span
}

/// One witness for every data cell, each direction from two base points, and random ones (the pads' products are
/// quadratic in the witness, so directions alone would not do).
fn witnesses(system: &Composition) -> Vec<Vec<F>> {
    let words = &mut Words(77);
    let n = system.data_len();
    let mut all = vec![zeros(n)];
    for base in [zeros(n), words.toys(n)] {
        for cell in 0..n {
            for step in [1, 2] {
                let mut w = base.clone();
                w[cell] = w[cell] + Fp(step);
                all.push(w);
            }
        }
    }
    all.extend((0..20).map(|_| words.toys::<F>(n)));
    all
}

/// Whether each witness of the list has the same distribution as the zero witness.
fn hidden(system: &Composition) -> bool {
    let span = image(system, &zeros(system.data_len()));
    let still = zeros(system.draws_len());
    let base = system.transcript(&zeros(system.data_len()), &still, false);
    witnesses(system).iter().all(|w| span.contains(minus(&system.transcript(w, &still, false), &base)))
}

#[test]
fn three_proofs_on_one_oracle_hide_every_witness_direction() {
    for seed in 1..4 {
        assert!(hidden(&Composition::new(Sabotage::None, seed)), "seed {seed}");
    }
}

/// The premises of the rank test: proofs verify, and the transcript is affine in the draws, with one linear part.
#[test]
fn the_transcript_is_affine_in_the_draws() {
    let words = &mut Words(5);
    let system = Composition::new(Sabotage::None, 1);
    let still = zeros(system.draws_len());
    let origin = zeros(system.data_len());
    let base = system.transcript(&origin, &still, true);
    for w in witnesses(&system).iter().rev().take(6) {
        let (r, s): (Vec<F>, Vec<F>) = (words.toys(still.len()), words.toys(still.len()));
        let t = |draws: &[F]| system.transcript(w, draws, true);
        let linear = minus(&t(&r), &t(&still));
        assert_eq!(t(&plus(&r, &s)), plus(&linear, &t(&s)));
        assert_eq!(linear, minus(&system.transcript(&origin, &r, true), &base));
        assert_ne!(t(&still), base, "the witness must reach the transcript");
    }
}

/// The simulator's count: besides X_H, X_Y, u and the rows, only β and the masks' rows are determined.
#[test]
fn the_image_has_the_simulators_dimension() {
    let system = Composition::new(Sabotage::None, 2);
    let n_h = system.shape.n_h();
    // Per proof, in K: u, X_H, X_Y and, per row, C_H, C_a, C_b, C_c; per row, in F, the two data columns.
    let per_proof = 2 * (CELLS + n_h + system.shape.n() + 4 * QUERIES) + COLUMNS_F * QUERIES;
    assert_eq!(image(&system, &zeros(system.data_len())).rank(), PROOFS * per_proof);
}

#[test]
fn every_broken_composition_is_seen() {
    let mut sabotages = vec![
        Sabotage::ShortPads,
        Sabotage::StridedPads,
        Sabotage::ReusedMask,
        Sabotage::BaseFieldMask,
        Sabotage::PadVectorTail,
        Sabotage::PadVectorMask,
        Sabotage::OperandTail(0),
        Sabotage::OperandTail(1),
        Sabotage::OperandTail(2),
        Sabotage::OperandMask,
        Sabotage::MessageInside,
    ];
    // Pad cells too: a pad in clear is a pad less.
    sabotages.extend((0..CELLS).map(Sabotage::UnmaskedCell));
    for sabotage in sabotages {
        let system = Composition::new(sabotage, 1);
        // What is broken is hiding, not the proof.
        system.transcript(&Words(9).toys(system.data_len()), &Words(8).toys(system.draws_len()), true);
        assert!(!hidden(&system), "{sabotage:?} went unnoticed");
    }
}

/// S ↦ Φ reaches every polynomial of degree ≤ 2n − 2 that vanishes at the products, and the opened R_× follows.
#[test]
fn the_product_mask_covers_its_space() {
    let system = Composition::new(Sabotage::None, 1);
    let (shape, domain) = (&system.shape, &system.domain);
    let [lambda, _, rho, sigma] = system.proofs[0].finish;
    let free = shape.product_len() - shape.products();
    let words = &mut Words(6);
    for _ in 0..4 {
        let draws = |quotient: Vec<K>, words: &mut Words| Randomness {
            pads: words.toys(shape.scalars()),
            h_tail: words.toys(QUERIES),
            r_h: words.toys(shape.n_h()),
            tails: [words.toys(2), words.toys(2), words.toys(2)],
            r_y: words.toys(4),
            quotient,
        };
        let seed = words.next();
        let phi = |quotient: Vec<K>| {
            let secrets = Secrets::build(shape, domain, draws(quotient, &mut Words(seed))).unwrap();
            let response = secrets.respond(lambda, rho, sigma).unwrap();
            let check = RowCheck::new(domain, shape, &response, lambda, rho, sigma).unwrap();
            check.check(3, &open(&secrets, domain, 3)).unwrap();
            response.phi
        };
        let base = phi(vec![K::zero(); free]);
        assert!(vanishes(domain, &base, shape.products()));
        let mut span = Span::<97>::default();
        for i in 0..free {
            for basis in [K::one(), K::nth(97)] {
                let mut quotient = vec![K::zero(); free];
                quotient[i] = basis;
                let moved = phi(quotient);
                assert!(vanishes(domain, &moved, shape.products()));
                span.insert(moved.iter().zip(&base).flat_map(|(&x, &y)| [x.0 - y.0, x.1 - y.1]).collect());
            }
        }
        assert_eq!(span.rank(), 2 * free);
    }
}

fn vanishes(domain: &ToyDomain<K>, phi: &[K], products: usize) -> bool {
    domain.message_values(4, phi)[..products].iter().all(|&v| v == K::zero())
}
