//! Completeness over both field pairs, and the two-adic domain against the definitions.

use super::toy::Words;
use crate::scalar::horner;
use crate::*;
use affidavit_algebra::{FieldPair, GoldilocksPair, KoalaBearPair, random_k, random_k_vec};
use p3_field::{Field, PrimeCharacteristicRing, TwoAdicField};

/// A random system of rows on random scalars, satisfied by them.
pub struct System<P: FieldPair> {
    pub shape: FinishShape,
    pub domain: TwoAdicDomain<P>,
    pub values: Vec<P::K>,
    pub rows: Vec<Expr<P::K>>,
}

impl<P: FieldPair> System<P> {
    pub fn random(scalars: usize, products: usize, queries: usize, log_len: usize, words: &mut Words) -> Self {
        let domain = TwoAdicDomain::<P>::new(log_len, 2).unwrap();
        let index = |words: &mut Words| (words.next() % scalars as u64) as usize;
        // The first pair is a square: i_j = k_j.
        let pairs: Vec<_> = (0..products).map(|j| if j == 0 { (1, 1) } else { (index(words), index(words)) }).collect();
        let shape = FinishShape::new(scalars, pairs, queries, domain.max_len()).unwrap();
        let values = random_k_vec::<P>(scalars, &mut || words.next());
        let rows = (0..scalars + products)
            .map(|r| {
                let mut row = Expr::constant(random_k::<P>(&mut || words.next()));
                for _ in 0..5 {
                    row.add_term(Var::Scalar(index(words)), random_k::<P>(&mut || words.next()));
                }
                if r < products {
                    row.add_term(Var::Product(r), random_k::<P>(&mut || words.next()));
                }
                let excess = row.eval(&values, shape.pairs()).unwrap();
                row - Expr::constant(excess)
            })
            .collect();
        Self { shape, domain, values, rows }
    }

    pub fn mask(&self, secrets: &Secrets<P::K>) -> Vec<P::K> {
        self.values.iter().zip(secrets.pads()).map(|(&v, &h)| v + h).collect()
    }
}

/// Steps 5–10 with random challenges, over all queried rows.
pub fn run<P: FieldPair>(system: &System<P>, secrets: &Secrets<P::K>, words: &mut Words) -> Result<(), FinishError> {
    let mut draw = || random_k::<P>(&mut || words.next());
    let (lambda, x, rho, sigma) = (draw(), draw(), draw(), draw());
    let masked = system.mask(secrets);
    let combination = Combination::new(&system.rows, &masked, &system.shape, lambda, x)?;
    let beta = secrets.beta(&combination);
    let response = secrets.respond(lambda, rho, sigma)?;
    response.check(&system.shape, &combination, beta, rho, &system.domain)?;
    let check = RowCheck::new(&system.domain, &system.shape, &response, lambda, rho, sigma)?;
    let encoded = secrets.columns().each_ref().map(|c| system.domain.encode(c));
    for _ in 0..system.shape.queries() {
        let i = (words.next() % system.domain.rows() as u64) as usize;
        check.check(i, &encoded.each_ref().map(|column| column[i]))?;
    }
    Ok(())
}

fn completeness<P: FieldPair>() {
    let mut words = Words(1);
    for (s, q, t, log_len) in [(60, 20, 12, 8), (3, 1, 1, 3), (2, 0, 3, 4), (500, 40, 166, 12)] {
        let s = s.max(2);
        let system = System::<P>::random(s, q, t, log_len, &mut words);
        let secrets =
            Secrets::sample(&system.shape, &system.domain, &mut || random_k::<P>(&mut || words.next())).unwrap();
        assert_eq!(run(&system, &secrets, &mut words), Ok(()), "{} s={s} q={q}", P::NAME);
    }
}

#[test]
fn satisfied_systems_are_accepted() {
    completeness::<KoalaBearPair>();
    completeness::<GoldilocksPair>();
}

/// The fast two-adic methods against the trait's slow ones.
fn two_adic<P: FieldPair>() {
    let mut words = Words(2);
    let domain = TwoAdicDomain::<P>::new(4, 2).unwrap();
    let mut draw = |n| random_k_vec::<P>(n, &mut || words.next());
    let omega = P::F::two_adic_generator(6);
    for len in [0, 1, 5, 16, 35, 64] {
        let poly = draw(len);
        let (plain, coset) = (domain.encode(&poly), domain.encode_coset(&poly));
        assert_eq!(coset, domain.encode(&crate::domain::scale_by_powers(&poly, domain.shift())));
        for i in 0..64 {
            let x = omega.exp_u64(i as u64);
            assert_eq!(domain.row_point(i), x.into());
            assert_eq!(plain[i], horner(&poly, x.into()));
            assert_eq!(plain[i], domain.encode_row(&poly, i));
            assert_eq!(coset[i], horner(&poly, (x * P::F::GENERATOR).into()));
        }
    }
    let n = 8;
    let long = draw(21);
    let slow: Vec<_> = (0..n).map(|j| horner(&long, domain.message_point(n, j))).collect();
    assert_eq!(domain.message_values(n, &long), slow);
    let values = draw(n);
    assert_eq!(domain.message_values(n, &domain.interpolate(&values)), values);
    let (a, b) = (draw(7), draw(6));
    let product = domain.multiply(&a, &b);
    let x = draw(1)[0];
    assert_eq!(product.len(), 12);
    assert_eq!(horner(&product, x), horner(&a, x) * horner(&b, x));
    for q in [0, 1, 5, 8] {
        let z = domain.vanishing(n, q);
        assert_eq!((z.len(), z.last().copied()), (q + 1, Some(P::K::ONE)));
        for j in 0..n {
            assert_eq!(horner(&z, domain.message_point(n, j)) == P::K::ZERO, j < q);
        }
    }
    // No row of the operand code shows a message cell.
    let omega_powers: Vec<P::F> = omega.powers().take(64).map(|x| x * P::F::GENERATOR).collect();
    for j in 0..n {
        assert!(omega_powers.iter().all(|&x| P::K::from(x) != domain.message_point(n, j)));
    }
}

