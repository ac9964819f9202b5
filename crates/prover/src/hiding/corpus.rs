//! Proofs of two witnesses that one verifier could not tell apart, as features for the statistical test
//! (`make distinguish`, folder `distinguish/`); and proofs of a prover with a planted leak, which must be told apart.
//!
//! Honest samples come from [`crate::prove`]. A planted leak exists only here: the harness, which tests alone build.

use super::harness::{Case, Challenges, PadFlaw, Store, columns, prove};
use super::messages::{Labels, Messages, Record};
use super::product::{draws, finish_draws, store};
use crate::persistent::{Persistent, commit_input, commit_model};
use crate::random::derive;
use affidavit_algebra::{FieldPair, GoldilocksPair, KoalaBearPair};
use affidavit_plan::{CommittedInput, FieldId, InputClaim, Plan, Statement, TensorKind, schema_of};
use affidavit_protocol::{Session, count};
use affidavit_relations::{Kind, Layout, Oracle};
use affidavit_transcript::Transcript;
use p3_field::{Field, PrimeCharacteristicRing, TwoAdicField};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

type Tensors = BTreeMap<usize, Vec<i64>>;

/// A leak that the statistical test must find.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Leak {
    None,
    /// The first round of the first stage has no pad.
    ClearScalar,
    /// The second scalar of a stage has the first one's pad.
    SharedPad,
    /// Pads are smaller than p/2.
    HalfPads,
    /// Eight cells of the mask column are zero.
    MaskCells,
    /// The lowest bit of a witness cell is the lowest bit of the first salt.
    SaltBit,
    /// One opening more than the model's pads allow.
    PastBudget,
}

const LEAKS: [Leak; 7] =
    [Leak::None, Leak::ClearScalar, Leak::SharedPad, Leak::HalfPads, Leak::MaskCells, Leak::SaltBit, Leak::PastBudget];

/// A plan, a statement without digests, and two classes of tensors.
struct Pair {
    plan: Plan,
    statement: Statement,
    classes: [Tensors; 2],
}

fn read_tensors(path: &Path) -> Tensors {
    let bytes = std::fs::read(path).unwrap();
    let words: Vec<i64> = bytes.chunks(8).map(|c| i64::from_le_bytes(c.try_into().unwrap())).collect();
    let (mut rest, mut all) = (words.as_slice(), Tensors::new());
    while let [id, len, tail @ ..] = rest {
        let (cells, next) = tail.split_at(*len as usize);
        all.insert(*id as usize, cells.to_vec());
        rest = next;
    }
    all
}

impl Pair {
    fn read(folder: &Path) -> Self {
        let bytes = |name: &str| std::fs::read(folder.join(name)).unwrap();
        let plan = Plan::decode(&bytes("plan")).unwrap();
        let statement = Statement::decode(&bytes("statement")).unwrap();
        Self { plan, statement, classes: ["class0", "class1"].map(|name| read_tensors(&folder.join(name))) }
    }

    fn of_kind(&self, class: usize, wanted: impl Fn(&TensorKind) -> bool) -> Vec<Vec<i64>> {
        let ids = (0..self.plan.tensors.len()).filter(|&id| wanted(&self.plan.tensors[id].kind));
        ids.map(|id| self.classes[class][&id].clone()).collect()
    }

