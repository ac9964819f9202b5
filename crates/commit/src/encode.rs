//! Reed–Solomon encoding: coefficient columns to evaluations on the subgroup, in natural order.
//!
//! With B = 2^log_blowup and n = 2^l, row B·j + c of the codeword is f(ω^c · (ω^B)^j): coset c is a DFT of size n of
//! the coefficients scaled by ω^(c·k). All cosets are one batched DFT of an n × (B·width) matrix whose output, read
//! row-major as N × width, is the codeword in natural order. The zero padding is never transformed.

use crate::{CodeError, CodeShape};
use affidavit_algebra::FieldPair;
use p3_dft::{Radix2DFTSmallBatch, TwoAdicSubgroupDft};
use p3_field::{BasedVectorSpace, Field, PackedValue, PrimeCharacteristicRing, TwoAdicField};
use p3_matrix::dense::RowMajorMatrix;
use rayon::prelude::*;

/// Coefficients of one column, and columns, that are scaled and transposed together: a tile of a few kilobytes stays
/// in the first cache, and the wide matrix is written in whole cache lines.
const TILE: usize = 64;
const PANEL: usize = 16;

/// Evaluates every column on the subgroup of order N: the row-major N × width codeword, row i at ω^i.
///
/// A column shorter than 2^l is zero-extended.
///
/// # Errors
/// [`CodeError`] for a shape that the field does not support, no columns, or a column longer than 2^l.
#[expect(clippy::indexing_slicing, reason = "encode_with asks for columns below the number that it is given")]
pub fn encode_columns<P: FieldPair>(columns: &[Vec<P::F>], shape: CodeShape) -> Result<Vec<P::F>, CodeError> {
    check_lengths(columns.iter().map(Vec::len), shape)?;
    encode_with::<P>(columns.len(), shape, |column, first, tile| {
        let rest = columns[column].get(first..).unwrap_or(&[]);
        for (t, &c) in tile.iter_mut().zip(rest) {
            *t = c;
        }
    })
}

/// The N evaluations of one polynomial with coefficients in K, in natural order.
///
/// # Errors
/// As [`encode_columns`].
pub fn encode_k<P: FieldPair>(coefficients: &[P::K], shape: CodeShape) -> Result<Vec<P::K>, CodeError> {
    Ok(encode_k_many::<P>(&[coefficients], shape)?.pop().unwrap_or_default())
}

/// [`encode_k`] of several vectors, sharing one batched DFT over the base field.
///
/// # Errors
/// As [`encode_columns`]; no vectors give no codewords.
#[expect(clippy::indexing_slicing, reason = "columns are below vectors·degree, and a row has so many cells")]
pub fn encode_k_many<P: FieldPair>(vectors: &[&[P::K]], shape: CodeShape) -> Result<Vec<Vec<P::K>>, CodeError> {
    if vectors.is_empty() {
        return Ok(Vec::new());
    }
    check_lengths(vectors.iter().map(|v| v.len()), shape)?;
    let width = vectors.len() * P::DEGREE;
    let codeword = encode_with::<P>(width, shape, |column, first, tile| {
        let rest = vectors[column / P::DEGREE].get(first..).unwrap_or(&[]);
        for (t, k) in tile.iter_mut().zip(rest) {
            *t = k.as_basis_coefficients_slice()[column % P::DEGREE];
        }
    })?;
    let one = |v: usize| {
        let value = |row: &[P::F]| P::K::from_basis_coefficients_fn(|d| row[v * P::DEGREE + d]);
        codeword.par_chunks_exact(width).with_min_len(1 << 10).map(value).collect()
    };
    Ok((0..vectors.len()).map(one).collect())
}

fn check_lengths(lengths: impl ExactSizeIterator<Item = usize>, shape: CodeShape) -> Result<(), CodeError> {
    if lengths.len() == 0 || lengths.len() > u32::MAX as usize {
        return Err(CodeError::Width(lengths.len()));
    }
    let limit = shape.n_coefficients();
    for (column, len) in lengths.enumerate() {
        if len > limit {
            return Err(CodeError::ColumnTooLong { column, len, limit });
        }
    }
    Ok(())
}

/// Encodes `width` columns; `load(column, first, tile)` copies coefficients `first..` of a column into a zeroed tile.
#[expect(clippy::indexing_slicing, reason = "tiles, panels and rows are cut to the sizes that the loops run over")]
fn encode_with<P: FieldPair>(
    width: usize,
    shape: CodeShape,
    load: impl Fn(usize, usize, &mut [P::F]) + Sync,
) -> Result<Vec<P::F>, CodeError> {
    shape.check::<P>()?;
    let blowup = 1usize << shape.log_blowup;
    let wide = width * blowup;
    let omega = P::F::two_adic_generator(shape.log_n());
    let shifts: Vec<P::F> = omega.powers().take(blowup).collect();
    let mut matrix = P::F::zero_vec(shape.n_coefficients() * wide);
    matrix.par_chunks_mut(TILE * wide).enumerate().for_each(|(tile_index, rows)| {
        let first = tile_index * TILE;
        let height = rows.len() / wide;
        let scales: Vec<Vec<P::F>> =
            shifts.iter().map(|&s| s.shifted_powers(s.exp_u64(first as u64)).take(height).collect()).collect();
        let mut source = [[P::F::ZERO; TILE]; PANEL];
        let mut scaled = [P::F::ZERO; TILE];
        let mut transposed = [[P::F::ZERO; PANEL]; TILE];
        for panel in (0..width).step_by(PANEL) {
            let panel_width = PANEL.min(width - panel);
            for (j, tile) in source[..panel_width].iter_mut().enumerate() {
                tile.fill(P::F::ZERO);
                load(panel + j, first, &mut tile[..height]);
            }
            for (coset, scale) in scales.iter().enumerate() {
                for (j, tile) in source[..panel_width].iter().enumerate() {
                    scaled.copy_from_slice(tile);
                    multiply(&mut scaled[..height], scale);
                    for (row, &s) in transposed.iter_mut().zip(&scaled) {
                        row[j] = s;
                    }
                }
                let start = coset * width + panel;
                for (row, piece) in rows.chunks_mut(wide).zip(&transposed) {
                    row[start..start + panel_width].copy_from_slice(&piece[..panel_width]);
                }
            }
        }
    });
    Ok(Radix2DFTSmallBatch::<P::F>::default().dft_batch(RowMajorMatrix::new(matrix, wide)).values)
}

/// Multiplies `values` by `factors` cell by cell.
fn multiply<F: Field>(values: &mut [F], factors: &[F]) {
    let (packed, tail) = F::Packing::pack_slice_with_suffix_mut(values);
    let (packed_factors, factor_tail) = F::Packing::pack_slice_with_suffix(factors);
    for (v, &f) in packed.iter_mut().zip(packed_factors) {
        *v *= f;
    }
    for (v, &f) in tail.iter_mut().zip(factor_tail) {
        *v *= f;
    }
}
