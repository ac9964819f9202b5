//! Sumcheck of a product of one to three multilinear tables, the engine of the stage and batch sumchecks.

use crate::lanes::{PARALLEL, halves, pack, split, split_mut, unpack};
use crate::mode::{Mode, PackedK, Simd, width};
use affidavit_algebra::FieldPair;
use p3_field::{Algebra, PrimeCharacteristicRing};

/// Σ_x Π_k table_k(x) over equal tables of 2^n cells.
#[derive(Clone, Debug)]
pub(crate) struct Product<P: FieldPair> {
    tables: Tables<P>,
    message: [P::K; 3],
    /// Whether the value at 3 is wanted.
    cubic: bool,
}

/// One to three factors.
#[derive(Clone, Debug)]
enum Tables<P: FieldPair> {
    Simd(Vec<Vec<PackedK<P>>>),
    Scalar(Vec<Vec<P::K>>),
}

impl<P: FieldPair> Product<P> {
    /// From one to three tables of one power-of-two length.
    pub(crate) fn new(tables: Vec<Vec<P::K>>, cubic: bool) -> Self {
        if tables[0].len() < 2 * width::<P>() {
            Self::start(Tables::Scalar(tables), cubic)
        } else {
            Self::start(Tables::Simd(tables.iter().map(|t| pack::<P>(t)).collect()), cubic)
        }
    }

    /// The same from packed tables.
    pub(crate) fn from_packed(tables: Vec<Vec<PackedK<P>>>, cubic: bool) -> Self {
        let mut tables = Tables::Simd(tables);
        tables.settle();
        Self::start(tables, cubic)
    }

    fn start(tables: Tables<P>, cubic: bool) -> Self {
        let message = tables.evaluate(cubic);
        Self { tables, message, cubic }
    }

    /// The round polynomial at 0, 2 and (if cubic) 3.
    pub(crate) fn round(&self) -> [P::K; 3] {
        self.message
    }

    /// Binds the first remaining variable; a single cell stays as it is.
    pub(crate) fn bind(&mut self, r: P::K) {
        self.message = self.tables.bind(r, self.cubic);
    }

    /// Σ_x Π_k table_k(x).
    pub(crate) fn total(&self) -> P::K {
        match &self.tables {
            Tables::Simd(t) => <Simd as Mode<P>>::sum(&total(t)),
            Tables::Scalar(t) => total(t),
        }
    }

    /// The present cells of one factor.
    pub(crate) fn table(&self, k: usize) -> Vec<P::K> {
        match &self.tables {
            Tables::Simd(t) => unpack::<P>(&t[k]),
            Tables::Scalar(t) => t[k].clone(),
        }
    }

    /// log2 of the present length.
    pub(crate) fn remaining(&self) -> usize {
        let cells = match &self.tables {
            Tables::Simd(t) => t[0].len() * width::<P>(),
            Tables::Scalar(t) => t[0].len(),
        };
        cells.trailing_zeros() as usize
    }
}

impl<P: FieldPair> Tables<P> {
    fn settle(&mut self) {
        if let Self::Simd(t) = self
            && t[0].len() < 2
        {
            *self = Self::Scalar(t.iter().map(|x| unpack::<P>(x)).collect());
        }
    }

    fn evaluate(&self, cubic: bool) -> [P::K; 3] {
        let grain = PARALLEL / 2;
        match self {
            Self::Simd(t) => dispatch_evaluate(t, cubic, grain / width::<P>()).map(|s| <Simd as Mode<P>>::sum(&s)),
            Self::Scalar(t) => dispatch_evaluate(t, cubic, grain),
        }
    }

    fn bind(&mut self, r: P::K, cubic: bool) -> [P::K; 3] {
        let grain = PARALLEL / 2;
        match self {
            Self::Simd(t) => {
                let r = <Simd as Mode<P>>::splat(r);
                if t[0].len() >= 4 {
                    return dispatch_fold(t, r, cubic, grain / width::<P>()).map(|s| <Simd as Mode<P>>::sum(&s));
                }
                t.iter_mut().for_each(|x| fold(x, r));
                self.settle();
                self.evaluate(cubic)
            }
            Self::Scalar(t) => {
                if t[0].len() >= 4 {
                    return dispatch_fold(t, r, cubic, grain);
                }
                t.iter_mut().for_each(|x| fold(x, r));
                [P::K::ZERO; 3]
            }
        }
    }
}

fn fold<E: PrimeCharacteristicRing + Copy>(x: &mut Vec<E>, r: E) {
    if x.len() < 2 {
        return;
    }
    let half = x.len() / 2;
    let (low, high) = x.split_at_mut(half);
    low.iter_mut().zip(high.iter()).for_each(|(l, &h)| *l += r * (h - *l));
    x.truncate(half);
}

fn total<E: PrimeCharacteristicRing + Copy>(tables: &[Vec<E>]) -> E {
    let product = |i: usize| tables.iter().fold(E::ONE, |acc, t| acc * t[i]);
    (0..tables[0].len()).fold(E::ZERO, |acc, i| acc + product(i))
}

