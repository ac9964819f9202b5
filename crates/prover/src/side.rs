//! The prover's answers to the protocol: kernels on the witness.

use crate::leaves::leaves;
use crate::values::Values;
use affidavit_algebra::FieldPair;
use affidavit_kernels::{
    BatchSumcheck, FractionTree, LayerSumcheck, StageSumcheck, StageTerm as Kernel, add_scaled_eq, bind_axes, eq_table,
    eval_tensor,
};
use affidavit_protocol::{BatchClaim, ProverSide, StageTerm, TermKind};
use affidavit_relations::contract::{AxisSource, Plan};
use affidavit_relations::placement::for_each_cell;
use affidavit_relations::{Circuit, Kind, Layout, TensorId, view};
use p3_field::PrimeCharacteristicRing;
use rayon::prelude::*;

/// Everything that the prover computes with.
pub struct Side<'a, P: FieldPair> {
    pub circuit: &'a Circuit,
    pub layout: &'a Layout,
    pub values: &'a Values<'a, P>,
    /// Columns of all oracles in order.
    pub columns: Vec<&'a [P::F]>,
    pub mask: &'a [P::K],
    tree: Option<FractionTree<P>>,
    layer: Option<LayerSumcheck<P>>,
    stage: Option<StageSumcheck<P>>,
    batch: Option<BatchSumcheck<'a, P>>,
    folded: Vec<P::K>,
}

impl<'a, P: FieldPair> Side<'a, P> {
    pub fn new(
        circuit: &'a Circuit,
        layout: &'a Layout,
        values: &'a Values<'a, P>,
        columns: Vec<&'a [P::F]>,
        mask: &'a [P::K],
    ) -> Self {
        let folded = Vec::new();
        Self { circuit, layout, values, columns, mask, tree: None, layer: None, stage: None, batch: None, folded }
    }

    /// One operand over the summed labels in order; labels that it lacks repeat it.
    fn operand(&self, tensor: TensorId, axes: &[AxisSource], plan: &Plan, out_tables: &[Vec<P::K>]) -> Vec<P::K> {
        let dims = &self.circuit.tensors[tensor].dims;
        let bound: Vec<Option<&[P::K]>> = axes
            .iter()
            .map(|axis| match axis {
                AxisSource::Output(o) => Some(out_tables[*o].as_slice()),
                AxisSource::Summed(_) => None,
            })
            .collect();
        let position = |label: usize| axes.iter().position(|a| *a == AxisSource::Summed(label));
        let order: Vec<usize> = (0..plan.summed.len()).filter_map(position).collect();
        let mut array = bind_axes::<P>(&self.values.cells[tensor], dims, &bound, &order);
        // Insert missing labels from the last to the first: inner blocks repeat.
        let mut inner = 1;
        for (label, &(bits, _)) in plan.summed.iter().enumerate().rev() {
            if position(label).is_none() && bits > 0 {
                array = array.chunks(inner).flat_map(|c| c.repeat(1 << bits)).collect();
            }
            inner <<= bits;
        }
        array
    }

    fn kernel_term(&self, term: &StageTerm<P::K>) -> Kernel<P> {
        match &term.kind {
            TermKind::Contract { plan, out_point } => {
                let tables: Vec<Vec<P::K>> = out_point.iter().map(|p| eq_table::<P>(p)).collect();
                let a = self.operand(plan.a, &plan.a_axes, plan, &tables);
                let b = plan.b.map(|b| self.operand(b, &plan.b_axes, plan, &tables));
                let weight = plan.weighted().then(|| {
                    plan.summed.iter().fold(vec![P::K::ONE], |weights, &(bits, axis)| match axis {
                        Some(axis) => weights.iter().flat_map(|&w| tables[axis].iter().map(move |&e| w * e)).collect(),
                        None => weights.iter().flat_map(|&w| vec![w; 1 << bits]).collect(),
                    })
                });
                Kernel { vars: term.vars, coefficient: term.coefficient, weight, a, b }
            }
            TermKind::View { part, source, batch_point, inner_point } => {
                let decl = &self.circuit.tensors[term.tensor];
                let skip = usize::from(decl.batched);
                let dims = &self.circuit.tensors[*source].dims;
                let batch = eq_table::<P>(batch_point);
                let bound: Vec<Option<&[P::K]>> =
                    (0..dims.len()).map(|i| (i < skip).then_some(batch.as_slice())).collect();
                let order: Vec<usize> = (skip..dims.len()).collect();
                let a = bind_axes::<P>(&self.values.cells[*source], dims, &bound, &order);
                let weight = match &decl.kind {
                    Kind::View { parts } => {
                        view::weight_table(&parts[*part], &decl.dims[skip..], &dims[skip..], inner_point)
                    }
                    _ => unreachable!("a View term names a View"),
                };
                Kernel { vars: term.vars, coefficient: term.coefficient, weight: Some(weight), a, b: None }
            }
        }
    }

