//! One proof from given draws, masked scalars and challenges.

use crate::columns::fill;
use crate::random::Stream;
use crate::side::Side;
use crate::values::Values;
use affidavit_algebra::{FieldPair, random_k};
use affidavit_hiding::{
    COLUMNS, Combination, Expr, FinishDomain, FinishShape, Response, RowCheck, Secrets, TwoAdicDomain,
};
use affidavit_protocol::{Context, ProtocolError, ProverSide, count, run};
use affidavit_relations::{Circuit, Layout, OracleLayout};
use affidavit_transcript::Transcript;
use p3_field::{BasedVectorSpace, PrimeCharacteristicRing, PrimeField64};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Where the challenges of a proof come from.
pub trait Challenges<P: FieldPair> {
    fn absorb(&mut self, label: &'static str, values: &[P::K]);
    fn challenge(&mut self, label: &'static str) -> P::K;
    fn nonzero(&mut self, label: &'static str) -> P::K;
}

/// A deterministic 64-bit generator (SplitMix64), for choosing test data and challenges.
#[derive(Clone)]
pub struct Words(pub u64);

impl Words {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn k<P: FieldPair>(&mut self) -> P::K {
        random_k::<P>(&mut || self.next())
    }

    pub fn f<P: FieldPair>(&mut self) -> P::F {
        affidavit_algebra::random_f::<P>(&mut || self.next())
    }
}

/// The same challenges whatever is sent: a proof for fixed challenges. A real one is 0 or 1 with probability 2/|K|.
impl<P: FieldPair> Challenges<P> for Words {
    fn absorb(&mut self, _: &'static str, _: &[P::K]) {}

    fn challenge(&mut self, _: &'static str) -> P::K {
        self.k::<P>()
    }

    fn nonzero(&mut self, _: &'static str) -> P::K {
        self.k::<P>()
    }
}

impl<P: FieldPair> Challenges<P> for Transcript {
    fn absorb(&mut self, label: &'static str, values: &[P::K]) {
        self.absorb_k::<P>(label, values);
    }

    fn challenge(&mut self, label: &'static str) -> P::K {
        self.challenge_k::<P>(label)
    }

    fn nonzero(&mut self, label: &'static str) -> P::K {
        self.challenge_k_nonzero::<P>(label)
    }
}

/// A persistent oracle: real cells of its tensors in order, and its columns.
#[derive(Clone, Default)]
pub struct Store<P: FieldPair> {
    pub cells: Vec<Vec<P::F>>,
    pub columns: Vec<Vec<P::F>>,
}

/// What a proof is about.
pub struct Case<'a, P: FieldPair> {
    pub circuit: &'a Circuit,
    pub layout: &'a Layout,
    pub model: &'a Store<P>,
    pub input: Option<&'a Store<P>>,
    pub witness: &'a BTreeMap<usize, Vec<i64>>,
}

/// Every draw of one proof besides its pads.
#[derive(Clone)]
pub struct Draws<P: FieldPair> {
    /// The last cells of every fresh column, column by column.
    pub fresh: Vec<P::F>,
    /// μ.
    pub mask: Vec<P::K>,
    /// As [`Secrets::sample`] asks for them: k_f, R_H, tails of a, b, c, R_Y, S.
    pub finish: Vec<P::K>,
}

/// Tampering with the pad of a scalar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PadFlaw {
    None,
    /// Scalar i goes out without a pad.
    Clear(usize),
    /// Scalar j > i goes out with the pad of scalar i.
    Shared(usize, usize),
    /// Every coordinate of every pad is smaller than p/2.
    Half,
}

/// Everything that a verifier sees, and what it recorded.
pub struct Sent<P: FieldPair> {
    pub labels: Vec<&'static str>,
    pub values: Vec<P::K>,
    pub masked: Vec<P::K>,
    pub pads: Vec<P::K>,
    pub u: Vec<P::K>,
    pub beta: P::K,
    pub response: Response<P::K>,
    /// Opened cells over F of the model, the input (if any) and the fresh oracle, row by row, and of the K-columns μ, H,
    /// R_H, A, B, C, R_Y, R_×.
    pub base_rows: Vec<Vec<P::F>>,
    pub extension_rows: Vec<Vec<P::K>>,
    /// Names of constraints that the real values break.
    pub violated: Vec<String>,
    pub shape: FinishShape,
}

struct Run<'a, P: FieldPair, C> {
    side: Side<'a, P>,
    challenges: &'a mut C,
    flaw: PadFlaw,
    labels: Vec<&'static str>,
    values: Vec<P::K>,
    masked: Vec<P::K>,
    pairs: Vec<(usize, usize)>,
    rows: Vec<Expr<P::K>>,
    violated: Vec<String>,
}

impl<P: FieldPair, C: Challenges<P>> Context<P> for Run<'_, P, C> {
    fn scalar(&mut self, label: &'static str, value: Option<P::K>) -> Result<usize, ProtocolError> {
        let (index, value) = (self.values.len(), value.unwrap());
        self.labels.push(label);
        self.values.push(value);
        match self.flaw {
            PadFlaw::Clear(i) if i == index => self.masked[index] = value,
            PadFlaw::Shared(i, j) if j == index => self.masked[j] = value + self.masked[i] - self.values[i],
            PadFlaw::Half => {
                let half = |x: &P::F| P::F::from_u64(x.as_canonical_u64() / 2);
                let given = self.masked[index];
                let coordinates: Vec<P::F> = given.as_basis_coefficients_slice().iter().map(half).collect();
                self.masked[index] = value + P::K::from_basis_coefficients_slice(&coordinates).unwrap();
            }
            _ => {}
        }
        self.challenges.absorb(label, &[self.masked[index]]);
        Ok(index)
    }

