//! The traps of the protocol that a whole proof shows; `attacks/README.md` lists all of them with their tests.

use crate::common::bundle::{Bundle, World, refs};
use crate::common::case::{Case, names};
use crate::common::sections::{Part, positions, sections};
use crate::common::zoo::{Zoo, zoo};
use affidavit_algebra::{FieldPair, GoldilocksPair, KoalaBearPair, k_from_bytes};
use affidavit_commit::OpenedRows;
use affidavit_hiding::ShapeError;
use affidavit_plan::*;
use affidavit_protocol::{ProtocolError, Session, SessionError, count};
use affidavit_prover::{Deviation, Honest, ProveError, replay_with};
use affidavit_relations::{Circuit, CircuitError, Fresh, Kind, Layout, Oracle, OracleLayout, OracleShape};
use p3_field::{BasedVectorSpace, PrimeCharacteristicRing, PrimeField64};
use std::collections::{BTreeMap, BTreeSet};

/// Notes the true values of all scalars.
struct Record<K>(Vec<K>);

impl<P: FieldPair> Deviation<P> for Record<P::K> {
    fn scalar(&mut self, _: usize, _: &'static str, value: P::K) -> P::K {
        self.0.push(value);
        value
    }
}

/// True values and what was sent for them, by label.
fn recorded<P: FieldPair>(case: &Case<'_, P>, entropy: &[u8]) -> (Vec<(&'static str, P::K, P::K)>, Bundle) {
    let mut record = Record(vec![]);
    let witness = case.world.zoo.witness();
    let input = case.world.input_of(&case.sealed);
    let (proof, broken) =
        replay_with::<P>(&case.session, &case.world.model, input, &refs(&witness), entropy, &mut record).unwrap();
    assert!(broken.is_empty());
    let bundle = case.world.bundle(&case.sealed, proof.bytes);
    let report = bundle.verify().unwrap();
    let sent = sections::<P>(&case.session, &bundle.proof).0.into_iter().filter_map(|(part, range)| match part {
        Part::Scalar(label) => Some((label, k_from_bytes::<P>(&bundle.proof[range]).unwrap())),
        _ => None,
    });
    let list: Vec<_> = sent.zip(&record.0).map(|((label, sent), &value)| (label, value, sent)).collect();
    // The dry run, the prover and the verifier agree on the number of pads.
    let counted = count::<P>(&case.session.circuit, &case.session.layout).unwrap();
    assert_eq!([counted.scalars, report.scalars, record.0.len()], [list.len(); 3]);
    assert_eq!(counted.pairs.len(), report.products);
    (list, bundle)
}

/// No scalar goes out in clear, the root denominator and its inverse among them; no pad serves twice, not even in two
/// proofs of one statement, nor where the entropy repeats but the statement or the witness does not.
fn pads<P: FieldPair>(field: FieldId) {
    let world = World::<P>::new(zoo(field, 2));
    let case = Case::new(&world, world.full());
    let mut noted = world.full();
    noted.context.nonce.push(9);
    let noted = Case::new(&world, noted);
    let runs = [
        recorded(&case, b"first"),
        recorded(&case, b"second"),
        recorded(&noted, b"first"),
        recorded(&noted, b"second"),
    ];
    let (mut seen, mut total) = (BTreeSet::new(), 0);
    for (list, _) in &runs {
        for label in ["root denominator", "root inverse", "root fraction", "layer end", "mask value", "oracle value"] {
            assert!(list.iter().any(|s| s.0 == label), "{label}");
        }
        for (label, value, sent) in list {
            assert_ne!(value, sent, "{label} in clear");
            let pad = *sent - *value;
            let coordinates: &[P::F] = pad.as_basis_coefficients_slice();
            assert!(coordinates.iter().all(|c| *c != P::F::ZERO), "a pad over F alone");
            seen.insert(coordinates.iter().map(|c| c.as_canonical_u64()).collect::<Vec<_>>());
            total += 1;
        }
        let value_of = |label| list.iter().find(|s| s.0 == label).unwrap().1;
        assert_eq!(value_of("root denominator") * value_of("root inverse"), P::K::ONE);
    }
    assert_eq!(seen.len(), total, "a pad was used twice");
    // Same statement, other entropy: every message is new; only the persistent rows can repeat.
    let (a, b) = (&runs[0].1, &runs[1].1);
    let (parts, _) = sections::<P>(&case.session, &a.proof);
    for (part, range) in parts.iter().take_while(|(part, _)| *part != Part::QueryNonce) {
        if *part != Part::LookupNonce {
            assert_ne!(a.proof[range.clone()], b.proof[range.clone()], "{part:?} repeats");
        }
    }
    persistent_rows_repeat::<P>(&case.session, a, b);
}

