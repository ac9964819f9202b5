//! The exact distribution of a whole finish with s = 2, q = t = 1 over a prime field: 14 uniform draws.
//!
//! Transcript: masked scalars, β, X_H, X_Y, Φ and the opened row, for fixed challenges. Given the draws that fix the
//! committed H, a, b, c (the *core*), the masks R_H, R_Y and R_× act on disjoint parts of the transcript, which only β
//! joins, as a sum: [`Finish::blocks`] enumerates them apart, [`Finish::brute`] all together, and a test compares the two.

use super::toy::{Toy, ToyDomain, open};
use crate::secrets::Randomness;
use crate::*;

/// A way to break the finish; each must change the distribution.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Sabotage {
    None,
    /// H without its pad.
    PadVectorTail,
    /// R_H without its last coefficient.
    PadVectorMask,
    /// a, b or c without its pad.
    OperandTail(usize),
    /// R_Y one degree short.
    OperandMask,
    /// R_× one degree short.
    ProductMask,
    /// The message point of the product is the opened point.
    MessageInside,
}

pub struct Finish<K> {
    pub shape: FinishShape,
    pub domain: ToyDomain<K>,
    pub rows: Vec<Expr<K>>,
    /// λ, x, ρ, σ.
    pub challenges: [K; 4],
    pub sabotage: Sabotage,
}

/// Base-|K| digits as one number.
fn number<K: Toy>(digits: impl IntoIterator<Item = K>) -> u32 {
    digits.into_iter().fold(0, |n, d| n * K::SIZE + d.index())
}

fn digits<K: Toy>(mut number: u32, count: usize) -> Vec<K> {
    (0..count)
        .map(|_| {
            let digit = K::nth(number % K::SIZE);
            number /= K::SIZE;
            digit
        })
        .collect()
}

/// What one core contributes: the opened H, a, b, c, then the sorted values of the two independent parts.
#[derive(PartialEq, Eq)]
pub struct Core {
    pub opened: u32,
    /// (X_H, C_RH, X_Y, C_RY, β).
    pub linear: Vec<u32>,
    /// (Φ, C_×).
    pub product: Vec<u32>,
}

impl<K: Toy> Finish<K> {
    pub fn new(rows: Vec<Expr<K>>, challenges: [K; 4], sabotage: Sabotage) -> Self {
        // Ξ = {1}, so the operands are opened at g = 2.
        let message = if sabotage == Sabotage::MessageInside { [2, 0] } else { [0, 1] };
        Self {
            shape: FinishShape::new(2, vec![(0, 1)], 1, 8).unwrap(),
            domain: ToyDomain::new(vec![K::nth(1)], K::nth(2), message.map(K::nth).to_vec(), 8),
            rows,
            challenges,
            sabotage,
        }
    }

    /// Every (v_0, v_1) that satisfies the rows.
    pub fn witnesses(&self) -> Vec<[K; 2]> {
        let all = K::all().flat_map(|a| K::all().map(move |b| [a, b]));
        all.filter(|v| self.rows.iter().all(|r| r.eval(v, self.shape.pairs()) == Ok(K::zero()))).collect()
    }

    fn combination(&self, masked: &[K]) -> Combination<K> {
        let [lambda, x, _, _] = self.challenges;
        Combination::new(&self.rows, masked, &self.shape, lambda, x).unwrap()
    }

    /// The real code on 14 draws: h (2), k_f, tails of a, b, c, R_H (4), R_Y (2), S (2).
    fn secrets(&self, pads: &[K], core: &[K], r_h: &[K], r_y: &[K], quotient: &[K]) -> Secrets<K> {
        let keep = |on: bool, x: K| if on { x } else { K::zero() };
        let tail = |i: usize| vec![keep(self.sabotage != Sabotage::OperandTail(i), core[1 + i])];
        let draws = Randomness {
            pads: pads.to_vec(),
            h_tail: vec![keep(self.sabotage != Sabotage::PadVectorTail, core[0])],
            r_h: vec![r_h[0], r_h[1], r_h[2], keep(self.sabotage != Sabotage::PadVectorMask, r_h[3])],
            tails: [tail(0), tail(1), tail(2)],
            // Equal values on Ξ₀ are a constant.
            r_y: if self.sabotage == Sabotage::OperandMask { vec![r_y[0]; 2] } else { r_y.to_vec() },
            quotient: vec![quotient[0], keep(self.sabotage != Sabotage::ProductMask, quotient[1])],
        };
        Secrets::build(&self.shape, &self.domain, draws).unwrap()
    }

    fn respond(&self, secrets: &Secrets<K>) -> Response<K> {
        let [lambda, _, rho, sigma] = self.challenges;
        secrets.respond(lambda, rho, sigma).unwrap()
    }

