//! The harness is the product: from the product's own draws it makes the product's own proof, byte for byte.

use super::harness::{Case, Draws, PadFlaw, Store, prove};
use crate::common::bundle::{World, layout_digest, refs};
use crate::common::sections::{Part, sections};
use crate::common::zoo::zoo;
use crate::persistent::{Persistent, commit_renewed};
use crate::prove::fresh_seed;
use crate::random::{Stream, derive};
use affidavit_algebra::{
    FieldPair, GoldilocksPair, KoalaBearPair, f_to_bytes, k_from_bytes, k_to_bytes, k_vec_to_bytes,
};
use affidavit_plan::{FieldId, Purpose, Statement};
use affidavit_protocol::Session;
use affidavit_relations::Oracle;
use affidavit_transcript::Transcript;
use std::collections::BTreeMap;

pub fn store<P: FieldPair>(persistent: &Persistent<P>) -> Store<P> {
    Store { cells: persistent.tensors.clone(), columns: persistent.columns.clone() }
}

/// The pads h and the other draws of the product for one seed (spec 9.3).
pub fn draws<P: FieldPair>(session: &Session, scalars: usize, finish: usize, seed: &[u8; 32]) -> (Vec<P::K>, Draws<P>) {
    let shape = session.layout.shape;
    let stream = |purpose| Stream::new(derive(purpose, &[seed]));
    let (mut fresh, mut mask, mut rest) = (stream("fresh pads"), stream("mask column"), stream("finish"));
    let pads = (0..scalars).map(|_| rest.k::<P>()).collect();
    let draws = Draws {
        fresh: (0..session.layout.fresh.columns * shape.queries).map(|_| fresh.f::<P>()).collect(),
        mask: (0..1 << shape.log_rows).map(|_| mask.k::<P>()).collect(),
        finish: (0..finish).map(|_| rest.k::<P>()).collect(),
    };
    (pads, draws)
}

/// Draws of the finish besides the pads: k_f, R_H, tails, R_Y, S.
pub fn finish_draws(shape: &affidavit_hiding::FinishShape) -> usize {
    shape.queries() + shape.n_h() + 3 * (shape.n() - shape.products()) + shape.n() + shape.product_len()
        - shape.products()
}

/// The transcript after everything up to the first challenge.
pub fn opened_transcript(session: &Session, proof: &[u8]) -> Transcript {
    let mut transcript = session.transcript();
    transcript.absorb("fresh root", &proof[..32]);
    let nonce = u64::from_le_bytes(proof[32..40].try_into().unwrap());
    assert!(transcript.check_grind("lookup grinding", session.lookup_grinding, nonce));
    transcript
}

fn same<P: FieldPair>(field: FieldId) {
    let world = World::<P>::new(zoo(field, 2));
    for statement in [world.full(), world.plain(), world.certificate()] {
        let (sealed, session) = world.seal(statement);
        let witness = if sealed.purpose == Purpose::Certificate { BTreeMap::new() } else { world.zoo.witness() };
        same_proof(&session, &world.model, world.input_of(&sealed), &witness, b"entropy");
    }
    let (plan, old) = (&world.zoo.plan, &world.model);
    let new = commit_renewed::<P>(plan, &world.zoo.model, &old.commitment, 3, [5; 32]).unwrap();
    let mut statement = Statement {
        purpose: Purpose::Renewal { renewed: new.commitment.digest() },
        batch: 1,
        inputs: vec![],
        ..world.plain()
    };
    statement.layout = layout_digest(plan, &statement, &old.commitment, Some(&new.commitment)).unwrap();
    let second = new.commitment.encode();
    let session =
        Session::open(&plan.encode(), &statement.encode(), &old.commitment.encode(), Some(&second), true).unwrap();
    same_proof(&session, old, Some(&new), &BTreeMap::new(), b"");
}

fn same_proof<P: FieldPair>(
    session: &Session,
    model: &Persistent<P>,
    second: Option<&Persistent<P>>,
    witness: &BTreeMap<usize, Vec<i64>>,
    entropy: &[u8],
) {
    let proof = crate::prove::<P>(session, model, second, &refs(witness), entropy).unwrap().bytes;
    let (parts, shape) = sections::<P>(session, &proof);
    let part = |wanted: Part| parts.iter().find(|(part, _)| *part == wanted).map(|(_, at)| &proof[at.clone()]).unwrap();
    let masked = parts.iter().filter(|(part, _)| matches!(part, Part::Scalar(_)));
    let masked: Vec<P::K> = masked.map(|(_, at)| k_from_bytes::<P>(&proof[at.clone()]).unwrap()).collect();

    let seed = fresh_seed(session, model, second, &refs(witness), entropy);
    let (pads, draws) = draws::<P>(session, shape.scalars(), finish_draws(&shape), &seed);
    let (model, second) = (store(model), second.map(store));
    let case =
        Case { circuit: &session.circuit, layout: &session.layout, model: &model, input: second.as_ref(), witness };
    let sent = prove(&case, &draws, masked, PadFlaw::None, &mut opened_transcript(session, &proof), |transcript| {
        let nonce = u64::from_le_bytes(part(Part::QueryNonce).try_into().unwrap());
        assert!(transcript.check_grind("query grinding", session.layout.shape.grinding, nonce));
        session.query_positions(transcript)
    });
    assert_eq!(sent.violated, Vec::<String>::new());
    assert!(sent.pads == pads, "the pads are those of the stream");
    assert_eq!(part(Part::U), k_vec_to_bytes::<P>(&sent.u));
    assert_eq!(part(Part::Beta), k_vec_to_bytes::<P>(&[sent.beta]));
    let response = &sent.response;
    for (wanted, cells) in [(Part::XH, &response.x_h), (Part::XY, &response.x_y), (Part::Phi, &response.phi)] {
        assert_eq!(part(wanted), k_vec_to_bytes::<P>(cells), "{wanted:?}");
    }
    for ((oracle, _, layout), cells) in session.layout.oracles().into_iter().zip(&sent.base_rows) {
        let mut bytes = Vec::new();
        for (row, extension) in cells.chunks(layout.columns).zip(&sent.extension_rows) {
            row.iter().for_each(|x| f_to_bytes::<P>(*x, &mut bytes));
            if oracle == Oracle::Fresh {
                extension.iter().for_each(|x| k_to_bytes::<P>(x, &mut bytes));
            }
        }
        assert!(part(Part::Rows(oracle)) == bytes, "{oracle:?}");
    }
}

#[test]
fn the_harness_makes_the_products_proof_over_koalabear() {
    same::<KoalaBearPair>(FieldId::KoalaBear);
}

#[test]
fn the_harness_makes_the_products_proof_over_goldilocks() {
    same::<GoldilocksPair>(FieldId::Goldilocks);
}