    /// Commitments and a session for one class; `uses` counts beyond the two reserved openings.
    fn commit<P: FieldPair>(
        &self,
        class: usize,
        uses: usize,
        seed: u64,
    ) -> (Session, Persistent<P>, Option<Persistent<P>>) {
        let key = |part: u8| derive("corpus", &[&seed.to_le_bytes(), &std::process::id().to_le_bytes(), &[part]]);
        let weights = self.of_kind(class, |k| matches!(k, TensorKind::Model { .. }));
        let model = commit_model::<P>(&self.plan, &weights, uses, key(0)).unwrap();
        let mut statement = self.statement.clone();
        statement.model = model.commitment.digest();
        let mut input = None;
        if statement.inputs.contains(&InputClaim::Committed) {
            let schema = schema_of(&self.plan, &model.commitment).unwrap();
            let cells = self.of_kind(class, |k| matches!(k, TensorKind::Input { .. }));
            let committed = commit_input::<P>(&schema, statement.batch as usize, &cells, key(1)).unwrap();
            let (commitment, schema) = (committed.commitment.digest(), schema.digest());
            statement.input_commitment =
                Some(CommittedInput { commitment, schema, issuer: None, records: vec![], expiry: 0 });
            input = Some(committed);
        }
        let input_bytes = input.as_ref().map(|i| i.commitment.encode());
        let open = |statement: &Statement, check| {
            let bytes = statement.encode();
            Session::open(&self.plan.encode(), &bytes, &model.commitment.encode(), input_bytes.as_deref(), check)
        };
        statement.layout = open(&statement, false).unwrap().layout.digest;
        (open(&statement, true).unwrap(), model, input)
    }

    /// An oracle as somebody who guesses the class knows it: its cells, and nothing of its pads.
    fn guessed<P: FieldPair>(&self, session: &Session, class: usize, oracle: Oracle) -> Option<Store<P>> {
        let layout = &session.layout;
        let (placed, pads) = match oracle {
            Oracle::Model => (&layout.model, layout.shape.pads),
            _ => (&layout.second.as_ref()?.1, layout.second_pads),
        };
        let field = |id: &usize| -> Vec<P::F> { self.classes[class][id].iter().map(|&x| P::F::from_i64(x)).collect() };
        let ids: Vec<usize> = (0..session.circuit.tensors.len())
            .filter(|&id| session.circuit.tensors[id].kind == Kind::Committed(oracle))
            .collect();
        let none = vec![P::F::ZERO; placed.columns * pads];
        let tensor = |id: usize| (session.circuit.tensors[id].dims.clone(), field(&id));
        let columns = columns::<P>(placed, layout.shape.log_rows, &none, tensor);
        Some(Store { cells: ids.iter().map(field).collect(), columns })
    }

    fn differing_parity(&self) -> (usize, usize) {
        let [a, b] = &self.classes;
        let found = a.iter().find_map(|(id, cells)| {
            let at = cells.iter().zip(&b[id]).position(|(x, y)| (x ^ y) & 1 == 1)?;
            Some((*id, at))
        });
        found.expect("two classes that differ in a lowest bit")
    }
}

/// Adds what a sample shows to somebody who knows both candidate witnesses.
struct Sample<'a, P: FieldPair> {
    pair: &'a Pair,
    leak: Leak,
    class: usize,
    record: Record,
    /// Opened cells of the model's first column, by position.
    opened: BTreeMap<usize, P::F>,
}

