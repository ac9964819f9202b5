//! The prover's side: steps 1–3 (what is committed), 6 and 8 (what is sent).

use crate::domain::scale_by_powers;
use crate::scalar::{axpy, dot};
use crate::shape::expect_len;
use crate::{COLUMNS, Combination, FinishDomain, FinishError, FinishShape, Response, Scalar};

/// Every independent uniform draw of a finish, in the order in which they are drawn.
pub(crate) struct Randomness<K> {
    /// h: s pads.
    pub pads: Vec<K>,
    /// k_f cells at the end of H.
    pub h_tail: Vec<K>,
    /// R_H: n_H cells.
    pub r_h: Vec<K>,
    /// a, b, c after their first q cells: n − q each.
    pub tails: [Vec<K>; 3],
    /// R_Y as values on Ξ₀: n cells.
    pub r_y: Vec<K>,
    /// S with R_× = Z_q·S: 2n − 1 − q coefficients.
    pub quotient: Vec<K>,
}

impl<K: Scalar> Randomness<K> {
    fn sample(shape: &FinishShape, uniform: &mut impl FnMut() -> K) -> Self {
        let mut draw = |count: usize| -> Vec<K> { (0..count).map(|_| uniform()).collect() };
        let tail = shape.n() - shape.products();
        Self {
            pads: draw(shape.scalars()),
            h_tail: draw(shape.queries()),
            r_h: draw(shape.n_h()),
            tails: [draw(tail), draw(tail), draw(tail)],
            r_y: draw(shape.n()),
            quotient: draw(shape.product_len() - shape.products()),
        }
    }
}

/// The pads of one proof and everything that masks them. Never used for two proofs.
///
/// It holds secrets: it implements neither `Debug` nor `Clone`.
pub struct Secrets<K> {
    pads: Vec<K>,
    h: Vec<K>,
    r_h: Vec<K>,
    operands: [Vec<K>; 3],
    r_y: Vec<K>,
    /// P_a·P_b − P_c.
    defect: Vec<K>,
    r_x: Vec<K>,
    columns: [Vec<K>; COLUMNS],
}

impl<K: Scalar> Secrets<K> {
    /// Draws everything from `uniform`, which must return independent uniform field elements.
    ///
    /// Errors if the shape does not fit the domain's code.
    pub fn sample<D: FinishDomain<K = K>>(
        shape: &FinishShape,
        domain: &D,
        uniform: &mut impl FnMut() -> K,
    ) -> Result<Self, FinishError> {
        Self::build(shape, domain, Randomness::sample(shape, uniform))
    }

    /// The same from given draws.
    pub(crate) fn build<D: FinishDomain<K = K>>(
        shape: &FinishShape,
        domain: &D,
        draws: Randomness<K>,
    ) -> Result<Self, FinishError> {
        let Randomness { pads, h_tail, r_h, tails: [a_tail, b_tail, c_tail], r_y, quotient } = draws;
        expect_len("pads", shape.scalars(), pads.len())?;
        let mut first = Vec::with_capacity(shape.n());
        let mut second = Vec::with_capacity(shape.n());
        for &(i, k) in shape.pairs() {
            first.push(pads.get(i).copied().ok_or(FinishError::UnknownVariable)?);
            second.push(pads.get(k).copied().ok_or(FinishError::UnknownVariable)?);
        }
        let products: Vec<K> = first.iter().zip(&second).map(|(&x, &y)| x * y).collect();
        let h = [pads.as_slice(), &products, &h_tail].concat();
        let operands = [[first, a_tail].concat(), [second, b_tail].concat(), [products, c_tail].concat()];
        let z = domain.vanishing(shape.n(), shape.products());
        let r_x = domain.multiply(&z, &quotient);
        Self::assemble(shape, domain, pads, h, r_h, operands, r_y, r_x)
    }

    /// Columns and product polynomial from the vectors, whatever they hold.
    pub(crate) fn assemble<D: FinishDomain<K = K>>(
        shape: &FinishShape,
        domain: &D,
        pads: Vec<K>,
        h: Vec<K>,
        r_h: Vec<K>,
        operands: [Vec<K>; 3],
        r_y: Vec<K>,
        r_x: Vec<K>,
    ) -> Result<Self, FinishError> {
        shape.fits(domain.max_len())?;
        expect_len("H", shape.n_h(), h.len())?;
        expect_len("R_H", shape.n_h(), r_h.len())?;
        for operand in &operands {
            expect_len("operands", shape.n(), operand.len())?;
        }
        expect_len("R_Y", shape.n(), r_y.len())?;
        expect_len("R_x", shape.product_len(), r_x.len())?;
        let [p_a, p_b, p_c] = operands.each_ref().map(|values| domain.interpolate(values));
        let mut defect = domain.multiply(&p_a, &p_b);
        for (cell, &c) in defect.iter_mut().zip(&p_c) {
            *cell = *cell - c;
        }
        // The operand columns live on g·Ξ; scaled so, one plain encoding serves all columns of the oracle.
        let coset = |coeffs: &[K]| scale_by_powers(coeffs, domain.shift());
        let columns = [
            h.clone(),
            r_h.clone(),
            coset(&p_a),
            coset(&p_b),
            coset(&p_c),
            coset(&domain.interpolate(&r_y)),
            coset(&r_x),
        ];
        Ok(Self { pads, h, r_h, operands, r_y, defect, r_x, columns })
    }

    /// h: scalar i is sent as v_i + h_i.
    pub fn pads(&self) -> &[K] {
        &self.pads
    }

    /// H, R_H, A, B, C, R_Y, R_× in this order, as coefficients whose plain encoding on Ξ is committed.
    ///
    /// Lengths n_H, n_H, n, n, n, n, 2n − 1; the remaining cells of a column are zero.
    pub fn columns(&self) -> &[Vec<K>; COLUMNS] {
        &self.columns
    }

    /// Step 6: β = ⟨ℓ_H, R_H⟩ − ⟨ℓ_Y, R_Y⟩.
    pub fn beta(&self, combination: &Combination<K>) -> K {
        dot(&combination.l_h, &self.r_h) - dot(&combination.l_y, &self.r_y)
    }

    /// Step 8. Errors if ρ or σ is zero.
    pub fn respond(&self, lambda: K, rho: K, sigma: K) -> Result<Response<K>, FinishError> {
        if rho == K::zero() || sigma == K::zero() {
            return Err(FinishError::ZeroChallenge);
        }
        let [a, b, c] = &self.operands;
        let y: Vec<K> = a.iter().zip(b).zip(c).map(|((&a, &b), &c)| a + lambda * (b + lambda * c)).collect();
        Ok(Response {
            x_h: axpy(rho, &self.h, &self.r_h),
            x_y: axpy(rho, &y, &self.r_y),
            phi: axpy(sigma, &self.defect, &self.r_x),
        })
    }
}
