//! Inputs of few bytes that ask for much: each is one way of making a verifier allocate or compute.

use crate::common::Bundle;
use affidavit_plan::*;
use affidavit_protocol::{Session, SessionError};
use affidavit_relations::CircuitError;

/// What it is, the step that refuses it, the input.
type Case = (&'static str, u8, fn() -> Bundle);

pub fn hostile() -> Vec<Case> {
    vec![
        ("argmax of 2^22 cells, 256 times", 11, argmax_tables),
        ("argmax of 2^22 cells, once", 21, argmax_once),
        ("top_k of 2^18 cells, 256 times", 11, top_k_tables),
        ("2^16 ranges, long names", 19, ranges),
        ("2^16 ranges on a matrix", 15, wide_ranges),
        ("one wide sum, checked 2^13 times", 17, || repeated_sum(1 << 13)),
        ("one wide sum, checked 1000 times", 19, || repeated_sum(1000)),
        ("a view of 4096 boxes, 720 claims", 17, || view_claims(720)),
        ("a view of 4096 boxes, 250 claims", 21, || view_claims(250)),
        ("3 views of 16^6 cells, reversed", 21, large_view),
        ("a view of 2^26 cells, 100 stages", 19, long_view),
        ("2^14 views, each of the last", 19, many_views),
        ("2^18 boxes of tensors", 21, dyadic_boxes),
        ("columns of one usable cell", 21, no_room),
        ("60 tensors of 4096 equal terms", 21, terms),
        ("4096 equal terms, checked 2^14 times", 17, equal_terms),
        ("2^16 checks of a constant", 17, constants),
        ("between over 2^20 rows", 21, || between_rows(1)),
        ("between over 2^20 rows, 12 times", 15, || between_rows(12)),
        ("a public input of 2^20 rows", 25, public_rows),
        ("2^15 columns", 21, columns),
        ("columns of 2^20 cells", 21, tall),
        ("a chain of contractions", 19, chain),
        ("names, sums, views, argmax at once", 17, together),
    ]
}

fn tensor(name: &str, batched: bool, dims: &[u32], kind: TensorKind) -> Tensor {
    Tensor { name: name.into(), batched, dims: dims.to_vec(), scale: 0, kind }
}

fn linear(terms: &[(i64, u32)], constant: i64) -> TensorKind {
    TensorKind::Linear { terms: terms.to_vec(), constant }
}

fn fresh(bits: u8) -> TensorKind {
    TensorKind::Fresh { lo: 0, hi: (1 << bits) - 1, hint: Hint::Bits { src: 0, offset: 0, shift: 0, bits } }
}

/// x is input and tensor 0, with `dims` cells in [0, 2^bits); the last tensor is the output.
fn plan(field: FieldId, dims: &[u32], bits: u8, rest: Vec<Tensor>, relations: Vec<Relation>) -> Plan {
    let mut tensors = vec![tensor("x", true, dims, TensorKind::Input { lo: 0, hi: (1 << bits) - 1, index: 0 })];
    tensors.extend(rest);
    let last = tensors.iter().rposition(|t| t.batched).unwrap() as u32;
    let port = |name: &str, id: u32| Port {
        name: name.into(),
        tensor: id,
        shape: tensors[id as usize].dims.clone(),
        scale: 0,
    };
    let (inputs, outputs) = (vec![port("x", 0)], vec![port("y", last)]);
    let mut all = vec![Relation::Range { tensor: 0, lo: 0, bits }];
    all.extend(relations);
    Plan { field, name: "hostile".into(), tables: vec![], tensors, relations: all, inputs, outputs }
}

/// What a dishonest prover can make without a proof: a commitment whose columns fit, the layout's digest, and zeros.
struct Forgery {
    plan: Plan,
    batch: u32,
    inputs: InputClaim,
    outputs: Vec<OutputClaim>,
    log_rows: u8,
    pads: u32,
    proof: usize,
}

impl Forgery {
    fn new(plan: Plan) -> Self {
        Self { plan, batch: 1, inputs: InputClaim::Unbound, outputs: vec![], log_rows: 12, pads: 3000, proof: 1 << 20 }
    }

    fn bundle(self) -> Bundle {
        self.plan.validate().unwrap();
        let mut model = Commitment {
            role: Role::Model,
            field: self.plan.field,
            subject: self.plan.digest(),
            log_rows: self.log_rows,
            log_blowup: 2,
            columns: 1,
            queries: 160,
            grinding: 0,
            pads: self.pads,
            batch: 0,
            root: [0; 32],
        };
        let mut statement = Statement {
            protocol: 1,
            purpose: Purpose::Inference,
            plan: self.plan.digest(),
            layout: [0; 32],
            batch: self.batch,
            model: model.digest(),
            input_commitment: None,
            inputs: vec![self.inputs],
            outputs: self.outputs,
            context: Context { nonce: vec![], policy: String::new(), time: 0 },
        };
        let plan = self.plan.encode();
        for _ in 0..2 {
            statement.model = model.digest();
            match Session::open(&plan, &statement.encode(), &model.encode(), None, false).map_err(|f| f.error) {
                Ok(session) => statement.layout = session.layout.digest,
                Err(SessionError::Circuit(CircuitError::Mismatch(text))) => {
                    let Some(columns) = text.rsplit("the layout ").next().and_then(|n| n.parse().ok()) else { break };
                    model.columns = columns;
                }
                Err(_) => break,
            }
        }
        let statement = statement.encode();
        Bundle { plan, statement, model: model.encode(), input: None, proof: vec![0; self.proof] }
    }
}

fn copy_of_x(dims: &[u32]) -> Tensor {
    tensor("y", true, dims, linear(&[(1, 0)], 0))
}

fn argmax(n: u32, claims: usize) -> Bundle {
    let plan = plan(FieldId::KoalaBear, &[n], 4, vec![copy_of_x(&[n])], vec![]);
    let claim = OutputClaim::ArgMax { output: 0, classes: vec![n - 1] };
    Forgery { outputs: vec![claim; claims], ..Forgery::new(plan) }.bundle()
}

fn argmax_tables() -> Bundle {
    argmax(1 << 22, 256)
}

fn argmax_once() -> Bundle {
    argmax(1 << 22, 1)
}

fn top_k_tables() -> Bundle {
    let n = 1 << 18;
    let plan = plan(FieldId::KoalaBear, &[n], 4, vec![copy_of_x(&[n])], vec![]);
    let claim = OutputClaim::TopK { output: 0, cell: 0, k: 1, outcomes: vec![true] };
    Forgery { outputs: vec![claim; 256], ..Forgery::new(plan) }.bundle()
}

fn ranges() -> Bundle {
    let mut y = copy_of_x(&[1]);
    y.name = "n".repeat(256);
    let range = Relation::Range { tensor: 1, lo: -1, bits: 45 };
    let plan = plan(FieldId::Goldilocks, &[1], 45, vec![y], vec![range; 65_535]);
    Forgery { proof: 1 << 22, ..Forgery::new(plan) }.bundle()
}

fn wide_ranges() -> Bundle {
    let range = Relation::Range { tensor: 1, lo: -1, bits: 20 };
    let plan = plan(FieldId::KoalaBear, &[128], 20, vec![copy_of_x(&[128])], vec![range; 65_535]);
    Forgery { proof: 1 << 22, ..Forgery::new(plan) }.bundle()
}

fn repeated_sum(checks: usize) -> Bundle {
    let leaves = 4095;
    let mut rest: Vec<Tensor> = (0..leaves).map(|_| tensor("", true, &[], fresh(1))).collect();
    let mut relations: Vec<Relation> = (1..=leaves).map(|tensor| Relation::Range { tensor, lo: 0, bits: 1 }).collect();
    rest.push(tensor("y", true, &[], linear(&(1..=leaves).map(|t| (1, t)).collect::<Vec<_>>(), 0)));
    relations.extend(vec![Relation::Zero { tensor: leaves + 1 }; checks]);
    Forgery::new(plan(FieldId::KoalaBear, &[], 1, rest, relations)).bundle()
}

/// 4096 boxes of one cell each.
fn boxes() -> TensorKind {
    let digits = |i: u32| (0..6).map(|axis| (i >> (10 - 2 * axis)) & 3).collect::<Vec<u32>>();
    let part = |i: u32| ViewPart {
        src: 0,
        box_offset: digits(i),
        box_shape: vec![1; 6],
        src_offset: 0,
        src_strides: vec![0; 6],
    };
    TensorKind::View { parts: (0..4096).map(part).collect() }
}

/// One view, claimed at so many orders of its axes.
fn view_claims(claims: usize) -> Bundle {
    let (rest, relations) = claimed_views(claims);
    Forgery::new(plan(FieldId::KoalaBear, &[1], 1, rest, relations)).bundle()
}

/// The view is tensor 1.
fn claimed_views(claims: usize) -> (Vec<Tensor>, Vec<Relation>) {
    let mut rest = vec![tensor("v", true, &[4; 6], boxes())];
    let mut relations = vec![];
    let mut order = [0u8, 1, 2, 3, 4, 5];
    permute(&mut order, 6, &mut |labels| {
        let kind = TensorKind::Contract {
            out: labels.to_vec(),
            a: 1,
            a_labels: vec![0, 1, 2, 3, 4, 5],
            b: None,
            b_labels: vec![],
        };
        rest.push(tensor("c", true, &[4; 6], kind));
        relations.push(Relation::Zero { tensor: rest.len() as u32 });
    });
    assert_eq!(rest.len(), 721);
    rest.truncate(1 + claims);
    relations.truncate(claims);
    (rest, relations)
}

/// Heap's algorithm.
fn permute(order: &mut [u8; 6], n: usize, visit: &mut impl FnMut(&[u8; 6])) {
    if n == 1 {
        return visit(order);
    }
    for i in 0..n {
        permute(order, n - 1, visit);
        order.swap(if n.is_multiple_of(2) { i } else { 0 }, n - 1);
    }
}

/// Boxes of nearly 2^26 cells together, axes and cells in reverse order.
fn large_view() -> Bundle {
    let dims = [16; 6];
    let part = ViewPart {
        src: 0,
        box_offset: vec![0; 6],
        box_shape: dims.to_vec(),
        src_offset: (1 << 24) - 1,
        src_strides: (0..6).map(|axis| -(1 << (4 * axis))).collect(),
    };
    let mut plan = plan(FieldId::Goldilocks, &dims, 1, vec![], vec![]);
    plan.relations.clear();
    plan.tensors[0].kind = TensorKind::Model { lo: 0, hi: 1 };
    plan.tensors[0].batched = false;
    plan.tensors.push(tensor("x", true, &[], TensorKind::Input { lo: 0, hi: 1, index: 0 }));
    plan.relations.push(Relation::Range { tensor: 1, lo: 0, bits: 1 });
    for id in 2..5 {
        plan.tensors.push(tensor("v", false, &dims, TensorKind::View { parts: vec![part.clone()] }));
        plan.relations.push(Relation::Zero { tensor: id });
    }
    (plan.inputs[0].tensor, plan.inputs[0].shape) = (1, vec![]);
    (plan.outputs[0].tensor, plan.outputs[0].shape) = (1, vec![]);
    Forgery { proof: 16 << 20, ..Forgery::new(plan) }.bundle()
}

/// A view of few cells on a long axis, summed again and again: each stage claims it at a point of its own.
fn long_view() -> Bundle {
    let part = |i| ViewPart { src: 0, box_offset: vec![i], box_shape: vec![1], src_offset: 0, src_strides: vec![0] };
    let parts = TensorKind::View { parts: (0..4096).map(part).collect() };
    // 0 · sum + 1 keeps the intervals small.
    let one = |id| tensor("one", true, &[], linear(&[(0, id)], 1));
    let mut rest = vec![tensor("v", true, &[1 << 26], parts), one(0)];
    for _ in 0..100 {
        let factor = rest.len() as u32;
        let sum = TensorKind::Contract { out: vec![], a: 1, a_labels: vec![0], b: Some(factor), b_labels: vec![] };
        rest.extend([tensor("sum", true, &[], sum), one(factor + 1)]);
    }
    let last = rest.len() as u32 - 1;
    Forgery::new(plan(FieldId::Goldilocks, &[], 1, rest, vec![Relation::Zero { tensor: last }])).bundle()
}

/// Views of views: each stage claims all of them at a new point.
fn many_views() -> Bundle {
    let part = |src| ViewPart { src, box_offset: vec![], box_shape: vec![], src_offset: 0, src_strides: vec![] };
    let mut rest = vec![];
    let mut relations = vec![];
    for id in 1..=(1u32 << 14) {
        rest.push(tensor("v", true, &[], TensorKind::View { parts: vec![part(id - 1)] }));
        relations.push(Relation::Zero { tensor: id });
    }
    Forgery { proof: 1 << 23, ..Forgery::new(plan(FieldId::KoalaBear, &[], 1, rest, relations)) }.bundle()
}

fn dyadic_boxes() -> Bundle {
    // Three pieces an axis: 729 boxes a tensor.
    let x = tensor("w", false, &[7, 7, 7, 7, 7, 7], TensorKind::Model { lo: 0, hi: 1 });
    let mut plan = plan(FieldId::KoalaBear, &[1], 1, vec![], vec![]);
    plan.tensors.extend(vec![x; 350]);
    Forgery { proof: 16 << 20, ..Forgery::new(plan) }.bundle()
}

fn no_room() -> Bundle {
    let mut plan = plan(FieldId::KoalaBear, &[1], 1, vec![], vec![]);
    plan.tensors.push(tensor("w", false, &[1 << 15], TensorKind::Model { lo: 0, hi: 1 }));
    Forgery { pads: 4095, proof: 16 << 20, ..Forgery::new(plan) }.bundle()
}

fn terms() -> Bundle {
    let all: Vec<(i64, u32)> = (0..4096).map(|i| (i64::from(i % 3) - 1, 0)).collect();
    let rest: Vec<Tensor> = (0..60).map(|_| tensor("t", true, &[1, 1, 1, 1, 1, 1], linear(&all, 0))).collect();
    let relations = (1..=60).map(|tensor| Relation::Zero { tensor }).collect();
    Forgery::new(plan(FieldId::KoalaBear, &[1], 1, rest, relations)).bundle()
}

fn equal_terms() -> Bundle {
    let y = tensor("y", true, &[], linear(&vec![(1, 0); 4096], -4096));
    let relations = vec![Relation::Zero { tensor: 1 }; (1 << 14) + 1];
    Forgery::new(plan(FieldId::KoalaBear, &[], 1, vec![y], relations)).bundle()
}

fn constants() -> Bundle {
    let constant = tensor("c", false, &[1 << 16], TensorKind::Constant { values: vec![0; 1 << 16] });
    let mut plan = plan(FieldId::KoalaBear, &[1], 1, vec![], vec![]);
    plan.tensors.push(constant);
    plan.relations.extend(vec![Relation::Zero { tensor: 1 }; 65_000]);
    Forgery::new(plan).bundle()
}

fn between_rows(claims: usize) -> Bundle {
    let rows = 1 << 20;
    let plan = plan(FieldId::KoalaBear, &[1], 4, vec![copy_of_x(&[1])], vec![]);
    let outcomes = (0..rows).map(|i| i % 3 == 0).collect();
    let claim = OutputClaim::Between { output: 0, cell: 0, low: 2, high: 5, scale: 0, outcomes };
    Forgery { batch: rows, outputs: vec![claim; claims], ..Forgery::new(plan) }.bundle()
}

fn public_rows() -> Bundle {
    let rows = 1 << 20;
    let plan = plan(FieldId::KoalaBear, &[1], 4, vec![copy_of_x(&[1])], vec![]);
    let values = vec![3; rows as usize];
    let outputs = vec![OutputClaim::Public { output: 0, values: values.clone() }];
    Forgery { batch: rows, inputs: InputClaim::Public { values }, outputs, ..Forgery::new(plan) }.bundle()
}

fn columns() -> Bundle {
    let mut plan = plan(FieldId::KoalaBear, &[1], 1, vec![], vec![]);
    plan.tensors.push(tensor("w", false, &[1 << 25], TensorKind::Model { lo: 0, hi: 1 }));
    Forgery { proof: 16 << 20, ..Forgery::new(plan) }.bundle()
}

fn tall() -> Bundle {
    let plan = plan(FieldId::KoalaBear, &[1], 1, vec![copy_of_x(&[1])], vec![]);
    Forgery { log_rows: 20, proof: 40 << 20, ..Forgery::new(plan) }.bundle()
}

fn chain() -> Bundle {
    let next = |id: u32| {
        let kind = TensorKind::Contract { out: vec![0], a: id - 1, a_labels: vec![0], b: Some(0), b_labels: vec![0] };
        tensor("c", true, &[1], kind)
    };
    // Each step multiplies two bits' intervals: [0, 1] stays [0, 1].
    let rest = (1..4000).map(next).collect();
    let relations = vec![Relation::Zero { tensor: 3999 }];
    Forgery::new(plan(FieldId::KoalaBear, &[1], 1, rest, relations)).bundle()
}

/// The largest of the above in one plan.
fn together() -> Bundle {
    let (mut rest, mut relations) = claimed_views(250);
    let first = rest.len() as u32 + 1;
    for tensor_id in first..first + 4000 {
        rest.push(tensor("", true, &[1], fresh(1)));
        relations.push(Relation::Range { tensor: tensor_id, lo: 0, bits: 1 });
    }
    let sum = rest.len() as u32 + 1;
    rest.push(tensor("sum", true, &[1], linear(&(first..sum).map(|t| (1, t)).collect::<Vec<_>>(), 0)));
    relations.extend(vec![Relation::Zero { tensor: sum }; 900]);
    rest.push(tensor(&"n".repeat(256), true, &[1], linear(&[(1, 0)], 0)));
    let range = Relation::Range { tensor: sum + 1, lo: -1, bits: 45 };
    relations.extend(vec![range; 65_535 - relations.len()]);
    rest.push(copy_of_x(&[1 << 22]));
    let plan = plan(FieldId::Goldilocks, &[1], 1, rest, relations);
    let claim = OutputClaim::ArgMax { output: 0, classes: vec![1] };
    Forgery { proof: 1 << 23, outputs: vec![claim], ..Forgery::new(plan) }.bundle()
}
