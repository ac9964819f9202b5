//! Linear: cell by cell Σ coef·T + constant, with broadcasting terms.

use crate::{Circuit, Kind, LinearTerm, Tensor, TensorId};

/// Aligns a term's axes right with the result's, as numpy does; `None` if the shapes do not broadcast.
///
/// A missing leading axis or an axis of size 1 repeats. The batch axis stays in front.
#[expect(
    clippy::indexing_slicing,
    reason = "the term has no more axes than the result, and a batched one has a batch axis"
)]
pub fn align(term: &Tensor, out_batched: bool, out_dims: &[usize]) -> Option<Vec<usize>> {
    let inner = &term.dims[usize::from(term.batched)..];
    let out_rank = out_dims.len() - usize::from(out_batched);
    if inner.len() > out_rank || (term.batched && !out_batched) {
        return None;
    }
    let first = out_dims.len() - inner.len();
    let mut axes = Vec::with_capacity(term.dims.len());
    if term.batched {
        axes.push(0);
    }
    for (i, &d) in inner.iter().enumerate() {
        if d != out_dims[first + i] && d != 1 {
            return None;
        }
        axes.push(first + i);
    }
    Some(axes)
}

impl Circuit {
    /// Adds Σ coef·T + constant over tensors of equal shape.
    #[expect(clippy::indexing_slicing, reason = "the caller has just made the terms' tensors")]
    pub fn linear(&mut self, name: &str, terms: &[(i64, TensorId)], constant: i64) -> TensorId {
        let shape = terms.first().map(|&(_, t)| self.tensors[t].clone());
        let (batched, dims) = shape.map_or((false, vec![]), |t| (t.batched, t.dims));
        let terms =
            terms.iter().map(|&(coef, tensor)| LinearTerm { coef, tensor, axes: (0..dims.len()).collect() }).collect();
        self.push(name, batched, dims, Kind::Linear { terms, constant })
    }
}
