//! Outputs: public values, and predicates on hidden ones (spec 6.2).
//!
//! The public outcome of each row chooses which inequality is proven: if it holds, or its negation.

use crate::elaborate::Interval;
use crate::range::Request;
use crate::{BATCH, Circuit, CircuitError, Fresh, Kind, LinearTerm, PublicBind, TensorId};
use affidavit_plan::{OutputClaim, Plan, ViewPart};
use std::sync::Arc;

/// Cells of an output, over all rows, that a predicate may look at, and that all argmax and top_k of a statement look at
/// together: they make tensors of this size, public ones for argmax, from a few bytes of statement.
const MAX_PREDICATE_CELLS: usize = 1 << 22;

/// Adds the relations of one output claim. `looked_at`: cells of the argmax and top_k claims so far.
pub fn add_output(
    circuit: &mut Circuit,
    plan: &Plan,
    intervals: &[Interval],
    claim: &OutputClaim,
    requests: &mut Vec<Request>,
    looked_at: &mut usize,
) -> Result<(), CircuitError> {
    let port =
        plan.outputs.get(usize::from(claim.output())).ok_or_else(|| CircuitError::Mismatch("no such output".into()))?;
    let tensor = port.tensor as usize;
    let interval = intervals.get(tensor).copied().unwrap_or((0, 0));
    let mut builder = Builder { circuit, name: format!("output:{}", port.name), tensor, interval, requests };
    if let OutputClaim::Public { values, .. } = claim {
        let bind = PublicBind { name: builder.name.clone(), tensor, values: Arc::new(values.clone()) };
        builder.circuit.publics.push(bind);
        return Ok(());
    }
    let p = i128::from(plan.field.modulus());
    if builder.width() >= p / 16 || builder.width() >= 1 << 45 {
        return Err(CircuitError::Unsupported(format!("output {} has too wide a range for a predicate", port.name)));
    }
    let cells = builder.batch().saturating_mul(builder.inner_cells());
    let limit = MAX_PREDICATE_CELLS as u64;
    if cells > MAX_PREDICATE_CELLS {
        return Err(CircuitError::TooLarge { what: "the output of a predicate", got: cells as u64, limit });
    }
    if let OutputClaim::ArgMax { .. } | OutputClaim::TopK { .. } = claim {
        *looked_at = looked_at.saturating_add(cells);
        if *looked_at > MAX_PREDICATE_CELLS {
            let what = "the output of all argmax and top_k predicates together";
            return Err(CircuitError::TooLarge { what, got: *looked_at as u64, limit });
        }
    }
    match claim {
        OutputClaim::Public { .. } => {}
        OutputClaim::AtLeast { cell, threshold, outcomes, .. } => {
            let y = builder.cell(*cell);
            builder.half_line(y, *threshold, true, outcomes);
        }
        OutputClaim::AtMost { cell, threshold, outcomes, .. } => {
            let y = builder.cell(*cell);
            builder.half_line(y, *threshold, false, outcomes);
        }
        OutputClaim::Between { cell, low, high, outcomes, .. } => {
            let y = builder.cell(*cell);
            builder.between(y, *low, *high, outcomes);
        }
        OutputClaim::ArgMax { classes, .. } => {
            builder.argmax(classes);
        }
        OutputClaim::TopK { cell, k, outcomes, .. } => builder.top_k(*cell, *k, outcomes),
    }
    Ok(())
}

struct Builder<'a> {
    circuit: &'a mut Circuit,
    name: String,
    tensor: TensorId,
    interval: Interval,
    requests: &'a mut Vec<Request>,
}

