//! What the relations of a valid plan say, found by form and shape and never by name.

use super::form::{Form, forms};
use crate::{Hint, Interval, Plan, Relation, TensorKind, Validated};
use std::cell::Cell;
use std::collections::{HashMap, HashSet};

/// Products of one form that are looked through for an indicator or a selector.
const PARTNERS: usize = 256;
/// Cells of Constants that are looked at.
const CELLS: usize = 1 << 24;
/// Relations, products and parts that are looked at, for all tensors together. What is beyond counts as not there, so a plan
/// of many equal relations is refused and not worked through.
const STEPS: usize = 1 << 22;

/// A form on tensors of these axes.
pub(super) type Shaped = (Form, Vec<u32>);

pub(super) struct Facts<'a> {
    pub plan: &'a Plan,
    validated: &'a Validated,
    forms: Vec<Form>,
    /// Ranges that start at 0: their widths.
    ranges: HashMap<Shaped, HashSet<u8>>,
    zeros: HashSet<Shaped>,
    /// For each tensor the relations' forms that mention it: ranges from 0, zeros, arguments of tables.
    pub mentions: HashMap<u32, Mentions>,
    /// For each factor of a cell-by-cell product that is zero the other factors.
    partners: HashMap<Shaped, Vec<Form>>,
    /// Cell-by-cell products by factors, in order of their terms.
    products: HashMap<(Form, Form, Vec<u32>), Vec<u32>>,
    /// For each tensor the Contracts that sum its last axis and do nothing else.
    row_sums: HashMap<u32, Vec<u32>>,
    pub tables: HashSet<(u32, u32, u16)>,
    cells: Allowance,
    steps: Allowance,
}

/// How much may still be looked at.
struct Allowance(Cell<usize>);

impl Allowance {
    fn take(&self, n: usize) -> bool {
        let left = self.0.get().checked_sub(n);
        self.0.set(left.unwrap_or(0));
        left.is_some()
    }
}

#[derive(Default)]
pub(super) struct Mentions {
    /// Ranged tensors, with the width.
    pub ranges: Vec<(u32, u8)>,
    pub zeros: Vec<u32>,
    /// Arguments, with the table.
    pub arguments: Vec<(u32, u16)>,
}

impl<'a> Facts<'a> {
    pub fn new(plan: &'a Plan, validated: &'a Validated) -> Self {
        let mut facts = Self {
            plan,
            validated,
            forms: forms(plan),
            ranges: HashMap::new(),
            zeros: HashSet::new(),
            mentions: HashMap::new(),
            partners: HashMap::new(),
            products: HashMap::new(),
            row_sums: HashMap::new(),
            tables: HashSet::new(),
            cells: Allowance(Cell::new(CELLS)),
            steps: Allowance(Cell::new(STEPS)),
        };
        for id in 0..u32::try_from(plan.tensors.len()).unwrap_or(0) {
            if let Some((a, b)) = facts.factors(id) {
                let (a, b) = if a <= b { (a, b) } else { (b, a) };
                let dims = facts.dims(id).to_vec();
                facts.products.entry((a, b, dims)).or_default().push(id);
            }
            if let Some(source) = facts.summed_rows(id) {
                facts.row_sums.entry(source).or_default().push(id);
            }
        }
        for relation in &plan.relations {
            facts.add(relation);
        }
        facts
    }

    fn add(&mut self, relation: &Relation) {
        match *relation {
            Relation::Range { tensor, lo: 0, bits } => {
                let shaped = self.shaped(tensor);
                self.each_mention(tensor, |mentions| mentions.ranges.push((tensor, bits)));
                self.ranges.entry(shaped).or_default().insert(bits);
            }
            Relation::Range { .. } => {}
            Relation::Zero { tensor } => {
                let shaped = self.shaped(tensor);
                self.each_mention(tensor, |mentions| mentions.zeros.push(tensor));
                self.zeros.insert(shaped);
                if let Some((a, b)) = self.factors(tensor) {
                    let dims = self.dims(tensor).to_vec();
                    self.partners.entry((a.clone(), dims.clone())).or_default().push(b.clone());
                    self.partners.entry((b, dims)).or_default().push(a);
                }
            }
            Relation::Table { x, y, table } => {
                self.each_mention(x, |mentions| mentions.arguments.push((x, table)));
                self.tables.insert((x, y, table));
            }
        }
    }

    fn each_mention(&mut self, tensor: u32, mut add: impl FnMut(&mut Mentions)) {
        for (id, _) in self.form(tensor).terms {
            add(self.mentions.entry(id).or_default());
        }
    }

    pub fn form(&self, tensor: u32) -> Form {
        self.forms.get(tensor as usize).cloned().unwrap_or_else(|| Form::tensor(tensor))
    }

