//! Whether the relations of a plan force every Fresh tensor to what its hint computes (spec 2, rule 6).
//!
//! Validation shows that no relation can wrap. It does not show that the relations are there: a plan may leave one out, and a
//! prover then chooses. In a valid plan that keeps these rules the outputs are a function of weights and inputs, the one
//! that hints and virtual tensors spell out. Decision 011 has the argument for each rule.
//!
//! The work is bounded: forms have a bound (see `form`), and so has what is looked through for all tensors together
//! (see `facts`); everything else is looked up.

mod facts;
mod form;
mod later;
mod rescale;
mod rows;

use crate::{Hint, Plan, Validated};
use facts::Facts;
use form::Form;
use rescale::Rescales;
use rows::Idle;

/// A Fresh tensor that no rule shows to equal its hint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unforced {
    pub tensor: u32,
    pub why: &'static str,
}

impl Plan {
    /// The Fresh tensors that these relations need not force; `validated` comes from [`Plan::validate`]. If there are none,
    /// every witness has the outputs of the plan's integer function. A plan in other shapes than the rules know may be a
    /// function all the same.
    pub fn unforced(&self, validated: &Validated) -> Vec<Unforced> {
        let facts = Facts::new(self, validated);
        let (rescales, idle) = (Rescales::new(&facts), Idle::new(self));
        let ids = 0..u32::try_from(self.tensors.len()).unwrap_or(0);
        let fresh = ids.filter_map(|id| facts.hint(id).map(|hint| (id, hint)));
        let found = fresh.filter_map(|(tensor, hint)| {
            why_not(&facts, &rescales, &idle, tensor, hint).map(|why| Unforced { tensor, why })
        });
        found.collect()
    }
}

fn why_not(facts: &Facts<'_>, rescales: &Rescales, idle: &Idle, f: u32, hint: &Hint) -> Option<&'static str> {
    let (forced, why) = match *hint {
        Hint::Clamp { .. } => (rescales.forces(f), "no relation ties it to its source, or a side is open"),
        Hint::Below { .. } | Hint::Above { .. } => {
            (rescales.forces(f), "it belongs to no complete rescale, guard or cut")
        }
        Hint::Table { src, table } => {
            (facts.tables.contains(&(src, f, table)), "it is not looked up with its argument")
        }
        Hint::RowMax { src } => (rows::is_extreme(facts, f, src, 1), "it is not bound to be the largest cell"),
        Hint::RowMin { src } => (rows::is_extreme(facts, f, src, -1), "it is not bound to be the smallest cell"),
        Hint::RowArgMax { src } => {
            (idle.has(f) || rows::is_first(facts, f, src), "it is not bound to be the first of the largest cells")
        }
        Hint::FloorDiv { num, den } => (is_quotient(facts, f, num, den), "its remainder is not bounded on both sides"),
        Hint::Isqrt { src } => (is_root(facts, f, src), "its remainder is not bounded on both sides"),
        Hint::Bits { src, offset, shift, bits } => {
            (is_bits(facts, f, src, offset, shift, bits), "it may be more, or the bits below it are not bounded")
        }
    };
    (!forced).then_some(why)
}

/// num = den·f + r, 0 ≤ r ≤ den − 1.
fn is_quotient(facts: &Facts<'_>, f: u32, num: u32, den: u32) -> bool {
    let (dims, den) = (facts.dims(f), facts.form(den));
    facts.products(den.clone(), facts.form(f), dims).any(|product| {
        let remainder = facts.form(num).plus(-1, &facts.form(product));
        let room = remainder.as_ref().and_then(|r| den.plus(-1, r)?.shifted(-1));
        facts.ranged(remainder, dims) && facts.ranged(room, dims)
    })
}

/// f ≥ 0, 0 ≤ src − f² ≤ 2f.
fn is_root(facts: &Facts<'_>, f: u32, src: u32) -> bool {
    let (dims, y) = (facts.dims(f), facts.form(f));
    let mut squares = facts.products(y.clone(), y.clone(), dims);
    facts.interval(f).min >= 0
        && squares.any(|square| {
            let remainder = facts.form(src).plus(-1, &facts.form(square));
            let room = remainder.as_ref().and_then(|r| r.taken_from(0)?.plus(2, &y));
            facts.ranged(remainder, dims) && facts.ranged(room, dims)
        })
}

/// f in [0, 2^bits), src − offset − 2^shift·f in [0, 2^shift).
fn is_bits(facts: &Facts<'_>, f: u32, src: u32, offset: i64, shift: u8, bits: u8) -> bool {
    let (dims, interval) = (facts.dims(f), facts.interval(f));
    let rest = facts.form(src).shifted(-i128::from(offset)).and_then(|x| x.plus(-(1i128 << shift), &Form::tensor(f)));
    let tied = if shift == 0 { facts.is_zero(rest, dims) } else { facts.ranged_to(rest, dims, shift) };
    interval.min >= 0 && interval.max < 1i128 << bits && tied
}
