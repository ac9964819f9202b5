//! Everything that Python calls besides commitments.

use crate::committed::{AnyPersistent, Committed, Held, cells};
use crate::{describe, errors};
use affidavit_algebra::{FieldPair, GoldilocksPair, KoalaBearPair};
use affidavit_commit::{CodeShape, Encoded};
use affidavit_plan::{Commitment, FieldId, Plan, Purpose, schema_of};
use affidavit_protocol::{Session, count};
use affidavit_prover::{Timings, model_shape};
use numpy::PyReadonlyArrayDyn;
use pyo3::prelude::*;
use serde_json::json;
use std::collections::BTreeMap;

/// A finished proof.
#[pyclass(frozen, module = "affidavit._core")]
pub struct Proof {
    bytes: Vec<u8>,
    timings: Timings,
    broken: Vec<String>,
}

#[pymethods]
impl Proof {
    #[getter]
    fn proof(&self) -> &[u8] {
        &self.bytes
    }

    /// JSON: seconds by stage, in order.
    #[getter]
    fn timings(&self) -> String {
        json!(self.timings.iter().map(|(n, s)| json!([n, s])).collect::<Vec<_>>()).to_string()
    }

    /// Constraints that the witness breaks (only after `replay`).
    #[getter]
    fn broken(&self) -> Vec<String> {
        self.broken.clone()
    }
}

/// `H(domain, data)` of spec 1.
#[pyfunction]
pub fn digest(domain: &str, data: &[u8]) -> [u8; 32] {
    affidavit_plan::digest(domain, data)
}

fn decode_plan(bytes: &[u8]) -> PyResult<(Plan, affidavit_plan::Validated)> {
    let plan = Plan::decode(bytes).map_err(errors::malformed)?;
    let validated = plan.validate().map_err(|e| errors::raise(errors::Class::Malformed, "plan", e.to_string()))?;
    Ok((plan, validated))
}

/// Validates a plan; JSON description.
#[pyfunction]
pub fn plan_check(py: Python<'_>, plan: &[u8]) -> PyResult<String> {
    py.detach(|| {
        let (plan, validated) = decode_plan(plan)?;
        Ok(describe::plan(&plan, &validated).to_string())
    })
}

/// The shape that a model commitment for so many uses takes; JSON.
#[pyfunction]
pub fn parameters(py: Python<'_>, plan: &[u8], uses: usize) -> PyResult<String> {
    py.detach(|| {
        let (plan, _) = decode_plan(plan)?;
        let (shape, columns) = match plan.field {
            FieldId::KoalaBear => model_shape::<KoalaBearPair>(&plan, uses),
            FieldId::Goldilocks => model_shape::<GoldilocksPair>(&plan, uses),
        }
        .map_err(errors::prove)?;
        Ok(json!({
            "log_rows": shape.log_rows, "log_blowup": shape.log_blowup, "queries": shape.queries,
            "grinding": shape.grinding, "pads": shape.pads, "columns": columns,
        })
        .to_string())
    })
}

/// The input schema of a plan under a model commitment.
#[pyfunction]
pub fn input_schema(plan: &[u8], commitment: &[u8]) -> PyResult<Vec<u8>> {
    let (plan, _) = decode_plan(plan)?;
    let commitment = Commitment::decode(commitment).map_err(errors::malformed)?;
    Ok(schema_of(&plan, &commitment).map_err(errors::malformed)?.encode())
}

/// The layout of a statement (whose own layout digest is ignored); JSON.
#[pyfunction]
#[pyo3(signature = (plan, statement, model_commitment, second_commitment=None))]
pub fn layout(
    py: Python<'_>,
    plan: &[u8],
    statement: &[u8],
    model_commitment: &[u8],
    second_commitment: Option<&[u8]>,
) -> PyResult<String> {
    py.detach(|| {
        let session =
            Session::open(plan, statement, model_commitment, second_commitment, false).map_err(errors::session)?;
        Ok(describe::layout(&session).to_string())
    })
}

