//! The sumcheck of one tree layer, with the eq factor stripped from every round (Gruen, eprint 2024/108).

use super::pass::{evaluate, evaluate_leaf, fold_evaluate};
use super::tree::{FractionLayer, Fractions};
use crate::eq::SuffixEq;
use crate::lanes::{PARALLEL, halves, split, split_mut, unpack};
use crate::mode::{Mode, PackedK, Simd, width};
use affidavit_algebra::FieldPair;
use p3_field::{Algebra, PackedValue, PrimeCharacteristicRing};
use rayon::prelude::*;

/// Reduces c = Σ_x eq(point, x)·[n0(x)·d1(x) + n1(x)·d0(x) + λ·d0(x)·d1(x)] to one evaluation of each factor.
///
/// Round i sends q_i(X) = Σ_rest eq(point[i+1..], rest)·gate(r_0, …, r_{i−1}, X, rest), of degree 2, as
/// [q_i(0), leading coefficient]. The caller knows c_i = (1 − p_i)·q_i(0) + p_i·q_i(1) and c_{i+1} = q_i(r_i).
#[derive(Clone, Debug)]
pub struct LayerSumcheck<P: FieldPair> {
    state: State<P>,
    eq: SuffixEq<P>,
    lambda: P::K,
    message: [P::K; 2],
    remaining: usize,
}

/// The arrays a0 = n0 + λ·d0, n1, d0, d1 after the rounds so far.
#[derive(Clone, Debug)]
enum State<P: FieldPair> {
    Leaf { numerators: Vec<P::F>, denominators: [Vec<PackedK<P>>; 2] },
    Simd([Vec<PackedK<P>>; 4]),
    Scalar([Vec<P::K>; 4]),
}

impl<P: FieldPair> LayerSumcheck<P> {
    /// Starts on a layer of 2^(level+1) fractions at a point of `level` coordinates.
    ///
    /// # Panics
    /// If the point's length is not the layer's level.
    pub fn new(layer: FractionLayer<P>, point: &[P::K], lambda: P::K) -> Self {
        let level = layer.0.level();
        assert_eq!(point.len(), level, "coordinates of the point against the layer's level");
        let state = match layer.0 {
            Fractions::Leaf { numerators, denominators } => State::Leaf { numerators, denominators },
            Fractions::Simd([mut a, n, d, e]) => {
                add_scaled(&mut a, &d, <Simd as Mode<P>>::splat(lambda));
                State::Simd([a, n, d, e])
            }
            Fractions::Scalar([mut a, n, d, e]) => {
                add_scaled(&mut a, &d, lambda);
                State::Scalar([a, n, d, e])
            }
        };
        let eq = SuffixEq::new(point.get(1..).unwrap_or(&[]));
        let mut this = Self { state, eq, lambda, message: [P::K::ZERO; 2], remaining: level };
        if level > 0 {
            this.message = this.evaluate();
        }
        this
    }

    /// Rounds left.
    pub fn remaining(&self) -> usize {
        self.remaining
    }

    /// This round's [q(0), leading coefficient of q].
    ///
    /// # Panics
    /// If no round is left.
    pub fn round(&self) -> [P::K; 2] {
        assert!(self.remaining > 0, "all variables are bound");
        self.message
    }

    /// Binds the first remaining variable to r.
    ///
    /// # Panics
    /// If no round is left.
    pub fn bind(&mut self, r: P::K) {
        assert!(self.remaining > 0, "all variables are bound");
        self.remaining -= 1;
        let w = width::<P>();
        if self.remaining > 0 {
            self.eq.shrink();
        }
        match &mut self.state {
            State::Leaf { numerators, denominators } => {
                let numerators = core::mem::take(numerators);
                let denominators = core::mem::take(denominators);
                self.state = State::Simd(fold_leaf::<P>(&numerators, denominators, r, self.lambda));
                self.settle();
                if self.remaining > 0 {
                    self.message = self.evaluate();
                }
            }
            State::Simd(arrays) => {
                let r = <Simd as Mode<P>>::splat(r);
                if arrays[0].len() >= 4 {
                    let sums = fold_round(arrays, r, self.eq.outer(), self.eq.lanes(), PARALLEL / 2 / w);
                    self.message = sums.map(|s| <Simd as Mode<P>>::sum(&s));
                } else {
                    arrays.iter_mut().for_each(|x| fold(x, r));
                    self.settle();
                    if self.remaining > 0 {
                        self.message = self.evaluate();
                    }
                }
            }
            State::Scalar(arrays) => {
                if self.remaining > 0 {
                    self.message = fold_round(arrays, r, self.eq.outer(), self.eq.inner(), PARALLEL / 2);
                } else {
                    arrays.iter_mut().for_each(|x| fold(x, r));
                }
            }
        }
    }