impl<P: FieldPair> Sample<'_, P> {
    fn make(pair: &Pair, leak: Leak, class: usize, seed: u64) -> Record {
        let mut sample = Sample { pair, leak, class, record: Record::default(), opened: BTreeMap::new() };
        // Pads for two openings: incoming and outgoing.
        let (session, model, input) = pair.commit::<P>(class, 0, seed);
        let openings = if leak == Leak::PastBudget { 3 } else { 2 };
        for opening in 0..openings {
            let witness: BTreeMap<usize, &[i64]> =
                pair.classes[class].iter().map(|(&id, cells)| (id, cells.as_slice())).collect();
            let (messages, shape) = match leak {
                Leak::None | Leak::PastBudget => {
                    let entropy = [seed.to_le_bytes(), [opening; 8]].concat();
                    let started = std::time::Instant::now();
                    let proof = crate::prove::<P>(&session, &model, input.as_ref(), &witness, &entropy).unwrap();
                    let seconds = started.elapsed().as_secs_f64();
                    Messages::read(&session, &proof.bytes, seconds, &proof.timings)
                }
                _ => sample.planted(&session, &model, input.as_ref(), seed ^ u64::from(opening) << 60),
            };
            for (&position, row) in
                messages.positions.iter().zip(messages.base_rows[0].chunks(session.layout.model.columns))
            {
                sample.opened.insert(position, row[0]);
            }
            if opening + 1 == openings {
                messages.features(&session, &mut sample.record);
                sample.candidates(&session, &messages, &shape);
            }
        }
        sample.record
    }

    /// A proof whose prover leaks.
    fn planted(
        &self,
        session: &Session,
        model: &Persistent<P>,
        input: Option<&Persistent<P>>,
        seed: u64,
    ) -> (Messages<P>, affidavit_hiding::FinishShape) {
        let key = derive("planted", &[&seed.to_le_bytes(), &std::process::id().to_le_bytes()]);
        let (stored, stored_input) = (store(model), input.map(store));
        let case = Case {
            circuit: &session.circuit,
            layout: &session.layout,
            model: &stored,
            input: stored_input.as_ref(),
            witness: &self.pair.classes[self.class],
        };
        let counted = count::<P>(&session.circuit, &session.layout).unwrap();
        let shape = affidavit_hiding::FinishShape::new(
            counted.scalars,
            counted.pairs,
            session.layout.shape.queries,
            1 << session.layout.shape.log_rows,
        )
        .unwrap();
        let (masked, mut draws) = draws::<P>(session, shape.scalars(), finish_draws(&shape), &key);
        let first = session.layout.fresh.chunks[0].offset;
        if self.leak == Leak::MaskCells {
            draws.mask[first..first + 8].fill(P::K::ZERO);
        }
        let mut labels = Labels(vec![]);
        affidavit_protocol::run::<P, _>(&session.circuit, &session.layout, &mut labels).unwrap();
        let stage = labels.0.iter().position(|label| *label == "stage round").unwrap();
        let flaw = match self.leak {
            Leak::ClearScalar => PadFlaw::Clear(stage),
            Leak::SharedPad => PadFlaw::Shared(stage, stage + 1),
            Leak::HalfPads => PadFlaw::Half,
            _ => PadFlaw::None,
        };
        let root = derive("root", &[&key]);
        let mut transcript = session.transcript();
        transcript.absorb("fresh root", &root);
        let mut positions = vec![];
        let sent = prove(&case, &draws, masked, flaw, &mut transcript, |transcript| {
            positions = session.query_positions(transcript);
            positions.clone()
        });
        assert!(sent.violated.is_empty());
        let mut messages = Messages::from_sent(session, sent, positions, &root, &key);
        if self.leak == Leak::SaltBit {
            let (id, at) = self.pair.differing_parity();
            let bit = (self.pair.classes[self.class][&id][at] & 1) as u8;
            messages.salts[0][0] = messages.salts[0][0] & !1 | bit;
        }
        (messages, shape)
    }

    /// For each class that the witness could be of, what its values leave of the masks: pads and μ, if the guess is right.
    fn candidates(&mut self, session: &Session, messages: &Messages<P>, shape: &affidavit_hiding::FinishShape) {
        for guess in 0..2 {
            let model = self.pair.guessed::<P>(session, guess, Oracle::Model).unwrap();
            let input = self.pair.guessed::<P>(session, guess, Oracle::Input);
            let case = Case {
                circuit: &session.circuit,
                layout: &session.layout,
                model: &model,
                input: input.as_ref(),
                witness: &self.pair.classes[guess],
            };
            let (_, mut draws) = draws::<P>(session, shape.scalars(), finish_draws(shape), &[0; 32]);
            draws.mask.fill(P::K::ZERO);
            draws.fresh.fill(P::F::ZERO);
            let mut transcript = Replayed { transcript: messages.transcript(session), u: &messages.u };
            let masked = messages.masked.clone();
            let sent = prove(&case, &draws, masked, PadFlaw::None, &mut transcript, |_| vec![]);
            messages.guess(guess, &sent, &mut self.record);
            let broken = self.over_determined(&session.layout, &model);
            self.record.push("candidate budget", format!("guess {guess}"), broken);
        }
    }

    /// 1 if the opened cells of the model's first column are more than its pads and those of a column that starts with
    /// the guessed cells; −1 if they are more and are not; 0 as long as any guess would fit.
    fn over_determined(&self, layout: &Layout, guessed: &Store<P>) -> f64 {
        let pads = layout.shape.pads;
        if self.opened.len() <= pads {
            return 0.0;
        }
        let rows = 1usize << layout.shape.log_rows;
        let omega = P::F::two_adic_generator(layout.shape.log_rows + layout.shape.log_blowup);
        let points: Vec<(P::F, P::F)> = self
            .opened
            .iter()
            .take(pads + 1)
            .map(|(&i, &cell)| {
                let x = omega.exp_u64(i as u64);
                let known = guessed.columns[0].iter().rev().fold(P::F::ZERO, |sum, &c| sum * x + c);
                (x, (cell - known) * x.exp_u64((rows - pads) as u64).inverse())
            })
            .collect();
        // Σ y_i / Π_{j≠i} (x_i − x_j) over pads + 1 points is zero exactly for polynomials with at most `pads` coefficients.
        let top: P::F = points
            .iter()
            .enumerate()
            .map(|(i, &(x, y))| {
                let others = points.iter().enumerate().filter(|(j, _)| *j != i);
                y * others.map(|(_, &(z, _))| x - z).product::<P::F>().inverse()
            })
            .sum();
        if top == P::F::ZERO { 1.0 } else { -1.0 }
    }
}

