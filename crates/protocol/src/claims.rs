//! Claims: what is known about a tensor at a point, and what still has to be shown.

use crate::context::{Context, ProtocolError};
use crate::points::{Coord, Point, Points};
use affidavit_algebra::{FieldPair, eq_table, indicator_eval};
use affidavit_hiding::{Expr, Var};
use affidavit_relations::{Circuit, Kind, TensorId, axis_ranges};
use p3_field::{Field, PrimeCharacteristicRing};
use std::collections::BTreeMap;

/// A masked value of a tensor at a point, still to be discharged.
///
/// Contracts and Views discharge their claims in a stage, committed tensors theirs in the batching sumcheck.
#[must_use]
#[derive(Debug)]
pub struct Claim {
    pub tensor: TensorId,
    pub point: Point,
    pub scalar: usize,
}

/// All claims of a run.
pub struct Claims<'a, P: FieldPair> {
    pub circuit: &'a Circuit,
    pub points: Points<P::K>,
    pending: Vec<Claim>,
    known: BTreeMap<(TensorId, Point), usize>,
    /// Values that a sumcheck has just produced, so that the prover need not evaluate again.
    offered: BTreeMap<(TensorId, Point), P::K>,
    work: usize,
    terms: usize,
    stage_terms: usize,
}

/// Most terms of all expressions that [`Claims::eval`] returns in one run: a verifier keeps them until the finish.
const MAX_TERMS: usize = 1 << 22;
/// Most terms of all stages of one run.
const MAX_STAGE_TERMS: usize = 1 << 20;
/// Most steps over public data (terms of Linear tensors, cells of public tensors and View boxes) that one run takes.
const MAX_WORK: usize = 1 << 26;

/// The expression of one sent scalar.
pub fn scalar<K: Field>(index: usize) -> Expr<K> {
    Expr::var(Var::Scalar(index))
}

/// The expression of one product.
pub fn product<K: Field>(index: usize) -> Expr<K> {
    Expr::var(Var::Product(index))
}

impl<'a, P: FieldPair> Claims<'a, P> {
    pub fn new(circuit: &'a Circuit) -> Self {
        Self {
            circuit,
            points: Points::default(),
            pending: Vec::new(),
            known: BTreeMap::new(),
            offered: BTreeMap::new(),
            work: 0,
            terms: 0,
            stage_terms: 0,
        }
    }

    /// Notes a value that the prover already has.
    pub fn offer(&mut self, tensor: TensorId, point: Point, value: P::K) {
        self.offered.insert((tensor, point), value);
    }

    /// Counts work that public data causes, so that a hostile plan cannot keep a verifier busy.
    pub fn charge(&mut self, work: usize) -> Result<(), ProtocolError> {
        self.work = self.work.saturating_add(work);
        if self.work > MAX_WORK { Err(ProtocolError::TooMuchWork) } else { Ok(()) }
    }

    /// Counts the terms of a stage before they are made.
    pub fn charge_stage(&mut self, terms: usize) -> Result<(), ProtocolError> {
        self.stage_terms = self.stage_terms.saturating_add(terms);
        if self.stage_terms > MAX_STAGE_TERMS { Err(ProtocolError::TooMuchWork) } else { Ok(()) }
    }

