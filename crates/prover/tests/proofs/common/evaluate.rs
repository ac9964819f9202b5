//! The integer function of a plan, written from spec 2 alone: the reference that witnesses come from.

use affidavit_plan::{Hint, Plan, Tensor, TensorKind};
use std::collections::BTreeMap;

/// Cells of all tensors for a batch. `change` may falsify a tensor before later ones are computed from it.
pub fn evaluate(
    plan: &Plan,
    model: &[Vec<i64>],
    inputs: &[Vec<i64>],
    batch: usize,
    change: &dyn Fn(usize, &mut Vec<i64>),
) -> BTreeMap<usize, Vec<i64>> {
    let mut all: Vec<Vec<i64>> = Vec::new();
    let mut weights = model.iter();
    for (id, tensor) in plan.tensors.iter().enumerate() {
        let rows = if tensor.batched { batch } else { 1 };
        let mut cells = match &tensor.kind {
            TensorKind::Model { .. } => weights.next().unwrap().clone(),
            TensorKind::Input { index, .. } => inputs[usize::from(*index)].clone(),
            TensorKind::Constant { values } => values.clone(),
            _ => (0..rows).flat_map(|row| Row { plan, all: &all, batch, row }.compute(tensor)).collect(),
        };
        change(id, &mut cells);
        all.push(cells);
    }
    all.into_iter().enumerate().collect()
}

struct Row<'a> {
    plan: &'a Plan,
    all: &'a [Vec<i64>],
    batch: usize,
    row: usize,
}

impl Row<'_> {
    fn cells(&self, id: u32) -> &[i64] {
        let cells = &self.all[id as usize];
        if !self.plan.tensors[id as usize].batched {
            return cells;
        }
        let n = cells.len() / self.batch;
        &cells[self.row * n..(self.row + 1) * n]
    }

    fn dims(&self, id: u32) -> &[u32] {
        &self.plan.tensors[id as usize].dims
    }

    fn compute(&self, tensor: &Tensor) -> Vec<i64> {
        let indices: Vec<Vec<usize>> = indices(&tensor.dims);
        match &tensor.kind {
            TensorKind::Linear { terms, constant } => indices
                .iter()
                .map(|index| constant + terms.iter().map(|&(c, t)| c * self.broadcast(t, index)).sum::<i64>())
                .collect(),
            TensorKind::Contract { out, a, a_labels, b, b_labels } => {
                indices.iter().map(|index| self.contract(out, index, (*a, a_labels), (*b, b_labels))).collect()
            }
            TensorKind::View { parts } => {
                let mut cells = vec![0; indices.len()];
                for part in parts {
                    for o in self::indices(&part.box_shape) {
                        let at: Vec<usize> = o.iter().zip(&part.box_offset).map(|(i, &s)| i + s as usize).collect();
                        let from = o.iter().zip(&part.src_strides).map(|(&i, s)| i as i64 * s).sum::<i64>();
                        cells[flat(&at, &tensor.dims)] = self.cells(part.src)[(part.src_offset + from) as usize];
                    }
                }
                cells
            }
            TensorKind::Fresh { hint, .. } => self.hint(hint),
            _ => unreachable!("given"),
        }
    }

    /// A term at the result's index, aligned right; axes of size 1 repeat.
    fn broadcast(&self, id: u32, index: &[usize]) -> i64 {
        let dims = self.dims(id);
        let own: Vec<usize> =
            index[index.len() - dims.len()..].iter().zip(dims).map(|(&i, &d)| if d == 1 { 0 } else { i }).collect();
        self.cells(id)[flat(&own, dims)]
    }

    fn contract(&self, out: &[u8], index: &[usize], a: (u32, &[u8]), b: (Option<u32>, &[u8])) -> i64 {
        let mut sizes: BTreeMap<u8, u32> = a.1.iter().copied().zip(self.dims(a.0).iter().copied()).collect();
        if let Some(id) = b.0 {
            sizes.extend(b.1.iter().copied().zip(self.dims(id).iter().copied()));
        }
        let summed: Vec<(u8, u32)> = sizes.into_iter().filter(|(l, _)| !out.contains(l)).collect();
        let mut sum = 0;
        for inner in indices(&summed.iter().map(|s| s.1).collect::<Vec<_>>()) {
            let mut at: BTreeMap<u8, usize> = out.iter().copied().zip(index.iter().copied()).collect();
            at.extend(summed.iter().map(|s| s.0).zip(inner));
            let read = |id: u32, labels: &[u8]| {
                let own: Vec<usize> = labels.iter().map(|l| at[l]).collect();
                self.cells(id)[flat(&own, self.dims(id))]
            };
            sum += read(a.0, a.1) * b.0.map_or(1, |id| read(id, b.1));
        }
        sum
    }

    fn hint(&self, hint: &Hint) -> Vec<i64> {
        let rounded = |x: i64, s: u8| if s > 0 { (x + (1 << (s - 1))) >> s } else { x };
        let each = |src: u32, f: &dyn Fn(i64) -> i64| self.cells(src).iter().map(|&x| f(x)).collect();
        match *hint {
            Hint::Clamp { src, shift, lo, hi } => each(src, &|x| rounded(x, shift).clamp(lo, hi)),
            Hint::Below { src, shift, lo } => each(src, &|x| (lo - rounded(x, shift)).max(0)),
            Hint::Table { src, table } => {
                let table = &self.plan.tables[usize::from(table)];
                // A false source may lie outside of the table: any value will do then.
                each(src, &|x| table.values.get((x - table.in_lo) as usize).copied().unwrap_or(0))
            }
            Hint::Bits { src, offset, shift, bits } => each(src, &|x| ((x - offset) >> shift) & ((1 << bits) - 1)),
            _ => unreachable!("no test plan uses it"),
        }
    }
}

/// All indices of a shape, row-major.
fn indices(dims: &[u32]) -> Vec<Vec<usize>> {
    dims.iter().fold(vec![vec![]], |all, &d| {
        all.iter().flat_map(|i| (0..d as usize).map(move |x| [i.as_slice(), &[x]].concat())).collect()
    })
}

fn flat(index: &[usize], dims: &[u32]) -> usize {
    index.iter().zip(dims).fold(0, |at, (&i, &d)| at * d as usize + i)
}
