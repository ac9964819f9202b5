//! One plan with every tensor kind, relation, broadcast and label pattern.

use super::evaluate::evaluate;
use affidavit_plan::*;
use std::collections::BTreeMap;

pub struct Zoo {
    pub plan: Plan,
    pub model: Vec<Vec<i64>>,
    pub inputs: Vec<Vec<i64>>,
    pub batch: usize,
}

/// Tensor ids by what they are.
pub const W: usize = 0;
pub const X: usize = 2;
pub const WX: usize = 5;
pub const Q: usize = 7;
pub const R: usize = 8;
pub const A: usize = 9;
pub const N: usize = 10;
pub const AN: usize = 12;
pub const Y: usize = 13;
pub const REVERSED: usize = 14;
pub const FREE: usize = 26;

impl Zoo {
    /// Honest cells of all tensors.
    pub fn witness(&self) -> BTreeMap<usize, Vec<i64>> {
        self.changed(&|_, _| {})
    }

    /// Cells where `change` falsified some tensors, all later ones computed from them.
    pub fn changed(&self, change: &dyn Fn(usize, &mut Vec<i64>)) -> BTreeMap<usize, Vec<i64>> {
        evaluate(&self.plan, &self.model, &self.inputs, self.batch, change)
    }

    /// Ids of the tensors of one kind.
    pub fn ids(&self, wanted: impl Fn(&TensorKind) -> bool) -> Vec<usize> {
        (0..self.plan.tensors.len()).filter(|&id| wanted(&self.plan.tensors[id].kind)).collect()
    }
}

fn linear(terms: &[(i64, usize)], constant: i64) -> TensorKind {
    TensorKind::Linear { terms: terms.iter().map(|&(c, t)| (c, t as u32)).collect(), constant }
}

fn contract(out: &[u8], a: (usize, &[u8]), b: Option<(usize, &[u8])>) -> TensorKind {
    TensorKind::Contract {
        out: out.to_vec(),
        a: a.0 as u32,
        a_labels: a.1.to_vec(),
        b: b.map(|b| b.0 as u32),
        b_labels: b.map_or(vec![], |b| b.1.to_vec()),
    }
}

fn part(src: usize, box_offset: &[u32], box_shape: &[u32], src_offset: i64, src_strides: &[i64]) -> ViewPart {
    ViewPart {
        src: src as u32,
        box_offset: box_offset.to_vec(),
        box_shape: box_shape.to_vec(),
        src_offset,
        src_strides: src_strides.to_vec(),
    }
}

fn view(parts: Vec<ViewPart>) -> TensorKind {
    TensorKind::View { parts }
}

fn fresh(lo: i64, hi: i64, hint: Hint) -> TensorKind {
    TensorKind::Fresh { lo, hi, hint }
}