    /// The tensor's multilinear extension at the point, as an expression in sent scalars.
    ///
    /// Linear tensors expand at the same point, public ones are evaluated, all others become (or reuse) a claim. The
    /// expansion goes from the largest tensor id down and merges equal (tensor, point), so each is expanded once.
    #[expect(
        clippy::indexing_slicing,
        reason = "terms name earlier tensors; axes were aligned when the circuit was built"
    )]
    pub fn eval<C: Context<P>>(
        &mut self,
        ctx: &mut C,
        tensor: TensorId,
        point: &Point,
    ) -> Result<Expr<P::K>, ProtocolError> {
        let circuit = self.circuit;
        let mut out = Expr::zero();
        let mut work: BTreeMap<(TensorId, Point), P::K> = BTreeMap::new();
        work.insert((tensor, point.clone()), P::K::ONE);
        while let Some(((tensor, point), factor)) = work.pop_last() {
            let decl = circuit.tensors.get(tensor).ok_or(ProtocolError::Internal("tensor id"))?;
            match &decl.kind {
                Kind::Public(values) => {
                    self.charge(values.len())?;
                    if !ctx.dry() {
                        out.constant += factor * public_eval::<P>(values, &decl.dims, &self.points.values(&point));
                    }
                }
                Kind::Linear { terms, constant } => {
                    self.charge(terms.len() + 1)?;
                    let axis_points: Vec<&[Coord]> =
                        axis_ranges(&decl.dims).into_iter().map(|r| point.get(r).unwrap_or_default()).collect();
                    let indicators: Vec<P::K> = decl
                        .dims
                        .iter()
                        .zip(&axis_points)
                        .map(|(&d, p)| indicator_eval(d, &self.points.values(p)))
                        .collect();
                    out.constant += factor * small::<P>(*constant) * indicators.iter().copied().product::<P::K>();
                    for term in terms {
                        let dims = &circuit.tensors[term.tensor].dims;
                        let mut sub: Point = Vec::new();
                        let mut coefficient = factor * small::<P>(term.coef);
                        for (axis, &d) in decl.dims.iter().enumerate() {
                            match term.axes.iter().position(|&a| a == axis) {
                                Some(i) if dims[i] == d => sub.extend(axis_points[axis]),
                                _ => coefficient *= indicators[axis],
                            }
                        }
                        *work.entry((term.tensor, sub)).or_insert(P::K::ZERO) += coefficient;
                    }
                }
                _ => {
                    let index = self.claim(ctx, tensor, point)?;
                    out.add_term(Var::Scalar(index), factor);
                }
            }
        }
        self.terms += out.terms.len();
        if self.terms > MAX_TERMS { Err(ProtocolError::TooMuchWork) } else { Ok(out) }
    }

    /// The sent scalar for a committed, Contract or View tensor at a point; a new claim if there is none yet.
    fn claim<C: Context<P>>(&mut self, ctx: &mut C, tensor: TensorId, point: Point) -> Result<usize, ProtocolError> {
        let key = (tensor, point);
        if let Some(&index) = self.known.get(&key) {
            return Ok(index);
        }
        let offered = self.offered.get(&key).copied();
        let values = self.points.values(&key.1);
        let value = ctx.prover().map(|p| offered.unwrap_or_else(|| p.tensor_value(tensor, &values)));
        let index = ctx.scalar("tensor value", value)?;
        self.pending.push(Claim { tensor, point: key.1.clone(), scalar: index });
        self.known.insert(key, index);
        Ok(index)
    }

    /// Takes the pending claims that `wanted` selects, in order of creation.
    pub fn take(&mut self, wanted: impl Fn(TensorId) -> bool) -> Vec<Claim> {
        let (taken, kept) = core::mem::take(&mut self.pending).into_iter().partition(|c| wanted(c.tensor));
        self.pending = kept;
        taken
    }

    /// True if every claim has been taken.
    pub fn all_discharged(&self) -> bool {
        self.pending.is_empty()
    }
}

/// A small integer in K.
pub fn small<P: FieldPair>(x: i64) -> P::K {
    P::K::from(P::F::from_i64(x))
}

/// Multilinear extension of public integers (row-major real cells) at a point of the padded cube.
pub fn public_eval<P: FieldPair>(values: &[i64], dims: &[usize], point: &[P::K]) -> P::K {
    let mut current: Option<Vec<P::K>> = None;
    for (range, &d) in axis_ranges(dims).into_iter().zip(dims).rev() {
        let table = eq_table(point.get(range).unwrap_or_default());
        current = Some(match current {
            None => {
                values.chunks(d).map(|row| row.iter().zip(&table).map(|(&v, &e)| e * P::F::from_i64(v)).sum()).collect()
            }
            Some(rows) => rows.chunks(d).map(|row| row.iter().zip(&table).map(|(&v, &e)| e * v).sum()).collect(),
        });
    }
    match current {
        Some(rows) => rows.first().copied().unwrap_or(P::K::ZERO),
        None => values.first().map_or(P::K::ZERO, |&v| small::<P>(v)),
    }
}
