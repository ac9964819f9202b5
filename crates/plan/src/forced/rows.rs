//! The largest and smallest cell of each row, and which one it is.

use super::facts::Facts;
use super::form::Form;
use super::later;
use crate::{Hint, Plan, TensorKind};
use std::collections::HashSet;

/// Whether f is at least (sign 1) or at most (sign −1) every cell of its row of src, and one of them.
pub(super) fn is_extreme(facts: &Facts<'_>, f: u32, src: u32, sign: i128) -> bool {
    let (dims, gap) = (facts.dims(src), gap(facts, f, src, sign));
    let reduced = matches!((dims.split_last(), facts.dims(f).split_last()), (Some((_, a)), Some((1, b))) if a == b);
    let Some(gap) = gap.filter(|_| reduced) else { return false };
    let attained = facts.partners(&gap, dims).any(|m| m.single().is_some_and(|m| has_row_of(facts, m, dims)));
    attained && is_bound(facts, f, &gap, dims)
}

fn gap(facts: &Facts<'_>, f: u32, src: u32, sign: i128) -> Option<Form> {
    let gap = Form::tensor(f).plus(-1, &facts.form(src))?;
    if sign > 0 { Some(gap) } else { gap.taken_from(0) }
}

fn has_row_of(facts: &Facts<'_>, m: u32, dims: &[u32]) -> bool {
    facts.dims(m) == dims && facts.is_one_hot(m)
}

/// gap = (what a relation keeps at or above zero) + (what has no negative value).
fn is_bound(facts: &Facts<'_>, f: u32, gap: &Form, dims: &[u32]) -> bool {
    let Some(mentions) = facts.mentions.get(&f) else { return false };
    let starts_at_zero = |table: u16| facts.plan.tables.get(usize::from(table)).is_some_and(|t| t.in_lo >= 0);
    let ranged = mentions.ranges.iter().map(|(x, _)| *x);
    let looked_up = mentions.arguments.iter().filter(|(_, table)| starts_at_zero(*table)).map(|(x, _)| *x);
    facts
        .steps(ranged.chain(looked_up))
        .filter(|x| facts.dims(*x) == dims)
        .any(|x| gap.plus(-1, &facts.form(x)).and_then(|rest| facts.least(&rest)).is_some_and(|least| least >= 0))
}

/// Whether f marks the first of the largest cells of its row: a one-hot at a cell that has the maximum, before which
/// every cell is smaller: maximum − src − (ones after) ≥ 0.
pub(super) fn is_first(facts: &Facts<'_>, f: u32, src: u32) -> bool {
    let (dims, m) = (facts.dims(f), facts.form(f));
    if facts.dims(src) != dims || !facts.is_one_hot(f) {
        return false;
    }
    facts.partners(&m, dims).any(|gap| {
        // The maximum is the one tensor that the gap has beside its source.
        let rest = gap.plus(1, &facts.form(src));
        let Some(top) = rest.and_then(|rest| rest.single()) else { return false };
        matches!(facts.hint(top), Some(Hint::RowMax { src: s }) if *s == src)
            && is_extreme(facts, top, src, 1)
            && first_is_strict(facts, top, f, gap, dims)
    })
}

fn first_is_strict(facts: &Facts<'_>, top: u32, m: u32, gap: &Form, dims: &[u32]) -> bool {
    let ranged = facts.mentions.get(&top).map_or(&[][..], |mentions| mentions.ranges.as_slice());
    facts.steps(ranged.iter()).filter(|(x, _)| facts.dims(*x) == dims).any(|(x, _)| {
        let after = gap.plus(-1, &facts.form(*x));
        after.is_some_and(|after| later::counts_ones_after(facts, &after, m))
    })
}

/// Tensors on which no output and no hint depends: their values are part of the witness and of nothing else.
pub(super) struct Idle {
    used: HashSet<u32>,
}

impl Idle {
    pub fn new(plan: &Plan) -> Self {
        let mut used: HashSet<u32> = plan.outputs.iter().map(|port| port.tensor).collect();
        for tensor in &plan.tensors {
            if let TensorKind::Fresh { hint, .. } = &tensor.kind {
                used.extend(sources(hint));
            }
        }
        // Operands have smaller ids: one pass from the end reaches everything.
        for (id, tensor) in (0u32..).zip(&plan.tensors).collect::<Vec<_>>().into_iter().rev() {
            if used.contains(&id) {
                match &tensor.kind {
                    TensorKind::Linear { terms, .. } => used.extend(terms.iter().map(|(_, t)| *t)),
                    TensorKind::Contract { a, b, .. } => used.extend([Some(*a), *b].into_iter().flatten()),
                    TensorKind::View { parts } => used.extend(parts.iter().map(|part| part.src)),
                    _ => {}
                }
            }
        }
        Self { used }
    }

    pub fn has(&self, tensor: u32) -> bool {
        !self.used.contains(&tensor)
    }
}

fn sources(hint: &Hint) -> impl Iterator<Item = u32> {
    let (first, second) = match *hint {
        Hint::FloorDiv { num, den } => (num, Some(den)),
        Hint::Clamp { src, .. }
        | Hint::Below { src, .. }
        | Hint::Above { src, .. }
        | Hint::Table { src, .. }
        | Hint::RowMax { src }
        | Hint::RowArgMax { src }
        | Hint::Isqrt { src }
        | Hint::Bits { src, .. }
        | Hint::RowMin { src } => (src, None),
    };
    [Some(first), second].into_iter().flatten()
}
