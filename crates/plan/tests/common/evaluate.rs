//! A direct evaluation of a plan's virtual tensors for one row, cell by cell, from the words of the specification.

use affidavit_plan::*;
use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};

/// Values of every tensor; committed ones are drawn from their declared ranges, favouring the ends.
pub fn evaluate(plan: &Plan, seed: u64) -> Vec<Vec<i128>> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut values: Vec<Vec<i128>> = Vec::new();
    for tensor in &plan.tensors {
        let cells = indices(&tensor.dims);
        let row = match &tensor.kind {
            TensorKind::Model { lo, hi } | TensorKind::Input { lo, hi, .. } | TensorKind::Fresh { lo, hi, .. } => {
                let width = (i128::from(*hi) - i128::from(*lo) + 1) as u64;
                cells
                    .iter()
                    .map(|_| match rng.next_u64() % 4 {
                        0 => i128::from(*lo),
                        1 => i128::from(*hi),
                        _ => i128::from(*lo) + i128::from(rng.next_u64() % width),
                    })
                    .collect()
            }
            TensorKind::Constant { values } => values.iter().map(|v| i128::from(*v)).collect(),
            TensorKind::Linear { terms, constant } => cells
                .iter()
                .map(|at| {
                    let term = |(c, id): &(i64, u32)| {
                        let source = &plan.tensors[*id as usize];
                        let skip = at.len() - source.dims.len();
                        let own: Vec<u32> =
                            at[skip..].iter().zip(&source.dims).map(|(i, d)| if *d == 1 { 0 } else { *i }).collect();
                        i128::from(*c) * values[*id as usize][flat(&own, &source.dims)]
                    };
                    i128::from(*constant) + terms.iter().map(term).sum::<i128>()
                })
                .collect(),
            TensorKind::Contract { out, a, a_labels, b, b_labels } => {
                let mut sizes: Vec<(u8, u32)> = Vec::new();
                let mut add = |labels: &[u8], dims: &[u32]| {
                    for (l, d) in labels.iter().zip(dims) {
                        if !sizes.iter().any(|(known, _)| known == l) {
                            sizes.push((*l, *d));
                        }
                    }
                };
                add(a_labels, &plan.tensors[*a as usize].dims);
                if let Some(b) = b {
                    add(b_labels, &plan.tensors[*b as usize].dims);
                }
                let all: Vec<u32> = sizes.iter().map(|(_, d)| *d).collect();
                let pick = |at: &[u32], labels: &[u8], dims: &[u32]| {
                    let own: Vec<u32> =
                        labels.iter().map(|l| at[sizes.iter().position(|(k, _)| k == l).unwrap()]).collect();
                    flat(&own, dims)
                };
                let mut sums = vec![0; cells.len()];
                for at in indices(&all) {
                    let mut product = values[*a as usize][pick(&at, a_labels, &plan.tensors[*a as usize].dims)];
                    if let Some(b) = b {
                        product *= values[*b as usize][pick(&at, b_labels, &plan.tensors[*b as usize].dims)];
                    }
                    sums[pick(&at, out, &tensor.dims)] += product;
                }
                sums
            }
            TensorKind::View { parts } => {
                let mut row = vec![0; cells.len()];
                for part in parts {
                    for o in indices(&part.box_shape) {
                        let to: Vec<u32> = part.box_offset.iter().zip(&o).map(|(b, o)| b + o).collect();
                        let from: i64 = part.src_strides.iter().zip(&o).map(|(s, o)| s * i64::from(*o)).sum();
                        row[flat(&to, &tensor.dims)] =
                            values[part.src as usize][usize::try_from(part.src_offset + from).unwrap()];
                    }
                }
                row
            }
        };
        values.push(row);
    }
    values
}

/// All indices of a shape, row-major.
pub fn indices(dims: &[u32]) -> Vec<Vec<u32>> {
    dims.iter().fold(vec![vec![]], |heads, dim| {
        heads.iter().flat_map(|head| (0..*dim).map(move |i| [head.as_slice(), &[i]].concat())).collect()
    })
}

pub fn flat(at: &[u32], dims: &[u32]) -> usize {
    at.iter().zip(dims).fold(0, |sum, (i, d)| sum * *d as usize + *i as usize)
}
