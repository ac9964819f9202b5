//! Three proofs on one persistent oracle, over F₉₇ and its quadratic extension.
//!
//! The oracle has two F-columns of eight cells: two data cells each, six pads, as two rows are opened in each of three
//! proofs. A proof masks these scalars: a = ⟨W_a, f⟩, b = ⟨W_b, f⟩, a·b, b², the rounds of the batching sumcheck of
//! a + γb down to one point (column variable first), y = f(x1, x2) and y_μ; then it opens u = Σ eq(x1, ℓ)·f_ℓ + c·μ and
//! runs the finish. All challenges and all masked scalars are fixed, so that the pads are masked − values, and
//! everything else that is sent is affine in the remaining draws. Φ is left out: S alone makes it uniform on its space
//! whatever the rest is (tested apart), and the opened R_× follows from it.

use super::toy::{Fp, Fp2, Toy, ToyDomain, Words, open};
use crate::scalar::horner;
use crate::secrets::Randomness;
use crate::*;
use affidavit_algebra::log2_ceil;

pub type F = Fp<97>;
pub type K = Fp2<97>;

pub const CELLS: usize = 8;
pub const COLUMNS_F: usize = 2;
pub const PROOFS: usize = 3;
pub const QUERIES: usize = 2;
const ROUNDS: usize = 4;
const SCALARS: usize = 4 + 3 * ROUNDS + 2;
const Y: usize = SCALARS - 2;
const Y_MASK: usize = SCALARS - 1;

/// A way to break the composition.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Sabotage {
    None,
    /// One pad fewer than rows are opened.
    ShortPads,
    /// The pads at the last positions in bit-reversed order.
    StridedPads,
    /// The second proof uses the first one's μ.
    ReusedMask,
    /// μ in F instead of K.
    BaseFieldMask,
    /// One cell of the first proof's μ is zero.
    UnmaskedCell(usize),
    /// H without its pads.
    PadVectorTail,
    /// R_H without its last coefficient.
    PadVectorMask,
    /// a, b or c without its pads.
    OperandTail(usize),
    /// R_Y one degree short.
    OperandMask,
    /// The product's message points are the opened points.
    MessageInside,
}

/// The public side of one proof.
pub struct Challenges {
    weights: [Vec<K>; 2],
    gamma: K,
    /// x1 then x2, most significant first.
    pub point: Vec<K>,
    c: K,
    /// λ, x, ρ, σ.
    pub finish: [K; 4],
    pub positions: [usize; QUERIES],
    masked: Vec<K>,
}

pub struct Composition {
    pub sabotage: Sabotage,
    pub shape: FinishShape,
    pub domain: ToyDomain<K>,
    pub proofs: Vec<Challenges>,
    data_cells: Vec<usize>,
    pad_cells: Vec<usize>,
}

/// Draws of one proof besides its pads h: k_f, R_H, tails, R_Y and μ, as K-elements.
const FINISH_DRAWS: usize = 2 + (SCALARS + 4) + 6 + 4;
const PROOF_DRAWS: usize = FINISH_DRAWS + CELLS;

pub fn embed(x: F) -> K {
    Fp2(x, Fp(0))
}

fn power(x: F, n: usize) -> F {
    (0..n).fold(Fp(1), |p, _| p * x)
}

/// eq(point, ·), the first coordinate most significant.
fn eq(point: &[K]) -> Vec<K> {
    point.iter().fold(vec![K::one()], |table, &r| table.iter().flat_map(|&t| [t * (K::one() - r), t * r]).collect())
}

/// Binds the most significant variable.
fn bind(table: &[K], r: K) -> Vec<K> {
    let (low, high) = table.split_at(table.len() / 2);
    low.iter().zip(high).map(|(&l, &h)| l + r * (h - l)).collect()
}

fn dot(a: &[K], b: &[K]) -> K {
    crate::scalar::dot(a, b)
}

fn lagrange(r: K) -> [K; 3] {
    let half = K::nth(2).inverse();
    let (r1, r2) = (r - K::nth(1), r - K::nth(2));
    [r1 * r2 * half, -(r * r2), r * r1 * half]
}