/// acc = W·x + 2b + 3c + 5, q = acc / 16 rounded, a − n = q its two parts, y = table(a); the rest exercises shapes.
fn tensors() -> Vec<Tensor> {
    let mut all = Vec::new();
    let mut put = |name: &str, batched: bool, dims: &[u32], kind: TensorKind| {
        all.push(Tensor { name: name.into(), batched, dims: dims.to_vec(), scale: 0, kind });
        all.len() - 1
    };
    let wide = 1 << 19;
    let w = put("w", false, &[4, 6], TensorKind::Model { lo: -8, hi: 7 });
    let b = put("b", false, &[4], TensorKind::Model { lo: -128, hi: 127 });
    let x = put("x", true, &[6], TensorKind::Input { lo: -32, hi: 31, index: 0 });
    let z = put("z", true, &[2], TensorKind::Input { lo: 0, hi: 15, index: 1 });
    let c = put("c", false, &[4], TensorKind::Constant { values: vec![3, -1, 4, -5] });
    let wx = put("wx", true, &[4], contract(&[0], (w, &[0, 1]), Some((x, &[1]))));
    let acc = put("acc", true, &[4], linear(&[(1, wx), (2, b), (3, c)], 5));
    let clamp = |src: usize, shift, lo, hi| Hint::Clamp { src: src as u32, shift, lo, hi };
    let q = put("q", true, &[4], fresh(-wide, wide - 1, clamp(acc, 4, -wide, wide - 1)));
    put("r", true, &[4], linear(&[(1, acc), (-16, q)], 8));
    let a = put("a", true, &[4], fresh(0, 255, clamp(q, 0, 0, 255)));
    let n = put("n", true, &[4], fresh(0, 255, Hint::Below { src: q as u32, shift: 0, lo: 0 }));
    put("diff", true, &[4], linear(&[(1, a), (-1, n), (-1, q)], 0));
    put("an", true, &[4], contract(&[0], (a, &[0]), Some((n, &[0]))));
    let y = put("y", true, &[4], fresh(0, 100, Hint::Table { src: a as u32, table: 0 }));
    let reversed = put("reversed", true, &[3], view(vec![part(x, &[0], &[3], 5, &[-2])]));
    put("looked up", true, &[3], fresh(-50, 50, Hint::Table { src: reversed as u32, table: 1 }));
    let square = put("square", true, &[4], contract(&[0], (a, &[0]), Some((a, &[0]))));
    let sum = put("sum", true, &[], contract(&[], (x, &[0]), None));
    put("outer", true, &[4, 2], contract(&[0, 1], (n, &[0]), Some((z, &[1]))));
    put("total", true, &[4], linear(&[(3, square), (-2, sum), (1, c)], 0));
    let wc = put("wc", false, &[6], contract(&[1], (w, &[0, 1]), Some((c, &[0]))));
    let wt = put("wt", false, &[6, 4], view(vec![part(w, &[0, 0], &[6, 4], 0, &[1, 6])]));
    let back = put("back", true, &[6], contract(&[0], (wt, &[0, 1]), Some((a, &[1]))));
    let residual = put("residual", true, &[6], linear(&[(1, x), (1, wc), (1, back)], 0));
    let glued = view(vec![part(q, &[0], &[4], 0, &[1]), part(reversed, &[4], &[3], 0, &[1])]);
    put("glued", true, &[7], glued);
    put("padded", true, &[2, 3], view(vec![part(y, &[0, 1], &[2, 2], 0, &[1, 2])]));
    put("free", true, &[4], fresh(0, 7, Hint::Bits { src: a as u32, offset: 0, shift: 0, bits: 3 }));
    put("deep", true, &[], contract(&[], (square, &[0]), None));
    put("gated", true, &[], contract(&[], (residual, &[0]), Some((x, &[0]))));
    all
}

pub fn zoo(field: FieldId, batch: usize) -> Zoo {
    let range = |tensor: u32, lo, bits| Relation::Range { tensor, lo, bits };
    let relations = vec![
        range(2, -32, 6),
        range(3, 0, 4),
        range(7, -(1 << 19), 20),
        range(8, 0, 4),
        range(9, 0, 8),
        range(10, 0, 8),
        Relation::Zero { tensor: 11 },
        Relation::Zero { tensor: 12 },
        Relation::Table { x: 9, y: 13, table: 0 },
        Relation::Table { x: 14, y: 15, table: 1 },
        range(18, 0, 12),
        range(19, -1024, 20),
        range(23, -(1 << 14), 15),
        range(24, -(1 << 19), 20),
        range(26, 0, 3),
        range(27, 0, 18),
        range(28, -(1 << 22), 23),
    ];
    let port = |name: &str, tensor, shape: &[u32]| Port { name: name.into(), tensor, shape: shape.to_vec(), scale: 0 };
    let plan = Plan {
        field,
        name: "zoo".into(),
        tables: vec![
            Table { in_lo: 0, log_size: 8, values: (0..256).map(|v| (v * v + 3) % 101).collect() },
            Table { in_lo: -32, log_size: 6, values: (0..64).map(|v| (v * 7) % 101 - 50).collect() },
        ],
        tensors: tensors(),
        relations,
        inputs: vec![port("x", 2, &[6]), port("z", 3, &[2])],
        outputs: vec![port("y", 13, &[4]), port("padded", 25, &[2, 3]), port("q", 7, &[4])],
    };
    let mut state = 7u64;
    let mut draw = |n: usize, lo: i64, hi: i64| -> Vec<i64> {
        (0..n)
            .map(|_| {
                state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
                lo + ((state >> 33) as i64) % (hi - lo + 1)
            })
            .collect()
    };
    let model = vec![draw(24, -8, 7), draw(4, -128, 127)];
    let inputs = vec![draw(batch * 6, -32, 31), draw(batch * 2, 1, 15)];
    Zoo { plan, model, inputs, batch }
}
