//! One proof from commitments and a witness.

use crate::columns::fill;
use crate::context::ProverContext;
use crate::deviation::{Deviation, Honest};
use crate::error::ProveError;
use crate::persistent::Persistent;
use crate::random::{Stream, derive, digest_cells};
use crate::side::Side;
use crate::values::Values;
use affidavit_algebra::{FieldPair, k_vec_to_bytes};
use affidavit_commit::{CodeShape, Encoded};
use affidavit_hiding::{Combination, FinishShape, Secrets, TwoAdicDomain};
use affidavit_protocol::{Session, count, run};
use affidavit_relations::Oracle;
use p3_field::{BasedVectorSpace, PrimeCharacteristicRing};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::Instant;

/// Seconds of each stage, in order.
pub type Timings = Vec<(&'static str, f64)>;

/// A finished proof.
pub struct Proof {
    pub bytes: Vec<u8>,
    pub timings: Timings,
}

/// Proves the session's statement. `second` holds the committed inputs, or in a renewal the renewed model; `witness` maps
/// tensor ids of the plan to real cells.
///
/// # Errors
/// [`ProveError::Witness`] names every relation that the witness breaks; nothing is returned then.
pub fn prove<P: FieldPair>(
    session: &Session,
    model: &Persistent<P>,
    second: Option<&Persistent<P>>,
    witness: &BTreeMap<usize, &[i64]>,
    entropy: &[u8],
) -> Result<Proof, ProveError> {
    let (proof, violated) = replay::<P>(session, model, second, witness, entropy)?;
    if violated.is_empty() { Ok(proof) } else { Err(ProveError::Witness(violated)) }
}

/// The checked replay: makes the proof whatever the witness, and names every constraint that the real values break.
///
/// For tests of soundness; such a proof does not verify.
pub fn replay<P: FieldPair>(
    session: &Session,
    model: &Persistent<P>,
    second: Option<&Persistent<P>>,
    witness: &BTreeMap<usize, &[i64]>,
    entropy: &[u8],
) -> Result<(Proof, Vec<String>), ProveError> {
    replay_with::<P>(session, model, second, witness, entropy, &mut Honest)
}

/// The checked replay of a prover that deviates.
#[doc(hidden)]
pub fn replay_with<P: FieldPair>(
    session: &Session,
    model: &Persistent<P>,
    second: Option<&Persistent<P>>,
    witness: &BTreeMap<usize, &[i64]>,
    entropy: &[u8],
    deviation: &mut dyn Deviation<P>,
) -> Result<(Proof, Vec<String>), ProveError> {
    if session.model != model.commitment || session.second.as_ref() != second.map(|s| &s.commitment) {
        return Err(ProveError::Mismatch("the statement is about other commitments than the private files"));
    }
    let mut clock = Clock::start();
    let shape = &session.layout.shape;
    let code = CodeShape { log_rows: shape.log_rows, log_blowup: shape.log_blowup };
    let counted = count::<P>(&session.circuit, &session.layout)?;
    let finish_shape = FinishShape::new(counted.scalars, counted.pairs, shape.queries, 1 << shape.log_rows)?;
    let domain = TwoAdicDomain::<P>::new(shape.log_rows, shape.log_blowup)?;
    clock.lap("plan");

    let mut values = Values::<P>::new(&session.circuit, witness, &model.tensors, second.map(|s| s.tensors.as_slice()))?;
    deviation.values(&session.circuit, &mut values);
    clock.lap("values");

    let seed = fresh_seed(session, model, second, witness, entropy);
    let mut stream = Stream::new(derive("fresh pads", &[&seed]));
    let mut columns = fill::<P>(&session.layout.fresh, shape.log_rows, shape.queries, &mut stream, |id| {
        (session.circuit.tensors[id].dims.clone(), Cow::Borrowed(values.cells[id].as_ref()))
    });
    let witness_columns = columns.len();
    let mut masks = Stream::new(derive("mask column", &[&seed]));
    let mask: Vec<P::K> = (0..1 << shape.log_rows).map(|_| masks.k::<P>()).collect();
    let mut finish_stream = Stream::new(derive("finish", &[&seed]));
    let secrets = Secrets::sample(&finish_shape, &domain, &mut || finish_stream.k::<P>())?;
    push_extension::<P>(&mut columns, &mask, 1 << shape.log_rows);
    for column in secrets.columns() {
        push_extension::<P>(&mut columns, column, 1 << shape.log_rows);
    }
    let fresh = Encoded::<P>::commit(&columns, code, derive("fresh salts", &[&seed]))?;
    clock.lap("commit");

    let mut transcript = session.transcript();
    let mut bytes = fresh.root().to_vec();
    transcript.absorb("fresh root", &fresh.root());
    let nonce = transcript.grind("lookup grinding", session.lookup_grinding);
    bytes.extend(nonce.to_le_bytes());

    let all_columns: Vec<&[P::F]> = model
        .columns
        .iter()
        .chain(second.into_iter().flat_map(|s| &s.columns))
        .chain(&columns[..witness_columns])
        .map(Vec::as_slice)
        .collect();
    let mut context = ProverContext::<P> {
        side: Side::new(&session.circuit, &session.layout, &values, all_columns, &mask),
        transcript: &mut transcript,
        proof: &mut bytes,
        pads: secrets.pads(),
        values: Vec::new(),
        masked: Vec::new(),
        pairs: Vec::new(),
        rows: Vec::new(),
        violated: values.broken.clone(),
        deviation,
    };
    run::<P, _>(&session.circuit, &session.layout, &mut context)?;
    let ProverContext { masked, pairs, rows, violated, .. } = context;
    if masked.len() != finish_shape.scalars() || pairs != finish_shape.pairs() {
        return Err(ProveError::Mismatch("the run differs from its dry run"));
    }
    clock.lap("relations");

    let lambda = transcript.challenge_k::<P>("finish lambda");
    let x = transcript.challenge_k::<P>("finish x");
    let combination = Combination::new(&rows, &masked, &finish_shape, lambda, x)?;
    let beta = secrets.beta(&combination);
    transcript.absorb_k::<P>("finish beta", &[beta]);
    bytes.extend(k_vec_to_bytes::<P>(&[beta]));
    let rho = transcript.challenge_k_nonzero::<P>("finish rho");
    let sigma = transcript.challenge_k_nonzero::<P>("finish sigma");
    let response = secrets.respond(lambda, rho, sigma)?;
    for (label, part) in [("finish X_H", &response.x_h), ("finish X_Y", &response.x_y), ("finish Phi", &response.phi)] {
        transcript.absorb_k::<P>(label, part);
        bytes.extend(k_vec_to_bytes::<P>(part));
    }
    clock.lap("finish");

    let nonce = transcript.grind("query grinding", shape.grinding);
    bytes.extend(nonce.to_le_bytes());
    clock.lap("grinding");
    let positions = session.query_positions(&mut transcript);
    for (oracle, _, _) in session.layout.oracles() {
        let encoded = match (oracle, second) {
            (Oracle::Model, _) => &model.encoded,
            (Oracle::Input | Oracle::Renewed, Some(second)) => &second.encoded,
            _ => &fresh,
        };
        encoded.open(&positions)?.write(&mut bytes);
    }
    clock.lap("open");
    Ok((Proof { bytes, timings: clock.laps }, violated))
}

/// Hedged: operating-system entropy, the private files' secrets, the statement and the witness.
pub(crate) fn fresh_seed<P: FieldPair>(
    session: &Session,
    model: &Persistent<P>,
    second: Option<&Persistent<P>>,
    witness: &BTreeMap<usize, &[i64]>,
    entropy: &[u8],
) -> [u8; 32] {
    let ids: Vec<u8> = witness.keys().flat_map(|id| (*id as u64).to_le_bytes()).collect();
    let cells = digest_cells(witness.values().copied());
    let second = second.map_or([0; 32], |s| s.secret);
    derive("proof seed", &[entropy, &model.secret, &second, &session.statement.digest(), &ids, &cells])
}

/// Appends a vector over K as one base-field column per coordinate, zero-filled to `len`.
fn push_extension<P: FieldPair>(columns: &mut Vec<Vec<P::F>>, vector: &[P::K], len: usize) {
    for coordinate in 0..P::DEGREE {
        let mut column = P::F::zero_vec(len);
        for (cell, k) in column.iter_mut().zip(vector) {
            *cell = k.as_basis_coefficients_slice()[coordinate];
        }
        columns.push(column);
    }
}

struct Clock {
    last: Instant,
    laps: Timings,
}

impl Clock {
    fn start() -> Self {
        Self { last: Instant::now(), laps: Vec::new() }
    }

    fn lap(&mut self, name: &'static str) {
        let now = Instant::now();
        self.laps.push((name, (now - self.last).as_secs_f64()));
        self.last = now;
    }
}