impl Composition {
    /// Ξ is the subgroup of order 32 of F₉₇, g = 5 its generator, Ξ₀ the subgroup of order 4, as with real fields.
    pub fn new(sabotage: Sabotage, seed: u64) -> Self {
        let words = &mut Words(seed);
        let omega = power(Fp(5), 3);
        let points: Vec<K> = (0..32).map(|i| embed(power(omega, i))).collect();
        // Four of the six rows lie in one coset of the subgroup of order 4: x⁴ is the same at all of them.
        let positions = [[0, 8], [16, 24], [5, 11]];
        let mut message: Vec<K> = (0..4).map(|i| embed(power(omega, 8 * i))).collect();
        let pads = PROOFS * QUERIES;
        let contiguous: Vec<usize> = (0..CELLS).collect();
        let bits = log2_ceil(CELLS) as u32;
        let reversed: Vec<usize> = contiguous.iter().map(|i| i.reverse_bits() >> (usize::BITS - bits)).collect();
        let order = if sabotage == Sabotage::StridedPads { reversed } else { contiguous };
        let (data, rest) = order.split_at(CELLS - pads);
        let pad_cells = if sabotage == Sabotage::ShortPads { &rest[1..] } else { rest };
        if sabotage == Sabotage::MessageInside {
            // The first product's message point is the first proof's first row of the operand code.
            message[0] = K::nth(5) * points[0];
        }
        let domain = ToyDomain::new(points, K::nth(5), message, 32);
        let shape = FinishShape::new(SCALARS, vec![(0, 1), (1, 1)], QUERIES, 32).unwrap();
        assert_eq!((shape.n(), shape.n_h()), (4, SCALARS + 4), "the sizes leave no spare pads");
        let proofs = positions
            .map(|positions| {
                let weights = [0, 1].map(|_| {
                    let mut table = words.toys(COLUMNS_F * CELLS);
                    for (i, w) in table.iter_mut().enumerate() {
                        if !data.contains(&(i % CELLS)) {
                            *w = K::zero();
                        }
                    }
                    table
                });
                Challenges {
                    weights,
                    gamma: words.challenge(),
                    point: (0..ROUNDS).map(|_| words.challenge()).collect(),
                    c: words.challenge(),
                    finish: [0; 4].map(|_| words.challenge()),
                    positions,
                    masked: words.toys(SCALARS),
                }
            })
            .into();
        let (data_cells, pad_cells) = (data.to_vec(), pad_cells.to_vec());
        Self { sabotage, shape, domain, proofs, data_cells, pad_cells }
    }

    pub fn data_len(&self) -> usize {
        COLUMNS_F * self.data_cells.len()
    }

    /// F-elements of randomness that remain once the masked scalars are fixed.
    pub fn draws_len(&self) -> usize {
        COLUMNS_F * self.pad_cells.len() + PROOFS * PROOF_DRAWS * 2
    }

    fn columns(&self, data: &[F], pads: &[F]) -> Vec<Vec<K>> {
        (0..COLUMNS_F)
            .map(|l| {
                let mut column = vec![K::zero(); CELLS];
                for (cells, values) in [(&self.data_cells, data), (&self.pad_cells, pads)] {
                    for (i, &cell) in cells.iter().enumerate() {
                        column[cell] = embed(values[l * cells.len() + i]);
                    }
                }
                column
            })
            .collect()
    }

    /// Everything sent in all three proofs but the (fixed) masked scalars, Φ and the opened R_×; as F-elements.
    ///
    /// With `verify`, every check of the verifier is asserted on the way.
    pub fn transcript(&self, data: &[F], draws: &[F], verify: bool) -> Vec<F> {
        let (pads, rest) = draws.split_at(COLUMNS_F * self.pad_cells.len());
        let columns = self.columns(data, pads);
        let rest: Vec<K> = rest.chunks(2).map(|c| Fp2(c[0], c[1])).collect();
        let mut sent = Vec::new();
        for (i, (proof, draws)) in self.proofs.iter().zip(rest.chunks(PROOF_DRAWS)).enumerate() {
            let reused = self.sabotage == Sabotage::ReusedMask && i == 1;
            let from = if reused { &rest[..PROOF_DRAWS] } else { draws };
            let mask = self.mask(&from[FINISH_DRAWS..], i);
            self.prove(proof, &columns, &mask, &draws[..FINISH_DRAWS], verify, &mut sent);
        }
        sent.iter().flat_map(|x| [x.0, x.1]).collect()
    }

    fn mask(&self, draws: &[K], proof: usize) -> Vec<K> {
        let mut mask = draws.to_vec();
        match self.sabotage {
            Sabotage::BaseFieldMask => mask.iter_mut().for_each(|m| *m = embed(m.0)),
            Sabotage::UnmaskedCell(cell) if proof == 0 => mask[cell] = K::zero(),
            _ => {}
        }
        mask
    }

