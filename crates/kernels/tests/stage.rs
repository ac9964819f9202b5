//! The batched stage sumcheck against the sum by definition.

mod common;

use affidavit_algebra::{FieldPair, eval_012, eval_0123, mle_eval};
use affidavit_kernels::{StageSumcheck, StageTerm};
use common::{Rng, mle};
use p3_field::PrimeCharacteristicRing;

both_fields!(quadratic_terms, cubic_terms, one_term_of_no_variables, large_terms);

fn term<P: FieldPair>(vars: usize, weight: bool, b: bool, rng: &mut Rng) -> StageTerm<P> {
    let mut table = || rng.ks::<P>(1 << vars);
    let (a, weight, b) = (table(), weight.then(&mut table), b.then(&mut table));
    StageTerm { vars, coefficient: rng.k::<P>(), weight, a, b }
}

fn check<P: FieldPair>(terms: Vec<StageTerm<P>>, degree: usize, rng: &mut Rng) {
    let n = terms.iter().map(|t| t.vars).max().unwrap();
    let factors = |t: &StageTerm<P>| -> Vec<Vec<P::K>> {
        t.weight.iter().cloned().chain([t.a.clone()]).chain(t.b.iter().cloned()).collect()
    };
    let mut claim: P::K = terms
        .iter()
        .map(|t| {
            let f = factors(t);
            let sum: P::K = (0..1 << t.vars).map(|i| f.iter().map(|v| v[i]).product::<P::K>()).sum();
            t.coefficient * sum
        })
        .sum();
    let mut sumcheck = StageSumcheck::new(terms.clone(), degree);
    let mut point = Vec::new();
    for round in 0..n {
        assert_eq!(sumcheck.remaining(), n - round);
        let s = sumcheck.round();
        assert_eq!(s.len(), degree);
        let r = rng.k::<P>();
        let s1 = claim - s[0];
        claim = match s[..] {
            [s0, s2] => eval_012(r).iter().zip([s0, s1, s2]).map(|(&l, s)| l * s).sum(),
            [s0, s2, s3] => eval_0123(r).iter().zip([s0, s1, s2, s3]).map(|(&l, s)| l * s).sum(),
            _ => unreachable!(),
        };
        sumcheck.bind(r);
        point.push(r);
    }
    let mut end = P::K::ZERO;
    for (j, t) in terms.iter().enumerate() {
        let (front, own) = point.split_at(n - t.vars);
        let at = |v: &[P::K]| if v.len() <= 1 << 8 { mle::<P>(v, own) } else { mle_eval(v, own) };
        assert_eq!(sumcheck.ends(j), (at(&t.a), t.b.as_ref().map(|b| at(b))), "ends of term {j}");
        let zero: P::K = front.iter().map(|&r| P::K::ONE - r).product();
        end += t.coefficient * zero * factors(t).iter().map(|v| at(v)).product::<P::K>();
    }
    assert_eq!(claim, end);
}

fn quadratic_terms<P: FieldPair>() {
    let mut rng = Rng(10);
    for n in 0..=8 {
        for _ in 0..4 {
            let terms = (0..=rng.below(6))
                .map(|j| {
                    let vars = if j == 0 { n } else { rng.below(n + 1) };
                    let kind = rng.below(3);
                    term::<P>(vars, kind == 1, kind == 2, &mut rng)
                })
                .collect();
            check(terms, 2, &mut rng);
        }
    }
}

fn cubic_terms<P: FieldPair>() {
    let mut rng = Rng(11);
    for n in 0..=8 {
        for _ in 0..4 {
            let terms = (0..=rng.below(6))
                .map(|j| {
                    let vars = if j == 0 { n } else { rng.below(n + 1) };
                    let kind = rng.below(4);
                    term::<P>(vars, kind % 2 == 1, kind > 1, &mut rng)
                })
                .collect();
            check(terms, 3, &mut rng);
        }
    }
}

fn one_term_of_no_variables<P: FieldPair>() {
    let mut rng = Rng(12);
    let only = term::<P>(0, true, true, &mut rng);
    let sumcheck = StageSumcheck::new(vec![only.clone()], 3);
    assert_eq!(sumcheck.remaining(), 0);
    assert_eq!(sumcheck.ends(0), (only.a[0], only.b.map(|b| b[0])));
}

fn large_terms<P: FieldPair>() {
    let mut rng = Rng(13);
    let terms =
        [(13, false, true), (14, true, true), (0, true, false), (12, true, false), (14, false, false), (5, true, true)]
            .map(|(vars, w, b)| term::<P>(vars, w, b, &mut rng));
    check(terms.to_vec(), 3, &mut rng);
    check(vec![term::<P>(14, false, true, &mut rng)], 2, &mut rng);
}
