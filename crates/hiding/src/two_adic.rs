//! The finish's domain over a field pair: two-adic subgroups and their coset by the field's generator.

use crate::{FinishDomain, ShapeError};
use affidavit_algebra::FieldPair;
use p3_dft::{Radix2DFTSmallBatch, TwoAdicSubgroupDft};
use p3_field::{Field, PrimeCharacteristicRing, TwoAdicField};

/// Powers of a point that [`FinishDomain::encode_row`] computes ahead, so that its products do not wait for each other.
const STRIDE: usize = 16;

/// Ξ is the subgroup of order 2^(log_len + log_blowup), Ξ₀ that of order n, g the generator of F^×.
///
/// Ξ₀ ⊂ Ξ and g ∉ Ξ (F^× has odd part), so g·Ξ does not meet Ξ₀.
#[derive(Debug, Clone)]
pub struct TwoAdicDomain<P: FieldPair> {
    log_len: usize,
    log_rows: usize,
    dft: Radix2DFTSmallBatch<P::F>,
}

impl<P: FieldPair> TwoAdicDomain<P> {
    /// A code of 2^log_len coefficients and 2^(log_len + log_blowup) rows.
    ///
    /// Errors if F has no proper subgroup of that order.
    pub fn new(log_len: usize, log_blowup: usize) -> Result<Self, ShapeError> {
        let log_rows = log_len.checked_add(log_blowup).ok_or(ShapeError::Overflow)?;
        // The second test keeps g outside Ξ: it fails only if Ξ were all of F^×.
        let proper = P::P.checked_shr(log_rows as u32).is_some_and(|quotient| quotient > 1);
        if log_rows > P::F::TWO_ADICITY || log_rows >= usize::BITS as usize || !proper {
            return Err(ShapeError::Domain { log_rows });
        }
        let dft = Radix2DFTSmallBatch::new(1 << log_rows);
        Ok(Self { log_len, log_rows, dft })
    }

    /// Values on the subgroup of order n (a power of two) of a polynomial of any degree, reduced modulo X^n − 1.
    fn subgroup_values(&self, n: usize, coeffs: &[P::K]) -> Vec<P::K> {
        let (head, tail) = coeffs.split_at(coeffs.len().min(n));
        let mut folded = head.to_vec();
        folded.resize(n, P::K::ZERO);
        for chunk in tail.chunks(n) {
            for (cell, &c) in folded.iter_mut().zip(chunk) {
                *cell += c;
            }
        }
        self.dft.dft_algebra(folded)
    }

    fn row_point_base(&self, i: usize) -> P::F {
        P::F::two_adic_generator(self.log_rows).exp_u64(i as u64)
    }

    fn subgroup_generator(n: usize) -> P::F {
        P::F::two_adic_generator(n.next_power_of_two().trailing_zeros() as usize)
    }
}

impl<P: FieldPair> FinishDomain for TwoAdicDomain<P> {
    type K = P::K;

    fn rows(&self) -> usize {
        1 << self.log_rows
    }

    fn max_len(&self) -> usize {
        1 << self.log_len
    }

    fn shift(&self) -> P::K {
        P::F::GENERATOR.into()
    }

    fn row_point(&self, i: usize) -> P::K {
        self.row_point_base(i).into()
    }

    fn encode(&self, coeffs: &[P::K]) -> Vec<P::K> {
        self.subgroup_values(self.rows(), coeffs)
    }

    fn encode_coset(&self, coeffs: &[P::K]) -> Vec<P::K> {
        let mut power = P::F::ONE;
        let scaled: Vec<P::K> = coeffs
            .iter()
            .map(|&c| {
                let x = c * power;
                power *= P::F::GENERATOR;
                x
            })
            .collect();
        self.encode(&scaled)
    }

    fn encode_row(&self, coeffs: &[P::K], i: usize) -> P::K {
        let point = self.row_point_base(i);
        let mut powers = [P::F::ONE; STRIDE];
        for (cell, power) in powers.iter_mut().zip(point.powers()) {
            *cell = power;
        }
        let step = point.exp_u64(STRIDE as u64);
        coeffs
            .chunks(STRIDE)
            .rev()
            .fold(P::K::ZERO, |sum, chunk| sum * step + chunk.iter().zip(&powers).map(|(&c, &p)| c * p).sum::<P::K>())
    }

    fn interpolate(&self, values: &[P::K]) -> Vec<P::K> {
        let mut padded = values.to_vec();
        padded.resize(values.len().next_power_of_two(), P::K::ZERO);
        self.dft.idft_algebra(padded)
    }

    fn message_point(&self, n: usize, j: usize) -> P::K {
        Self::subgroup_generator(n).exp_u64(j as u64).into()
    }

    fn message_values(&self, n: usize, coeffs: &[P::K]) -> Vec<P::K> {
        self.subgroup_values(n.next_power_of_two(), coeffs)
    }

    fn vanishing(&self, n: usize, q: usize) -> Vec<P::K> {
        let generator = Self::subgroup_generator(n);
        let mut z = vec![P::F::ONE];
        let mut root = P::F::ONE;
        for _ in 0..q {
            // In place: (X − root)·z; `lower` is the old coefficient one degree below.
            z.push(P::F::ZERO);
            let mut lower = P::F::ZERO;
            for cell in &mut z {
                let old = *cell;
                *cell = lower - root * old;
                lower = old;
            }
            root *= generator;
        }
        z.into_iter().map(Into::into).collect()
    }

    fn multiply(&self, a: &[P::K], b: &[P::K]) -> Vec<P::K> {
        let len = (a.len() + b.len()).saturating_sub(1);
        if len == 0 {
            return Vec::new();
        }
        let size = len.next_power_of_two();
        let x = self.subgroup_values(size, a);
        let y = self.subgroup_values(size, b);
        let mut out = self.dft.idft_algebra(x.iter().zip(&y).map(|(&x, &y)| x * y).collect());
        out.truncate(len);
        out
    }
}
