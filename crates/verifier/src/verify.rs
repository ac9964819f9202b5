//! The verifier's steps (spec 8).

use crate::context::VerifierContext;
use crate::error::VerifyError;
use crate::finish::{Finish, check_rows};
use crate::reader::{Leaf, ProofReader};
use crate::report::{Part, Report};
use affidavit_algebra::{FieldPair, GoldilocksPair, KoalaBearPair};
use affidavit_hiding::FinishShape;
use affidavit_plan::FieldId;
use affidavit_protocol::{Session, run};
use affidavit_soundness::ledger;

/// Checks `proof` for the statement over a plan and its commitments. `second` is the commitment of the inputs, or in a
/// renewal the one that takes over.
///
/// # Errors
/// [`VerifyError`], whatever the bytes.
pub fn verify(
    plan: &[u8],
    statement: &[u8],
    model: &[u8],
    second: Option<&[u8]>,
    proof: &[u8],
    min_bits: f64,
) -> Result<Report, VerifyError> {
    let session = Session::open(plan, statement, model, second, true)?;
    verify_session(&session, proof, min_bits, None)
}

/// Verifies in a session that is open, and gives every leaf of the proof that was read, for tests that change them.
#[doc(hidden)]
pub fn verify_leaves(session: &Session, proof: &[u8], min_bits: f64) -> (Result<Report, VerifyError>, Vec<Leaf>) {
    let mut leaves = Vec::new();
    let result = verify_session(session, proof, min_bits, Some(&mut leaves));
    (result, leaves)
}

fn verify_session(
    session: &Session,
    proof: &[u8],
    min_bits: f64,
    leaves: Option<&mut Vec<Leaf>>,
) -> Result<Report, VerifyError> {
    let reader = ProofReader::new(proof, leaves);
    match session.field {
        FieldId::KoalaBear => verify_in::<KoalaBearPair>(session, reader, min_bits),
        FieldId::Goldilocks => verify_in::<GoldilocksPair>(session, reader, min_bits),
    }
}

fn verify_in<P: FieldPair>(
    session: &Session,
    mut reader: ProofReader<'_>,
    min_bits: f64,
) -> Result<Report, VerifyError> {
    let mut transcript = session.transcript();
    let fresh_root = reader.digest("fresh root")?;
    transcript.absorb("fresh root", &fresh_root);
    reader.step = 15;
    let nonce = reader.nonce("lookup grinding")?;
    if !transcript.check_grind("lookup grinding", session.lookup_grinding, nonce) {
        return Err(VerifyError::ProofOfWork { step: 15, before: "the lookup challenges" });
    }
    let mut parts = vec![Part { name: "header", bytes: reader.position() }];

    reader.step = 16;
    let mut context = VerifierContext::<P> {
        reader: &mut reader,
        transcript: &mut transcript,
        masked: Vec::new(),
        pairs: Vec::new(),
        rows: Vec::new(),
    };
    let outline = run::<P, _>(&session.circuit, &session.layout, &mut context)?;
    let (masked, pairs, rows) = (context.masked, context.pairs, context.rows);
    let u_bytes = outline.u.len() * P::F_BYTES * P::DEGREE;
    parts.push(Part { name: "masked scalars", bytes: masked.len() * P::F_BYTES * P::DEGREE });
    parts.push(Part { name: "combined column", bytes: u_bytes });

    let ledger = ledger(&session.sizes::<P>(&outline.counts, rows.len(), pairs.len()));
    // A floor that is no number is never met.
    if min_bits.is_nan() || ledger.round_by_round < min_bits {
        return Err(VerifyError::Bits { got: ledger.round_by_round, asked: min_bits });
    }
    let shape =
        FinishShape::new(masked.len(), pairs, session.layout.shape.queries, 1 << session.layout.shape.log_rows)?;
    let before = reader.position();
    reader.step = 20;
    let finish = Finish::<P>::read(session, &shape, &rows, &masked, &mut reader, &mut transcript)?;
    parts.push(Part { name: "final argument", bytes: reader.position() - before });
    let before = reader.position();
    check_rows::<P>(session, &shape, &outline, &finish, &fresh_root, &mut reader, &mut transcript)?;
    parts.push(Part { name: "opened rows", bytes: reader.position() - before });
    if !reader.is_empty() {
        return Err(VerifyError::Malformed { step: 28, what: "trailing bytes" });
    }
    Ok(Report { ledger, parts, scalars: masked.len(), products: shape.products(), checks: rows.len() })
}
