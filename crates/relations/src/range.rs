//! Range: a tensor's cells lie in [lo, lo + 2^bits), by lookups of limbs in one table [0, 2^w).
//!
//! A width below w is checked twice: the value, and the value scaled up to the table (the scaled one alone would be
//! unsound). A width above w is split: all limbs but the lowest are committed, the lowest is virtual.

use crate::{Circuit, Fresh, Kind, Lookup, TableBlock, TensorId};
use affidavit_plan::FieldId;

/// A range check asked for.
#[derive(Clone, Debug)]
pub struct Request {
    pub name: String,
    pub tensor: TensorId,
    pub lo: i64,
    pub bits: u32,
}

/// Largest range table: scaling a width-1 value up must not wrap, 2·w − 1 ≤ 30 in KoalaBear.
fn max_width(field: FieldId) -> u32 {
    match field {
        FieldId::KoalaBear => 15,
        FieldId::Goldilocks => 16,
    }
}

/// The table width that makes tree and committed cells smallest (ties: the wider).
#[expect(clippy::indexing_slicing, reason = "requests name tensors of the circuit")]
pub fn choose_width(circuit: &Circuit, requests: &[Request], other_leaves: u128, field: FieldId) -> u32 {
    // In u128: 2^16 requests of at most 2^31 padded cells cannot overflow.
    let cost = |w: u32| -> u128 {
        let mut leaves = other_leaves + (1 << w);
        let mut committed = 1u128 << w;
        for r in requests {
            let tensor = &circuit.tensors[r.tensor];
            let limbs = u128::from(r.bits.div_ceil(w));
            let scaled = u128::from(!r.bits.is_multiple_of(w));
            leaves += (limbs + scaled) << tensor.vars();
            committed += (limbs - 1) * tensor.cells() as u128;
        }
        leaves.next_power_of_two() * 4 + committed * 8
    };
    (4..=max_width(field)).rev().min_by_key(|&w| cost(w)).unwrap_or(8)
}

/// Adds limbs, lookups and the range table for all requests.
#[expect(clippy::indexing_slicing, reason = "requests name tensors of the circuit")]
pub fn add_ranges(circuit: &mut Circuit, requests: &[Request], width: u32) {
    if requests.is_empty() {
        return;
    }
    let table = circuit.tables.len();
    let multiplicity = circuit.push(
        "multiplicities of the range table",
        false,
        vec![1 << width],
        Kind::Fresh(Fresh::Multiplicity { table }),
    );
    circuit.tables.push(TableBlock { tag: 0, in_lo: 0, log_size: width as usize, values: None, multiplicity });
    circuit.range_bits = width as usize;
    for r in requests {
        let value = match r.lo {
            0 => r.tensor,
            lo => circuit.linear(&r.name, &[(1, r.tensor)], -lo),
        };
        let limbs = r.bits.div_ceil(width);
        let top_bits = r.bits - width * (limbs - 1);
        let mut low_terms = vec![(1, value)];
        for i in 1..limbs {
            let bits = if i + 1 == limbs { top_bits } else { width };
            let shape = circuit.tensors[value].clone();
            let limb = circuit.push(
                format!("{} (limb {i})", r.name),
                shape.batched,
                shape.dims,
                Kind::Fresh(Fresh::Limb { src: value, shift: width * i, bits }),
            );
            low_terms.push((-(1i64 << (width * i)), limb));
            add_lookup(circuit, &r.name, limb, bits, width, table);
        }
        let low = if limbs == 1 { value } else { circuit.linear(&r.name, &low_terms, 0) };
        add_lookup(circuit, &r.name, low, if limbs == 1 { top_bits } else { width }, width, table);
    }
}

fn add_lookup(circuit: &mut Circuit, name: &str, x: TensorId, bits: u32, width: u32, table: usize) {
    circuit.lookups.push(Lookup { name: name.to_owned(), x, y: None, table });
    if bits < width {
        let scaled = circuit.linear(name, &[(1i64 << (width - bits), x)], 0);
        circuit.lookups.push(Lookup { name: name.to_owned(), x: scaled, y: None, table });
    }
}
