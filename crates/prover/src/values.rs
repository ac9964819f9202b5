//! Field values of every tensor that the proof needs, in order of ids.

use crate::error::ProveError;
use affidavit_algebra::FieldPair;
use affidavit_relations::view::{for_each_cell, row_major};
use affidavit_relations::{Circuit, Fresh, Kind, Oracle, Tensor};
use p3_field::{PrimeCharacteristicRing, PrimeField64};
use rayon::prelude::*;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Real cells of every tensor, row-major.
pub struct Values<'a, P: FieldPair> {
    /// Persistent tensors are borrowed from their oracles.
    pub cells: Vec<Cow<'a, [P::F]>>,
    /// Relations that the witness breaks: a lookup outside its table.
    pub broken: Vec<String>,
}

impl<'a, P: FieldPair> Values<'a, P> {
    /// Takes the plan's tensors from `given` (the witness) and the persistent oracles, computes the rest.
    ///
    /// # Errors
    /// [`ProveError::Tensor`] for missing or mis-sized tensors.
    pub fn new(
        circuit: &Circuit,
        given: &BTreeMap<usize, &[i64]>,
        model: &'a [Vec<P::F>],
        second: Option<&'a [Vec<P::F>]>,
    ) -> Result<Self, ProveError> {
        let mut values = Self { cells: Vec::with_capacity(circuit.tensors.len()), broken: Vec::new() };
        let mut model = model.iter();
        let mut second = second.unwrap_or_default().iter();
        for (id, tensor) in circuit.tensors.iter().enumerate() {
            let borrowed = |cells: Option<&'a Vec<P::F>>| cells.map(|c| Cow::Borrowed(c.as_slice()));
            let cells: Option<Cow<'a, [P::F]>> = match &tensor.kind {
                Kind::Committed(Oracle::Model) => borrowed(model.next()),
                Kind::Committed(Oracle::Input | Oracle::Renewed) => borrowed(second.next()),
                Kind::Public(public) => Some(Cow::Owned(to_field::<P>(public))),
                // Multiplicities come last, when all lookups are known.
                Kind::Fresh(Fresh::Multiplicity { .. }) => Some(Cow::Owned(P::F::zero_vec(tensor.cells()))),
                // Follow from others: a witness cannot contradict them.
                Kind::Linear { .. } | Kind::View { .. } => values.compute(circuit, tensor).map(Cow::Owned),
                _ => match given.get(&id) {
                    Some(cells) => Some(Cow::Owned(to_field::<P>(cells))),
                    None => values.compute(circuit, tensor).map(Cow::Owned),
                },
            };
            let cells = cells.unwrap_or_default();
            if cells.len() != tensor.cells() {
                return Err(ProveError::Tensor {
                    name: tensor.name.clone(),
                    expected: tensor.cells(),
                    got: cells.len(),
                });
            }
            values.cells.push(cells);
        }
        values.count_lookups(circuit);
        Ok(values)
    }

    /// A tensor that elaboration added; `None` if it has to be given.
    fn compute(&self, circuit: &Circuit, tensor: &Tensor) -> Option<Vec<P::F>> {
        match &tensor.kind {
            Kind::Linear { terms, constant } => {
                let constant = P::F::from_i64(*constant);
                let mut out = vec![constant; tensor.cells()];
                for term in terms {
                    let coef = P::F::from_i64(term.coef);
                    let source = &self.cells[term.tensor];
                    let dims = &circuit.tensors[term.tensor].dims;
                    if *dims == tensor.dims {
                        out.par_iter_mut()
                            .with_min_len(1 << 12)
                            .zip(source.as_ref())
                            .for_each(|(o, &s)| *o += coef * s);
                    } else {
                        let strides = broadcast_strides(dims, &term.axes, tensor.dims.len());
                        add_broadcast(&mut out, &tensor.dims, &strides, |at| coef * source[at]);
                    }
                }
                Some(out)
            }
            Kind::View { parts } => {
                let skip = usize::from(tensor.batched);
                let rows = if tensor.batched { circuit.batch } else { 1 };
                let inner: usize = tensor.dims[skip..].iter().product();
                let mut out = P::F::zero_vec(tensor.cells());
                for part in parts {
                    let source = &self.cells[part.src as usize];
                    let stride = source.len() / rows.max(1);
                    for row in 0..rows {
                        for_each_cell(part, &tensor.dims[skip..], |o, s| {
                            out[row * inner + o] = source[row * stride + s]
                        });
                    }
                }
                Some(out)
            }
            Kind::Contract { out, a, a_labels, b, b_labels } => {
                Some(self.contract(circuit, tensor, out, *a, a_labels, *b, b_labels))
            }
            Kind::Fresh(Fresh::Limb { src, shift, bits }) => {
                let mask = (1u64 << bits) - 1;
                let limb = |x: &P::F| P::F::from_u64((x.as_canonical_u64() >> shift) & mask);
                Some(self.cells[*src].par_iter().with_min_len(1 << 12).map(limb).collect())
            }
            Kind::Fresh(Fresh::Greater { src, bound }) => {
                Some(self.cells[*src].iter().map(|&x| P::F::from_bool(signed::<P>(x) > *bound)).collect())
            }
            Kind::Fresh(Fresh::GreaterThan { src, other }) => {
                let n = self.cells[*src].len() / self.cells[*other].len().max(1);
                let rows = self.cells[*src].chunks(n.max(1)).zip(self.cells[*other].as_ref());
                Some(
                    rows.flat_map(|(row, &y)| {
                        row.iter().map(move |&x| P::F::from_bool(signed::<P>(x) > signed::<P>(y)))
                    })
                    .collect(),
                )
            }
            _ => None,
        }
    }

    /// Small contractions that elaboration adds (public factors, row sums); plain loops.
    fn contract(
        &self,
        circuit: &Circuit,
        tensor: &Tensor,
        out: &[u8],
        a: usize,
        a_labels: &[u8],
        b: Option<usize>,
        b_labels: &[u8],
    ) -> Vec<P::F> {
        let mut labels: Vec<(u8, usize)> = out.iter().copied().zip(tensor.dims.iter().copied()).collect();
        for (&l, &d) in a_labels.iter().zip(&circuit.tensors[a].dims) {
            if !labels.iter().any(|&(x, _)| x == l) {
                labels.push((l, d));
            }
        }
        if let Some(b) = b {
            for (&l, &d) in b_labels.iter().zip(&circuit.tensors[b].dims) {
                if !labels.iter().any(|&(x, _)| x == l) {
                    labels.push((l, d));
                }
            }
        }
        let dims: Vec<usize> = labels.iter().map(|&(_, d)| d).collect();
        let strides = |t: usize, own: &[u8]| -> Vec<usize> {
            let s = row_major(&circuit.tensors[t].dims);
            labels.iter().map(|&(l, _)| own.iter().position(|&x| x == l).map_or(0, |i| s[i])).collect()
        };
        let a_strides = strides(a, a_labels);
        let b_strides = b.map(|b| strides(b, b_labels));
        let summed: usize = dims[out.len()..].iter().product();
        let mut full = P::F::zero_vec(dims.iter().product());
        add_broadcast(&mut full, &dims, &a_strides, |at| self.cells[a][at]);
        if let (Some(b), Some(strides)) = (b, b_strides) {
            let mut factor = P::F::zero_vec(full.len());
            add_broadcast(&mut factor, &dims, &strides, |at| self.cells[b][at]);
            full.iter_mut().zip(&factor).for_each(|(x, &y)| *x *= y);
        }
        full.chunks(summed.max(1)).map(|row| row.iter().copied().sum()).collect()
    }

    /// Fills the multiplicity tensors and notes cells outside of their table.
    fn count_lookups(&mut self, circuit: &Circuit) {
        let mut counts: Vec<Vec<u32>> = circuit.tables.iter().map(|t| vec![0; 1 << t.log_size]).collect();
        for lookup in &circuit.lookups {
            let table = &circuit.tables[lookup.table];
            let counts = &mut counts[lookup.table];
            let lo = P::F::from_i64(table.in_lo);
            let mut ok = true;
            let x = &self.cells[lookup.x];
            match (&table.values, lookup.y) {
                (Some(values), Some(y)) => {
                    for (&x, &y) in x.iter().zip(self.cells[y].as_ref()) {
                        let at = (x - lo).as_canonical_u64();
                        match values.get(at as usize) {
                            Some(&v) if P::F::from_i64(v) == y => counts[at as usize] += 1,
                            _ => ok = false,
                        }
                    }
                }
                _ => {
                    for &x in x.as_ref() {
                        match counts.get_mut((x - lo).as_canonical_u64() as usize) {
                            Some(count) => *count += 1,
                            None => ok = false,
                        }
                    }
                }
            }
            if !ok && !self.broken.contains(&lookup.name) {
                self.broken.push(lookup.name.clone());
            }
        }
        for (table, counts) in circuit.tables.iter().zip(&counts) {
            self.cells[table.multiplicity] = counts.iter().map(|&c| P::F::from_u32(c)).collect::<Vec<_>>().into();
        }
    }
}

