//! Multilinear tables: equality polynomial, evaluations, closed forms.

use p3_field::{ExtensionField, Field};

/// Smallest m with 2^m ≥ n (0 for n ≤ 1).
pub fn log2_ceil(n: usize) -> usize {
    n.max(1).next_power_of_two().trailing_zeros() as usize
}

/// All 2^n values eq(point, ·); the first coordinate is the most significant bit.
pub fn eq_table<K: Field>(point: &[K]) -> Vec<K> {
    let mut table = Vec::with_capacity(1 << point.len());
    table.push(K::ONE);
    for &r in point {
        // Appending a variable as least significant bit keeps earlier coordinates more significant.
        let mut next = Vec::with_capacity(1 << point.len());
        for &t in &table {
            let high = t * r;
            next.push(t - high);
            next.push(high);
        }
        table = next;
    }
    table
}

/// eq(a, b) = Π (a_i b_i + (1 − a_i)(1 − b_i)); compares the common prefix length.
pub fn eq_eval<K: Field>(a: &[K], b: &[K]) -> K {
    a.iter()
        .zip(b)
        .map(|(&x, &y)| {
            let xy = x * y;
            xy.double() - x - y + K::ONE
        })
        .product()
}

/// Evaluation of the multilinear extension of `table` (zero-extended to 2^point.len()) at `point`.
pub fn mle_eval<K: Field>(table: &[K], point: &[K]) -> K {
    let mut current: Vec<K> = table.to_vec();
    current.resize(1 << point.len(), K::ZERO);
    for &r in point {
        let half = current.len() / 2;
        let (low, high) = current.split_at_mut(half);
        for (l, h) in low.iter_mut().zip(high.iter()) {
            *l += r * (*h - *l);
        }
        current.truncate(half);
    }
    current.first().copied().unwrap_or(K::ZERO)
}

/// The same for a base-field table.
pub fn mle_eval_base<F: Field, K: ExtensionField<F>>(table: &[F], point: &[K]) -> K {
    eq_table(point).iter().zip(table).map(|(&e, &t)| e * t).sum()
}

/// MLE at `point` of the indicator of {0, …, n−1} ⊂ {0, …, 2^point.len() − 1}, in O(len).
pub fn indicator_eval<K: Field>(n: usize, point: &[K]) -> K {
    let m = point.len();
    if m < usize::BITS as usize && n >> m != 0 {
        return K::ONE;
    }
    // Σ over bits of n that are one: prefix equal, this bit zero, rest free.
    let mut prefix = K::ONE;
    let mut sum = K::ZERO;
    for (i, &r) in point.iter().enumerate() {
        if (n >> (m - 1 - i)) & 1 == 1 {
            sum += prefix * (K::ONE - r);
            prefix *= r;
        } else {
            prefix *= K::ONE - r;
        }
    }
    sum
}

/// Σ_{i<n} eq(a, i)·eq(b, i), in O(len): eq(a, b) restricted to the first n indices (eq(a, b) itself for n = 2^len).
#[expect(clippy::indexing_slicing, reason = "j is below the points' length; free has one entry more")]
pub fn truncated_eq_eval<K: Field>(n: usize, a: &[K], b: &[K]) -> K {
    let m = a.len().min(b.len());
    if m < usize::BITS as usize && n >> m != 0 {
        return eq_eval(a, b);
    }
    // As in `indicator_eval`; `free[j]` is the product of all later coordinates summed over both bits.
    let both: Vec<(K, K)> = a.iter().zip(b).map(|(&x, &y)| ((K::ONE - x) * (K::ONE - y), x * y)).collect();
    let mut free = vec![K::ONE; m + 1];
    for j in (0..m).rev() {
        free[j] = free[j + 1] * (both[j].0 + both[j].1);
    }
    let mut prefix = K::ONE;
    let mut sum = K::ZERO;
    for (j, &(zero, one)) in both.iter().enumerate() {
        if (n >> (m - 1 - j)) & 1 == 1 {
            sum += prefix * zero * free[j + 1];
            prefix *= one;
        } else {
            prefix *= zero;
        }
    }
    sum
}

/// MLE at `point` of the identity function i ↦ i on {0, …, 2^len − 1}.
pub fn identity_eval<K: Field>(point: &[K]) -> K {
    point.iter().fold(K::ZERO, |acc, &r| acc.double() + r)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{FieldPair, KoalaBearPair, random_k_vec};
    use p3_field::PrimeCharacteristicRing;
    type K = <KoalaBearPair as FieldPair>::K;

    fn point(n: usize) -> Vec<K> {
        let mut state = 7u64;
        random_k_vec::<KoalaBearPair>(n, &mut || {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            state
        })
    }

    #[test]
    fn closed_forms_equal_their_tables() {
        let p = point(5);
        let eq = eq_table(&p);
        for n in 0..=32usize {
            let slow: K = eq.iter().take(n).copied().sum();
            assert_eq!(indicator_eval(n, &p), slow, "indicator {n}");
        }
        let other = point(10)[5..].to_vec();
        let eq_other = eq_table(&other);
        for n in 0..=32usize {
            let slow: K = eq.iter().zip(&eq_other).take(n).map(|(&x, &y)| x * y).sum();
            assert_eq!(truncated_eq_eval(n, &p, &other), slow, "truncated {n}");
        }
        let ids: Vec<K> = (0..32).map(K::from_u32).collect();
        assert_eq!(identity_eval(&p), mle_eval(&ids, &p));
        let q = point(10)[5..].to_vec();
        assert_eq!(eq_eval(&p, &q), mle_eval(&eq, &q));
    }

    #[test]
    fn first_coordinate_is_the_most_significant_bit() {
        let table: Vec<K> = (0..8).map(|i| K::from_u32(i * i + 3)).collect();
        let bits = |i: usize| (0..3).map(|j| K::from_bool((i >> (2 - j)) & 1 == 1)).collect::<Vec<_>>();
        for i in 0..8 {
            assert_eq!(mle_eval(&table, &bits(i)), table[i]);
        }
    }
}