/// One opening per oracle and proof; two proofs open the same persistent codeword but another fresh one. The mask differs
/// at every common position, so two openings cannot cancel it.
fn persistent_rows_repeat<P: FieldPair>(session: &Session, a: &Bundle, b: &Bundle) {
    let open = |bundle: &Bundle| -> BTreeMap<Oracle, BTreeMap<usize, Vec<P::F>>> {
        let (parts, _) = sections::<P>(session, &bundle.proof);
        let positions = positions::<P>(session, &bundle.proof);
        let shape = &session.layout.shape;
        let rows = |oracle: Oracle| {
            let ranges: Vec<_> = parts.iter().filter(|(p, _)| *p == Part::Rows(oracle)).collect();
            assert_eq!(ranges.len(), 1, "exactly one opening of {oracle:?}");
            let width = ranges[0].1.len() / P::F_BYTES / positions.len();
            let mut rest = &bundle.proof[ranges[0].1.start..];
            let log_n = shape.log_rows + shape.log_blowup;
            let opened = OpenedRows::<P>::read(&mut rest, &positions, width, log_n).unwrap();
            positions.iter().copied().zip(opened.rows).collect()
        };
        [Oracle::Model, Oracle::Input, Oracle::Fresh].map(|o| (o, rows(o))).into_iter().collect()
    };
    let (first, second) = (open(a), open(b));
    let mut common = 0;
    for (position, row) in &first[&Oracle::Model] {
        let Some(other) = second[&Oracle::Model].get(position) else { continue };
        common += 1;
        assert_eq!(row, other);
        assert_eq!(first[&Oracle::Input][position], second[&Oracle::Input][position]);
        let (mine, theirs) = (&first[&Oracle::Fresh][position], &second[&Oracle::Fresh][position]);
        // The mask's columns follow the witness columns.
        let at = session.layout.fresh.columns;
        assert_ne!(mine[at..at + P::DEGREE], theirs[at..at + P::DEGREE], "the mask column was reused");
    }
    assert!(common > 0, "166 of 2^14 positions twice: some in common");
}

/// Positions follow from every message before them, the last one and its proof-of-work included.
fn positions_come_last<P: FieldPair>(field: FieldId) {
    let world = World::<P>::new(zoo(field, 2));
    let (_, bundle) = world.prove(world.full());
    let session = bundle.session();
    let honest = positions::<P>(&session, &bundle.proof);
    let (parts, _) = sections::<P>(&session, &bundle.proof);
    let mut messages = 0;
    for (part, range) in &parts {
        let opened = matches!(part, Part::Rows(_) | Part::Salts(_) | Part::Siblings(_));
        // A low byte of the part's last element: still canonical unless it was p − 1.
        let at = if *part == Part::QueryNonce { range.start } else { range.end - if opened { 1 } else { P::F_BYTES } };
        let mut proof = bundle.proof.clone();
        proof[at.min(range.end - 1)] ^= 1;
        if opened {
            assert_eq!(positions::<P>(&session, &proof), honest, "{part:?}");
        } else {
            assert_ne!(positions::<P>(&session, &proof), honest, "{part:?} is not bound");
            messages += 1;
        }
    }
    assert!(messages > 100);
    let distinct: BTreeSet<_> = honest.iter().collect();
    assert_eq!(distinct.len(), honest.len());
    assert!(honest.iter().any(|p| p >> (session.layout.shape.log_rows) != 0), "positions range over the full domain");
}

