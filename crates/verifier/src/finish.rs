//! The hiding finish and the row checks (spec 6.9).

use crate::error::VerifyError;
use crate::reader::ProofReader;
use affidavit_algebra::{FieldPair, eq_table};
use affidavit_commit::{CodeShape, encode_k};
use affidavit_hiding::{COLUMNS, Combination, Expr, FinishShape, Response, RowCheck, TwoAdicDomain};
use affidavit_protocol::{Outline, Session};
use affidavit_relations::Oracle;
use affidavit_transcript::Transcript;
use p3_field::{BasedVectorSpace, PrimeCharacteristicRing};

/// The finish's challenges and response, already checked against the combination.
pub struct Finish<P: FieldPair> {
    lambda: P::K,
    rho: P::K,
    sigma: P::K,
    response: Response<P::K>,
    domain: TwoAdicDomain<P>,
}

impl<P: FieldPair> Finish<P> {
    /// Everything before the queries.
    pub fn read(
        session: &Session,
        shape: &FinishShape,
        rows: &[Expr<P::K>],
        masked: &[P::K],
        reader: &mut ProofReader<'_>,
        transcript: &mut Transcript,
    ) -> Result<Self, VerifyError> {
        let domain = TwoAdicDomain::<P>::new(session.layout.shape.log_rows, session.layout.shape.log_blowup)?;
        let lambda = transcript.challenge_k::<P>("finish lambda");
        let x = transcript.challenge_k::<P>("finish x");
        let combination = Combination::new(rows, masked, shape, lambda, x)?;
        let beta = reader.k::<P>("finish beta")?;
        transcript.absorb_k::<P>("finish beta", &[beta]);
        let rho = transcript.challenge_k_nonzero::<P>("finish rho");
        let sigma = transcript.challenge_k_nonzero::<P>("finish sigma");
        let response = Response {
            x_h: reader.k_vec::<P>(shape.n_h(), "finish X_H")?,
            x_y: reader.k_vec::<P>(shape.n(), "finish X_Y")?,
            phi: reader.k_vec::<P>(shape.product_len(), "finish Phi")?,
        };
        transcript.absorb_k::<P>("finish X_H", &response.x_h);
        transcript.absorb_k::<P>("finish X_Y", &response.x_y);
        transcript.absorb_k::<P>("finish Phi", &response.phi);
        response.check(shape, &combination, beta, rho, &domain)?;
        Ok(Self { lambda, rho, sigma, response, domain })
    }
}

/// The rows of the finish and the agreement of every opened row with u.
pub fn check_rows<P: FieldPair>(
    session: &Session,
    shape: &FinishShape,
    outline: &Outline<P::K>,
    finish: &Finish<P>,
    fresh_root: &[u8; 32],
    reader: &mut ProofReader<'_>,
    transcript: &mut Transcript,
) -> Result<(), VerifyError> {
    let oracle_shape = &session.layout.shape;
    let code = CodeShape { log_rows: oracle_shape.log_rows, log_blowup: oracle_shape.log_blowup };
    let log_n = code.log_n();
    reader.step = 23;
    let nonce = reader.nonce("query grinding")?;
    if !transcript.check_grind("query grinding", oracle_shape.grinding, nonce) {
        return Err(VerifyError::ProofOfWork { step: 23, before: "the queries" });
    }
    let positions = session.query_positions(transcript);

    let columns = eq_table(&outline.x1);
    let mut combined = vec![P::K::ZERO; positions.len()];
    let mut special = Vec::new();
    for (oracle, first, layout) in session.layout.oracles() {
        let (root, width) = match oracle {
            Oracle::Model => (session.model.root, layout.columns),
            Oracle::Input | Oracle::Renewed => {
                (session.second.as_ref().map(|c| c.root).unwrap_or_default(), layout.columns)
            }
            Oracle::Fresh => (*fresh_root, session.fresh_width::<P>()),
        };
        let wrap = |error| VerifyError::Opening { oracle, error };
        let opened = reader.opened::<P>(oracle, &positions, width, log_n).map_err(wrap)?;
        opened.verify(&root, &positions, width, log_n).map_err(wrap)?;
        let weights = columns.get(first..).unwrap_or_default();
        for (sum, row) in combined.iter_mut().zip(&opened.rows) {
            *sum += row.iter().take(layout.columns).zip(weights).map(|(&x, &w)| w * x).sum::<P::K>();
        }
        if oracle == Oracle::Fresh {
            for row in &opened.rows {
                let tail = row.get(layout.columns..).unwrap_or_default();
                let cells: Option<Vec<P::K>> =
                    tail.chunks(P::DEGREE).map(P::K::from_basis_coefficients_slice).collect();
                special.push(cells.ok_or_else(|| reader.malformed("fresh row"))?);
            }
        }
    }
    reader.step = 26;
    let encoded = encode_k::<P>(&outline.u, code).map_err(|_| reader.malformed("code"))?;
    let checker = RowCheck::new(&finish.domain, shape, &finish.response, finish.lambda, finish.rho, finish.sigma)?;
    for ((&position, sum), cells) in positions.iter().zip(&combined).zip(&special) {
        let Some((&mask, rest)) = cells.split_first() else {
            return Err(reader.malformed("fresh row"));
        };
        if encoded.get(position) != Some(&(*sum + outline.c * mask)) {
            return Err(VerifyError::Row { row: position });
        }
        let row: &[P::K; COLUMNS] = rest.try_into().map_err(|_| reader.malformed("fresh row"))?;
        checker.check(position, row)?;
    }
    Ok(())
}