    /// Weights of the claims on every column.
    fn weights(&self, claims: &[BatchClaim<P::K>]) -> Vec<Vec<P::K>> {
        let mut by_tensor: Vec<Vec<&BatchClaim<P::K>>> = vec![vec![]; self.circuit.tensors.len()];
        claims.iter().for_each(|c| by_tensor[c.tensor].push(c));
        let mut chunks: Vec<Vec<_>> = vec![vec![]; self.columns.len()];
        for (_, first, layout) in self.layout.oracles() {
            for chunk in layout.chunks.iter().filter(|c| !by_tensor[c.tensor].is_empty()) {
                chunks[first + chunk.column].push(chunk);
            }
        }
        let column = |chunks: &Vec<&affidavit_relations::Chunk>| {
            if chunks.is_empty() {
                return vec![];
            }
            let mut weights = P::K::zero_vec(1 << self.layout.shape.log_rows);
            for chunk in chunks {
                let out = &mut weights[chunk.offset..chunk.offset + (1 << chunk.log_size)];
                let dims = &self.circuit.tensors[chunk.tensor].dims;
                for claim in &by_tensor[chunk.tensor] {
                    let (scale, free) = claim.inside(chunk, dims);
                    add_scaled_eq::<P>(out, scale, &free.concat());
                }
                if chunk.has_spare_cells(dims) {
                    let weighed = out.to_vec();
                    out.fill(P::K::ZERO);
                    for_each_cell(chunk, dims, |cell, _| out[cell] = weighed[cell]);
                }
            }
            weights
        };
        chunks.par_iter().map(column).collect()
    }
}

impl<P: FieldPair> ProverSide<P> for Side<'_, P> {
    fn tree_start(&mut self, alpha: P::K, beta: P::K) {
        let (numerators, denominators) = leaves(self.circuit, self.values, alpha, beta);
        self.tree = Some(FractionTree::build(numerators, denominators));
    }

    fn tree_root(&mut self) -> [P::K; 4] {
        self.layer_start(0, &[], P::K::ZERO);
        self.layer_ends()
    }

    fn layer_start(&mut self, level: usize, point: &[P::K], lambda: P::K) {
        let layer = self.tree.as_mut().and_then(|t| t.take_layer(level));
        self.layer = layer.map(|l| LayerSumcheck::new(l, point, lambda));
    }

    fn layer_round(&mut self) -> [P::K; 2] {
        self.layer.as_mut().map_or([P::K::ZERO; 2], |l| l.round())
    }

    fn layer_bind(&mut self, r: P::K) {
        if let Some(l) = &mut self.layer {
            l.bind(r);
        }
    }

    fn layer_ends(&mut self) -> [P::K; 4] {
        self.layer.as_ref().map_or([P::K::ZERO; 4], LayerSumcheck::ends)
    }

    fn tensor_value(&mut self, tensor: TensorId, point: &[P::K]) -> P::K {
        eval_tensor::<P>(&self.values.cells[tensor], &self.circuit.tensors[tensor].dims, point)
    }

    fn stage_start(&mut self, terms: &[StageTerm<P::K>], degree: usize) {
        let kernels = terms.iter().map(|t| self.kernel_term(t)).collect();
        self.stage = Some(StageSumcheck::new(kernels, degree));
    }

    fn stage_round(&mut self) -> Vec<P::K> {
        self.stage.as_mut().map_or(vec![], |s| s.round())
    }

    fn stage_bind(&mut self, r: P::K) {
        if let Some(s) = &mut self.stage {
            s.bind(r);
        }
    }

    fn stage_end(&mut self, term: usize) -> (P::K, Option<P::K>) {
        self.stage.as_ref().map_or((P::K::ZERO, None), |s| s.ends(term))
    }

    fn batch_start(&mut self, claims: &[BatchClaim<P::K>]) {
        let weights = self.weights(claims);
        let batch = BatchSumcheck::new(self.columns.clone(), weights);
        if batch.remaining() == self.layout.shape.log_rows {
            self.folded = batch.folded();
        }
        self.batch = Some(batch);
    }

    fn batch_round(&mut self) -> [P::K; 2] {
        self.batch.as_mut().map_or([P::K::ZERO; 2], |b| b.round())
    }

    fn batch_bind(&mut self, r: P::K) {
        if let Some(b) = &mut self.batch {
            b.bind(r);
            if b.remaining() == self.layout.shape.log_rows {
                self.folded = b.folded();
            }
        }
    }

    fn batch_end(&mut self) -> P::K {
        self.batch.as_ref().map_or(P::K::ZERO, BatchSumcheck::end)
    }

    fn mask_value(&mut self, x2: &[P::K]) -> P::K {
        eq_table::<P>(x2).iter().zip(self.mask).map(|(&e, &m)| e * m).sum()
    }

    fn opening(&mut self, c: P::K) -> Vec<P::K> {
        self.folded.iter().zip(self.mask).map(|(&f, &m)| f + c * m).collect()
    }
}
