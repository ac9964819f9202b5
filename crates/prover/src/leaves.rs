//! Leaves of the fraction tree: −1 over each looked-up tuple, the multiplicity over each table entry.

use crate::values::Values;
use affidavit_algebra::FieldPair;
use affidavit_relations::Circuit;
use affidavit_relations::view::padded_index;
use p3_field::PrimeCharacteristicRing;
use rayon::prelude::*;

/// Numerators and denominators of all leaves.
pub fn leaves<P: FieldPair>(
    circuit: &Circuit,
    values: &Values<'_, P>,
    alpha: P::K,
    beta: P::K,
) -> (Vec<P::F>, Vec<P::K>) {
    let size = 1usize << circuit.log_leaves();
    let mut numerators = P::F::zero_vec(size);
    let mut denominators = vec![P::K::ONE; size];
    let mut rest_n = numerators.as_mut_slice();
    let mut rest_d = denominators.as_mut_slice();
    for (log_size, block) in circuit.blocks() {
        let (n, tail_n) = rest_n.split_at_mut(1 << log_size);
        let (d, tail_d) = rest_d.split_at_mut(1 << log_size);
        rest_n = tail_n;
        rest_d = tail_d;
        if let Some(lookup) = circuit.lookups.get(block) {
            let base = alpha - beta * beta * P::F::from_u32(circuit.tables[lookup.table].tag);
            d.fill(base);
            let x = &values.cells[lookup.x];
            let y = lookup.y.map(|y| &values.cells[y]);
            let dims = &circuit.tensors[lookup.x].dims;
            let row = dims.last().copied().unwrap_or(1);
            // Rows of the last axis are contiguous in both orders.
            let padded_row = row.next_power_of_two();
            let fill = |(r, (n, d)): (usize, (&mut [P::F], &mut [P::K]))| {
                for i in 0..row {
                    let flat = r * row + i;
                    n[i] = -P::F::ONE;
                    let mut value = base - x[flat];
                    if let Some(y) = y {
                        value -= beta * y[flat];
                    }
                    d[i] = value;
                }
            };
            let rows = x.len() / row.max(1);
            let contiguous = dims.len() <= 2 || dims[1..dims.len() - 1].iter().all(|d| d.is_power_of_two());
            if contiguous {
                n.par_chunks_mut(padded_row)
                    .zip(d.par_chunks_mut(padded_row))
                    .take(rows)
                    .enumerate()
                    .with_min_len(64)
                    .for_each(fill);
            } else {
                for r in 0..rows {
                    let at = padded_index(r * row, dims);
                    fill((r, (&mut n[at..at + padded_row], &mut d[at..at + padded_row])));
                }
            }
        } else {
            let table = &circuit.tables[block - circuit.lookups.len()];
            n.copy_from_slice(&values.cells[table.multiplicity]);
            let base = alpha - beta * beta * P::F::from_u32(table.tag) - P::F::from_i64(table.in_lo);
            d.par_iter_mut().with_min_len(1 << 12).enumerate().for_each(|(i, d)| {
                *d = base - P::F::from_usize(i);
                if let Some(v) = &table.values {
                    *d -= beta * P::F::from_i64(v[i]);
                }
            });
        }
    }
    (numerators, denominators)
}
