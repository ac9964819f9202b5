//! Prime fields and quadratic extensions small enough to enumerate, and codes over any distinct points.

use crate::domain::FinishDomain;
use crate::scalar::horner;
use crate::{Scalar, Secrets};
use core::ops::{Add, Mul, Neg, Sub};

/// F_p for a small prime.
#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord, Hash)]
pub struct Fp<const P: u32>(pub u32);

/// F_p[X]/(X² − d) with d the smallest non-square.
#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord, Hash)]
pub struct Fp2<const P: u32>(pub Fp<P>, pub Fp<P>);

const fn smallest_non_square(p: u32) -> u32 {
    let mut d = 2;
    loop {
        let mut x = 0;
        while x < p && x * x % p != d {
            x += 1;
        }
        if x == p {
            return d;
        }
        d += 1;
    }
}

impl<const P: u32> Fp2<P> {
    const D: Fp<P> = Fp(smallest_non_square(P));
}

impl<const P: u32> Add for Fp<P> {
    type Output = Self;
    fn add(self, o: Self) -> Self {
        Self((self.0 + o.0) % P)
    }
}
impl<const P: u32> Sub for Fp<P> {
    type Output = Self;
    fn sub(self, o: Self) -> Self {
        Self((self.0 + P - o.0) % P)
    }
}
impl<const P: u32> Mul for Fp<P> {
    type Output = Self;
    fn mul(self, o: Self) -> Self {
        Self(self.0 * o.0 % P)
    }
}
impl<const P: u32> Neg for Fp<P> {
    type Output = Self;
    fn neg(self) -> Self {
        Self((P - self.0) % P)
    }
}
impl<const P: u32> Add for Fp2<P> {
    type Output = Self;
    fn add(self, o: Self) -> Self {
        Self(self.0 + o.0, self.1 + o.1)
    }
}
impl<const P: u32> Sub for Fp2<P> {
    type Output = Self;
    fn sub(self, o: Self) -> Self {
        Self(self.0 - o.0, self.1 - o.1)
    }
}
impl<const P: u32> Mul for Fp2<P> {
    type Output = Self;
    fn mul(self, o: Self) -> Self {
        Self(self.0 * o.0 + Self::D * self.1 * o.1, self.0 * o.1 + self.1 * o.0)
    }
}
impl<const P: u32> Neg for Fp2<P> {
    type Output = Self;
    fn neg(self) -> Self {
        Self(-self.0, -self.1)
    }
}
impl<const P: u32> Scalar for Fp<P> {
    fn zero() -> Self {
        Self(0)
    }
    fn one() -> Self {
        Self(1)
    }
}
impl<const P: u32> Scalar for Fp2<P> {
    fn zero() -> Self {
        Self(Fp(0), Fp(0))
    }
    fn one() -> Self {
        Self(Fp(1), Fp(0))
    }
}

/// A field with finitely many, countable elements.
pub trait Toy: Scalar {
    const SIZE: u32;
    fn nth(i: u32) -> Self;
    fn index(self) -> u32;
    fn inverse(self) -> Self {
        // x^(|K| − 2); the exponent is tiny.
        assert!(self != Self::zero(), "inverse of zero");
        (0..Self::SIZE - 2).fold(Self::one(), |p, _| p * self)
    }
    fn all() -> impl Iterator<Item = Self> {
        (0..Self::SIZE).map(Self::nth)
    }
    fn non_zero() -> impl Iterator<Item = Self> {
        (1..Self::SIZE).map(Self::nth)
    }
}

impl<const P: u32> Toy for Fp<P> {
    const SIZE: u32 = P;
    fn nth(i: u32) -> Self {
        Self(i % P)
    }
    fn index(self) -> u32 {
        self.0
    }
}
impl<const P: u32> Toy for Fp2<P> {
    const SIZE: u32 = P * P;
    fn nth(i: u32) -> Self {
        Self(Fp(i % P), Fp(i / P % P))
    }
    fn index(self) -> u32 {
        self.0.0 + P * self.1.0
    }
}

