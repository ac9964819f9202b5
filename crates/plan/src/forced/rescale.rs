//! Clamp, Below and Above: rescaling with saturation, an indicator, a guard against zero, a cut at a table's end.

use super::facts::Facts;
use super::form::Form;
use crate::Hint;
use std::collections::HashSet;

/// The tensors that some complete block forces: a value, and what is beyond its bounds.
pub(super) struct Rescales(HashSet<u32>);

/// A value and its hint `min(max(q(src, shift), lo), hi)`.
#[derive(Clone, Copy)]
struct Clamp {
    value: u32,
    src: u32,
    shift: u8,
    lo: i128,
    hi: i128,
}

impl Rescales {
    pub fn new(facts: &Facts<'_>) -> Self {
        let mut forced = HashSet::new();
        for id in 0..u32::try_from(facts.plan.tensors.len()).unwrap_or(0) {
            match facts.hint(id) {
                Some(&Hint::Clamp { src, shift, lo, hi }) => {
                    let clamp = Clamp { value: id, src, shift, lo: lo.into(), hi: hi.into() };
                    if is_indicator(facts, clamp) {
                        forced.insert(id);
                    }
                    for (below, above) in ties(facts, clamp) {
                        if sides_closed(facts, clamp, below, above) {
                            forced.extend([Some(id), below, above].into_iter().flatten());
                        }
                    }
                }
                Some(&Hint::Below { src, shift: 0, lo: 1 }) if is_zero_guard(facts, id, src) => {
                    forced.insert(id);
                }
                Some(&Hint::Above { src, shift: 0, hi }) if is_cut(facts, id, src, hi.into()) => {
                    forced.insert(id);
                }
                _ => {}
            }
        }
        Self(forced)
    }

    pub fn forces(&self, tensor: u32) -> bool {
        self.0.contains(&tensor)
    }
}

/// All (below, above) such that a relation forces value − below + above = q(src, shift): src + 2^(shift−1) − 2^shift·(value −
/// below + above) lies in [0, 2^shift); without a shift, the difference is zero.
fn ties(facts: &Facts<'_>, clamp: Clamp) -> Vec<(Option<u32>, Option<u32>)> {
    let dims = facts.dims(clamp.value);
    let step = 1i128 << clamp.shift;
    let start = facts.form(clamp.src).shifted(step >> 1).and_then(|x| x.plus(-step, &Form::tensor(clamp.value)));
    let (Some(start), Some(mentions)) = (start, facts.mentions.get(&clamp.value)) else { return vec![] };
    let found: Vec<Form> = if clamp.shift == 0 {
        // The sign of an equation is free.
        let zeros = facts.steps(mentions.zeros.iter()).filter(|z| facts.dims(**z) == dims).map(|z| facts.form(*z));
        let signed = zeros.flat_map(|form| [form.taken_from(0), Some(form)]).flatten();
        signed.filter(|form| form.of(clamp.value) == -1).collect()
    } else {
        let ranged =
            facts.steps(mentions.ranges.iter()).filter(|(r, bits)| *bits == clamp.shift && facts.dims(*r) == dims);
        ranged.map(|(r, _)| facts.form(*r)).filter(|form| form.of(clamp.value) == -step).collect()
    };
    found.iter().filter_map(|form| excess(&form.plus(-1, &start)?, step)).collect()
}

/// step·below − step·above, or one of them, or nothing.
fn excess(rest: &Form, step: i128) -> Option<(Option<u32>, Option<u32>)> {
    if rest.constant != 0 {
        return None;
    }
    match *rest.terms.as_slice() {
        [] => Some((None, None)),
        [(id, c)] if c == step => Some((Some(id), None)),
        [(id, c)] if c == -step => Some((None, Some(id))),
        [(a, c), (b, d)] if c == step && d == -step => Some((Some(a), Some(b))),
        [(a, c), (b, d)] if c == -step && d == step => Some((Some(b), Some(a))),
        _ => None,
    }
}