    /// n0, n1, d0, d1 at the bound point.
    ///
    /// # Panics
    /// If a round is left.
    pub fn ends(&self) -> [P::K; 4] {
        assert_eq!(self.remaining, 0, "variables are unbound");
        match &self.state {
            State::Scalar([a, n, d, e]) => [a[0] - self.lambda * d[0], n[0], d[0], e[0]],
            _ => unreachable!("one element is scalar"),
        }
    }

    /// Leaves SIMD once the arrays hold a single lane group.
    fn settle(&mut self) {
        if let State::Simd(arrays) = &self.state
            && arrays[0].len() < 2
        {
            self.state = State::Scalar(arrays.each_ref().map(|x| unpack::<P>(x)));
        }
    }

    fn evaluate(&self) -> [P::K; 2] {
        let w = width::<P>();
        let (outer, inner, lanes) = (self.eq.outer(), self.eq.inner(), self.eq.lanes());
        match &self.state {
            State::Leaf { numerators, denominators } => {
                let packed = <Simd as Mode<P>>::B::pack_slice(numerators);
                let quarter = packed.len() / 4;
                let n: [_; 4] = core::array::from_fn(|k| &packed[k * quarter..(k + 1) * quarter]);
                let ([d0, d1], [d0h, d1h]) = halves(denominators, quarter);
                let lambda = <Simd as Mode<P>>::splat(self.lambda);
                evaluate_leaf(n, [d0, d0h, d1, d1h], lambda, outer, lanes, PARALLEL / 2 / w)
                    .map(|s| <Simd as Mode<P>>::sum(&s))
            }
            State::Simd(arrays) => {
                let (x, y) = halves(arrays, arrays[0].len() / 2);
                evaluate(x, y, outer, lanes, PARALLEL / 2 / w).map(|s| <Simd as Mode<P>>::sum(&s))
            }
            State::Scalar(arrays) => {
                let (x, y) = halves(arrays, arrays[0].len() / 2);
                evaluate(x, y, outer, inner, PARALLEL / 2)
            }
        }
    }
}

/// x ← x + s·y.
fn add_scaled<E: PrimeCharacteristicRing + Copy + Send + Sync>(x: &mut [E], y: &[E], s: E) {
    x.par_iter_mut().zip(y).with_min_len(PARALLEL / 8).for_each(|(x, &y)| *x += s * y);
}

fn fold<E: PrimeCharacteristicRing + Copy>(x: &mut Vec<E>, r: E) {
    let half = x.len() / 2;
    let (low, high) = x.split_at_mut(half);
    low.iter_mut().zip(high.iter()).for_each(|(l, &h)| *l += r * (h - *l));
    x.truncate(half);
}

/// One bind and the next round's sums in a single pass over memory.
fn fold_round<K, E>(arrays: &mut [Vec<E>; 4], r: E, outer: &[K], inner: &[E], grain: usize) -> [E; 2]
where
    K: Copy + Send + Sync,
    E: Algebra<K> + Copy + Send + Sync,
{
    let quarter = arrays[0].len() / 4;
    let (low, high) = split_mut(arrays.each_mut().map(|x| x.as_mut_slice()), 2 * quarter);
    let (x, y) = split_mut(low, quarter);
    let (u, v) = split(high.map(|h| &*h), quarter);
    let sums = fold_evaluate(x, y, u, v, r, outer, inner, grain);
    arrays.iter_mut().for_each(|x| x.truncate(2 * quarter));
    sums
}

/// Binds the leaves: the numerators enter the extension, and a0 is formed from the folded values.
fn fold_leaf<P: FieldPair>(
    numerators: &[P::F],
    denominators: [Vec<PackedK<P>>; 2],
    r: P::K,
    lambda: P::K,
) -> [Vec<PackedK<P>>; 4] {
    let w = width::<P>();
    let packed = <Simd as Mode<P>>::B::pack_slice(numerators);
    let half = packed.len() / 4;
    let (n0, n1) = packed.split_at(2 * half);
    let (r, lambda) = (<Simd as Mode<P>>::splat(r), <Simd as Mode<P>>::splat(lambda));
    let denominators = denominators.map(|mut d| {
        let (low, high) = d.split_at_mut(half);
        low.par_iter_mut().zip(&*high).with_min_len(PARALLEL / 2 / w).for_each(|(l, &h)| *l += r * (h - *l));
        d.truncate(half);
        d
    });
    let [d0, d1] = denominators;
    let (mut a, mut n) = (Vec::new(), Vec::new());
    (0..half)
        .into_par_iter()
        .with_min_len(PARALLEL / 2 / w)
        .map(|i| {
            let a = lambda * d0[i] + r * (n0[i + half] - n0[i]) + n0[i];
            let n = r * (n1[i + half] - n1[i]) + n1[i];
            (a, n)
        })
        .unzip_into_vecs(&mut a, &mut n);
    [a, n, d0, d1]
}