fn to_field<P: FieldPair>(cells: &[i64]) -> Vec<P::F> {
    cells.par_iter().with_min_len(1 << 14).map(|&x| P::F::from_i64(x)).collect()
}

/// The representative of least absolute value.
fn signed<P: FieldPair>(x: P::F) -> i64 {
    let u = x.as_canonical_u64();
    if u > P::P / 2 { -((P::P - u) as i64) } else { u as i64 }
}

/// Strides of a term along the axes of the result; 0 where it repeats.
fn broadcast_strides(dims: &[usize], axes: &[usize], rank: usize) -> Vec<usize> {
    let own = row_major(dims);
    let mut strides = vec![0; rank];
    for ((&axis, &stride), &d) in axes.iter().zip(&own).zip(dims) {
        strides[axis] = if d == 1 { 0 } else { stride };
    }
    strides
}

/// out[o] += value(Σ strides·o) over all indices of `dims`.
fn add_broadcast<F: p3_field::Field>(out: &mut [F], dims: &[usize], strides: &[usize], value: impl Fn(usize) -> F) {
    let Some((&last_dim, outer_dims)) = dims.split_last() else {
        if let Some(o) = out.first_mut() {
            *o += value(0);
        }
        return;
    };
    let last_stride = strides[dims.len() - 1];
    let mut index = vec![0usize; outer_dims.len()];
    for row in out.chunks_mut(last_dim) {
        let mut at: usize = index.iter().zip(strides).map(|(i, s)| i * s).sum();
        for o in row {
            *o += value(at);
            at += last_stride;
        }
        for axis in (0..outer_dims.len()).rev() {
            index[axis] += 1;
            if index[axis] < outer_dims[axis] {
                break;
            }
            index[axis] = 0;
        }
    }
}
