//! Attack: opened rows that are missing, repeated or exchanged, and a commitment that asks for few of them (Remainder: the
//! verifier did not check a proof's completeness; Plonky3 #1850: no queries at all; parameters below 128 bits, JSTprove #231).

use crate::common::bundle::{Bundle, World, refs};
use crate::common::case::Case;
use crate::common::sections::{Part, positions, sections};
use crate::common::zoo::{Y, zoo};
use affidavit_algebra::{FieldPair, GoldilocksPair, KoalaBearPair};
use affidavit_plan::{FieldId, Role};
use affidavit_prover::{Honest, prove, replay};
use affidavit_relations::Oracle;
use affidavit_verifier::{VerifyError, verify};
use core::ops::Range;

fn with(bundle: &Bundle, change: impl FnOnce(&mut Vec<u8>)) -> Bundle {
    let mut changed = bundle.clone();
    change(&mut changed.proof);
    changed
}

fn rows<P: FieldPair>(field: FieldId) {
    let world = World::<P>::new(zoo(field, 2));
    let (_, bundle) = world.prove(world.full());
    let session = bundle.session();
    let (parts, _) = sections::<P>(&session, &bundle.proof);
    let count = positions::<P>(&session, &bundle.proof).len();
    let range = |wanted: Part| parts.iter().find(|(part, _)| *part == wanted).unwrap().1.clone();
    for oracle in [Oracle::Model, Oracle::Input, Oracle::Fresh] {
        let (cells, salts) = (range(Part::Rows(oracle)), range(Part::Salts(oracle)));
        let width = cells.len() / count;
        let row = |i: usize| cells.start + i * width..cells.start + (i + 1) * width;
        let salt = |i: usize| salts.start + i * 32..salts.start + (i + 1) * 32;
        let last = count - 1;
        let opening = |what: &str, change: &dyn Fn(&mut Vec<u8>)| {
            let error = with(&bundle, |p| change(p)).verify().unwrap_err();
            let here = matches!(&error, VerifyError::Opening { oracle: o, .. } if *o == oracle);
            assert!(here, "{oracle:?}, {what}: {error}");
        };
        let copy = |p: &mut Vec<u8>, from: Range<usize>, to: Range<usize>| p.copy_within(from, to.start);
        for (from, to) in [(0, 1), (last, 0), (0, last)] {
            opening("one row in another's place", &|p| {
                copy(p, row(from), row(to));
                copy(p, salt(from), salt(to));
            });
        }
        opening("every row the first", &|p| {
            for i in 1..count {
                copy(p, row(0), row(i));
                copy(p, salt(0), salt(i));
            }
        });
        opening("two rows exchanged", &|p| {
            let (a, b) = (p[row(0)].to_vec(), p[row(1)].to_vec());
            p[row(0)].copy_from_slice(&b);
            p[row(1)].copy_from_slice(&a);
            let (a, b) = (p[salt(0)].to_vec(), p[salt(1)].to_vec());
            p[salt(0)].copy_from_slice(&b);
            p[salt(1)].copy_from_slice(&a);
        });
        // One row less, or one more: lengths are the verifier's, so what follows is read in the wrong place.
        opening("a row less", &|p| {
            drop(p.drain(salt(last)));
            drop(p.drain(row(last)));
        });
        opening("a row twice", &|p| {
            let again = p[row(0)].to_vec();
            p.splice(row(0).start..row(0).start, again);
        });
        opening("no rows", &|p| drop(p.drain(cells.start..salts.end)));
    }
}

/// An honest proof under a commitment that asks for `queries` positions and `grinding` bits.
fn few_queries<P: FieldPair>(field: FieldId, queries: u16, grinding: u8) -> Bundle {
    let mut world = World::<P>::new(zoo(field, 2));
    (world.model.commitment.queries, world.model.commitment.grinding) = (queries, grinding);
    let (sealed, session) = world.seal(world.plain());
    let proof = prove::<P>(&session, &world.model, None, &refs(&world.zoo.witness()), b"entropy").unwrap();
    world.bundle(&sealed, proof.bytes)
}