    /// All transcripts of one witness, sorted; every draw at once, and every transcript verified.
    pub fn brute(&self, v: &[K; 2]) -> Vec<u64> {
        let [lambda, _, rho, sigma] = self.challenges;
        let mut out = Vec::new();
        for m in 0..K::SIZE.pow(2) {
            let masked: Vec<K> = digits(m, 2);
            let combination = self.combination(&masked);
            let pads = [masked[0] - v[0], masked[1] - v[1]];
            for state in 0..K::SIZE.pow(12) {
                let d: Vec<K> = digits(state, 12);
                let secrets = self.secrets(&pads, &d[..4], &d[4..8], &d[8..10], &d[10..]);
                let beta = secrets.beta(&combination);
                let response = self.respond(&secrets);
                let row = open(&secrets, &self.domain, 0);
                if state % 97 == 0 {
                    response.check(&self.shape, &combination, beta, rho, &self.domain).unwrap();
                    let rows = RowCheck::new(&self.domain, &self.shape, &response, lambda, rho, sigma);
                    rows.unwrap().check(0, &row).unwrap();
                }
                let [h, r_h, a, b, c, r_y, r_x] = row;
                let linear = response.x_h.iter().copied().chain([r_h]);
                let linear = linear.chain(response.x_y.iter().copied()).chain([r_y, beta]);
                let product = response.phi.iter().copied().chain([r_x]);
                out.push(self.key(m, number([h, a, b, c]), number(linear), number(product)));
            }
        }
        out.sort_unstable();
        out
    }

    fn key(&self, masked: u32, opened: u32, linear: u32, product: u32) -> u64 {
        let size = u64::from(K::SIZE);
        let key = u64::from(masked) * size.pow(4) + u64::from(opened);
        (key * size.pow(9) + u64::from(linear)) * size.pow(4) + u64::from(product)
    }

    /// The transcripts of one witness for one value m of the masked scalars, core by core.
    pub fn blocks(&self, v: &[K; 2], m: u32) -> Vec<Core> {
        let masked: Vec<K> = digits(m, 2);
        let combination = self.combination(&masked);
        let pads = [masked[0] - v[0], masked[1] - v[1]];
        let zero = [K::zero(); 4];
        (0..K::SIZE.pow(4))
            .map(|core| {
                let core: Vec<K> = digits(core, 4);
                let of = |r_h: &[K], r_y: &[K], quotient: &[K]| {
                    let secrets = self.secrets(&pads, &core, r_h, r_y, quotient);
                    let response = self.respond(&secrets);
                    (open(&secrets, &self.domain, 0), response, secrets.beta(&combination))
                };
                let [h, _, a, b, c, _, _] = of(&zero, &zero[..2], &zero[..2]).0;
                let y_part: Vec<(u32, K)> = (0..K::SIZE.pow(2))
                    .map(|r| {
                        let (row, response, beta) = of(&zero, &digits(r, 2), &zero[..2]);
                        (number(response.x_y.into_iter().chain([row[5]])), beta)
                    })
                    .collect();
                let mut linear = Vec::with_capacity(K::SIZE.pow(6) as usize);
                for r in 0..K::SIZE.pow(4) {
                    let (row, response, beta) = of(&digits(r, 4), &zero[..2], &zero[..2]);
                    let h_part = number(response.x_h.into_iter().chain([row[1]]));
                    linear.extend(
                        y_part
                            .iter()
                            .map(|&(y, beta_y)| (h_part * K::SIZE.pow(3) + y) * K::SIZE + (beta + beta_y).index()),
                    );
                }
                let mut product: Vec<u32> = (0..K::SIZE.pow(2))
                    .map(|r| {
                        let (row, response, _) = of(&zero, &zero[..2], &digits(r, 2));
                        number(response.phi.into_iter().chain([row[6]]))
                    })
                    .collect();
                linear.sort_unstable();
                product.sort_unstable();
                Core { opened: number([h, a, b, c]), linear, product }
            })
            .collect()
    }

    /// The transcripts of one witness for one m, sorted; over all m the same multiset as [`Finish::brute`].
    pub fn distribution(&self, v: &[K; 2], m: u32) -> Vec<u64> {
        let mut out = Vec::new();
        for core in self.blocks(v, m) {
            for &linear in &core.linear {
                out.extend(core.product.iter().map(|&p| self.key(m, core.opened, linear, p)));
            }
        }
        out.sort_unstable();
        out
    }

    /// Whether all witnesses have one distribution.
    pub fn hides(&self) -> bool {
        let witnesses = self.witnesses();
        assert!(witnesses.len() >= 5);
        let (first, others) = witnesses.split_at(1);
        (0..K::SIZE.pow(2)).all(|m| self.same(&first[0], others, m))
    }

    /// Whether all of `others` have the distribution of `first` for this m.
    fn same(&self, first: &[K; 2], others: &[[K; 2]], m: u32) -> bool {
        let by_opened = |v| {
            let mut cores = self.blocks(v, m);
            cores.sort_unstable_by_key(|core| core.opened);
            cores
        };
        let cores = by_opened(first);
        if cores.windows(2).all(|w| w[0].opened < w[1].opened) {
            // One core for every opened (H, a, b, c): the distributions are equal exactly if all parts are, also where
            // the other witness has several cores for one (then the keys differ somewhere).
            return others.iter().all(|v| by_opened(v) == cores);
        }
        let all = self.distribution(first, m);
        others.iter().all(|v| self.distribution(v, m) == all)
    }
}