    pub fn dims(&self, tensor: u32) -> &'a [u32] {
        self.plan.tensors.get(tensor as usize).map_or(&[], |t| t.dims.as_slice())
    }

    fn shaped(&self, tensor: u32) -> Shaped {
        (self.form(tensor), self.dims(tensor).to_vec())
    }

    pub fn interval(&self, tensor: u32) -> Interval {
        self.validated.interval(tensor).unwrap_or(Interval { min: i128::MIN, max: i128::MAX })
    }

    pub fn hint(&self, tensor: u32) -> Option<&'a Hint> {
        match &self.plan.tensors.get(tensor as usize)?.kind {
            TensorKind::Fresh { hint, .. } => Some(hint),
            _ => None,
        }
    }

    /// Fresh, and 0 or 1 in every cell.
    pub fn is_bit(&self, tensor: u32) -> bool {
        self.hint(tensor).is_some() && self.interval(tensor) == (Interval { min: 0, max: 1 })
    }

    /// A lower bound by interval arithmetic.
    pub fn least(&self, form: &Form) -> Option<i128> {
        form.terms.iter().try_fold(form.constant, |sum, (id, coef)| {
            let Interval { min, max } = self.interval(*id);
            sum.checked_add(coef.checked_mul(if *coef > 0 { min } else { max })?)
        })
    }

    /// Some relation puts a tensor of this form and shape into [0, 2^bits) for some width.
    pub fn ranged(&self, form: Option<Form>, dims: &[u32]) -> bool {
        form.is_some_and(|form| self.ranges.contains_key(&(form, dims.to_vec())))
    }

    /// The same for this width.
    pub fn ranged_to(&self, form: Option<Form>, dims: &[u32], bits: u8) -> bool {
        form.and_then(|form| self.ranges.get(&(form, dims.to_vec()))).is_some_and(|widths| widths.contains(&bits))
    }

    /// A relation says that the form, or its negative, is zero.
    pub fn is_zero(&self, form: Option<Form>, dims: &[u32]) -> bool {
        let Some(form) = form else { return false };
        let negative = form.taken_from(0);
        self.zeros.contains(&(form, dims.to_vec()))
            || negative.is_some_and(|f| self.zeros.contains(&(f, dims.to_vec())))
    }

    /// A relation says that the product of the two forms is zero, cell by cell.
    pub fn product_is_zero(&self, a: Option<Form>, b: Option<Form>, dims: &[u32]) -> bool {
        let (Some(a), Some(b)) = (a, b) else { return false };
        self.partners(&a, dims).any(|partner| *partner == b)
    }

    /// Factors whose product with the form is zero.
    pub fn partners(&self, form: &Form, dims: &[u32]) -> impl Iterator<Item = &Form> {
        self.steps(self.partners.get(&(form.clone(), dims.to_vec())).into_iter().flatten().take(PARTNERS))
    }

    /// room · excess = 0, directly or through a bit u: room·u = 0 and excess·(1 − u) = 0.
    pub fn exclusive(&self, room: Option<Form>, excess: Form, dims: &[u32]) -> bool {
        let Some(room) = room else { return false };
        let mut others = self.partners(&excess, dims);
        others.any(|other| {
            let bit = other.taken_from(1).filter(|u| u.single().is_some_and(|id| self.is_bit(id)));
            *other == room || self.product_is_zero(Some(room.clone()), bit, dims)
        })
    }

    /// Whether so many more cells may be looked at.
    pub fn examine(&self, cells: usize) -> bool {
        self.cells.take(cells)
    }

    /// Whether so many more relations, products or parts may be looked at.
    pub fn step(&self, n: usize) -> bool {
        self.steps.take(n)
    }

    /// The items that may be looked at, a step each.
    pub fn steps<T>(&self, items: impl Iterator<Item = T>) -> impl Iterator<Item = T> {
        items.take_while(|_| self.step(1))
    }

    /// The two factors of a cell-by-cell product of equal axes.
    fn factors(&self, tensor: u32) -> Option<(Form, Form)> {
        match &self.plan.tensors.get(tensor as usize)?.kind {
            TensorKind::Contract { out, a, a_labels, b: Some(b), b_labels } => {
                let dims = self.dims(tensor);
                let cell_by_cell = out == a_labels && out == b_labels && self.dims(*a) == dims && self.dims(*b) == dims;
                cell_by_cell.then(|| (self.form(*a), self.form(*b)))
            }
            _ => None,
        }
    }

    /// Tensors that are the product of the two forms.
    pub fn products(&self, a: Form, b: Form, dims: &[u32]) -> impl Iterator<Item = u32> {
        let (a, b) = if a <= b { (a, b) } else { (b, a) };
        self.steps(self.products.get(&(a, b, dims.to_vec())).into_iter().flatten().copied())
    }

    /// A bit in every cell and one 1 in every row: its sum over the last axis is 1.
    pub fn is_one_hot(&self, tensor: u32) -> bool {
        let Some((_, rows)) = self.dims(tensor).split_last() else { return false };
        let mut sums = self.steps(self.row_sums.get(&tensor).into_iter().flatten());
        self.is_bit(tensor) && sums.any(|sum| self.is_zero(self.form(*sum).shifted(-1), rows))
    }

    /// The tensor whose last axis this Contract sums, if that is all it does.
    fn summed_rows(&self, sum: u32) -> Option<u32> {
        match &self.plan.tensors.get(sum as usize)?.kind {
            TensorKind::Contract { out, a, a_labels, b: None, .. } => {
                a_labels.split_last().is_some_and(|(_, rows)| rows == out.as_slice()).then_some(*a)
            }
            _ => None,
        }
    }
}
