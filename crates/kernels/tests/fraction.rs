//! The fraction tree and its layers against plain fraction sums, down to the leaves.

mod common;

use affidavit_algebra::{FieldPair, eq_table};
use affidavit_kernels::{FractionTree, LayerSumcheck};
use common::{Rng, lift, mle};
use p3_field::{Field, PrimeCharacteristicRing};

both_fields!(whole_tree_reduces_to_the_leaves, every_message_is_its_definition, a_wrong_layer_fails, layers_leave_once);

/// Runs all layers with random challenges; returns the claims (n, d) on the leaves and their point.
fn reduce<P: FieldPair>(tree: &mut FractionTree<P>, rng: &mut Rng) -> (P::K, P::K, Vec<P::K>, bool) {
    let (mut n, mut d) = tree.root();
    let mut point: Vec<P::K> = Vec::new();
    let mut accepted = true;
    for level in 0..tree.depth() {
        let lambda = rng.k::<P>();
        let mut claim = n + lambda * d;
        let mut sumcheck = LayerSumcheck::new(tree.take_layer(level).unwrap(), &point, lambda);
        let mut bound = Vec::new();
        for &p in &point {
            let [q0, lead] = sumcheck.round();
            let q1 = (claim - (P::K::ONE - p) * q0) * p.inverse();
            let r = rng.k::<P>();
            claim = q0 + r * (q1 - q0 - lead) + r * r * lead;
            sumcheck.bind(r);
            bound.push(r);
        }
        assert_eq!(sumcheck.remaining(), 0);
        let [n0, n1, d0, d1] = sumcheck.ends();
        accepted &= claim == n0 * d1 + n1 * d0 + lambda * d0 * d1;
        let r = rng.k::<P>();
        n = n0 + r * (n1 - n0);
        d = d0 + r * (d1 - d0);
        point = [vec![r], bound].concat();
    }
    (n, d, point, accepted)
}

fn whole_tree_reduces_to_the_leaves<P: FieldPair>() {
    let mut rng = Rng(1);
    for k in (0..=11).chain([13, 15]) {
        let (n, d) = (rng.fs::<P>(1 << k), rng.ks::<P>(1 << k));
        let mut tree = FractionTree::<P>::build(n.clone(), d.clone());
        assert_eq!(tree.depth(), k);
        let (top, bottom) = tree.root();
        let slow: P::K = n.iter().zip(&d).map(|(&n, d)| d.inverse() * n).sum();
        assert_eq!(top, slow * bottom, "sum of 2^{k} fractions");
        assert_eq!(bottom, d.iter().copied().product(), "product of 2^{k} denominators");
        let (end_n, end_d, point, accepted) = reduce(&mut tree, &mut rng);
        assert!(accepted, "2^{k} leaves");
        let eq = eq_table(&point);
        let at = |v: &[P::K]| v.iter().zip(&eq).map(|(&v, &e)| v * e).sum::<P::K>();
        assert_eq!(end_n, at(&lift::<P>(&n)), "numerators of 2^{k} leaves");
        assert_eq!(end_d, at(&d), "denominators of 2^{k} leaves");
    }
}

fn every_message_is_its_definition<P: FieldPair>() {
    let mut rng = Rng(2);
    for k in [2usize, 5, 6, 7, 8] {
        let (n, d) = (rng.fs::<P>(1 << k), rng.ks::<P>(1 << k));
        let mut tree = FractionTree::<P>::build(n.clone(), d.clone());
        let level = k - 1;
        let (point, lambda) = (rng.ks::<P>(level), rng.k::<P>());
        let mut sumcheck = LayerSumcheck::new(tree.take_layer(level).unwrap(), &point, lambda);
        let n = lift::<P>(&n);
        let (n, d) = (n.split_at(1 << level), d.split_at(1 << level));
        let mut bound: Vec<P::K> = Vec::new();
        for i in 0..level {
            // The gate at (bound, X, rest), rest a corner, from the definition of the multilinear extension.
            let gate = |x: P::K, rest: usize| {
                let corner = (0..level - 1 - i).map(|j| P::K::from_bool((rest >> (level - 2 - i - j)) & 1 == 1));
                let at: Vec<P::K> = bound.iter().copied().chain([x]).chain(corner).collect();
                let [n0, n1, d0, d1] = [n.0, n.1, d.0, d.1].map(|v| mle::<P>(v, &at));
                n0 * d1 + n1 * d0 + lambda * d0 * d1
            };
            let q = |x: P::K| -> P::K {
                eq_table(&point[i + 1..]).iter().enumerate().map(|(rest, &e)| e * gate(x, rest)).sum()
            };
            let (q0, q1, q2) = (q(P::K::ZERO), q(P::K::ONE), q(P::K::TWO));
            let lead = (q2 - q1.double() + q0).halve();
            assert_eq!(sumcheck.round(), [q0, lead], "2^{k} leaves, round {i}");
            let r = rng.k::<P>();
            sumcheck.bind(r);
            bound.push(r);
            if k > 6 && i > 1 {
                break;
            }
        }
    }
}

fn a_wrong_layer_fails<P: FieldPair>() {
    let mut rng = Rng(3);
    for k in [1usize, 4, 8] {
        let (n, mut d) = (rng.fs::<P>(1 << k), rng.ks::<P>(1 << k));
        let mut honest = FractionTree::<P>::build(n.clone(), d.clone());
        d[3 % (1 << k)] += P::K::ONE;
        let mut other = FractionTree::<P>::build(n, d);
        let lambda = rng.k::<P>();
        let [n0, n1, d0, d1] = LayerSumcheck::new(other.take_layer(0).unwrap(), &[], lambda).ends();
        let (top, bottom) = honest.root();
        assert_ne!(top + lambda * bottom, n0 * d1 + n1 * d0 + lambda * d0 * d1);
        assert!(reduce(&mut honest, &mut rng).3);
    }
}

fn layers_leave_once<P: FieldPair>() {
    let mut rng = Rng(4);
    let mut tree = FractionTree::<P>::build(rng.fs::<P>(8), rng.ks::<P>(8));
    assert!(tree.take_layer(2).is_some());
    assert!(tree.take_layer(2).is_none());
    assert!(tree.take_layer(3).is_none());
}
