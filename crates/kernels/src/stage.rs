//! One batched sumcheck over all contractions of a stage.

use crate::lanes::PARALLEL;
use crate::product::Product;
use affidavit_algebra::FieldPair;
use p3_field::PrimeCharacteristicRing;
use rayon::prelude::*;

/// γ·Σ_x weight(x)·a(x)·b(x) over 2^vars points; absent factors are 1.
#[derive(Clone, Debug)]
pub struct StageTerm<P: FieldPair> {
    /// log2 of the length of every vector.
    pub vars: usize,
    /// γ.
    pub coefficient: P::K,
    /// A public weight; its end is the caller's to compute.
    pub weight: Option<Vec<P::K>>,
    /// First operand.
    pub a: Vec<P::K>,
    /// Second operand.
    pub b: Option<Vec<P::K>>,
}

/// Sums all terms over n = max vars variables. A term of fewer variables is multiplied by Π(1 − X_i) over the first
/// n − vars of them: it sits at address zero and keeps its sum.
#[derive(Clone, Debug)]
pub struct StageSumcheck<P: FieldPair> {
    slots: Vec<Slot<P>>,
    remaining: usize,
    degree: usize,
    cells: usize,
}

#[derive(Clone, Debug)]
struct Slot<P: FieldPair> {
    product: Product<P>,
    vars: usize,
    /// γ·Π(1 − r_i) over the variables bound before the term's own.
    coefficient: P::K,
    /// The term's sum without γ, needed only while its own variables are not yet reached.
    sum: P::K,
    has_weight: bool,
    has_b: bool,
}

impl<P: FieldPair> StageSumcheck<P> {
    /// Starts on the terms with round polynomials of degree 2, or 3 where a term may have weight, a and b.
    ///
    /// # Panics
    /// If the degree is neither 2 nor 3, if it is 2 and a term has three factors, if there are no terms, or if a vector's
    /// length is not 2^vars.
    pub fn new(terms: Vec<StageTerm<P>>, degree: usize) -> Self {
        assert!(degree == 2 || degree == 3, "degree {degree}");
        assert!(!terms.is_empty(), "no terms");
        let remaining = terms.iter().map(|t| t.vars).max().unwrap_or(0);
        let cells = terms.iter().map(|t| 1 << t.vars).sum();
        let start = |term: StageTerm<P>| {
            let StageTerm { vars, coefficient, weight, a, b } = term;
            let (has_weight, has_b) = (weight.is_some(), b.is_some());
            assert!(degree == 3 || !(has_weight && has_b), "three factors need degree 3");
            let tables: Vec<_> = weight.into_iter().chain([a]).chain(b).collect();
            assert!(tables.iter().all(|t| t.len() == 1 << vars), "every vector of a term has 2^{vars} cells");
            let product = Product::new(tables, degree == 3);
            let sum = if vars < remaining { product.total() } else { P::K::ZERO };
            Slot { product, vars, coefficient, sum, has_weight, has_b }
        };
        let slots = if cells < PARALLEL {
            terms.into_iter().map(start).collect()
        } else {
            terms.into_par_iter().map(start).collect()
        };
        Self { slots, remaining, degree, cells }
    }

    /// Rounds left.
    pub fn remaining(&self) -> usize {
        self.remaining
    }

    /// The round polynomial at 0, 2 (degree 2) or 0, 2, 3 (degree 3).
    ///
    /// # Panics
    /// If no round is left.
    pub fn round(&self) -> Vec<P::K> {
        assert!(self.remaining > 0, "all variables are bound");
        let mut out = P::K::zero_vec(self.degree);
        for slot in &self.slots {
            let values = if slot.vars < self.remaining {
                // sum·(1 − X).
                [slot.sum, -slot.sum, -slot.sum.double()]
            } else {
                slot.product.round()
            };
            for (o, v) in out.iter_mut().zip(values) {
                *o += slot.coefficient * v;
            }
        }
        out
    }

    /// Binds the first remaining variable to r.
    ///
    /// # Panics
    /// If no round is left.
    pub fn bind(&mut self, r: P::K) {
        assert!(self.remaining > 0, "all variables are bound");
        let remaining = self.remaining;
        let step = |slot: &mut Slot<P>| {
            if slot.vars < remaining {
                slot.coefficient *= P::K::ONE - r;
            } else {
                slot.product.bind(r);
            }
        };
        // Cells halve with every round; a term that waits costs nothing.
        if self.cells < PARALLEL || self.slots.len() == 1 {
            self.slots.iter_mut().for_each(step);
        } else {
            self.slots.par_iter_mut().for_each(step);
        }
        self.remaining -= 1;
        self.cells = self.slots.iter().filter(|s| s.vars >= self.remaining).map(|s| 1 << s.product.remaining()).sum();
    }

    /// Values of term j's operands a and b at its own last `vars` coordinates of the bound point.
    ///
    /// # Panics
    /// If a round is left or there is no term j.
    pub fn ends(&self, j: usize) -> (P::K, Option<P::K>) {
        assert_eq!(self.remaining, 0, "variables are unbound");
        let slot = &self.slots[j];
        let first = usize::from(slot.has_weight);
        let end = |k: usize| slot.product.table(k)[0];
        (end(first), slot.has_b.then(|| end(first + 1)))
    }
}