/// Given q = value − below + above: value is q cut to [lo, hi], below and above what was cut.
fn sides_closed(facts: &Facts<'_>, clamp: Clamp, below: Option<u32>, above: Option<u32>) -> bool {
    let Clamp { value, src, shift, lo, hi } = clamp;
    let (dims, a, interval) = (facts.dims(value), facts.form(value), facts.interval(src));
    let rounded = |v: i128| v.saturating_add(1i128 << shift >> 1) >> shift;
    // With lo = hi both excesses could grow together.
    if below.is_some() && above.is_some() && lo >= hi {
        return false;
    }
    let low = match below {
        None => rounded(interval.min) >= lo,
        Some(b) => {
            let hinted = matches!(facts.hint(b), Some(Hint::Below { src: s, shift: t, lo: l })
                if (*s, *t, i128::from(*l)) == (src, shift, lo));
            hinted
                && facts.dims(b) == dims
                && facts.interval(b).min >= 0
                && facts.interval(value).min >= lo
                && facts.exclusive(a.shifted(-lo), facts.form(b), dims)
        }
    };
    let high = match above {
        None => rounded(interval.max) <= hi,
        Some(b) => {
            let hinted = matches!(facts.hint(b), Some(Hint::Above { src: s, shift: t, hi: h })
                if (*s, *t, i128::from(*h)) == (src, shift, hi));
            let room = a.taken_from(hi);
            // Without it the value could follow q beyond hi.
            let kept = facts.interval(value).max <= hi || facts.ranged(room.clone(), dims);
            hinted
                && kept
                && facts.dims(b) == dims
                && facts.interval(b).min >= 0
                && facts.exclusive(room, facts.form(b), dims)
        }
    };
    low && high
}

/// u = [e > 0] for e ≥ 0: u a bit, e·(1 − u) = 0 and e − u ≥ 0.
fn is_indicator(facts: &Facts<'_>, clamp: Clamp) -> bool {
    let (dims, u, e) = (facts.dims(clamp.value), facts.form(clamp.value), facts.form(clamp.src));
    (clamp.shift, clamp.lo, clamp.hi) == (0, 0, 1)
        && facts.is_bit(clamp.value)
        && facts.interval(clamp.src).min >= 0
        && facts.ranged(e.plus(-1, &u), dims)
        && facts.product_is_zero(Some(e), u.taken_from(1), dims)
}

/// z = [x = 0] for x ≥ 0: z a bit, z·x = 0 and x + z − 1 ≥ 0.
fn is_zero_guard(facts: &Facts<'_>, f: u32, src: u32) -> bool {
    let (dims, z, x) = (facts.dims(f), facts.form(f), facts.form(src));
    let reached = x.plus(1, &z).and_then(|sum| sum.shifted(-1));
    facts.is_bit(f)
        && facts.interval(src).min >= 0
        && facts.ranged(reached, dims)
        && facts.product_is_zero(Some(z), Some(x), dims)
}

/// max(D − hi, 0) where D − f is an argument of a table that ends at or below hi, and f > 0 leaves no room to hi.
fn is_cut(facts: &Facts<'_>, f: u32, src: u32, hi: i128) -> bool {
    let dims = facts.dims(f);
    let (Some(argument), Some(mentions)) = (facts.form(src).plus(-1, &Form::tensor(f)), facts.mentions.get(&f)) else {
        return false;
    };
    let looked_up = facts.steps(mentions.arguments.iter()).any(|(x, table)| {
        let end = facts.plan.tables.get(usize::from(*table)).map(|t| i128::from(t.in_lo) + (1i128 << t.log_size) - 1);
        facts.dims(*x) == dims && facts.form(*x) == argument && end.is_some_and(|end| end <= hi)
    });
    facts.interval(f).min >= 0 && looked_up && facts.exclusive(argument.taken_from(hi), facts.form(f), dims)
}