/// Any distinct points as Ξ, any shift, any message points.
#[derive(Clone)]
pub struct ToyDomain<K> {
    pub points: Vec<K>,
    pub shift: K,
    pub message: Vec<K>,
    pub max_len: usize,
    /// Row j holds the coefficients of the Lagrange polynomial of message point j.
    lagrange: Vec<Vec<K>>,
}

impl<K: Toy> ToyDomain<K> {
    pub fn new(points: Vec<K>, shift: K, message: Vec<K>, max_len: usize) -> Self {
        let lagrange = message
            .iter()
            .map(|&x| {
                let mut poly = vec![K::one()];
                for &other in message.iter().filter(|&&o| o != x) {
                    let scale = (x - other).inverse();
                    let mut next = vec![K::zero(); poly.len() + 1];
                    for (i, &c) in poly.iter().enumerate() {
                        next[i + 1] = next[i + 1] + c * scale;
                        next[i] = next[i] - c * other * scale;
                    }
                    poly = next;
                }
                poly
            })
            .collect();
        Self { points, shift, message, max_len, lagrange }
    }
}

impl<K: Toy> FinishDomain for ToyDomain<K> {
    type K = K;
    fn rows(&self) -> usize {
        self.points.len()
    }
    fn max_len(&self) -> usize {
        self.max_len
    }
    fn shift(&self) -> K {
        self.shift
    }
    fn row_point(&self, i: usize) -> K {
        self.points[i]
    }
    fn encode(&self, coeffs: &[K]) -> Vec<K> {
        self.points.iter().map(|&x| horner(coeffs, x)).collect()
    }
    fn interpolate(&self, values: &[K]) -> Vec<K> {
        let mut out = vec![K::zero(); values.len()];
        for (&v, row) in values.iter().zip(&self.lagrange) {
            for (cell, &c) in out.iter_mut().zip(row) {
                *cell = *cell + v * c;
            }
        }
        out
    }
    fn message_point(&self, _n: usize, j: usize) -> K {
        self.message[j]
    }
}

/// Row `i` of the committed finish columns.
pub fn open<K: Scalar, D: FinishDomain<K = K>>(secrets: &Secrets<K>, domain: &D, i: usize) -> [K; 7] {
    secrets.columns().each_ref().map(|column| domain.encode(column)[i])
}

/// A deterministic 64-bit generator (SplitMix64), for choosing test data only.
pub struct Words(pub u64);

impl Words {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
    /// Nearly uniform, which is enough for test data.
    pub fn toy<K: Toy>(&mut self) -> K {
        K::nth((self.next() % u64::from(K::SIZE)) as u32)
    }
    pub fn toys<K: Toy>(&mut self, n: usize) -> Vec<K> {
        (0..n).map(|_| self.toy()).collect()
    }
    /// Neither 0 nor 1.
    pub fn challenge<K: Toy>(&mut self) -> K {
        K::nth(2 + (self.next() % u64::from(K::SIZE - 2)) as u32)
    }
}

#[test]
fn toy_fields_are_fields() {
    fn check<K: Toy>() {
        for (i, x) in K::all().enumerate() {
            assert_eq!(x.index(), i as u32);
            assert_eq!(x + -x, K::zero());
            if x != K::zero() {
                assert_eq!(x * x.inverse(), K::one());
            }
            for y in K::all() {
                assert_eq!((x - y) + y, x);
                assert!(x * y != K::zero() || x == K::zero() || y == K::zero());
            }
        }
    }
    check::<Fp<3>>();
    check::<Fp<5>>();
    check::<Fp2<3>>();
    check::<Fp2<5>>();
}

#[test]
fn toy_interpolation_meets_its_values() {
    let message: Vec<Fp2<5>> = [3, 7, 11, 24].map(Fp2::nth).to_vec();
    let domain = ToyDomain::new(vec![Fp2::nth(1)], Fp2::nth(2), message, 16);
    let values = Words(5).toys(4);
    assert_eq!(domain.message_values(4, &domain.interpolate(&values)), values);
}