/// The first challenge depends on everything public: plan, parameters, statement, commitments, input.
fn everything_public_is_absorbed<P: FieldPair>(field: FieldId) {
    let world = World::<P>::new(zoo(field, 2));
    type Change = Box<dyn Fn(&mut Plan, &mut Statement, &mut Commitment, &mut Commitment)>;
    let mut changes: Vec<Change> = vec![
        Box::new(|_, _, _, _| ()),
        Box::new(|p, _, _, _| p.name.push('x')),
        Box::new(|p, _, _, _| p.tables[0].values[7] += 1),
        Box::new(|p, _, _, _| p.relations.truncate(p.relations.len() - 1)),
        Box::new(|_, s, _, _| s.inputs[0] = InputClaim::Public { values: vec![1; 12] }),
        Box::new(|_, s, _, _| s.inputs[0] = InputClaim::Public { values: vec![2; 12] }),
        Box::new(|_, s, _, _| s.context.policy.push('x')),
        Box::new(|_, s, _, _| s.batch += 1),
        Box::new(|_, _, m, _| m.queries += 1),
        Box::new(|_, _, m, _| m.grinding += 1),
        Box::new(|_, _, m, _| m.pads += 1),
        Box::new(|_, _, m, _| m.root[5] ^= 1),
    ];
    let plain = changes.len();
    changes.push(Box::new(|_, s, _, _| s.outputs.clear()));
    changes.push(Box::new(|_, _, _, i| i.root[5] ^= 1));
    changes.push(Box::new(|_, s, _, _| s.input_commitment.as_mut().unwrap().expiry += 1));
    changes.push(Box::new(|_, s, _, _| s.input_commitment.as_mut().unwrap().issuer = None));
    let mut seen = BTreeSet::new();
    for (index, change) in changes.iter().enumerate() {
        let mut plan = world.zoo.plan.clone();
        let (mut model, mut input) = (world.model.commitment.clone(), world.input.commitment.clone());
        let mut statement = if index < plain { world.plain() } else { world.full() };
        change(&mut plan, &mut statement, &mut model, &mut input);
        model.subject = plan.digest();
        (statement.plan, statement.model) = (plan.digest(), model.digest());
        let input = statement.input_commitment.as_mut().map(|claimed| {
            claimed.commitment = input.digest();
            input.encode()
        });
        let open =
            Session::open(&plan.encode(), &statement.encode(), &model.encode(), input.as_deref(), false).unwrap();
        seen.insert(open.transcript().challenge_positions("test", 8, 60));
    }
    assert_eq!(seen.len(), changes.len());
}

fn bare_layout() -> Layout {
    Layout {
        shape: OracleShape { log_rows: 12, log_blowup: 2, queries: 10, grinding: 0, pads: 20 },
        model: OracleLayout { columns: 1, chunks: vec![] },
        second: None,
        fresh: OracleLayout { columns: 1, chunks: vec![] },
        second_pads: 0,
        digest: [0; 32],
    }
}

/// A claim that no stage discharges fails the dry run of both sides: here operands come after their Contract.
#[test]
fn a_claim_that_is_never_discharged() {
    let sum = |a| Kind::Contract { out: vec![], a, a_labels: vec![0], b: None, b_labels: vec![] };
    let square = |a| Kind::Contract { out: vec![0], a, a_labels: vec![0], b: Some(a), b_labels: vec![0] };
    let witness = || Kind::Fresh(Fresh::Witness);
    let count_of = |tensors: [(Kind, Vec<usize>); 4], zero: usize| {
        let mut circuit = Circuit::default();
        for (kind, dims) in tensors {
            circuit.push("t", false, dims, kind);
        }
        circuit.zeros.push(("zero".into(), zero));
        count::<KoalaBearPair>(&circuit, &bare_layout())
    };
    let cells = || vec![4];
    let ordered = [(witness(), cells()), (square(0), cells()), (square(1), cells()), (sum(2), vec![])];
    assert_eq!(count_of(ordered, 3).map(|c| c.counts.stages), Ok(3));
    let reversed = [(sum(1), vec![]), (square(2), cells()), (square(3), cells()), (witness(), cells())];
    assert_eq!(count_of(reversed, 0), Err(ProtocolError::Internal("a claim was never discharged")));
}

