//! Binding axes of a base-field tensor to equality tables.

mod contract;
mod permute;

use affidavit_algebra::{FieldPair, log2_ceil};
use contract::{contract_base, contract_extension};
use p3_field::PrimeCharacteristicRing;
use permute::permute_padded;

/// Variables of the inner table when one long axis is evaluated.
const INNER: usize = 10;

/// One axis of the tensor while it is being reduced.
#[derive(Clone, Debug)]
struct Axis<K> {
    size: usize,
    /// The table of a bound axis, cut to its real size.
    table: Option<Vec<K>>,
}

/// Binds some axes of a row-major tensor of real dimensions `dims`: axis j with `bound[j] = Some(table)` is summed
/// against the first `dims[j]` entries of its table. Returns the array over the unbound axes in the order `order`
/// (indices into `dims`, each unbound axis once), row-major, every axis zero-padded to a power of two.
///
/// # Panics
/// If the lengths disagree: `data` against `dims`, `bound` against `dims`, a table shorter than its axis, or `order` that
/// is not a permutation of the unbound axes.
pub fn bind_axes<P: FieldPair>(data: &[P::F], dims: &[usize], bound: &[Option<&[P::K]>], order: &[usize]) -> Vec<P::K> {
    assert_eq!(data.len(), dims.iter().product::<usize>(), "cells against dimensions");
    assert_eq!(bound.len(), dims.len(), "one entry an axis");
    let free: Vec<usize> = (0..dims.len()).filter(|&j| bound[j].is_none()).collect();
    let mut sorted = order.to_vec();
    sorted.sort_unstable();
    assert_eq!(sorted, free, "the order names every unbound axis once");

    let axes = dims.iter().zip(bound).map(|(&size, table)| {
        let table = table.map(|t| t[..size].to_vec());
        Axis { size, table }
    });
    let mut axes = merge::<P>(axes.collect(), data.len());
    let mut values: Option<Vec<P::K>> = None;
    // The largest axis first: it leaves the least for the passes over extension elements.
    while let Some(at) = (0..axes.len()).filter(|&j| axes[j].table.is_some()).max_by_key(|&j| axes[j].size) {
        let axis = axes.remove(at);
        let outer: usize = axes[..at].iter().map(|a| a.size).product();
        let inner: usize = axes[at..].iter().map(|a| a.size).product();
        let table = axis.table.unwrap_or_default();
        values = Some(match values {
            None => contract_base::<P>(data, outer, inner, &table),
            Some(v) => contract_extension::<P>(&v, outer, inner, &table),
        });
    }
    let values = values.unwrap_or_else(|| data.iter().map(|&x| P::K::from(x)).collect());
    let sizes: Vec<usize> = free.iter().map(|&j| dims[j]).collect();
    let places: Vec<usize> = order.iter().map(|j| free.partition_point(|f| f < j)).collect();
    permute_padded(values, &sizes, &places)
}

/// Joins neighbouring bound axes while their joint table stays small against the data.
fn merge<P: FieldPair>(axes: Vec<Axis<P::K>>, cells: usize) -> Vec<Axis<P::K>> {
    let limit = (cells / 16).max(64);
    let mut out: Vec<Axis<P::K>> = Vec::with_capacity(axes.len());
    for axis in axes {
        if let (Some(Axis { size, table: Some(previous) }), Some(table)) = (out.last_mut(), &axis.table)
            && *size * axis.size <= limit
        {
            *previous = previous.iter().flat_map(|&p| table.iter().map(move |&t| p * t)).collect();
            *size *= axis.size;
            continue;
        }
        out.push(axis);
    }
    out
}

/// The multilinear extension of a row-major tensor, zero outside `dims`, at the concatenated padded coordinates of its
/// axes (log2_ceil(dim) each).
///
/// # Panics
/// If `data` or `point` does not fit `dims`.
pub fn eval_tensor<P: FieldPair>(data: &[P::F], dims: &[usize], point: &[P::K]) -> P::K {
    assert_eq!(data.len(), dims.iter().product::<usize>(), "cells against dimensions");
    assert_eq!(point.len(), dims.iter().map(|&d| log2_ceil(d)).sum::<usize>(), "coordinates against dimensions");
    if let [_] = dims
        && point.len() > INNER
    {
        return eval_vector::<P>(data, point);
    }
    let mut rest = point;
    let tables: Vec<Vec<P::K>> = dims
        .iter()
        .map(|&d| {
            let (own, later) = rest.split_at(log2_ceil(d));
            rest = later;
            crate::eq_table::<P>(own)
        })
        .collect();
    let bound: Vec<Option<&[P::K]>> = tables.iter().map(|t| Some(t.as_slice())).collect();
    bind_axes::<P>(data, dims, &bound, &[]).first().copied().unwrap_or(P::K::ZERO)
}

/// One long axis: rows of 2^INNER cells, so that no table of the full length is built.
fn eval_vector<P: FieldPair>(data: &[P::F], point: &[P::K]) -> P::K {
    let (outer, inner) = point.split_at(point.len() - INNER);
    let (outer, inner) = (crate::eq_table::<P>(outer), crate::eq_table::<P>(inner));
    let rows = data.len() >> INNER;
    let (whole, tail) = data.split_at(rows << INNER);
    let mut values = contract_base::<P>(whole, rows, 1, &inner);
    values.push(tail.iter().zip(&inner).map(|(&x, &e)| e * x).sum());
    values.iter().zip(&outer).map(|(&v, &e)| v * e).sum()
}
