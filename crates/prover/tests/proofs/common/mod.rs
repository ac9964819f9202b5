//! A small model for tests: y = relu(W·x + b) rescaled, with a table function on top. Larger ones in the modules.
#![allow(dead_code, reason = "each test file uses its part")]

pub mod bundle;
pub mod case;
pub mod edits;
pub mod evaluate;
#[path = "../../../../plan/tests/common/fields.rs"]
pub mod fields;
#[path = "../../../../plan/tests/common/manifest.rs"]
pub mod manifest;
pub mod mutate;
pub mod sections;
pub mod zoo;

use affidavit_plan::*;
use std::collections::BTreeMap;

pub struct Toy {
    pub plan: Plan,
    pub model: Vec<Vec<i64>>,
    /// Values of all plan tensors for a batch.
    pub witness: BTreeMap<usize, Vec<i64>>,
    pub batch: usize,
}

const SHIFT: u8 = 6;

fn tensor(name: &str, batched: bool, dims: &[u32], kind: TensorKind) -> Tensor {
    Tensor { name: name.into(), batched, dims: dims.to_vec(), scale: 0, kind }
}

/// x[i] → acc = W·x + b → a = relu(acc >> 6), n its negative part, r the remainder → y = a² mod table.
pub fn toy(field: FieldId, batch: usize, inputs: usize, outputs: usize) -> Toy {
    let (i, o) = (inputs as u32, outputs as u32);
    let lin = |terms: &[(i64, u32)], constant| TensorKind::Linear { terms: terms.to_vec(), constant };
    let tensors = vec![
        tensor("w", false, &[o, i], TensorKind::Model { lo: -128, hi: 127 }),
        tensor("b", false, &[o], TensorKind::Model { lo: -2048, hi: 2047 }),
        tensor("x", true, &[i], TensorKind::Input { lo: -128, hi: 127, index: 0 }),
        tensor(
            "wx",
            true,
            &[o],
            TensorKind::Contract { out: vec![0], a: 0, a_labels: vec![0, 1], b: Some(2), b_labels: vec![1] },
        ),
        tensor("acc", true, &[o], lin(&[(1, 3), (1, 1)], 0)),
        tensor(
            "a",
            true,
            &[o],
            TensorKind::Fresh { lo: 0, hi: 4095, hint: Hint::Clamp { src: 4, shift: SHIFT, lo: 0, hi: 4095 } },
        ),
        tensor(
            "n",
            true,
            &[o],
            TensorKind::Fresh { lo: 0, hi: 4095, hint: Hint::Below { src: 4, shift: SHIFT, lo: 0 } },
        ),
        tensor("r", true, &[o], lin(&[(1, 4), (-64, 5), (64, 6)], 32)),
        tensor(
            "an",
            true,
            &[o],
            TensorKind::Contract { out: vec![0], a: 5, a_labels: vec![0], b: Some(6), b_labels: vec![0] },
        ),
        tensor("y", true, &[o], TensorKind::Fresh { lo: 0, hi: 100, hint: Hint::Table { src: 5, table: 0 } }),
    ];
    let relations = vec![
        Relation::Range { tensor: 2, lo: -128, bits: 8 },
        Relation::Range { tensor: 5, lo: 0, bits: 12 },
        Relation::Range { tensor: 6, lo: 0, bits: 12 },
        Relation::Range { tensor: 7, lo: 0, bits: SHIFT },
        Relation::Zero { tensor: 8 },
        Relation::Table { x: 5, y: 9, table: 0 },
    ];
    let values: Vec<i64> = (0..4096i64).map(|v| (v * v + 3) % 101).collect();
    let plan = Plan {
        field,
        name: "toy".into(),
        tables: vec![Table { in_lo: 0, log_size: 12, values: values.clone() }],
        tensors,
        relations,
        inputs: vec![Port { name: "x".into(), tensor: 2, shape: vec![i], scale: 0 }],
        outputs: vec![Port { name: "y".into(), tensor: 9, shape: vec![o], scale: 0 }],
    };
    let mut state = 12345u64;
    let mut draw = |n: usize, lo: i64, hi: i64| -> Vec<i64> {
        (0..n)
            .map(|_| {
                state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
                lo + ((state >> 33) as i64) % (hi - lo + 1)
            })
            .collect()
    };
    let w = draw(outputs * inputs, -128, 127);
    let b = draw(outputs, -2048, 2047);
    let x = draw(batch * inputs, -128, 127);
    let mut witness: BTreeMap<usize, Vec<i64>> = BTreeMap::new();
    let mut put = |id: usize, f: &dyn Fn(usize, usize) -> i64| {
        let cells = (0..batch).flat_map(|r| (0..outputs).map(move |j| (r, j))).map(|(r, j)| f(r, j)).collect();
        witness.insert(id, cells);
    };
    let wx = |r: usize, j: usize| -> i64 { (0..inputs).map(|k| w[j * inputs + k] * x[r * inputs + k]).sum() };
    let acc = |r: usize, j: usize| wx(r, j) + b[j];
    let q = |r: usize, j: usize| (acc(r, j) + 32) >> SHIFT;
    put(3, &wx);
    put(4, &acc);
    put(5, &|r, j| q(r, j).max(0));
    put(6, &|r, j| (-q(r, j)).max(0));
    put(7, &|r, j| acc(r, j) + 32 - (q(r, j) << SHIFT));
    put(8, &|_, _| 0);
    put(9, &|r, j| values[q(r, j).max(0) as usize]);
    witness.insert(2, x);
    Toy { plan, model: vec![w, b], witness, batch }
}

/// A statement without its layout digest.
pub fn statement(toy: &Toy, model: &Commitment, inputs: InputClaim, outputs: Vec<OutputClaim>) -> Statement {
    Statement {
        protocol: 1,
        purpose: Purpose::Inference,
        plan: toy.plan.digest(),
        layout: [0; 32],
        batch: toy.batch as u32,
        model: model.digest(),
        input_commitment: None,
        inputs: vec![inputs],
        outputs,
        context: Context { nonce: vec![1, 2], policy: "test".into(), time: 0 },
    }
}