#[test]
fn two_adic_domain_matches_the_definitions() {
    two_adic::<KoalaBearPair>();
    two_adic::<GoldilocksPair>();
    assert!(matches!(TwoAdicDomain::<KoalaBearPair>::new(20, 5), Err(ShapeError::Domain { log_rows: 25 })));
    assert!(TwoAdicDomain::<KoalaBearPair>::new(usize::MAX, 1).is_err());
}

#[test]
fn shapes_that_do_not_fit_are_refused() {
    assert_eq!(
        FinishShape::new(3, vec![(0, 1), (2, 3)], 1, 64),
        Err(ShapeError::Pair { pair: 1, scalar: 3, scalars: 3 })
    );
    // n_H = 5 + 1 + 2 = 8; n = 4, 2n − 1 = 7.
    assert!(FinishShape::new(5, vec![(0, 1)], 2, 8).is_ok());
    assert_eq!(FinishShape::new(5, vec![(0, 1)], 2, 7), Err(ShapeError::PadVector { length: 8, max_len: 7 }));
    // n_H = 2 + 1 + 4 = 7; n = 8, 2n − 1 = 15.
    assert_eq!(FinishShape::new(2, vec![(0, 1)], 4, 14), Err(ShapeError::Product { length: 15, max_len: 14 }));
    assert!(FinishShape::new(2, vec![(0, 1)], 4, 15).is_ok());
    for (s, t) in [(usize::MAX, 1), (1, usize::MAX), (0, usize::MAX / 2 + 2)] {
        assert!(FinishShape::new(s, vec![], t, usize::MAX).is_err());
    }
    // A shape made for a larger code is refused by the smaller one.
    let shape = FinishShape::new(40, vec![], 2, 64).unwrap();
    let domain = TwoAdicDomain::<KoalaBearPair>::new(4, 2).unwrap();
    let mut one = || <KoalaBearPair as FieldPair>::K::ONE;
    assert!(matches!(Secrets::sample(&shape, &domain, &mut one), Err(FinishError::Shape(_))));
}

#[test]
fn expressions_compute_what_they_say() {
    type K = <KoalaBearPair as FieldPair>::K;
    let mut words = Words(3);
    let v = random_k_vec::<KoalaBearPair>(3, &mut || words.next());
    let k = random_k_vec::<KoalaBearPair>(3, &mut || words.next());
    let pairs = [(0, 2), (1, 1)];
    let a = Expr::var(Var::Scalar(0)) * k[0] + Expr::constant(k[1]);
    let b = Expr::var(Var::Product(0)) - Expr::var(Var::Scalar(2)) + Expr::var(Var::Product(1));
    let (x, y) = (v[0] * k[0] + k[1], v[0] * v[2] - v[2] + v[1] * v[1]);
    assert_eq!(a.eval(&v, &pairs), Ok(x));
    assert_eq!(b.eval(&v, &pairs), Ok(y));
    let mut c = a.clone() - b.clone().scale(k[2]);
    assert_eq!(c.eval(&v, &pairs), Ok(x - y * k[2]));
    c.add_scaled(&a, k[1]);
    c.add_scaled(&a, -k[1]);
    c.add_scaled(&b, k[2]);
    assert_eq!(c.eval(&v, &pairs), Ok(x));
    assert_eq!(Expr::<K>::var(Var::Scalar(3)).eval(&v, &pairs), Err(FinishError::UnknownVariable));
    assert_eq!(Expr::<K>::var(Var::Product(2)).eval(&v, &pairs), Err(FinishError::UnknownVariable));
    // A row that names a scalar ≥ s must not slip into the cells of z.
    let shape = FinishShape::new(3, pairs.to_vec(), 1, 64).unwrap();
    let row = [Expr::var(Var::Scalar(3))];
    assert_eq!(Combination::new(&row, &v, &shape, k[0], k[1]), Err(FinishError::UnknownVariable));
}
