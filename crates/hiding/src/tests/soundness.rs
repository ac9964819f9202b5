//! What a cheating prover meets, and at which step.

use super::real_fields::{System, run};
use super::toy::{Fp2, Toy, ToyDomain, Words, open};
use crate::domain::FinishDomain;
use crate::secrets::Randomness;
use crate::*;
use affidavit_algebra::{FieldPair, GoldilocksPair, KoalaBearPair, random_k, random_k_vec};
use p3_field::PrimeCharacteristicRing;

/// The vectors of a finish, free to be corrupted before they are committed.
struct Vectors<K> {
    pads: Vec<K>,
    h: Vec<K>,
    r_h: Vec<K>,
    operands: [Vec<K>; 3],
    r_y: Vec<K>,
    r_x: Vec<K>,
}

impl<K: Scalar> Vectors<K> {
    fn honest<D: FinishDomain<K = K>>(shape: &FinishShape, domain: &D, mut uniform: impl FnMut() -> K) -> Self {
        let mut draw = |n: usize| -> Vec<K> { (0..n).map(|_| uniform()).collect() };
        let pads = draw(shape.scalars());
        let first: Vec<K> = shape.pairs().iter().map(|&(i, _)| pads[i]).collect();
        let second: Vec<K> = shape.pairs().iter().map(|&(_, k)| pads[k]).collect();
        let z: Vec<K> = first.iter().zip(&second).map(|(&a, &b)| a * b).collect();
        let tail = shape.n() - shape.products();
        let quotient = draw(shape.product_len() - shape.products());
        Self {
            h: [pads.clone(), z.clone(), draw(shape.queries())].concat(),
            r_h: draw(shape.n_h()),
            operands: [[first, draw(tail)].concat(), [second, draw(tail)].concat(), [z, draw(tail)].concat()],
            r_y: draw(shape.n()),
            r_x: domain.multiply(&domain.vanishing(shape.n(), shape.products()), &quotient),
            pads,
        }
    }

    fn commit<D: FinishDomain<K = K>>(self, shape: &FinishShape, domain: &D) -> Secrets<K> {
        let Self { pads, h, r_h, operands, r_y, r_x } = self;
        Secrets::assemble(shape, domain, pads, h, r_h, operands, r_y, r_x).unwrap()
    }
}

fn rejected_where_expected<P: FieldPair>() {
    let words = &mut Words(11);
    let mut system = System::<P>::random(30, 8, 6, 6, words);
    let q = system.shape.products();
    let honest = |system: &System<P>, words: &mut Words| {
        Vectors::honest(&system.shape, &system.domain, || random_k::<P>(&mut || words.next()))
    };
    let secrets = honest(&system, words).commit(&system.shape, &system.domain);
    assert_eq!(run(&system, &secrets, words), Ok(()));

    // Each recorded row, affine or with a product, is broken on its own.
    for r in 0..system.rows.len() {
        system.rows[r].constant += P::K::ONE;
        let secrets = honest(&system, words).commit(&system.shape, &system.domain);
        assert_eq!(run(&system, &secrets, words), Err(FinishError::Claim), "row {r}");
        system.rows[r].constant -= P::K::ONE;
    }
    // A wrong scalar that only a product row mentions.
    let last = system.values[29];
    system.values[29] += P::K::ONE;
    let secrets = honest(&system, words).commit(&system.shape, &system.domain);
    assert_eq!(run(&system, &secrets, words), Err(FinishError::Claim));
    system.values[29] = last;

    for j in 0..q {
        // z wrong in H alone: the link to c fails.
        let mut vectors = honest(&system, words);
        vectors.h[system.shape.scalars() + j] += P::K::ONE;
        let secrets = vectors.commit(&system.shape, &system.domain);
        assert_eq!(run(&system, &secrets, words), Err(FinishError::Claim), "z in H");
        // z wrong in both, and the row that it satisfies adapted: only the product argument is left to object.
        let mut vectors = honest(&system, words);
        vectors.h[system.shape.scalars() + j] += P::K::ONE;
        vectors.operands[2][j] += P::K::ONE;
        let mut adapted = System { rows: system.rows.clone(), values: system.values.clone(), ..system };
        for row in &mut adapted.rows {
            // In a row on h, z_j enters as −coefficient·z_j.
            let k: P::K = row.terms.iter().filter(|(v, _)| *v == Var::Product(j)).map(|&(_, k)| k).sum();
            row.constant -= k;
        }
        let secrets = vectors.commit(&adapted.shape, &adapted.domain);
        assert_eq!(run(&adapted, &secrets, words), Err(FinishError::Product { product: j }));
        system = System { rows: system.rows, values: system.values, ..adapted };
        // An operand that is not the pad.
        for operand in 0..2 {
            let mut vectors = honest(&system, words);
            vectors.operands[operand][j] += P::K::ONE;
            let secrets = vectors.commit(&system.shape, &system.domain);
            assert_eq!(run(&system, &secrets, words), Err(FinishError::Claim), "operand {operand}");
        }
    }
}