fn downgraded<P: FieldPair>(field: FieldId) {
    let below =
        |bundle: &Bundle, bits: f64| verify(&bundle.plan, &bundle.statement, &bundle.model, None, &bundle.proof, bits);
    for (queries, grinding, proven) in [(1, 0, 0.678), (1, 16, 16.678), (100, 16, 83.8), (160, 16, 124.5)] {
        // The proof is honest and complete: nothing but the floor of bits stands against it.
        let bundle = few_queries::<P>(field, queries, grinding);
        assert_eq!(bundle.refusal(), "bits", "{queries} queries, {grinding} bits");
        let found = below(&bundle, 0.0).unwrap().ledger.round_by_round;
        assert!((found - proven).abs() < 0.1, "{queries} queries, {grinding} bits: {found}");
        assert!(matches!(below(&bundle, found + 0.01), Err(VerifyError::Bits { .. })));
        assert!(matches!(below(&bundle, f64::NAN), Err(VerifyError::Bits { .. })));
    }
    assert!(below(&few_queries::<P>(field, 166, 16), 128.0).is_ok());
    // With one query and no work, a false witness goes through about as often as the ledger says that it may: it does so
    // for the report's bits, never for 128.
    let mut world = World::<P>::new(zoo(field, 2));
    (world.model.commitment.queries, world.model.commitment.grinding) = (1, 0);
    let case = Case::new(&world, world.plain());
    let lie = world.zoo.changed(&|id, cells| {
        if id == Y {
            cells[0] += 1
        }
    });
    assert_eq!(case.run(&lie, &mut Honest).1, Some("bits"));
    let (proof, broken) = replay::<P>(&case.session, &world.model, None, &refs(&lie), b"entropy").unwrap();
    assert!(!broken.is_empty());
    let bundle = world.bundle(&case.sealed, proof.bytes);
    assert!(matches!(below(&bundle, 0.0), Err(VerifyError::Finish(_))), "no query is needed to see this lie");
}

/// Another height, rate or width than the columns have, sealed into the statement.
fn shapes<P: FieldPair>(field: FieldId) {
    let world = World::<P>::new(zoo(field, 2));
    let (plain, bundle) = world.prove(world.plain());
    let sealed_with = |change: &dyn Fn(&mut affidavit_plan::Commitment)| {
        let mut commitment = world.model.commitment.clone();
        change(&mut commitment);
        let mut statement = plain.clone();
        statement.model = commitment.digest();
        let layout = crate::common::bundle::layout_digest(&world.zoo.plan, &statement, &commitment, None);
        statement.layout = layout.unwrap_or_default();
        Bundle { statement: statement.encode(), model: commitment.encode(), ..bundle.clone() }.refusal()
    };
    let honest = &world.model.commitment;
    assert_eq!(honest.log_rows, 12, "the least height, so that one less is out of bounds");
    assert_eq!(sealed_with(&|c| c.log_rows = 11), "circuit");
    assert_eq!(sealed_with(&|c| c.log_rows = 21), "circuit");
    // A larger u is then expected than the proof has: it is read from what follows, and the end is missing or false.
    assert!(["malformed", "finish"].contains(&sealed_with(&|c| c.log_rows = 13)));
    for blowup in [0, 1, 3] {
        assert_eq!(sealed_with(&|c| c.log_blowup = blowup), "circuit");
    }
    assert_eq!(sealed_with(&|c| c.queries = 0), "circuit");
    assert_eq!(sealed_with(&|c| c.grinding = 21), "circuit", "work that counts for no more than 20 bits");
    assert_eq!(sealed_with(&|c| c.columns += 1), "circuit");
    assert_eq!(sealed_with(&|c| (c.role, c.batch) = (Role::Input, 2)), "mismatch");
    let other = if field == FieldId::KoalaBear { FieldId::Goldilocks } else { FieldId::KoalaBear };
    assert_eq!(sealed_with(&|c| c.field = other), "mismatch");
}

#[test]
fn rows_are_neither_missing_nor_repeated() {
    rows::<KoalaBearPair>(FieldId::KoalaBear);
    rows::<GoldilocksPair>(FieldId::Goldilocks);
}

#[test]
fn a_commitment_that_asks_for_less_proves_less() {
    downgraded::<KoalaBearPair>(FieldId::KoalaBear);
    downgraded::<GoldilocksPair>(FieldId::Goldilocks);
}

#[test]
fn another_shape_or_field_is_refused() {
    shapes::<KoalaBearPair>(FieldId::KoalaBear);
    shapes::<GoldilocksPair>(FieldId::Goldilocks);
}