impl Builder<'_> {
    /// Span of the output's interval, extended for thresholds just outside of it.
    fn width(&self) -> i128 {
        self.interval.1 - self.interval.0 + 4
    }

    /// Non-negative and below `spans` widths: enforced by a range check.
    fn non_negative(&mut self, tensor: TensorId, spans: i128) {
        let max = self.width() * spans;
        let bits = 128 - max.leading_zeros();
        self.requests.push(Request { name: self.name.clone(), tensor, lo: 0, bits });
    }

    #[expect(clippy::indexing_slicing, reason = "an output port's tensor is batched, so it has a first axis")]
    fn inner_cells(&self) -> usize {
        self.circuit.tensors[self.tensor].dims[1..].iter().product()
    }

    fn batch(&self) -> usize {
        self.circuit.batch
    }

    /// One cell of every row: shape [B].
    fn cell(&mut self, cell: u32) -> TensorId {
        let part = ViewPart {
            src: self.tensor as u32,
            box_offset: vec![],
            box_shape: vec![],
            src_offset: i64::from(cell),
            src_strides: vec![],
        };
        let dims = vec![self.batch()];
        self.circuit.push(self.name.clone(), true, dims, Kind::View { parts: vec![part] })
    }

    /// All cells of every row: shape [B, n].
    #[expect(clippy::indexing_slicing, reason = "the port's tensor is in the circuit")]
    fn flat(&mut self) -> TensorId {
        if self.circuit.tensors[self.tensor].dims.len() == 2 {
            return self.tensor;
        }
        let n = self.inner_cells();
        let part = ViewPart {
            src: self.tensor as u32,
            box_offset: vec![0],
            box_shape: vec![n as u32],
            src_offset: 0,
            src_strides: vec![1],
        };
        let dims = vec![self.batch(), n];
        self.circuit.push(self.name.clone(), true, dims, Kind::View { parts: vec![part] })
    }

    fn public(&mut self, dims: Vec<usize>, values: Vec<i64>) -> TensorId {
        self.circuit.push(self.name.clone(), true, dims, Kind::Public(Arc::new(values)))
    }

    /// Row-wise `factors[b]·t + offsets[b]` with public factors and offsets, t of shape [B] or [B, n].
    #[expect(clippy::indexing_slicing, reason = "t was just made")]
    fn scaled(&mut self, factors: &[i64], t: TensorId, offsets: &[i64]) -> TensorId {
        let dims = self.circuit.tensors[t].dims.clone();
        let uniform = |v: &[i64]| v.first().copied().filter(|f| v.iter().all(|x| x == f));
        let (coef, product) = match uniform(factors) {
            Some(f) => (f, t),
            None => {
                let public = self.public(vec![self.batch()], factors.to_vec());
                let labels: Vec<u8> = core::iter::once(BATCH).chain(1..dims.len() as u8).collect();
                let kind = Kind::Contract {
                    out: labels.clone(),
                    a: t,
                    a_labels: labels,
                    b: Some(public),
                    b_labels: vec![BATCH],
                };
                (1, self.circuit.push(self.name.clone(), true, dims.clone(), kind))
            }
        };
        match uniform(offsets) {
            Some(constant) => self.circuit.linear(&self.name.clone(), &[(coef, product)], constant),
            None => {
                let public = self.public(vec![self.batch()], offsets.to_vec());
                let all = (0..dims.len()).collect();
                let terms = vec![
                    LinearTerm { coef, tensor: product, axes: all },
                    LinearTerm { coef: 1, tensor: public, axes: vec![0] },
                ];
                self.circuit.push(self.name.clone(), true, dims, Kind::Linear { terms, constant: 0 })
            }
        }
    }

    /// y ≥ T (or y ≤ T) where the outcome is true, the negation elsewhere.
    fn half_line(&mut self, y: TensorId, threshold: i64, at_least: bool, outcomes: &[bool]) {
        let signs: Vec<i64> = outcomes.iter().map(|&o| if o == at_least { 1 } else { -1 }).collect();
        let offsets: Vec<i64> = outcomes
            .iter()
            .map(|&o| match (o, at_least) {
                (true, true) => -threshold,
                (false, true) => threshold - 1,
                (true, false) => threshold,
                (false, false) => -threshold - 1,
            })
            .collect();
        let v = self.scaled(&signs, y, &offsets);
        self.non_negative(v, 1);
    }

    /// low ≤ y ≤ high where the outcome is true; y < low or y > high elsewhere, which of the two stays hidden.
    fn between(&mut self, y: TensorId, low: i64, high: i64, outcomes: &[bool]) {
        if outcomes.iter().all(|&o| o) {
            self.half_line(y, low, true, outcomes);
            self.half_line(y, high, false, outcomes);
            return;
        }
        let dims = vec![self.batch()];
        let above = self.circuit.push(
            self.name.clone(),
            true,
            dims.clone(),
            Kind::Fresh(Fresh::Greater { src: y, bound: high }),
        );
        self.requests.push(Request { name: self.name.clone(), tensor: above, lo: 0, bits: 1 });
        let product =
            Kind::Contract { out: vec![BATCH], a: above, a_labels: vec![BATCH], b: Some(y), b_labels: vec![BATCH] };
        let product = self.circuit.push(self.name.clone(), true, dims, product);
        // outside = (low − 1 − y) + above·(2y − high − low) ≥ 0.
        let name = self.name.clone();
        let outside = self.circuit.linear(&name, &[(-1, y), (2, product), (-(high + low), above)], low - 1);
        let inside: Vec<i64> = outcomes.iter().map(|&o| i64::from(o)).collect();
        let other: Vec<i64> = outcomes.iter().map(|&o| i64::from(!o)).collect();
        let zero = vec![0; outcomes.len()];
        let masked = self.scaled(&other, outside, &zero);
        let from_low = self.scaled(&inside, y, &inside.iter().map(|i| -i * low).collect::<Vec<_>>());
        let to_high = self.scaled(
            &inside.iter().map(|i| -i).collect::<Vec<_>>(),
            y,
            &inside.iter().map(|i| i * high).collect::<Vec<_>>(),
        );
        for v in [masked, from_low, to_high] {
            self.non_negative(v, 1);
        }
    }

    /// Cell `classes[b]` is the first maximum of row b: y_k − y_j − [j < k] ≥ 0 for all j.
    #[expect(
        clippy::indexing_slicing,
        reason = "the statement's check has found every class below n and one class a row"
    )]
    fn argmax(&mut self, classes: &[u32]) {
        let (batch, n) = (self.batch(), self.inner_cells());
        let y = self.flat();
        let mut one_hot = vec![0i64; batch * n];
        let mut earlier = vec![0i64; batch * n];
        for (b, &k) in classes.iter().enumerate() {
            let k = k as usize;
            one_hot[b * n + k] = 1;
            earlier[b * n..b * n + k].fill(1);
        }
        let one_hot = self.public(vec![batch, n], one_hot);
        let earlier = self.public(vec![batch, n], earlier);
        let chosen = Kind::Contract {
            out: vec![BATCH],
            a: y,
            a_labels: vec![BATCH, 1],
            b: Some(one_hot),
            b_labels: vec![BATCH, 1],
        };
        let chosen = self.circuit.push(self.name.clone(), true, vec![batch], chosen);
        let term = |coef, tensor, axes: &[usize]| LinearTerm { coef, tensor, axes: axes.to_vec() };
        let terms = vec![term(1, chosen, &[0]), term(-1, y, &[0, 1]), term(-1, earlier, &[0, 1])];
        let v = self.circuit.push(self.name.clone(), true, vec![batch, n], Kind::Linear { terms, constant: 0 });
        self.non_negative(v, 1);
    }

    /// Fewer than k cells are strictly greater than the cell (or at least k are): hidden flags g.
    fn top_k(&mut self, cell: u32, k: u32, outcomes: &[bool]) {
        let (batch, n) = (self.batch(), self.inner_cells());
        let y = self.flat();
        let chosen = self.cell(cell);
        let dims = vec![batch, n];
        let flags = Kind::Fresh(Fresh::GreaterThan { src: y, other: chosen });
        let flags = self.circuit.push(self.name.clone(), true, dims.clone(), flags);
        self.requests.push(Request { name: self.name.clone(), tensor: flags, lo: 0, bits: 1 });
        // g = 0 ⇒ y_c ≥ y_j (true);  g = 1 ⇒ y_j > y_c (false).  δ = y_c − y_j, M above every |δ|.
        let bound = self.width() as i64;
        let term = |coef, tensor, axes: &[usize]| LinearTerm { coef, tensor, axes: axes.to_vec() };
        let terms = vec![term(1, chosen, &[0]), term(-1, y, &[0, 1]), term(bound, flags, &[0, 1])];
        let t = self.circuit.push(self.name.clone(), true, dims, Kind::Linear { terms, constant: 0 });
        let signs: Vec<i64> = outcomes.iter().map(|&o| if o { 1 } else { -1 }).collect();
        let offsets: Vec<i64> = outcomes.iter().map(|&o| if o { 0 } else { bound - 1 }).collect();
        let v = self.scaled(&signs, t, &offsets);
        self.non_negative(v, 2);
        let count = Kind::Contract { out: vec![BATCH], a: flags, a_labels: vec![BATCH, 1], b: None, b_labels: vec![] };
        let count = self.circuit.push(self.name.clone(), true, vec![batch], count);
        let k = i64::from(k);
        let negated: Vec<i64> = signs.iter().map(|s| -s).collect();
        let offsets: Vec<i64> = outcomes.iter().map(|&o| if o { k - 1 } else { -k }).collect();
        let left = self.scaled(&negated, count, &offsets);
        let bits = usize::BITS - n.leading_zeros() + 1;
        self.requests.push(Request { name: self.name.clone(), tensor: left, lo: 0, bits });
    }
}