fn dispatch_evaluate<E: Algebra<E> + Copy + Send + Sync>(t: &[Vec<E>], cubic: bool, grain: usize) -> [E; 3] {
    fn run<E: PrimeCharacteristicRing + Copy + Send + Sync, const N: usize>(
        t: &[Vec<E>],
        cubic: bool,
        grain: usize,
    ) -> [E; 3] {
        match <&[Vec<E>; N]>::try_from(t) {
            Ok(t) => {
                let (x, y) = halves(t, t[0].len() / 2);
                evaluate(x, y, cubic, grain)
            }
            Err(_) => unreachable!("the number of factors was matched"),
        }
    }
    match t.len() {
        _ if t[0].len() < 2 => [E::ZERO; 3],
        1 => run::<E, 1>(t, cubic, grain),
        2 => run::<E, 2>(t, cubic, grain),
        3 => run::<E, 3>(t, cubic, grain),
        n => unreachable!("one to three factors, not {n}"),
    }
}

fn dispatch_fold<E: PrimeCharacteristicRing + Copy + Send + Sync>(
    t: &mut [Vec<E>],
    r: E,
    cubic: bool,
    grain: usize,
) -> [E; 3] {
    fn run<E: PrimeCharacteristicRing + Copy + Send + Sync, const N: usize>(
        t: &mut [Vec<E>],
        r: E,
        cubic: bool,
        grain: usize,
    ) -> [E; 3] {
        let quarter = t[0].len() / 4;
        let sums = match <&mut [Vec<E>; N]>::try_from(&mut *t) {
            Ok(t) => {
                let (low, high) = split_mut(t.each_mut().map(|x| x.as_mut_slice()), 2 * quarter);
                let (x, y) = split_mut(low, quarter);
                let (u, v) = split(high.map(|h| &*h), quarter);
                fold_evaluate(x, y, u, v, r, cubic, grain)
            }
            Err(_) => unreachable!("the number of factors was matched"),
        };
        t.iter_mut().for_each(|x| x.truncate(2 * quarter));
        sums
    }
    match t.len() {
        1 => run::<E, 1>(t, r, cubic, grain),
        2 => run::<E, 2>(t, r, cubic, grain),
        3 => run::<E, 3>(t, r, cubic, grain),
        n => unreachable!("one to three factors, not {n}"),
    }
}

/// Adds the products at X = 0, 2 and 3 of the lines through (0, x) and (1, y).
#[inline(always)]
fn lines<E: PrimeCharacteristicRing + Copy, const N: usize>(x: [E; N], y: [E; N], cubic: bool, acc: &mut [E; 3]) {
    let slope: [E; N] = core::array::from_fn(|k| y[k] - x[k]);
    let two: [E; N] = core::array::from_fn(|k| y[k] + slope[k]);
    let product = |v: &[E; N]| v[1..].iter().fold(v[0], |a, &b| a * b);
    acc[0] += product(&x);
    acc[1] += product(&two);
    if cubic {
        acc[2] += product(&core::array::from_fn(|k| two[k] + slope[k]));
    }
}

fn add<E: PrimeCharacteristicRing + Copy>(a: [E; 3], b: [E; 3]) -> [E; 3] {
    core::array::from_fn(|k| a[k] + b[k])
}

fn evaluate<E, const N: usize>(x: [&[E]; N], y: [&[E]; N], cubic: bool, grain: usize) -> [E; 3]
where
    E: PrimeCharacteristicRing + Copy + Send + Sync,
{
    let len = x[0].len();
    if len > grain && len > 1 {
        let ((xl, xh), (yl, yh)) = (split(x, len / 2), split(y, len / 2));
        let (a, b) = rayon::join(|| evaluate(xl, yl, cubic, grain), || evaluate(xh, yh, cubic, grain));
        return add(a, b);
    }
    let mut acc = [E::ZERO; 3];
    for j in 0..len {
        lines(x.map(|s| s[j]), y.map(|s| s[j]), cubic, &mut acc);
    }
    acc
}

fn fold_evaluate<E, const N: usize>(
    x: [&mut [E]; N],
    y: [&mut [E]; N],
    u: [&[E]; N],
    v: [&[E]; N],
    r: E,
    cubic: bool,
    grain: usize,
) -> [E; 3]
where
    E: PrimeCharacteristicRing + Copy + Send + Sync,
{
    let len = x[0].len();
    if len > grain && len > 1 {
        let mid = len / 2;
        let ((xl, xh), (yl, yh)) = (split_mut(x, mid), split_mut(y, mid));
        let ((ul, uh), (vl, vh)) = (split(u, mid), split(v, mid));
        let (a, b) = rayon::join(
            || fold_evaluate(xl, yl, ul, vl, r, cubic, grain),
            || fold_evaluate(xh, yh, uh, vh, r, cubic, grain),
        );
        return add(a, b);
    }
    let (x, y) = (x.map(|s| &mut s[..len]), y.map(|s| &mut s[..len]));
    let (u, v) = (u.map(|s| &s[..len]), v.map(|s| &s[..len]));
    let mut acc = [E::ZERO; 3];
    for j in 0..len {
        let a: [E; N] = core::array::from_fn(|k| x[k][j] + r * (u[k][j] - x[k][j]));
        let b: [E; N] = core::array::from_fn(|k| y[k][j] + r * (v[k][j] - y[k][j]));
        for k in 0..N {
            x[k][j] = a[k];
            y[k][j] = b[k];
        }
        lines(a, b, cubic, &mut acc);
    }
    acc
}
