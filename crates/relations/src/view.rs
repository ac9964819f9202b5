//! View: the public 0/1 weight that pulls a claim on the view back to its source.

use crate::circuit::axis_ranges;
use affidavit_algebra::{eq_table, log2_ceil};
use affidavit_plan::ViewPart;
use p3_field::Field;

/// Calls `visit(out_flat, src_flat)` for every cell of a box, with row-major flat indices of real cells.
#[expect(clippy::indexing_slicing, reason = "validation has given every list of a part one entry per axis")]
pub fn for_each_cell(part: &ViewPart, out_dims: &[usize], mut visit: impl FnMut(usize, usize)) {
    let shape: Vec<usize> = part.box_shape.iter().map(|&d| d as usize).collect();
    let strides = row_major(out_dims);
    let base: usize = part.box_offset.iter().zip(&strides).map(|(&o, &s)| o as usize * s).sum();
    let total: usize = shape.iter().product();
    let mut index = vec![0usize; shape.len()];
    let mut out = base;
    let mut src = part.src_offset;
    for _ in 0..total {
        visit(out, src as usize);
        for axis in (0..shape.len()).rev() {
            index[axis] += 1;
            out += strides[axis];
            // Only indices of real cells are visited; a step past the last one may leave i64.
            src = src.wrapping_add(part.src_strides[axis]);
            if index[axis] < shape[axis] {
                break;
            }
            out -= strides[axis] * shape[axis];
            src = src.wrapping_sub(part.src_strides[axis].wrapping_mul(shape[axis] as i64));
            index[axis] = 0;
        }
    }
}

/// Row-major strides of real cells.
#[expect(clippy::indexing_slicing, reason = "i and i − 1 are below the number of axes")]
pub fn row_major(dims: &[usize]) -> Vec<usize> {
    let mut strides = vec![1usize; dims.len()];
    for i in (1..dims.len()).rev() {
        strides[i - 1] = strides[i] * dims[i];
    }
    strides
}

/// Equality weights of all real cells of a tensor at a point of its padded cube (axes in order), row-major.
#[expect(clippy::indexing_slicing, reason = "the point has the tensor's coordinates, an axis table at least its cells")]
pub fn cell_weights<K: Field>(dims: &[usize], point: &[K]) -> Vec<K> {
    let mut weights = vec![K::ONE];
    for (range, &d) in axis_ranges(dims).into_iter().zip(dims) {
        let axis = eq_table(&point[range]);
        weights = weights.iter().flat_map(|&w| axis[..d].iter().map(move |&e| w * e)).collect();
    }
    weights
}

/// The weight on the padded cube of the source: Σ over box cells of eq(point, out cell) at the source cell.
#[expect(clippy::indexing_slicing, reason = "validated boxes lie inside the view and their sources inside the source")]
pub fn weight_table<K: Field>(part: &ViewPart, out_dims: &[usize], src_dims: &[usize], point: &[K]) -> Vec<K> {
    let out = cell_weights(out_dims, point);
    let bits: usize = src_dims.iter().map(|&d| log2_ceil(d)).sum();
    let mut weights = vec![K::ZERO; 1 << bits];
    for_each_cell(part, out_dims, |o, s| weights[padded_index(s, src_dims)] += out[o]);
    weights
}

/// The weight's multilinear extension at a point of the view and a point of its source, in one pass over the box.
pub fn weight_eval<K: Field>(part: &ViewPart, out: &mut CellEq<K>, src: &mut CellEq<K>) -> K {
    let mut sum = K::ZERO;
    let out_dims = out.dims.clone();
    for_each_cell(part, &out_dims, |o, s| sum += out.at(o) * src.at(s));
    sum
}

/// eq(point, ·) of a tensor's real cells by flat index, with one table an axis. The product over all axes but the last
/// is kept while it does not change.
pub struct CellEq<K> {
    dims: Vec<usize>,
    axes: Vec<AxisEq<K>>,
    row: Option<usize>,
    outer: K,
}

impl<K: Field> CellEq<K> {
    /// For cells of these dimensions and a point of their padded cube.
    #[expect(clippy::indexing_slicing, reason = "the point has the tensor's coordinates")]
    pub fn new(dims: &[usize], point: &[K]) -> Self {
        let axes = axis_ranges(dims).into_iter().map(|range| AxisEq::new(&point[range])).collect();
        Self { dims: dims.to_vec(), axes, row: None, outer: K::ONE }
    }