#[test]
fn each_cheat_is_rejected_at_its_step() {
    rejected_where_expected::<KoalaBearPair>();
    rejected_where_expected::<GoldilocksPair>();
}

#[test]
fn a_response_for_other_columns_fails_at_its_row_equation() {
    type P = KoalaBearPair;
    let words = &mut Words(12);
    let system = System::<P>::random(10, 3, 5, 5, words);
    let (shape, domain) = (&system.shape, &system.domain);
    let secrets = Secrets::sample(shape, domain, &mut || random_k::<P>(&mut || words.next())).unwrap();
    let c = random_k_vec::<P>(4, &mut || words.next());
    let response = secrets.respond(c[0], c[2], c[3]).unwrap();
    let check = |response: &Response<_>, column: Option<usize>| {
        let rows = RowCheck::new(domain, shape, response, c[0], c[2], c[3]).unwrap();
        (0..domain.rows()).try_for_each(|i| {
            let mut row = open(&secrets, domain, i);
            if let Some(column) = column {
                row[column] += <P as FieldPair>::K::ONE;
            }
            rows.check(i, &row)
        })
    };
    assert_eq!(check(&response, None), Ok(()));
    let expected = |column| match column {
        0 | 1 => FinishError::PadRow { row: 0 },
        2..=5 => FinishError::OperandRow { row: 0 },
        _ => FinishError::ProductRow { row: 0 },
    };
    for column in 0..COLUMNS {
        assert_eq!(check(&response, Some(column)), Err(expected(column)));
    }
    let parts: [fn(&mut Response<<P as FieldPair>::K>) -> &mut Vec<<P as FieldPair>::K>; 3] =
        [|r| &mut r.x_h, |r| &mut r.x_y, |r| &mut r.phi];
    let rows_fail =
        [FinishError::PadRow { row: 0 }, FinishError::OperandRow { row: 0 }, FinishError::ProductRow { row: 0 }];
    let combination = Combination::new(&system.rows, &system.mask(&secrets), shape, c[0], c[1]).unwrap();
    let beta = secrets.beta(&combination);
    for (part, expected) in parts.iter().zip(rows_fail) {
        let mut wrong = response.clone();
        part(&mut wrong)[0] += <P as FieldPair>::K::ONE;
        assert_eq!(check(&wrong, None), Err(expected));
        assert!(wrong.check(shape, &combination, beta, c[2], domain).is_err());
        let mut long = response.clone();
        part(&mut long).push(c[0]);
        assert!(matches!(long.check(shape, &combination, beta, c[2], domain), Err(FinishError::Length { .. })));
        assert!(RowCheck::new(domain, shape, &long, c[0], c[2], c[3]).is_err());
    }
    let rows = RowCheck::new(domain, shape, &response, c[0], c[2], c[3]).unwrap();
    assert_eq!(rows.check(domain.rows(), &[c[0]; 7]), Err(FinishError::RowIndex { row: domain.rows() }));
    assert_eq!(response.check(shape, &combination, beta + c[0], c[2], domain), Err(FinishError::Claim));
}

