//! Passes over a layer's four arrays [a0, n1, d0, d1], where a0 = n0 + λ·d0 makes the gate d1·a0 + n1·d0.

use crate::lanes::{split, split_mut};
use p3_field::Algebra;

/// A gate's two sums over a block: its value at X = 0 and its leading coefficient in X.
#[inline(always)]
fn gate<K, E: Algebra<K> + Copy>(x: [E; 4], y: [E; 4], weight: E, acc: &mut [E; 2]) {
    let [a, n, d, e] = x;
    let [da, dn, dd, de] = [y[0] - a, y[1] - n, y[2] - d, y[3] - e];
    acc[0] += weight * (e * a + n * d);
    acc[1] += weight * (de * da + dn * dd);
}

fn add<K, E: Algebra<K> + Copy>(a: [E; 2], b: [E; 2]) -> [E; 2] {
    [a[0] + b[0], a[1] + b[1]]
}

/// Σ outer·inner·gate over the pairs (x, y); every slice has `outer.len() · inner.len()` elements.
/// `grain` is the number of elements below which a part stays on one thread.
pub(super) fn evaluate<K, E>(x: [&[E]; 4], y: [&[E]; 4], outer: &[K], inner: &[E], grain: usize) -> [E; 2]
where
    K: Copy + Send + Sync,
    E: Algebra<K> + Copy + Send + Sync,
{
    let len = inner.len();
    if outer.len() > 1 && outer.len() * len > grain {
        let mid = outer.len() / 2;
        let ((xl, xh), (yl, yh)) = (split(x, mid * len), split(y, mid * len));
        let (ol, oh) = outer.split_at(mid);
        let (a, b) = rayon::join(|| evaluate(xl, yl, ol, inner, grain), || evaluate(xh, yh, oh, inner, grain));
        return add(a, b);
    }
    let mut total = [E::ZERO; 2];
    for (block, &factor) in outer.iter().enumerate() {
        let range = block * len..(block + 1) * len;
        let x = x.map(|s| &s[range.clone()]);
        let y = y.map(|s| &s[range.clone()]);
        let mut acc = [E::ZERO; 2];
        for (j, &weight) in inner.iter().enumerate() {
            gate(x.map(|s| s[j]), y.map(|s| s[j]), weight, &mut acc);
        }
        let factor = E::from(factor);
        total = add(total, acc.map(|a| a * factor));
    }
    total
}

/// Folds quarter u into quarter x and v into y with the challenge r, and evaluates the gate on the folded pairs.
pub(super) fn fold_evaluate<K, E>(
    x: [&mut [E]; 4],
    y: [&mut [E]; 4],
    u: [&[E]; 4],
    v: [&[E]; 4],
    r: E,
    outer: &[K],
    inner: &[E],
    grain: usize,
) -> [E; 2]
where
    K: Copy + Send + Sync,
    E: Algebra<K> + Copy + Send + Sync,
{
    let len = inner.len();
    if outer.len() > 1 && outer.len() * len > grain {
        let mid = outer.len() / 2;
        let ((xl, xh), (yl, yh)) = (split_mut(x, mid * len), split_mut(y, mid * len));
        let ((ul, uh), (vl, vh)) = (split(u, mid * len), split(v, mid * len));
        let (ol, oh) = outer.split_at(mid);
        let (a, b) = rayon::join(
            || fold_evaluate(xl, yl, ul, vl, r, ol, inner, grain),
            || fold_evaluate(xh, yh, uh, vh, r, oh, inner, grain),
        );
        return add(a, b);
    }
    let mut total = [E::ZERO; 2];
    let (mut x, mut y) = (x, y);
    for (block, &factor) in outer.iter().enumerate() {
        let range = block * len..(block + 1) * len;
        let x = x.each_mut().map(|s| &mut s[range.clone()]);
        let y = y.each_mut().map(|s| &mut s[range.clone()]);
        let u = u.map(|s| &s[range.clone()]);
        let v = v.map(|s| &s[range.clone()]);
        let mut acc = [E::ZERO; 2];
        for (j, &weight) in inner.iter().enumerate() {
            let a: [E; 4] = core::array::from_fn(|k| x[k][j] + r * (u[k][j] - x[k][j]));
            let b: [E; 4] = core::array::from_fn(|k| y[k][j] + r * (v[k][j] - y[k][j]));
            for k in 0..4 {
                x[k][j] = a[k];
                y[k][j] = b[k];
            }
            gate(a, b, weight, &mut acc);
        }
        let factor = E::from(factor);
        total = add(total, acc.map(|a| a * factor));
    }
    total
}

/// Evaluation on the leaves: n0 and n1 are base-field elements, so a0 is formed on the fly.
pub(super) fn evaluate_leaf<K, B, E>(
    n: [&[B]; 4],
    d: [&[E]; 4],
    lambda: E,
    outer: &[K],
    inner: &[E],
    grain: usize,
) -> [E; 2]
where
    K: Copy + Send + Sync,
    B: Copy + Send + Sync + core::ops::Sub<Output = B>,
    E: Algebra<K> + Algebra<B> + Copy + Send + Sync,
{
    let len = inner.len();
    if outer.len() > 1 && outer.len() * len > grain {
        let mid = outer.len() / 2;
        let ((nl, nh), (dl, dh)) = (split(n, mid * len), split(d, mid * len));
        let (ol, oh) = outer.split_at(mid);
        let (a, b) = rayon::join(
            || evaluate_leaf(nl, dl, lambda, ol, inner, grain),
            || evaluate_leaf(nh, dh, lambda, oh, inner, grain),
        );
        return add::<K, E>(a, b);
    }
    let mut total = [E::ZERO; 2];
    for (block, &factor) in outer.iter().enumerate() {
        let range = block * len..(block + 1) * len;
        let n = n.map(|s| &s[range.clone()]);
        let d = d.map(|s| &s[range.clone()]);
        let mut acc = [E::ZERO; 2];
        for (j, &weight) in inner.iter().enumerate() {
            // The order is [low n0, high n0, low n1, high n1], and so for d.
            let [p, p2, q, q2] = n.map(|s| s[j]);
            let [d0, d0h, d1, d1h] = d.map(|s| s[j]);
            let a = lambda * d0 + p;
            let slope = d0h - d0;
            let da = lambda * slope + (p2 - p);
            acc[0] += weight * (d1 * a + d0 * q);
            acc[1] += weight * ((d1h - d1) * da + slope * (q2 - q));
        }
        let factor = <E as From<K>>::from(factor);
        total = add::<K, E>(total, acc.map(|a| a * factor));
    }
    total
}