/// A proof's own transcript: a guess sends what was sent, u included.
struct Replayed<'a, P: FieldPair> {
    transcript: Transcript,
    u: &'a [P::K],
}

impl<P: FieldPair> Challenges<P> for Replayed<'_, P> {
    fn absorb(&mut self, label: &'static str, values: &[P::K]) {
        let values = if label == "opening" { self.u } else { values };
        self.transcript.absorb_k::<P>(label, values);
    }

    fn challenge(&mut self, label: &'static str) -> P::K {
        self.transcript.challenge_k::<P>(label)
    }

    fn nonzero(&mut self, label: &'static str) -> P::K {
        self.transcript.challenge_k_nonzero::<P>(label)
    }
}

/// Writes one folder per case and leak: `labels` (u8), `features` (f64, row by row), `names`.
#[test]
#[ignore = "writes a corpus; run by make distinguish"]
fn corpus() {
    // Where all ignored tests run, there is no folder of cases and nothing to write.
    let Some(folder) = std::env::var_os("AFFIDAVIT_CORPUS") else { return };
    let samples: u64 = std::env::var("AFFIDAVIT_SAMPLES").map_or(200, |n| n.parse().unwrap());
    let mut cases: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.sort();
    let mut number = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap().as_nanos() as u64;
    for case in cases {
        let pair = Pair::read(&case);
        let wanted = std::fs::read_to_string(case.join("leaks")).unwrap();
        for leak in LEAKS.into_iter().filter(|leak| wanted.contains(&format!("{leak:?}"))) {
            let (mut labels, mut features, mut names) = (Vec::new(), Vec::new(), BTreeSet::new());
            for _ in 0..samples {
                number += 1;
                // The class is a fair coin, so that whatever drifts over the run drifts for both.
                let class = usize::from(derive("class", &[&number.to_le_bytes()])[0] & 1);
                let record = match pair.plan.field {
                    FieldId::KoalaBear => Sample::<KoalaBearPair>::make(&pair, leak, class, number),
                    FieldId::Goldilocks => Sample::<GoldilocksPair>::make(&pair, leak, class, number),
                };
                labels.push(class as u8);
                names.insert(record.names.join("\n"));
                record.values.iter().for_each(|v| features.extend(v.to_le_bytes()));
            }
            assert_eq!(names.len(), 1, "the shape of a proof does not depend on its witness");
            let out = case.join(format!("{leak:?}"));
            std::fs::create_dir_all(&out).unwrap();
            std::fs::write(out.join("labels"), labels).unwrap();
            std::fs::write(out.join("features"), features).unwrap();
            std::fs::write(out.join("names"), names.into_iter().next().unwrap()).unwrap();
        }
    }
}
