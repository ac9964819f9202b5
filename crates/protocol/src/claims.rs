//! Claims: what is known about a tensor at a point, and what still has to be shown.

use crate::context::{Context, ProtocolError};
use crate::points::{Point, Points};
use affidavit_algebra::{FieldPair, eq_table, indicator_eval, log2_ceil};
use affidavit_hiding::{Expr, Var};
use affidavit_relations::{Circuit, Kind, TensorId};
use p3_field::PrimeCharacteristicRing;
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
}

/// The expression of one sent scalar.
pub fn scalar<K: PrimeCharacteristicRing>(index: usize) -> Expr<K> {
    Expr { constant: K::ZERO, terms: vec![(Var::Scalar(index), K::ONE)] }
}

/// The expression of one product.
pub fn product<K: PrimeCharacteristicRing>(index: usize) -> Expr<K> {
    Expr { constant: K::ZERO, terms: vec![(Var::Product(index), K::ONE)] }
}

/// A constant.
pub fn constant<K: PrimeCharacteristicRing>(value: K) -> Expr<K> {
    Expr { constant: value, terms: vec![] }
}

/// `into += factor · other`.
pub fn add<K: PrimeCharacteristicRing + Copy>(into: &mut Expr<K>, other: &Expr<K>, factor: K) {
    into.constant += other.constant * factor;
    into.terms.extend(other.terms.iter().map(|&(v, c)| (v, c * factor)));
}

/// `factor · expr`.
pub fn scaled<K: PrimeCharacteristicRing + Copy>(expr: &Expr<K>, factor: K) -> Expr<K> {
    let mut out = constant(K::ZERO);
    add(&mut out, expr, factor);
    out
}

impl<'a, P: FieldPair> Claims<'a, P> {
    pub fn new(circuit: &'a Circuit) -> Self {
        Self {
            circuit,
            points: Points::default(),
            pending: Vec::new(),
            known: BTreeMap::new(),
            offered: BTreeMap::new(),
        }
    }

    /// Notes a value that the prover already has.
    pub fn offer(&mut self, tensor: TensorId, point: Point, value: P::K) {
        self.offered.insert((tensor, point), value);
    }

    /// The tensor's multilinear extension at the point, as an expression in sent scalars.
    ///
    /// Linear tensors expand at the same point, public ones are evaluated, all others become (or reuse) a claim.
    pub fn eval<C: Context<P>>(&mut self, ctx: &mut C, tensor: TensorId, point: &Point) -> Result<Expr<P::K>, ProtocolError> {
        let circuit = self.circuit;
        let decl = circuit.tensors.get(tensor).ok_or(ProtocolError::Internal("tensor id"))?;
        match &decl.kind {
            Kind::Public(values) => {
                if ctx.dry() {
                    return Ok(constant(P::K::ZERO));
                }
                Ok(constant(public_eval::<P>(values, &decl.dims, &self.points.values(point))))
            }
            Kind::Linear { terms, constant: offset } => {
                let axes = axis_ranges(&decl.dims);
                let axis_points: Vec<Point> = axes.iter().map(|r| point.get(r.clone()).unwrap_or_default().to_vec()).collect();
                let indicators: Vec<P::K> =
                    decl.dims.iter().zip(&axis_points).map(|(&d, p)| indicator_eval(d, &self.points.values(p))).collect();
                let mut out = constant(small::<P>(*offset) * indicators.iter().copied().product::<P::K>());
                for term in terms {
                    let dims = &circuit.tensors[term.tensor].dims;
                    let mut sub: Point = Vec::new();
                    let mut factor = small::<P>(term.coef);
                    for (axis, &d) in decl.dims.iter().enumerate() {
                        match term.axes.iter().position(|&a| a == axis) {
                            Some(i) if dims[i] == d => sub.extend(&axis_points[axis]),
                            _ => factor *= indicators[axis],
                        }
                    }
                    let value = self.eval(ctx, term.tensor, &sub)?;
                    add(&mut out, &value, factor);
                }
                Ok(out)
            }
            _ => {
                let key = (tensor, point.clone());
                if let Some(&index) = self.known.get(&key) {
                    return Ok(scalar(index));
                }
                let offered = self.offered.get(&key).copied();
                let values = self.points.values(point);
                let value = ctx.prover().map(|p| offered.unwrap_or_else(|| p.tensor_value(tensor, &values)));
                let index = ctx.scalar("tensor value", value)?;
                self.known.insert(key, index);
                self.pending.push(Claim { tensor, point: point.clone(), scalar: index });
                Ok(scalar(index))
            }
        }
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

/// Index ranges of the axes' coordinates in a point.
pub fn axis_ranges(dims: &[usize]) -> Vec<core::ops::Range<usize>> {
    let mut at = 0;
    dims.iter()
        .map(|&d| {
            let bits = log2_ceil(d);
            at += bits;
            at - bits..at
        })
        .collect()
}

/// Multilinear extension of public integers (row-major real cells) at a point of the padded cube.
pub fn public_eval<P: FieldPair>(values: &[i64], dims: &[usize], point: &[P::K]) -> P::K {
    let mut current: Option<Vec<P::K>> = None;
    let mut end = point.len();
    for &d in dims.iter().rev() {
        let bits = log2_ceil(d);
        let table = eq_table(point.get(end - bits..end).unwrap_or_default());
        end -= bits;
        current = Some(match current {
            None => values.chunks(d).map(|row| row.iter().zip(&table).map(|(&v, &e)| e * P::F::from_i64(v)).sum()).collect(),
            Some(rows) => rows.chunks(d).map(|row| row.iter().zip(&table).map(|(&v, &e)| e * v).sum()).collect(),
        });
    }
    match current {
        Some(rows) => rows.first().copied().unwrap_or(P::K::ZERO),
        None => values.first().map_or(P::K::ZERO, |&v| small::<P>(v)),
    }
}
