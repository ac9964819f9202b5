//! The verifier's steps (spec 8).

use crate::context::VerifierContext;
use crate::error::VerifyError;
use crate::finish::{Finish, check_rows};
use crate::reader::ProofReader;
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
    match session.field {
        FieldId::KoalaBear => verify_in::<KoalaBearPair>(&session, proof, min_bits),
        FieldId::Goldilocks => verify_in::<GoldilocksPair>(&session, proof, min_bits),
    }
}

fn verify_in<P: FieldPair>(session: &Session, proof: &[u8], min_bits: f64) -> Result<Report, VerifyError> {
    let mut reader = ProofReader::new(proof);
    let mut transcript = session.transcript();
    let fresh_root = reader.digest("fresh root")?;
    transcript.absorb("fresh root", &fresh_root);
    let nonce = reader.u64("lookup nonce")?;
    if !transcript.check_grind("lookup grinding", session.lookup_grinding, nonce) {
        return Err(VerifyError::ProofOfWork("the lookup challenges"));
    }
    let mut parts = vec![Part { name: "header", bytes: reader.position() }];

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
    let finish = Finish::<P>::read(session, &shape, &rows, &masked, &mut reader, &mut transcript)?;
    parts.push(Part { name: "final argument", bytes: reader.position() - before });
    let before = reader.position();
    check_rows::<P>(session, &shape, &outline, &finish, &fresh_root, &mut reader, &mut transcript)?;
    parts.push(Part { name: "opened rows", bytes: reader.position() - before });
    if !reader.rest.is_empty() {
        return Err(VerifyError::Malformed("trailing bytes"));
    }
    Ok(Report { ledger, parts, scalars: masked.len(), products: shape.products(), checks: rows.len() })
}
