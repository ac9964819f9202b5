//! Persistent oracles held by Python.

use crate::errors;
use affidavit_algebra::{FieldPair, GoldilocksPair, KoalaBearPair};
use affidavit_plan::{Commitment, FieldId, Plan, Schema, TensorKind};
use affidavit_prover::{Persistent, ProveError};
use numpy::PyReadonlyArrayDyn;
use pyo3::prelude::*;
use std::collections::BTreeMap;

pub enum AnyPersistent {
    KoalaBear(Persistent<KoalaBearPair>),
    Goldilocks(Persistent<GoldilocksPair>),
}

/// A field pair that knows its place in [`AnyPersistent`].
pub trait Held: FieldPair {
    fn wrap(persistent: Persistent<Self>) -> AnyPersistent;
    fn get(any: &AnyPersistent) -> Option<&Persistent<Self>>;
}

impl Held for KoalaBearPair {
    fn wrap(persistent: Persistent<Self>) -> AnyPersistent {
        AnyPersistent::KoalaBear(persistent)
    }
    fn get(any: &AnyPersistent) -> Option<&Persistent<Self>> {
        match any {
            AnyPersistent::KoalaBear(p) => Some(p),
            AnyPersistent::Goldilocks(_) => None,
        }
    }
}

impl Held for GoldilocksPair {
    fn wrap(persistent: Persistent<Self>) -> AnyPersistent {
        AnyPersistent::Goldilocks(persistent)
    }
    fn get(any: &AnyPersistent) -> Option<&Persistent<Self>> {
        match any {
            AnyPersistent::Goldilocks(p) => Some(p),
            AnyPersistent::KoalaBear(_) => None,
        }
    }
}

/// A commitment with its private side in memory.
#[pyclass(frozen, module = "affidavit._core")]
pub struct Committed {
    pub inner: AnyPersistent,
}

#[pymethods]
impl Committed {
    /// The public commitment (spec 3).
    #[getter]
    fn commitment(&self) -> Vec<u8> {
        match &self.inner {
            AnyPersistent::KoalaBear(p) => p.commitment.encode(),
            AnyPersistent::Goldilocks(p) => p.commitment.encode(),
        }
    }

    /// Committed cells, pads and spare cells included.
    #[getter]
    fn cells(&self) -> usize {
        match &self.inner {
            AnyPersistent::KoalaBear(p) => p.columns.iter().map(Vec::len).sum(),
            AnyPersistent::Goldilocks(p) => p.columns.iter().map(Vec::len).sum(),
        }
    }

    fn __repr__(&self) -> &'static str {
        "<affidavit private commitment>"
    }
}

/// The cells of an array, copied while the interpreter is held.
pub fn cells(array: &PyReadonlyArrayDyn<'_, i64>) -> PyResult<Vec<i64>> {
    Ok(array.as_slice().map_err(errors::malformed)?.to_vec())
}

/// Commits to a model's weights: `tensors` maps ids of the plan's Model tensors to int64 arrays. `like`, an earlier commitment
/// of this plan, gives the shape that a renewal keeps.
#[pyfunction]
#[pyo3(signature = (plan, tensors, uses, seed, like=None))]
pub fn commit_model(
    py: Python<'_>,
    plan: &[u8],
    tensors: BTreeMap<u32, PyReadonlyArrayDyn<'_, i64>>,
    uses: usize,
    seed: [u8; 32],
    like: Option<&[u8]>,
) -> PyResult<Committed> {
    let like = like.map(Commitment::decode).transpose().map_err(errors::malformed)?;
    let plan = Plan::decode(plan).map_err(errors::malformed)?;
    plan.validate().map_err(errors::malformed)?;
    let mut ordered = Vec::new();
    for (id, tensor) in plan.tensors.iter().enumerate() {
        if matches!(tensor.kind, TensorKind::Model { .. }) {
            let array = tensors.get(&(id as u32));
            ordered.push(array.map_or(Ok(vec![]), cells)?);
        }
    }
    py.detach(|| {
        let inner = match plan.field {
            FieldId::KoalaBear => commit_in::<KoalaBearPair>(&plan, &ordered, uses, seed, like.as_ref()),
            FieldId::Goldilocks => commit_in::<GoldilocksPair>(&plan, &ordered, uses, seed, like.as_ref()),
        };
        Ok(Committed { inner: inner.map_err(errors::prove)? })
    })
}

fn commit_in<P: Held>(
    plan: &Plan,
    tensors: &[Vec<i64>],
    uses: usize,
    seed: [u8; 32],
    like: Option<&Commitment>,
) -> Result<AnyPersistent, ProveError> {
    let committed = match like {
        Some(model) => affidavit_prover::commit_renewed::<P>(plan, tensors, model, uses, seed),
        None => affidavit_prover::commit_model::<P>(plan, tensors, uses, seed),
    };
    committed.map(Held::wrap)
}

/// Commits to a batch of inputs under a schema: one array `[batch, *shape]` per input, in the schema's order.
#[pyfunction]
pub fn commit_input(
    py: Python<'_>,
    schema: &[u8],
    batch: usize,
    arrays: Vec<PyReadonlyArrayDyn<'_, i64>>,
    seed: [u8; 32],
) -> PyResult<Committed> {
    let schema = Schema::decode(schema).map_err(errors::malformed)?;
    if batch == 0 || batch > 1 << 20 {
        return Err(errors::raise(errors::Class::Rejected, "range", format!("batch {batch} is outside 1..=2^20")));
    }
    let arrays = arrays.iter().map(cells).collect::<PyResult<Vec<_>>>()?;
    py.detach(|| {
        let inner = match schema.field {
            FieldId::KoalaBear => {
                affidavit_prover::commit_input::<KoalaBearPair>(&schema, batch, &arrays, seed).map(Held::wrap)
            }
            FieldId::Goldilocks => {
                affidavit_prover::commit_input::<GoldilocksPair>(&schema, batch, &arrays, seed).map(Held::wrap)
            }
        };
        Ok(Committed { inner: inner.map_err(errors::prove)? })
    })
}