    /// The scalars of one proof and the rows that they satisfy.
    fn scalars(&self, proof: &Challenges, columns: &[Vec<K>], mask: &[K], u: &[K]) -> (Vec<K>, Vec<Expr<K>>) {
        let scalar = |i| Expr::var(Var::Scalar(i));
        let mut f = columns.concat();
        let (a, b) = (dot(&proof.weights[0], &f), dot(&proof.weights[1], &f));
        let mut values = vec![a, b, a * b, b * b];
        let mut rows = vec![scalar(2) - Expr::var(Var::Product(0)), scalar(3) - Expr::var(Var::Product(1))];
        let mut claim = scalar(0) + scalar(1).scale(proof.gamma);
        let mut weights: Vec<K> =
            proof.weights[0].iter().zip(&proof.weights[1]).map(|(&x, &y)| x + proof.gamma * y).collect();
        for &r in &proof.point {
            let first = values.len();
            values.extend([0, 1, 2].map(|x| dot(&bind(&weights, K::nth(x)), &bind(&f, K::nth(x)))));
            rows.push(claim - scalar(first) - scalar(first + 1));
            claim = Expr::zero();
            for (i, k) in lagrange(r).into_iter().enumerate() {
                claim.add_scaled(&scalar(first + i), k);
            }
            (weights, f) = (bind(&weights, r), bind(&f, r));
        }
        let x2 = eq(&proof.point[1..]);
        values.extend([f[0], dot(mask, &x2)]);
        rows.push(claim - scalar(Y).scale(weights[0]));
        rows.push(Expr::constant(dot(u, &x2)) - scalar(Y) - scalar(Y_MASK).scale(proof.c));
        (values, rows)
    }

    fn prove(&self, proof: &Challenges, columns: &[Vec<K>], mask: &[K], draws: &[K], verify: bool, sent: &mut Vec<K>) {
        let x1 = eq(&proof.point[..1]);
        let u: Vec<K> =
            (0..CELLS).map(|i| x1.iter().zip(columns).fold(proof.c * mask[i], |sum, (&e, f)| sum + e * f[i])).collect();
        let (values, rows) = self.scalars(proof, columns, mask, &u);
        let pads = proof.masked.iter().zip(&values).map(|(&m, &v)| m - v).collect();
        let secrets = Secrets::build(&self.shape, &self.domain, self.randomness(pads, draws)).unwrap();
        let [lambda, x, rho, sigma] = proof.finish;
        let combination = Combination::new(&rows, &proof.masked, &self.shape, lambda, x).unwrap();
        let beta = secrets.beta(&combination);
        let response = secrets.respond(lambda, rho, sigma).unwrap();
        if verify {
            let check = RowCheck::new(&self.domain, &self.shape, &response, lambda, rho, sigma).unwrap();
            response.check(&self.shape, &combination, beta, rho, &self.domain).unwrap();
            for i in 0..self.domain.points.len() {
                check.check(i, &open(&secrets, &self.domain, i)).unwrap();
            }
        }
        sent.extend_from_slice(&u);
        sent.push(beta);
        sent.extend_from_slice(&response.x_h);
        sent.extend_from_slice(&response.x_y);
        for &i in &proof.positions {
            let point = self.domain.points[i];
            let row: Vec<K> = columns.iter().map(|f| horner(f, point)).collect();
            let at_mask = horner(mask, point);
            if verify {
                assert_eq!(dot(&x1, &row) + proof.c * at_mask, horner(&u, point));
            }
            sent.extend(row);
            sent.push(at_mask);
            sent.extend_from_slice(&open(&secrets, &self.domain, i)[..6]);
        }
    }

    fn randomness(&self, pads: Vec<K>, draws: &[K]) -> Randomness<K> {
        let mut draws = draws.iter().copied();
        let mut take = |n: usize| -> Vec<K> { draws.by_ref().take(n).collect() };
        let mut h_tail = take(QUERIES);
        let mut r_h = take(self.shape.n_h());
        let mut tails = [take(2), take(2), take(2)];
        let mut r_y = take(4);
        match self.sabotage {
            Sabotage::PadVectorTail => h_tail.fill(K::zero()),
            Sabotage::PadVectorMask => r_h[self.shape.n_h() - 1] = K::zero(),
            Sabotage::OperandTail(i) => tails[i].fill(K::zero()),
            Sabotage::OperandMask => {
                // The values of a cubic without its cubic term.
                let coefficients = [r_y[0], r_y[1], r_y[2]];
                r_y = self.domain.message_values(4, &coefficients);
            }
            _ => {}
        }
        Randomness { pads, h_tail, r_h, tails, r_y, quotient: vec![K::zero(); self.shape.product_len() - 2] }
    }
}