    fn at(&mut self, flat: usize) -> K {
        let (Some((&d, dims)), Some((last, axes))) = (self.dims.split_last(), self.axes.split_last()) else {
            return K::ONE;
        };
        let row = flat / d;
        if self.row != Some(row) {
            let mut rest = row;
            self.outer = K::ONE;
            for (axis, &d) in axes.iter().zip(dims).rev() {
                self.outer *= axis.at(rest % d);
                rest /= d;
            }
            self.row = Some(row);
        }
        self.outer * last.at(flat % d)
    }
}

/// Bits of an axis that one table covers.
const TABLE_BITS: usize = 8;

/// eq(point, ·) of one axis, beyond some bits as the product of two tables: an axis may be longer than memory allows.
struct AxisEq<K> {
    high: Vec<K>,
    low: Vec<K>,
}

impl<K: Field> AxisEq<K> {
    fn new(point: &[K]) -> Self {
        let (high, low) = point.split_at(if point.len() <= TABLE_BITS { 0 } else { point.len() / 2 });
        Self { high: eq_table(high), low: eq_table(low) }
    }

    #[expect(clippy::indexing_slicing, reason = "index is below the axis, whose tables have 2^bits entries together")]
    fn at(&self, index: usize) -> K {
        match self.high.len() {
            1 => self.low[index],
            _ => self.high[index / self.low.len()] * self.low[index % self.low.len()],
        }
    }
}

/// Position in the padded cube of the real cell with this flat index.
pub fn padded_index(flat: usize, dims: &[usize]) -> usize {
    let mut rest = flat;
    let mut shift = 0;
    let mut out = 0;
    for &d in dims.iter().rev() {
        out |= (rest % d) << shift;
        rest /= d;
        shift += log2_ceil(d);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use affidavit_algebra::{FieldPair, KoalaBearPair, mle_eval, random_k_vec};
    use p3_field::PrimeCharacteristicRing;
    type K = <KoalaBearPair as FieldPair>::K;

    #[test]
    fn evaluator_equals_the_explicit_zero_one_matrix() {
        // (out dims, src dims, part): transpose, reversed strided slice, non-dyadic reshape, placed box.
        let cases: Vec<(Vec<usize>, Vec<usize>, ViewPart)> = vec![
            (vec![3, 5], vec![5, 3], part(&[0, 0], &[3, 5], 0, &[1, 3])),
            (vec![3], vec![7], part(&[0], &[3], 6, &[-2])),
            (vec![12], vec![3, 4], part(&[0], &[12], 0, &[1])),
            (vec![6, 4], vec![2, 3], part(&[3, 1], &[2, 3], 0, &[3, 1])),
            (vec![], vec![9], part(&[], &[], 4, &[])),
        ];
        let mut state = 1u64;
        let mut next = || {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(99);
            state
        };
        for (out_dims, src_dims, part) in cases {
            let n = |dims: &[usize]| dims.iter().map(|&d| log2_ceil(d)).sum::<usize>();
            let p: Vec<K> = random_k_vec::<KoalaBearPair>(n(&out_dims), &mut next);
            let r: Vec<K> = random_k_vec::<KoalaBearPair>(n(&src_dims), &mut next);
            let table = weight_table(&part, &out_dims, &src_dims, &p);
            assert_eq!(
                mle_eval(&table, &r),
                weight_eval(&part, &mut CellEq::new(&out_dims, &p), &mut CellEq::new(&src_dims, &r))
            );
            // Against the matrix: data moved by hand, evaluated at p.
            let src: Vec<K> = (0..src_dims.iter().product::<usize>()).map(|i| K::from_usize(i * i + 1)).collect();
            let mut moved = vec![K::ZERO; 1 << n(&out_dims)];
            for_each_cell(&part, &out_dims, |o, s| moved[padded_index(o, &out_dims)] = src[s]);
            let mut padded = vec![K::ZERO; 1 << n(&src_dims)];
            src.iter().enumerate().for_each(|(i, &v)| padded[padded_index(i, &src_dims)] = v);
            let direct: K = table.iter().zip(&padded).map(|(&w, &v)| w * v).sum();
            assert_eq!(direct, mle_eval(&moved, &p));
        }
    }

    fn part(box_offset: &[u32], box_shape: &[u32], src_offset: i64, src_strides: &[i64]) -> ViewPart {
        ViewPart {
            src: 0,
            box_offset: box_offset.to_vec(),
            box_shape: box_shape.to_vec(),
            src_offset,
            src_strides: src_strides.to_vec(),
        }
    }
}