/// More scalars than the columns can mask: the prover stops before it sends one.
#[test]
fn a_run_that_its_pads_cannot_cover() {
    let scalars = 5000;
    let refused = affidavit_hiding::FinishShape::new(scalars, vec![], 166, 1 << 12);
    assert_eq!(refused, Err(ShapeError::PadVector { length: scalars + 166, max_len: 1 << 12 }));
    // As an error of a prover: a plan with so many claims that their pads exceed a column of 2^12.
    let mut small = zoo(FieldId::KoalaBear, 1);
    let first = small.plan.tensors.len() as u32;
    for i in 0..4200 {
        let part = ViewPart { src: 9, box_offset: vec![], box_shape: vec![], src_offset: i % 4, src_strides: vec![] };
        let kind = TensorKind::View { parts: vec![part] };
        small.plan.tensors.push(Tensor { name: "v".into(), batched: true, dims: vec![], scale: 0, kind });
        small.plan.relations.push(Relation::Range { tensor: first + i as u32, lo: 0, bits: 8 });
    }
    let world = World::<KoalaBearPair>::new(small);
    let case = Case::new(&world, world.plain());
    let witness = world.zoo.witness();
    let refused =
        replay_with::<KoalaBearPair>(&case.session, &world.model, None, &refs(&witness), b"entropy", &mut Honest);
    assert!(matches!(refused.err(), Some(ProveError::Shape(ShapeError::PadVector { .. }))));
    let empty = world.bundle(&case.sealed, vec![0; 1 << 20]);
    assert!(["shape", "finish"].contains(&empty.refusal()), "{}", empty.refusal());
}

/// Multiplicities count at most one per leaf: a tree has at most 2^27 leaves, far below both p. More is refused.
#[test]
fn multiplicities_cannot_wrap() {
    const MOST: u64 = 1 << 27;
    const { assert!(MOST < KoalaBearPair::P && MOST < GoldilocksPair::P) };
    let world = World::<KoalaBearPair>::new(zoo(FieldId::KoalaBear, 1));
    let open = |batch: u32| {
        let statement = Statement { batch, ..world.plain() };
        let model = world.model.commitment.encode();
        Session::open(&world.zoo.plan.encode(), &statement.encode(), &model, None, false)
    };
    let leaves = open(1 << 12).unwrap().circuit.log_leaves();
    assert!((1u64 << leaves) <= MOST);
    let refused = open(1 << 20).unwrap_err().error;
    assert!(
        matches!(refused, SessionError::Circuit(CircuitError::TooLarge { what: "the lookup tree", limit: 27, .. })),
        "{refused}"
    );
}

/// An input of the table's domain [5, 20], in a batch of three: the fourth, padded row has x = 0 outside of it.
fn narrow_table(field: FieldId) -> Zoo {
    let tensor = |name: &str, kind| Tensor { name: name.into(), batched: true, dims: vec![3], scale: 0, kind };
    let y = TensorKind::Fresh { lo: 1, hi: 100, hint: Hint::Table { src: 0, table: 0 } };
    let weight = TensorKind::Model { lo: 0, hi: 1 };
    let port = |name: &str, tensor| Port { name: name.into(), tensor, shape: vec![3], scale: 0 };
    let plan = Plan {
        field,
        name: "narrow".into(),
        tables: vec![Table { in_lo: 5, log_size: 4, values: (0..16).map(|v| 1 + (v * v) % 100).collect() }],
        tensors: vec![
            tensor("x", TensorKind::Input { lo: 5, hi: 20, index: 0 }),
            tensor("y", y),
            Tensor { name: "w".into(), batched: false, dims: vec![1], scale: 0, kind: weight },
        ],
        relations: vec![Relation::Table { x: 0, y: 1, table: 0 }],
        inputs: vec![port("x", 0)],
        outputs: vec![port("y", 1)],
    };
    Zoo { plan, model: vec![vec![1]], inputs: vec![vec![5, 20, 9, 10, 7, 19, 6, 5, 20]], batch: 3 }
}