    fn vector(&mut self, label: &'static str, _: usize, value: Option<Vec<P::K>>) -> Result<Vec<P::K>, ProtocolError> {
        let values = value.unwrap();
        self.challenges.absorb(label, &values);
        Ok(values)
    }

    fn challenge(&mut self, label: &'static str) -> P::K {
        self.challenges.challenge(label)
    }

    fn challenge_nonzero(&mut self, label: &'static str) -> P::K {
        self.challenges.nonzero(label)
    }

    fn product(&mut self, a: usize, b: usize) -> usize {
        self.pairs.push((a, b));
        self.pairs.len() - 1
    }

    fn assert_zero(&mut self, path: &str, expr: Expr<P::K>) -> Result<(), ProtocolError> {
        if expr.eval(&self.values, &self.pairs).unwrap() != P::K::ZERO {
            self.violated.push(path.to_owned());
        }
        self.rows.push(expr);
        Ok(())
    }

    fn prover(&mut self) -> Option<&mut dyn ProverSide<P>> {
        Some(&mut self.side)
    }
}

/// Columns of an oracle with the given cells as the last `pads` cells of each column.
pub fn columns<P: FieldPair>(
    layout: &OracleLayout,
    log_rows: usize,
    pads: &[P::F],
    tensor: impl Fn(usize) -> (Vec<usize>, Vec<P::F>),
) -> Vec<Vec<P::F>> {
    let each = pads.len() / layout.columns;
    let owned = |id| {
        let (dims, cells) = tensor(id);
        (dims, Cow::Owned(cells))
    };
    let mut columns = fill::<P>(layout, log_rows, each, &mut Stream::new([0; 32]), owned);
    for (column, pads) in columns.iter_mut().zip(pads.chunks(each.max(1))) {
        let start = column.len() - each;
        column[start..].copy_from_slice(pads);
    }
    columns
}

fn horner<P: FieldPair>(column: &[P::F], x: P::F) -> P::F {
    column.iter().rev().fold(P::F::ZERO, |sum, &c| sum * x + c)
}

