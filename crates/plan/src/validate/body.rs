//! The body of one tensor: shapes, labels, batch axis, and the interval of its values.

use super::interval::Interval;
use super::rule::Rule;
use super::{Validated, hint, view};
use crate::{Plan, Tensor, TensorKind, limits};

/// The tensors before the one that is being checked.
pub(super) struct Earlier<'a> {
    pub plan: &'a Plan,
    pub validated: &'a Validated,
}

impl<'a> Earlier<'a> {
    /// An earlier tensor and its interval. The current tensor has no interval yet, so it is not found.
    pub fn get(&self, id: u32) -> Result<(&'a Tensor, Interval), Rule> {
        let interval = self.validated.interval(id).ok_or(Rule::NotEarlier)?;
        Ok((self.plan.tensor(id).ok_or(Rule::NotEarlier)?, interval))
    }

    /// Cells of an earlier tensor.
    pub fn cells(&self, id: u32) -> Result<u64, Rule> {
        self.validated.cells(id).ok_or(Rule::NotEarlier)
    }
}

pub(super) fn check(earlier: &Earlier<'_>, tensor: &Tensor, cells: u64) -> Result<Interval, Rule> {
    let modulus = i128::from(earlier.plan.field.modulus());
    match &tensor.kind {
        TensorKind::Model { lo, hi } => {
            if tensor.batched {
                return Err(Rule::ModelBatched);
            }
            let interval = declared(*lo, *hi, modulus)?;
            check_model_range(interval, modulus)?;
            Ok(interval)
        }
        TensorKind::Input { lo, hi, .. } => {
            if !tensor.batched {
                return Err(Rule::InputNotBatched);
            }
            declared(*lo, *hi, modulus)
        }
        TensorKind::Fresh { lo, hi, hint } => {
            hint::check(earlier, tensor, hint)?;
            declared(*lo, *hi, modulus)
        }
        TensorKind::Linear { terms, constant } => linear(earlier, tensor, terms, *constant),
        TensorKind::Contract { out, a, a_labels, b, b_labels } => {
            contract(earlier, tensor, out, (*a, a_labels), (*b, b_labels))
        }
        TensorKind::View { parts } => view::check(earlier, tensor, parts, cells),
        TensorKind::Constant { values } => {
            if tensor.batched {
                return Err(Rule::ConstantBatched);
            }
            if values.len() > limits::CONSTANT_CELLS || values.len() as u64 != cells {
                return Err(Rule::ConstantCells);
            }
            Interval::hull(values).ok_or(Rule::ConstantCells)
        }
    }
}

/// A declared `[lo, hi]` with `|·| < p/2`: one integer for one field element.
fn declared(lo: i64, hi: i64, modulus: i128) -> Result<Interval, Rule> {
    let interval = Interval::declared(lo, hi)?;
    if 2 * interval.magnitude() < modulus { Ok(interval) } else { Err(Rule::RangeReachesHalf) }
}

fn check_model_range(interval: Interval, modulus: i128) -> Result<(), Rule> {
    let size = interval.span() + 1;
    let centred = interval.min == -(size / 2);
    let fits = (2..=1 << limits::MODEL_BITS).contains(&size) && size & (size - 1) == 0;
    if !fits || !(centred || interval.min == 0) {
        return Err(Rule::ModelRange);
    }
    // The certificate proves it with one Range relation, which must be allowed.
    if 4 * size < modulus { Ok(()) } else { Err(Rule::ModelRangeUncertifiable) }
}

fn linear(earlier: &Earlier<'_>, tensor: &Tensor, terms: &[(i64, u32)], constant: i64) -> Result<Interval, Rule> {
    if terms.len() > limits::TERMS {
        return Err(Rule::ListTooLong);
    }
    let mut sum = Interval::point(constant);
    for (coefficient, id) in terms {
        let (term, interval) = earlier.get(*id)?;
        check_broadcast(term, tensor)?;
        sum = sum.add(interval.scale((*coefficient).into())?)?;
    }
    Ok(sum)
}

/// `from` broadcasts to `to` as in numpy, its axes aligned right.
pub(super) fn check_broadcast(from: &Tensor, to: &Tensor) -> Result<(), Rule> {
    let fits = from.dims.iter().rev().zip(to.dims.iter().rev()).all(|(from, to)| *from == 1 || from == to);
    if from.dims.len() > to.dims.len() || !fits {
        return Err(Rule::Broadcast);
    }
    if from.batched && !to.batched { Err(Rule::BroadcastBatch) } else { Ok(()) }
}

/// `Y[out] = Σ a·b` over the labels that are not in `out`.
fn contract(
    earlier: &Earlier<'_>,
    tensor: &Tensor,
    out: &[u8],
    a: (u32, &[u8]),
    b: (Option<u32>, &[u8]),
) -> Result<Interval, Rule> {
    let mut sizes: Vec<(u8, u32)> = Vec::with_capacity(2 * limits::DIMS);
    let (operand, mut product) = earlier.get(a.0)?;
    let mut batched = operand.batched;
    add_labels(&mut sizes, a.1, &operand.dims)?;
    if let Some(id) = b.0 {
        let (operand, interval) = earlier.get(id)?;
        batched |= operand.batched;
        add_labels(&mut sizes, b.1, &operand.dims)?;
        product = product.mul(interval)?;
    } else if !b.1.is_empty() {
        return Err(Rule::LabelsWithoutOperand);
    }
    if out.iter().any(|label| sizes.iter().all(|(known, _)| known != label)) {
        return Err(Rule::LabelUnknown);
    }
    let mut summed = 1i128;
    for (_, size) in sizes.iter().filter(|(label, _)| !out.contains(label)) {
        summed = summed.checked_mul((*size).into()).ok_or(Rule::IntervalOverflow)?;
    }
    add_labels(&mut sizes, out, &tensor.dims)?;
    if tensor.batched == batched { product.scale(summed) } else { Err(Rule::ContractBatch) }
}

/// Records the sizes of one tensor's labels; a label known already must have the same size.
fn add_labels(sizes: &mut Vec<(u8, u32)>, labels: &[u8], dims: &[u32]) -> Result<(), Rule> {
    if labels.len() != dims.len() {
        return Err(Rule::LabelCount);
    }
    let mut seen: Vec<u8> = Vec::with_capacity(labels.len());
    for (label, size) in labels.iter().zip(dims) {
        if *label >= limits::LABELS {
            return Err(Rule::LabelBound);
        }
        if seen.contains(label) {
            return Err(Rule::LabelRepeated);
        }
        seen.push(*label);
        match sizes.iter().find(|(known, _)| known == label) {
            Some((_, known)) if known != size => return Err(Rule::LabelSize),
            Some(_) => {}
            None => sizes.push((*label, *size)),
        }
    }
    Ok(())
}
