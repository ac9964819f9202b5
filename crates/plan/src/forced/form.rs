//! Tensors as affine forms of those that are not Linear: what relations are compared by.

use crate::{Plan, TensorKind};

/// Terms of one form; a Linear with more stands for itself.
const TERMS: usize = 64;
/// Terms of all forms together; Linear tensors beyond stand for themselves.
const ALL_TERMS: usize = 1 << 19;

/// Σ coefficient · tensor + constant, tensors increasing, axes aligned right as in a Linear, no coefficient zero. Two tensors
/// of one form and one shape have the same cells.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Form {
    pub terms: Vec<(u32, i128)>,
    pub constant: i128,
}

impl Form {
    pub fn tensor(id: u32) -> Self {
        Self { terms: vec![(id, 1)], constant: 0 }
    }

    /// `self + factor · other`; nothing where it overflows.
    pub fn plus(&self, factor: i128, other: &Self) -> Option<Self> {
        let constant = self.constant.checked_add(factor.checked_mul(other.constant)?)?;
        let mut terms = Vec::with_capacity(self.terms.len() + other.terms.len());
        let (mut mine, mut theirs) = (self.terms.iter().peekable(), other.terms.iter().peekable());
        loop {
            let id = match (mine.peek(), theirs.peek()) {
                (Some((a, _)), Some((b, _))) => *a.min(b),
                (Some((id, _)), None) | (None, Some((id, _))) => *id,
                (None, None) => return Some(Self { terms, constant }),
            };
            let ours = mine.next_if(|(a, _)| *a == id).map_or(0, |(_, c)| *c);
            let added = theirs.next_if(|(b, _)| *b == id).map_or(0, |(_, c)| *c);
            let sum = ours.checked_add(factor.checked_mul(added)?)?;
            if sum != 0 {
                terms.push((id, sum));
            }
        }
    }

    /// `self + constant`.
    pub fn shifted(&self, constant: i128) -> Option<Self> {
        Some(Self { terms: self.terms.clone(), constant: self.constant.checked_add(constant)? })
    }

    /// `constant − self`.
    pub fn taken_from(&self, constant: i128) -> Option<Self> {
        Self { terms: vec![], constant }.plus(-1, self)
    }

    /// The coefficient of a tensor.
    pub fn of(&self, id: u32) -> i128 {
        self.terms.binary_search_by_key(&id, |(t, _)| *t).ok().and_then(|at| self.terms.get(at)).map_or(0, |(_, c)| *c)
    }

    /// The tensor, if the form is that tensor and nothing else.
    pub fn single(&self) -> Option<u32> {
        match (self.terms.as_slice(), self.constant) {
            ([(id, 1)], 0) => Some(*id),
            _ => None,
        }
    }
}

/// The form of every tensor, by id.
pub(super) fn forms(plan: &Plan) -> Vec<Form> {
    let mut forms: Vec<Form> = Vec::with_capacity(plan.tensors.len());
    let mut left = ALL_TERMS;
    for (id, tensor) in (0u32..).zip(&plan.tensors) {
        let expanded = match &tensor.kind {
            TensorKind::Linear { terms, constant } => expand(&forms, terms, *constant, left.min(TERMS)),
            _ => None,
        };
        left = left.saturating_sub(expanded.as_ref().map_or(0, |form| form.terms.len()));
        forms.push(expanded.unwrap_or_else(|| Form::tensor(id)));
    }
    forms
}

fn expand(forms: &[Form], terms: &[(i64, u32)], constant: i64, most: usize) -> Option<Form> {
    let mut sum = Form { terms: vec![], constant: constant.into() };
    for (coef, source) in terms {
        sum = sum.plus((*coef).into(), forms.get(*source as usize)?)?;
        if sum.terms.len() > most {
            return None;
        }
    }
    Some(sum)
}
