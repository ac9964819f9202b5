//! Plans that the tests start from.
#![allow(dead_code)]

pub mod evaluate;
pub mod fields;
pub mod manifest;
pub mod random;

use affidavit_plan::*;

pub fn tensor(name: &str, batched: bool, dims: &[u32], kind: TensorKind) -> Tensor {
    Tensor { name: name.to_owned(), batched, dims: dims.to_vec(), scale: 0, kind }
}

pub fn port(name: &str, tensor: u32, shape: &[u32]) -> Port {
    Port { name: name.to_owned(), tensor, shape: shape.to_vec(), scale: 0 }
}

pub fn fresh(lo: i64, hi: i64, hint: Hint) -> TensorKind {
    TensorKind::Fresh { lo, hi, hint }
}

pub fn linear(terms: &[(i64, u32)], constant: i64) -> TensorKind {
    TensorKind::Linear { terms: terms.to_vec(), constant }
}

pub fn contract(out: &[u8], a: u32, a_labels: &[u8], b: Option<u32>, b_labels: &[u8]) -> TensorKind {
    TensorKind::Contract { out: out.to_vec(), a, a_labels: a_labels.to_vec(), b, b_labels: b_labels.to_vec() }
}

pub fn part(src: u32, offset: &[u32], shape: &[u32], src_offset: i64, strides: &[i64]) -> ViewPart {
    ViewPart { src, box_offset: offset.to_vec(), box_shape: shape.to_vec(), src_offset, src_strides: strides.to_vec() }
}

/// Every kind, every relation, every hint.
pub fn sample() -> Plan {
    let signed = |hint| fresh(-128, 127, hint);
    let tensors = vec![
        tensor("weight", false, &[3, 4], TensorKind::Model { lo: -128, hi: 127 }),
        tensor("x", true, &[4], TensorKind::Input { lo: -128, hi: 127, index: 0 }),
        tensor("acc", true, &[3], contract(&[7], 0, &[7, 9], Some(1), &[9])),
        tensor("bias", false, &[3], TensorKind::Model { lo: 0, hi: 255 }),
        tensor("biased", true, &[3], linear(&[(1, 2), (4, 3)], 5)),
        tensor("offsets", false, &[1, 3], TensorKind::Constant { values: vec![3, -1, 2] }),
        tensor("q", true, &[3], signed(Hint::Clamp { src: 4, shift: 8, lo: -128, hi: 127 })),
        tensor("rest", true, &[3], linear(&[(1, 4), (-256, 6)], 128)),
        tensor("small", true, &[3], fresh(-8, 7, Hint::Clamp { src: 6, shift: 0, lo: -8, hi: 7 })),
        tensor("square", true, &[3], fresh(0, 64, Hint::Table { src: 8, table: 0 })),
        tensor(
            "padded",
            true,
            &[2, 3],
            TensorKind::View {
                parts: vec![part(6, &[0, 1], &[1, 2], 2, &[0, -1]), part(8, &[1, 0], &[1, 3], 0, &[0, 1])],
            },
        ),
        tensor("max", true, &[1], signed(Hint::RowMax { src: 6 })),
        tensor("min", true, &[2, 1], signed(Hint::RowMin { src: 10 })),
        tensor("first", true, &[3], fresh(0, 1, Hint::RowArgMax { src: 6 })),
        tensor("ratio", true, &[3], signed(Hint::FloorDiv { num: 6, den: 11 })),
        tensor("root", true, &[3], fresh(0, 15, Hint::Isqrt { src: 9 })),
        tensor("low", true, &[3], fresh(0, 15, Hint::Bits { src: 7, offset: -3, shift: 4, bits: 4 })),
        tensor("below", true, &[3], fresh(0, 255, Hint::Below { src: 4, shift: 8, lo: -128 })),
        tensor("above", true, &[3], fresh(0, 255, Hint::Above { src: 4, shift: 8, hi: 127 })),
        tensor("total", true, &[], contract(&[], 13, &[0], None, &[])),
        tensor("one", true, &[], linear(&[(1, 19)], -1)),
        tensor("y", true, &[1, 3], linear(&[(2, 6), (1, 5), (1, 11)], 0)),
    ];
    let range = |tensor, lo, bits| Relation::Range { tensor, lo, bits };
    Plan {
        field: FieldId::KoalaBear,
        name: "sample".to_owned(),
        tables: vec![
            Table { in_lo: -8, log_size: 4, values: (-8..8).map(|v| v * v).collect() },
            Table { in_lo: 0, log_size: 1, values: vec![0, 1] },
        ],
        tensors,
        relations: vec![
            range(1, -128, 8),
            range(6, -128, 8),
            range(7, 0, 8),
            Relation::Table { x: 8, y: 9, table: 0 },
            range(11, -128, 8),
            range(12, -128, 8),
            range(13, 0, 1),
            range(14, -128, 8),
            range(15, 0, 4),
            range(16, 0, 4),
            range(17, 0, 8),
            range(18, 0, 8),
            Relation::Zero { tensor: 20 },
        ],
        inputs: vec![port("x", 1, &[2, 2])],
        outputs: vec![port("y", 21, &[3]), port("padded", 10, &[2, 3])],
    }
}

/// A statement about [`sample`] with two rows and every kind of output claim.
pub fn statement() -> Statement {
    let (output, cell, scale) = (0, 1, 0);
    let outcomes = || vec![true, false];
    Statement {
        protocol: 1,
        purpose: Purpose::Inference,
        plan: sample().digest(),
        layout: [7; 32],
        batch: 2,
        model: [9; 32],
        input_commitment: None,
        inputs: vec![InputClaim::Public { values: vec![-128, 0, 1, 127, 5, 6, 7, 8] }],
        outputs: vec![
            OutputClaim::Public { output, values: vec![0, 1, 2, 3, 4, 5] },
            OutputClaim::AtLeast { output, cell, threshold: 10, scale, outcomes: outcomes() },
            OutputClaim::AtMost { output, cell, threshold: -10, scale, outcomes: outcomes() },
            OutputClaim::Between { output, cell, low: -3, high: 4, scale, outcomes: outcomes() },
            OutputClaim::ArgMax { output: 1, classes: vec![0, 5] },
            OutputClaim::TopK { output: 1, cell: 5, k: 6, outcomes: outcomes() },
        ],
        context: Context { nonce: vec![1, 2, 3], policy: "credit-2026".to_owned(), time: 1_790_000_000 },
    }
}

/// The same with its inputs committed and signed.
pub fn committed_statement() -> Statement {
    let mut statement = statement();
    statement.inputs = vec![InputClaim::Committed];
    statement.input_commitment = Some(CommittedInput {
        commitment: [1; 32],
        schema: [2; 32],
        issuer: Some([3; 32]),
        records: vec!["Müller 1".to_owned(), "record-2".to_owned()],
        expiry: 1_800_000_000,
    });
    statement
}

/// A model commitment of [`sample`].
pub fn commitment() -> Commitment {
    Commitment {
        role: Role::Model,
        field: FieldId::KoalaBear,
        subject: sample().digest(),
        log_rows: 12,
        log_blowup: 2,
        columns: 3,
        queries: 160,
        grinding: 20,
        pads: 2880,
        batch: 0,
        root: [4; 32],
    }
}