/// Padding passes where a tensor has none of its cells, and admits nothing where it has: 0, the value of padding, and
/// the neighbours of the table's ends, each with the y of padding and of the nearest entry.
fn padding_admits_nothing<P: FieldPair>(field: FieldId) {
    let world = World::<P>::new(narrow_table(field));
    let statement = Statement { inputs: vec![InputClaim::Unbound], ..world.plain() };
    world.prove(statement.clone());
    let case = Case::new(&world, statement);
    for (x, y) in [(0, 0), (0, 1), (4, 0), (4, 1), (21, 0), (21, 26), (-1, 0), (5, 0), (20, 0), (1 << 20, 0)] {
        for cell in [0, 2, 8] {
            let mut witness = world.zoo.witness();
            witness.get_mut(&0).unwrap()[cell] = x;
            witness.get_mut(&1).unwrap()[cell] = y;
            case.caught(&format!("({x}, {y}) at {cell}"), &witness, &mut Honest, &["table:y", "lookup sum"]);
        }
    }
    assert_eq!(case.run(&world.zoo.witness(), &mut Honest), (names(&[]), None));
}

/// An end with an equality weight and two operands is cubic: three values a round, each constrained (see `corruptors`).
#[test]
fn three_factor_ends_send_one_value_more() {
    let contract = |weighted: bool| {
        let mut circuit = Circuit::default();
        let w = circuit.push("w", false, vec![8], Kind::Fresh(Fresh::Witness));
        let labels = vec![0];
        let (out, dims) = if weighted { (labels.clone(), vec![8]) } else { (vec![], vec![]) };
        let kind = Kind::Contract { out, a: w, a_labels: labels.clone(), b: Some(w), b_labels: labels };
        let product = circuit.push("product", false, dims, kind);
        circuit.zeros.push(("zero".into(), product));
        count::<KoalaBearPair>(&circuit, &bare_layout()).unwrap().scalars
    };
    // Three summed variables either way.
    assert_eq!(contract(true) - contract(false), 3);
}

/// What is uniform by design looks uniform at real sizes: sixteen bins, χ² with 15 degrees of freedom.
fn uniform<P: FieldPair>(field: FieldId) {
    let world = World::<P>::new(zoo(field, 2));
    let (_, bundle) = world.prove(world.full());
    let (parts, _) = sections::<P>(&bundle.session(), &bundle.proof);
    for wanted in [Part::U, Part::XH, Part::XY, Part::Phi] {
        let (_, range) = parts.iter().find(|(part, _)| *part == wanted).unwrap();
        let mut bins = [0f64; 16];
        let mut count = 0f64;
        for cell in bundle.proof[range.clone()].chunks(P::F_BYTES) {
            let mut word = [0; 8];
            word[..P::F_BYTES].copy_from_slice(cell);
            bins[(u128::from(u64::from_le_bytes(word)) * 16 / u128::from(P::P)) as usize] += 1.0;
            count += 1.0;
        }
        let expected = count / 16.0;
        let chi2: f64 = bins.iter().map(|b| (b - expected).powi(2) / expected).sum();
        // Beyond 10^-6.
        assert!(chi2 < 60.0 && count > 500.0, "{wanted:?}: χ² {chi2}");
    }
}

fn all<P: FieldPair>(field: FieldId) {
    pads::<P>(field);
    positions_come_last::<P>(field);
    everything_public_is_absorbed::<P>(field);
    padding_admits_nothing::<P>(field);
    uniform::<P>(field);
}

#[test]
fn koalabear() {
    all::<KoalaBearPair>(FieldId::KoalaBear);
}

#[test]
fn goldilocks() {
    all::<GoldilocksPair>(FieldId::Goldilocks);
}
