//! Reordering the axes of an array and padding each to a power of two.

use p3_field::PrimeCharacteristicRing;

/// `values` is row-major over `sizes`; output axis j is input axis `places[j]`, zero-padded to a power of two.
pub(super) fn permute_padded<K: PrimeCharacteristicRing + Copy>(
    values: Vec<K>,
    sizes: &[usize],
    places: &[usize],
) -> Vec<K> {
    let in_order = places.iter().enumerate().all(|(j, &p)| j == p);
    if in_order && sizes.iter().all(|s| s.is_power_of_two()) {
        return values;
    }
    let padded: Vec<usize> = places.iter().map(|&p| sizes[p].next_power_of_two()).collect();
    let mut out = K::zero_vec(padded.iter().product());
    if values.is_empty() {
        return out;
    }
    let strides: Vec<usize> = (0..sizes.len()).map(|p| sizes[p + 1..].iter().product()).collect();
    let Some((&last, leading)) = places.split_last() else { return values };
    let width = padded[leading.len()];
    // An odometer over the leading output axes; the last one runs in the inner loop.
    let mut index = vec![0usize; leading.len()];
    loop {
        let source: usize = leading.iter().zip(&index).map(|(&p, &i)| strides[p] * i).sum();
        let target = index.iter().zip(&padded).fold(0, |acc, (&i, &n)| acc * n + i) * width;
        for (i, o) in out[target..target + sizes[last]].iter_mut().enumerate() {
            *o = values[source + strides[last] * i];
        }
        let Some(axis) = (0..leading.len()).rev().find(|&j| index[j] + 1 < sizes[leading[j]]) else { return out };
        index[axis] += 1;
        index[axis + 1..].fill(0);
    }
}