#[test]
fn zero_challenges_are_refused_on_both_sides() {
    type K = Fp2<5>;
    let words = &mut Words(13);
    let shape = FinishShape::new(2, vec![(0, 1)], 1, 8).unwrap();
    let domain = ToyDomain::new(vec![K::nth(1)], K::nth(2), vec![K::nth(0), K::nth(1)], 8);
    let secrets = Secrets::sample(&shape, &domain, &mut || words.toy()).unwrap();
    let (one, zero) = (K::nth(1), K::nth(0));
    assert_eq!(secrets.respond(one, zero, one), Err(FinishError::ZeroChallenge));
    assert_eq!(secrets.respond(one, one, zero), Err(FinishError::ZeroChallenge));
    let response = secrets.respond(one, one, one).unwrap();
    let combination = Combination::new(&[], &[one, one], &shape, one, one).unwrap();
    let beta = secrets.beta(&combination);
    assert_eq!(response.check(&shape, &combination, beta, one, &domain), Ok(()));
    assert_eq!(response.check(&shape, &combination, beta, zero, &domain), Err(FinishError::ZeroChallenge));
    assert!(RowCheck::new(&domain, &shape, &response, one, zero, one).is_err());
    assert!(RowCheck::new(&domain, &shape, &response, one, one, zero).is_err());
}

/// The best a prover with a·b ≠ c can do is to fix R_× for one guess of σ: exactly one of |K| − 1 values accepts.
#[test]
fn a_wrong_triple_passes_for_exactly_one_sigma() {
    type K = Fp2<5>;
    let words = &mut Words(14);
    let shape = FinishShape::new(3, vec![(0, 1), (2, 2)], 2, 32).unwrap();
    let points: Vec<K> = (6..11).map(K::nth).collect();
    let domain = ToyDomain::new(points, K::nth(2), (0..4).map(K::nth).collect(), 32);
    for guess in K::non_zero() {
        let mut vectors = Vectors::honest(&shape, &domain, || words.toy());
        // Both triples are wrong, by one factor each; R_× is set against both.
        vectors.h[3] = vectors.h[3] + K::one();
        vectors.operands[2][0] = vectors.operands[2][0] + K::one();
        vectors.h[4] = vectors.h[4] - K::nth(7);
        vectors.operands[2][1] = vectors.operands[2][1] - K::nth(7);
        let correction = domain.interpolate(&[guess, -guess * K::nth(7), K::zero(), K::zero()]);
        for (cell, &k) in vectors.r_x.iter_mut().zip(&correction) {
            *cell = *cell + k;
        }
        let secrets = vectors.commit(&shape, &domain);
        let (lambda, x, rho) = (words.toy(), words.toy(), words.challenge());
        let combination = Combination::new(&[], &words.toys(3), &shape, lambda, x).unwrap();
        let beta = secrets.beta(&combination);
        let mut accepted = Vec::new();
        for sigma in K::non_zero() {
            let response = secrets.respond(lambda, rho, sigma).unwrap();
            let rows = RowCheck::new(&domain, &shape, &response, lambda, rho, sigma).unwrap();
            for i in 0..domain.rows() {
                rows.check(i, &open(&secrets, &domain, i)).unwrap();
            }
            match response.check(&shape, &combination, beta, rho, &domain) {
                Ok(()) => accepted.push(sigma),
                Err(error) => assert_eq!(error, FinishError::Product { product: 0 }),
            }
        }
        assert_eq!(accepted, [guess]);
    }
}

/// The counterpart: a right triple does not depend on σ.
#[test]
fn a_right_triple_passes_for_every_sigma() {
    type K = Fp2<3>;
    let words = &mut Words(15);
    let shape = FinishShape::new(2, vec![(0, 1)], 1, 16).unwrap();
    let domain = ToyDomain::new(vec![K::nth(4)], K::nth(2), vec![K::nth(0), K::nth(1)], 16);
    let draws = Randomness {
        pads: words.toys(2),
        h_tail: words.toys(1),
        r_h: words.toys(4),
        tails: [words.toys(1), words.toys(1), words.toys(1)],
        r_y: words.toys(2),
        quotient: words.toys(2),
    };
    let secrets = Secrets::build(&shape, &domain, draws).unwrap();
    let (lambda, rho) = (words.toy(), words.challenge());
    let combination = Combination::new(&[], &words.toys(2), &shape, lambda, words.toy()).unwrap();
    for sigma in K::non_zero() {
        let response = secrets.respond(lambda, rho, sigma).unwrap();
        assert_eq!(response.check(&shape, &combination, secrets.beta(&combination), rho, &domain), Ok(()));
    }
}
