//! Exact interval arithmetic over the integers, refused beyond 2^120.

use super::rule::Rule;

const BOUND: i128 = 1 << 120;

/// Least and greatest possible value of a tensor's real cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interval {
    pub min: i128,
    pub max: i128,
}

impl Interval {
    pub(crate) const ZERO: Interval = Interval { min: 0, max: 0 };

    pub(crate) fn point(value: i64) -> Self {
        Interval { min: value.into(), max: value.into() }
    }

    /// `[lo, hi]`.
    pub(crate) fn declared(lo: i64, hi: i64) -> Result<Self, Rule> {
        if lo > hi { Err(Rule::EmptyRange) } else { Ok(Interval { min: lo.into(), max: hi.into() }) }
    }

    /// The least interval that contains all values; `None` without values.
    pub(crate) fn hull(values: &[i64]) -> Option<Self> {
        Some(Interval { min: (*values.iter().min()?).into(), max: (*values.iter().max()?).into() })
    }

    pub(crate) fn join(self, other: Self) -> Self {
        Interval { min: self.min.min(other.min), max: self.max.max(other.max) }
    }

    pub(crate) fn add(self, other: Self) -> Result<Self, Rule> {
        bounded(self.min.checked_add(other.min), self.max.checked_add(other.max))
    }

    pub(crate) fn mul(self, other: Self) -> Result<Self, Rule> {
        let product = |a: i128, b: i128| a.checked_mul(b).ok_or(Rule::IntervalOverflow);
        let (a, b) = (product(self.min, other.min)?, product(self.min, other.max)?);
        let (c, d) = (product(self.max, other.min)?, product(self.max, other.max)?);
        bounded(Some(a.min(b).min(c).min(d)), Some(a.max(b).max(c).max(d)))
    }

    /// `factor · self` for any sign of the factor.
    pub(crate) fn scale(self, factor: i128) -> Result<Self, Rule> {
        self.mul(Interval { min: factor, max: factor })
    }

    pub(crate) fn within(self, outer: Self) -> bool {
        outer.min <= self.min && self.max <= outer.max
    }

    /// `max |·|`.
    pub(crate) fn magnitude(self) -> i128 {
        self.max.max(-self.min)
    }

    /// `max − min`.
    pub(crate) fn span(self) -> i128 {
        self.max - self.min
    }
}

/// Every interval passes here, so negation and differences of two of them never overflow.
fn bounded(min: Option<i128>, max: Option<i128>) -> Result<Interval, Rule> {
    match (min, max) {
        (Some(min), Some(max)) if min >= -BOUND && max <= BOUND => Ok(Interval { min, max }),
        _ => Err(Rule::IntervalOverflow),
    }
}