/// Makes the proof. `masked` is what goes out for each scalar, so that its pad is what is left; `positions` comes last.
pub fn prove<P: FieldPair, C: Challenges<P>>(
    case: &Case<'_, P>,
    draws: &Draws<P>,
    masked: Vec<P::K>,
    flaw: PadFlaw,
    challenges: &mut C,
    positions: impl FnOnce(&mut C) -> Vec<usize>,
) -> Sent<P> {
    let shape = case.layout.shape;
    let counted = count::<P>(case.circuit, case.layout).unwrap();
    assert_eq!(masked.len(), counted.scalars);
    let finish = FinishShape::new(counted.scalars, counted.pairs, shape.queries, 1 << shape.log_rows).unwrap();
    let domain = TwoAdicDomain::<P>::new(shape.log_rows, shape.log_blowup).unwrap();
    let given = case.witness.iter().map(|(&id, cells)| (id, cells.as_slice())).collect();
    let input = case.input.map(|i| i.cells.as_slice());
    let values = Values::<P>::new(case.circuit, &given, &case.model.cells, input).unwrap();
    let fresh = columns::<P>(&case.layout.fresh, shape.log_rows, &draws.fresh, |id| {
        (case.circuit.tensors[id].dims.clone(), values.cells[id].to_vec())
    });
    let persistent = [Some(case.model), case.input].into_iter().flatten().map(|store| &store.columns);
    let oracles: Vec<&Vec<Vec<P::F>>> = persistent.chain([&fresh]).collect();
    let all = oracles.iter().flat_map(|columns| columns.iter().map(Vec::as_slice)).collect();

    let mut context = Run {
        side: Side::new(case.circuit, case.layout, &values, all, &draws.mask),
        challenges,
        flaw,
        labels: vec![],
        values: vec![],
        masked,
        pairs: vec![],
        rows: vec![],
        violated: values.broken.clone(),
    };
    let outline = run::<P, _>(case.circuit, case.layout, &mut context).unwrap();
    let Run { challenges, labels, values, masked, pairs, rows, violated, .. } = context;
    assert_eq!(pairs, finish.pairs());

    let pads: Vec<P::K> = masked.iter().zip(&values).map(|(&m, &v)| m - v).collect();
    let mut queue = pads.iter().chain(&draws.finish).copied();
    let secrets = Secrets::sample(&finish, &domain, &mut || queue.next().unwrap()).unwrap();
    assert_eq!(queue.next(), None, "every draw has its place");
    let (lambda, x) = (challenges.challenge("finish lambda"), challenges.challenge("finish x"));
    let combination = Combination::new(&rows, &masked, &finish, lambda, x).unwrap();
    let beta = secrets.beta(&combination);
    challenges.absorb("finish beta", &[beta]);
    let (rho, sigma) = (challenges.nonzero("finish rho"), challenges.nonzero("finish sigma"));
    let response = secrets.respond(lambda, rho, sigma).unwrap();
    challenges.absorb("finish X_H", &response.x_h);
    challenges.absorb("finish X_Y", &response.x_y);
    challenges.absorb("finish Phi", &response.phi);
    if violated.is_empty() {
        response.check(&finish, &combination, beta, rho, &domain).unwrap();
    }

    let positions = positions(challenges);
    let point = |i: usize| domain.row_point(i).as_basis_coefficients_slice()[0];
    let base_rows = oracles
        .iter()
        .map(|columns| positions.iter().flat_map(|&i| columns.iter().map(move |c| horner::<P>(c, point(i)))).collect())
        .collect();
    let check = RowCheck::new(&domain, &finish, &response, lambda, rho, sigma).unwrap();
    let extension_rows = positions
        .iter()
        .map(|&i| {
            let row: [P::K; COLUMNS] = secrets.columns().each_ref().map(|column| domain.encode_row(column, i));
            check.check(i, &row).unwrap();
            [vec![domain.encode_row(&draws.mask, i)], row.to_vec()].concat()
        })
        .collect();
    let u = outline.u;
    Sent { labels, values, masked, pads, u, beta, response, base_rows, extension_rows, violated, shape: finish }
}