/// The soundness ledger of a statement; JSON.
#[pyfunction]
#[pyo3(signature = (plan, statement, model_commitment, second_commitment=None))]
pub fn ledger(
    py: Python<'_>,
    plan: &[u8],
    statement: &[u8],
    model_commitment: &[u8],
    second_commitment: Option<&[u8]>,
) -> PyResult<String> {
    fn sizes<P: FieldPair>(session: &Session) -> PyResult<affidavit_soundness::Sizes> {
        let counted = count::<P>(&session.circuit, &session.layout).map_err(|e| errors::prove(e.into()))?;
        Ok(session.sizes::<P>(&counted.counts, counted.checks, counted.pairs.len()))
    }
    py.detach(|| {
        let session =
            Session::open(plan, statement, model_commitment, second_commitment, false).map_err(errors::session)?;
        let sizes = match session.field {
            FieldId::KoalaBear => sizes::<KoalaBearPair>(&session)?,
            FieldId::Goldilocks => sizes::<GoldilocksPair>(&session)?,
        };
        Ok(describe::ledger(&affidavit_soundness::ledger(&sizes)).to_string())
    })
}

type Witness<'py> = BTreeMap<u32, PyReadonlyArrayDyn<'py, i64>>;

fn prove_in<P: Held>(
    session: &Session,
    model: &Committed,
    second: Option<&Committed>,
    witness: &BTreeMap<usize, &[i64]>,
    entropy: &[u8],
    checked: bool,
) -> PyResult<Proof> {
    let other = || errors::raise(errors::Class::Rejected, "mismatch", "private files are for another field".into());
    let model = P::get(&model.inner).ok_or_else(other)?;
    let second = second.map(|s| P::get(&s.inner).ok_or_else(other)).transpose()?;
    if checked {
        let proof = affidavit_prover::prove::<P>(session, model, second, witness, entropy).map_err(errors::prove)?;
        return Ok(Proof { bytes: proof.bytes, timings: proof.timings, broken: vec![] });
    }
    let (proof, broken) =
        affidavit_prover::replay::<P>(session, model, second, witness, entropy).map_err(errors::prove)?;
    Ok(Proof { bytes: proof.bytes, timings: proof.timings, broken })
}

/// What enters the proof's seed beside private files, statement and witness: always the operating system's entropy, so
/// that there is no seeded prover. Except for a renewal: its proof follows from the two private files, whose seeds are such
/// entropy, and from its statement, so that one that was interrupted is made again and opens the same rows, not others.
fn with_entropy(purpose: Purpose, witness: &BTreeMap<usize, &[i64]>, entropy: &[u8]) -> PyResult<Vec<u8>> {
    if matches!(purpose, Purpose::Renewal { .. }) {
        if !witness.is_empty() {
            let text = "a renewal has no tensors besides the committed ones".into();
            return Err(errors::raise(errors::Class::Rejected, "witness", text));
        }
        return Ok(vec![]);
    }
    let mut fresh = [0u8; 32];
    getrandom::fill(&mut fresh).map_err(|e| errors::raise(errors::Class::Internal, "entropy", e.to_string()))?;
    Ok([fresh.as_slice(), entropy].concat())
}

fn run(
    py: Python<'_>,
    plan: &[u8],
    statement: &[u8],
    model: &Committed,
    second: Option<&Committed>,
    tensors: &Witness<'_>,
    entropy: &[u8],
    checked: bool,
) -> PyResult<Proof> {
    let owned =
        tensors.iter().map(|(&id, a)| Ok((id as usize, cells(a)?))).collect::<PyResult<BTreeMap<usize, Vec<i64>>>>()?;
    py.detach(|| {
        let witness: BTreeMap<usize, &[i64]> = owned.iter().map(|(&id, v)| (id, v.as_slice())).collect();
        let bytes = |c: &Committed| match &c.inner {
            AnyPersistent::KoalaBear(p) => p.commitment.encode(),
            AnyPersistent::Goldilocks(p) => p.commitment.encode(),
        };
        let model_bytes = bytes(model);
        let second_bytes = second.map(bytes);
        let session =
            Session::open(plan, statement, &model_bytes, second_bytes.as_deref(), true).map_err(errors::session)?;
        let entropy = with_entropy(session.statement.purpose, &witness, entropy)?;
        match session.field {
            FieldId::KoalaBear => prove_in::<KoalaBearPair>(&session, model, second, &witness, &entropy, checked),
            FieldId::Goldilocks => prove_in::<GoldilocksPair>(&session, model, second, &witness, &entropy, checked),
        }
    })
}

