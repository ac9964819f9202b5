//! Honest bundles that the targets start from. Provers are no part of a target: `examples/seeds.rs` and the tests make the bundles.

use affidavit_plan::{Commitment, Plan, Purpose, Statement, TensorKind, schema_of};
use affidavit_protocol::Session;
use affidavit_relations::layout::place_checked;
use affidavit_verifier::{Report, VerifyError, verify};
use std::sync::OnceLock;

/// Everything that a verifier gets, as bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bundle {
    pub plan: Vec<u8>,
    pub statement: Vec<u8>,
    pub model: Vec<u8>,
    pub input: Option<Vec<u8>>,
    pub proof: Vec<u8>,
}

impl Bundle {
    pub fn verify(&self) -> Result<Report, VerifyError> {
        verify(&self.plan, &self.statement, &self.model, self.input.as_deref(), &self.proof, 128.0)
    }

    /// True if it is a weight certificate.
    pub fn certifies(&self) -> bool {
        Statement::decode(&self.statement).is_ok_and(|statement| statement.purpose == Purpose::Certificate)
    }
}

static BASES: OnceLock<Vec<Bundle>> = OnceLock::new();

/// Sets the honest bundles, once; each must verify.
pub fn install(bundles: Vec<Bundle>) {
    for bundle in &bundles {
        bundle.verify().expect("an honest bundle");
    }
    assert!(BASES.set(bundles).is_ok(), "the bases are there already");
}

/// The honest bundles, certificates among them.
pub fn bases() -> &'static [Bundle] {
    BASES.get().expect("install makes the bases")
}

/// The bundles as one file: lengths and parts, an absent input as the largest length.
pub fn to_bytes(bundles: &[Bundle]) -> Vec<u8> {
    let mut out = Vec::new();
    for bundle in bundles {
        let parts = [
            Some(&bundle.plan),
            Some(&bundle.statement),
            Some(&bundle.model),
            bundle.input.as_ref(),
            Some(&bundle.proof),
        ];
        for part in parts {
            out.extend(part.map_or(u32::MAX, |bytes| bytes.len() as u32).to_le_bytes());
            out.extend(part.into_iter().flatten());
        }
    }
    out
}

/// Reads what [`to_bytes`] wrote.
pub fn from_bytes(mut bytes: &[u8]) -> Option<Vec<Bundle>> {
    let mut part = || -> Option<Option<Vec<u8>>> {
        let (length, rest) = bytes.split_first_chunk::<4>()?;
        let length = u32::from_le_bytes(*length);
        if length == u32::MAX {
            bytes = rest;
            return Some(None);
        }
        let (part, rest) = rest.split_at_checked(length as usize)?;
        bytes = rest;
        Some(Some(part.to_vec()))
    };
    let mut bundles = Vec::new();
    while let Some(plan) = part() {
        let (statement, model, input, proof) = (part()??, part()??, part()?, part()??);
        bundles.push(Bundle { plan: plan?, statement, model, input, proof });
    }
    Some(bundles)
}

/// The columns that a commitment to these tensors has, if they fit its shape.
fn columns(commitment: &Commitment, shapes: &[(usize, Vec<usize>)]) -> Option<u32> {
    let layout = place_checked(shapes, commitment.log_rows.min(20).into(), commitment.pads as usize).ok()?;
    u32::try_from(layout.columns).ok()
}

/// Makes digests, columns and the layout fit the changed parts, as a dishonest prover would; what does not decode or
/// validate stays as it is.
pub fn reseal(bundle: &mut Bundle) {
    let decoded = (Plan::decode(&bundle.plan), Statement::decode(&bundle.statement), Commitment::decode(&bundle.model));
    let (Ok(plan), Ok(mut statement), Ok(mut model)) = decoded else { return };
    model.subject = plan.digest();
    model.field = plan.field;
    let valid = plan.validate().is_ok();
    let shapes = |wanted: &dyn Fn(&TensorKind) -> bool, batch: Option<usize>| -> Vec<(usize, Vec<usize>)> {
        let wanted = plan.tensors.iter().filter(|t| wanted(&t.kind));
        wanted.map(|t| batch.into_iter().chain(t.dims.iter().map(|&d| d as usize)).collect()).enumerate().collect()
    };
    if valid {
        let weights = shapes(&|kind| matches!(kind, TensorKind::Model { .. }), None);
        model.columns = columns(&model, &weights).unwrap_or(model.columns);
    }
    statement.plan = plan.digest();
    statement.model = model.digest();
    let input = bundle.input.as_ref().and_then(|i| Commitment::decode(i).ok());
    if let (Some(mut input), Some(claimed), Ok(schema)) =
        (input, statement.input_commitment.as_mut(), schema_of(&plan, &model))
    {
        input.subject = schema.digest();
        input.field = plan.field;
        input.batch = statement.batch;
        input.pads = model.pads;
        if valid {
            let cells = shapes(&|kind| matches!(kind, TensorKind::Input { .. }), Some(statement.batch as usize));
            input.columns = columns(&input, &cells).unwrap_or(input.columns);
        }
        claimed.schema = schema.digest();
        claimed.commitment = input.digest();
        bundle.input = Some(input.encode());
    }
    bundle.model = model.encode();
    for _ in 0..2 {
        bundle.statement = statement.encode();
        let session = Session::open(&bundle.plan, &bundle.statement, &bundle.model, bundle.input.as_deref(), false);
        match session {
            Ok(session) => statement.layout = session.layout.digest,
            Err(_) => return,
        }
    }
}
