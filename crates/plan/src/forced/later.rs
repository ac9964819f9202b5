//! The number of ones after each cell of a one-hot row, in the two ways that the compiler writes it.

use super::facts::Facts;
use super::form::Form;
use crate::{TensorKind, ViewPart};

/// Whether `form` is, cell by cell, Σ_{j > i} m_j over the last axis: by one triangular matrix, or, for longer rows, in groups:
/// later cells of the same group, and all cells of later groups.
pub(super) fn counts_ones_after(facts: &Facts<'_>, form: &Form, m: u32) -> bool {
    form.single().is_some_and(|tensor| by_triangle(facts, tensor, m) || by_groups(facts, tensor, m))
}

fn by_triangle(facts: &Facts<'_>, tensor: u32, m: u32) -> bool {
    let Some((out, a_labels, b_labels)) = times_triangle(facts, tensor, m, 2) else { return false };
    let (Some((k, rows)), Some((j, others))) = (out.split_last(), a_labels.split_last()) else { return false };
    rows == others && b_labels == [*j, *k]
}

fn by_groups(facts: &Facts<'_>, tensor: u32, m: u32) -> bool {
    let Some((both, back)) = single_view(facts, tensor) else { return false };
    let (Some((groups, width)), Some((n, lead))) = (last_two(facts.dims(both)), facts.dims(m).split_last()) else {
        return false;
    };
    let form = facts.form(both);
    let (0, [(inside, 1), (outside, 1)]) = (form.constant, form.terms.as_slice()) else { return false };
    let grouped_dims = [lead, &[groups, width]].concat();
    if facts.dims(both) != grouped_dims
        || facts.dims(tensor) != facts.dims(m)
        || n.div_ceil(width) != groups
        || back != regrouped(both, lead, *n, width, false).as_slice()
    {
        return false;
    }
    // The two Contracts may stand in either order.
    [(*inside, *outside), (*outside, *inside)].into_iter().any(|(inside, outside)| {
        let Some(grouped) = operand(facts, inside) else { return false };
        let Some((source, parts)) = single_view(facts, grouped) else { return false };
        source == m
            && facts.dims(grouped) == grouped_dims
            && parts == regrouped(m, lead, *n, width, true).as_slice()
            && same_group(facts, inside, grouped)
            && later_groups(facts, outside, grouped)
    })
}

fn same_group(facts: &Facts<'_>, tensor: u32, grouped: u32) -> bool {
    let Some((out, a_labels, b_labels)) = times_triangle(facts, tensor, grouped, 2) else { return false };
    let (Some((k, rows)), Some((j, others))) = (out.split_last(), a_labels.split_last()) else { return false };
    rows == others && b_labels == [*j, *k]
}

fn later_groups(facts: &Facts<'_>, tensor: u32, grouped: u32) -> bool {
    let Some((out, a_labels, b_labels)) = times_triangle(facts, tensor, grouped, 3) else { return false };
    let ([rows @ .., h, o], [others @ .., g, j]) = (out, a_labels) else { return false };
    // j is summed: it is in no other list.
    rows == others && b_labels == [*g, *h, *o] && !out.contains(j) && !b_labels.contains(j)
}

/// Labels of a Contract of `a` with a triangular Constant of so many axes.
fn times_triangle<'a>(
    facts: &Facts<'a>,
    tensor: u32,
    wanted: u32,
    axes: usize,
) -> Option<(&'a [u8], &'a [u8], &'a [u8])> {
    match &facts.plan.tensors.get(tensor as usize)?.kind {
        TensorKind::Contract { out, a, a_labels, b: Some(b), b_labels } => {
            let fits = *a == wanted && b_labels.len() == axes && is_triangle(facts, *b);
            fits.then_some((out.as_slice(), a_labels.as_slice(), b_labels.as_slice()))
        }
        _ => None,
    }
}

fn operand(facts: &Facts<'_>, tensor: u32) -> Option<u32> {
    match &facts.plan.tensors.get(tensor as usize)?.kind {
        TensorKind::Contract { a, .. } => Some(*a),
        _ => None,
    }
}

/// T[j, k] = 1 where j > k, else 0; perhaps with a last axis of size 1.
fn is_triangle(facts: &Facts<'_>, tensor: u32) -> bool {
    let ([n, m] | [n, m, 1]) = facts.dims(tensor) else { return false };
    let Some(TensorKind::Constant { values }) = facts.plan.tensors.get(tensor as usize).map(|t| &t.kind) else {
        return false;
    };
    let n = *n as usize;
    n == *m as usize && facts.examine(values.len()) && {
        let rows = values.chunks_exact(n).enumerate();
        rows.flat_map(|(j, row)| row.iter().enumerate().map(move |(k, value)| *value == i64::from(j > k))).all(|is| is)
    }
}

/// The parts of a View of one source.
fn single_view<'a>(facts: &Facts<'a>, tensor: u32) -> Option<(u32, &'a [ViewPart])> {
    match &facts.plan.tensors.get(tensor as usize)?.kind {
        TensorKind::View { parts } => {
            let source = parts.first()?.src;
            let single = facts.step(parts.len()) && parts.iter().all(|part| part.src == source);
            single.then_some((source, parts.as_slice()))
        }
        _ => None,
    }
}

fn last_two(dims: &[u32]) -> Option<(u32, u32)> {
    match dims {
        [.., a, b] => Some((*a, *b)),
        _ => None,
    }
}

/// The parts that turn rows of n cells into groups of `width`, zero-filled at the end (`split`), or back.
fn regrouped(src: u32, lead: &[u32], n: u32, width: u32, split: bool) -> Vec<ViewPart> {
    if width == 0 {
        return vec![];
    }
    let (full, rest) = (n / width, n % width);
    let row = if split { u64::from(n) } else { u64::from(n.div_ceil(width)) * u64::from(width) };
    let mut strides = Vec::with_capacity(lead.len());
    let mut stride = row;
    for d in lead.iter().rev() {
        strides.push(i64::try_from(stride).unwrap_or(i64::MAX));
        stride = stride.saturating_mul((*d).into());
    }
    strides.reverse();
    let pieces = [(0, full, width), (full, 1, rest)];
    let parts = pieces.iter().filter(|(_, count, size)| *count > 0 && *size > 0).map(|&(start, count, size)| {
        let first = start.saturating_mul(width);
        let (offset, shape, last): (Vec<u32>, Vec<u32>, Vec<i64>) = if split {
            (vec![start, 0], vec![count, size], vec![width.into(), 1])
        } else {
            (vec![first], vec![count.saturating_mul(size)], vec![1])
        };
        ViewPart {
            src,
            box_offset: [vec![0; lead.len()], offset].concat(),
            box_shape: [lead.to_vec(), shape].concat(),
            src_offset: first.into(),
            src_strides: [strides.clone(), last].concat(),
        }
    });
    parts.collect()
}