/// Proves a statement; raises `CoreRejected` ("witness") naming every relation that the witness breaks.
#[pyfunction]
pub fn prove(
    py: Python<'_>,
    plan: &[u8],
    statement: &[u8],
    model: &Committed,
    second: Option<&Committed>,
    tensors: Witness<'_>,
    entropy: &[u8],
) -> PyResult<Proof> {
    run(py, plan, statement, model, second, &tensors, entropy, true)
}

/// The checked replay, for tests of soundness: makes the (invalid) proof of a false witness and names what it breaks.
#[pyfunction]
pub fn replay(
    py: Python<'_>,
    plan: &[u8],
    statement: &[u8],
    model: &Committed,
    second: Option<&Committed>,
    tensors: Witness<'_>,
    entropy: &[u8],
) -> PyResult<Proof> {
    run(py, plan, statement, model, second, &tensors, entropy, false)
}

/// Verifies a proof; JSON report, or raises.
#[pyfunction]
pub fn verify(
    py: Python<'_>,
    plan: &[u8],
    statement: &[u8],
    model_commitment: &[u8],
    second_commitment: Option<&[u8]>,
    proof: &[u8],
    min_bits: f64,
) -> PyResult<String> {
    py.detach(|| {
        let report = affidavit_verifier::verify(plan, statement, model_commitment, second_commitment, proof, min_bits)
            .map_err(errors::verify)?;
        Ok(json!({
            "ledger": describe::ledger(&report.ledger),
            "parts": report.parts.iter().map(|p| json!({"name": p.name, "bytes": p.bytes})).collect::<Vec<_>>(),
            "scalars": report.scalars,
            "products": report.products,
            "checks": report.checks,
        })
        .to_string())
    })
}

/// Seconds to encode and hash so many cells in columns of 2^12: the floor that no committing prover goes below.
#[pyfunction]
pub fn floor_seconds(py: Python<'_>, field: &str, cells: usize) -> PyResult<f64> {
    fn measure<P: FieldPair>(cells: usize) -> PyResult<f64> {
        use p3_field::PrimeCharacteristicRing;
        let shape = CodeShape { log_rows: 12, log_blowup: 2 };
        let columns: Vec<Vec<P::F>> = (0..cells.div_ceil(1 << 12).max(1))
            .map(|c| (0..1u64 << 12).map(|i| P::F::from_u64(i * 7919 + c as u64)).collect())
            .collect();
        let start = std::time::Instant::now();
        Encoded::<P>::commit(&columns, shape, [0; 32]).map_err(|e| errors::prove(e.into()))?;
        Ok(start.elapsed().as_secs_f64())
    }
    py.detach(|| match field {
        "koalabear" => measure::<KoalaBearPair>(cells),
        "goldilocks" => measure::<GoldilocksPair>(cells),
        other => Err(errors::raise(errors::Class::Rejected, "field", format!("no field {other}"))),
    })
}

/// Strict Ed25519 verification (no small-order keys, canonical scalars).
#[pyfunction]
pub fn ed25519_verify_strict(public: [u8; 32], message: &[u8], signature: [u8; 64]) -> bool {
    let signature = ed25519_dalek::Signature::from_bytes(&signature);
    ed25519_dalek::VerifyingKey::from_bytes(&public).is_ok_and(|key| key.verify_strict(message, &signature).is_ok())
}
