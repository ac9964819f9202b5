//! View tensors: boxes inside the tensor and disjoint, source indices inside the sources.

use super::body::Earlier;
use super::interval::Interval;
use super::rule::Rule;
use crate::{Tensor, ViewPart, limits};

/// Cells of all boxes, which must have the tensor's axes.
pub(super) fn box_cells(tensor: &Tensor, parts: &[ViewPart]) -> Result<u64, Rule> {
    if parts.len() > limits::PARTS {
        return Err(Rule::ListTooLong);
    }
    let rank = tensor.dims.len();
    let mut total = 0u64;
    for part in parts {
        let ranks = [part.box_offset.len(), part.box_shape.len(), part.src_strides.len()];
        if ranks.iter().any(|axes| *axes != rank) || part.box_shape.contains(&0) {
            return Err(Rule::BoxShape);
        }
        let axes = part.box_offset.iter().zip(&part.box_shape).zip(&tensor.dims);
        for ((offset, size), dim) in axes {
            if u64::from(*offset) + u64::from(*size) > u64::from(*dim) {
                return Err(Rule::BoxOutside);
            }
        }
        // Each box lies inside the tensor, so its cells are at most the tensor's.
        total = total.saturating_add(part.box_shape.iter().map(|size| u64::from(*size)).product());
    }
    Ok(total)
}

/// Interval of the view: that of its sources, and 0 where boxes leave cells uncovered.
pub(super) fn check(earlier: &Earlier<'_>, tensor: &Tensor, parts: &[ViewPart], cells: u64) -> Result<Interval, Rule> {
    let mut values: Option<Interval> = None;
    for part in parts {
        let (source, interval) = earlier.get(part.src)?;
        if source.batched != tensor.batched {
            return Err(Rule::ViewBatch);
        }
        check_source(part, earlier.cells(part.src)?)?;
        values = Some(values.map_or(interval, |known| known.join(interval)));
    }
    if overlap(parts) {
        return Err(Rule::BoxOverlap);
    }
    let covered = box_cells(tensor, parts)? == cells;
    Ok(match values {
        Some(interval) if covered => interval,
        Some(interval) => interval.join(Interval::ZERO),
        None => Interval::ZERO,
    })
}

/// The least and the greatest flat source index of the box; extremes of an affine map lie at corners.
fn check_source(part: &ViewPart, cells: u64) -> Result<(), Rule> {
    let (mut least, mut greatest) = (i128::from(part.src_offset), i128::from(part.src_offset));
    for (stride, size) in part.src_strides.iter().zip(&part.box_shape) {
        // At most six products below 2^63 · 2^32: no overflow.
        let reach = i128::from(*stride) * (i128::from(*size) - 1);
        least += reach.min(0);
        greatest += reach.max(0);
    }
    if least < 0 || greatest >= i128::from(cells) { Err(Rule::BoxSource) } else { Ok(()) }
}

/// Sweep along the first axis, then every axis of the pairs that meet there.
fn overlap(parts: &[ViewPart]) -> bool {
    let extent = |part: &ViewPart| match (part.box_offset.first(), part.box_shape.first()) {
        (Some(offset), Some(size)) => (u64::from(*offset), u64::from(*offset) + u64::from(*size)),
        _ => (0, 1),
    };
    let mut sorted: Vec<&ViewPart> = parts.iter().collect();
    sorted.sort_by_key(|part| extent(part).0);
    sorted.iter().enumerate().any(|(index, part)| {
        let end = extent(part).1;
        sorted.iter().skip(index + 1).take_while(|other| extent(other).0 < end).any(|other| boxes_meet(part, other))
    })
}

fn boxes_meet(a: &ViewPart, b: &ViewPart) -> bool {
    let a = a.box_offset.iter().zip(&a.box_shape);
    let b = b.box_offset.iter().zip(&b.box_shape);
    // Boxes inside dims: offset + size is at most 2^26.
    a.zip(b).all(|((a, a_size), (b, b_size))| a.saturating_add(*a_size) > *b && b.saturating_add(*b_size) > *a)
}
