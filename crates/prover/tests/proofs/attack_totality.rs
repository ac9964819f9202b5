//! Review: the verifier answers with an error, in bounded time and memory, whatever the plan, statement and proof.
//!
//! Each attack runs in a process of its own (a stack overflow or a failed allocation cannot be caught): the `child_…`
//! tests are the attacks, the `hole_…` tests start them.

use crate::common::{Toy, statement};
use affidavit_algebra::{GoldilocksPair, KoalaBearPair};
use affidavit_plan::*;
use affidavit_protocol::Session;
use affidavit_prover::commit_model;
use affidavit_verifier::verify;
use std::collections::BTreeMap;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const SECONDS: u64 = 20;
const KIBIBYTES: u64 = 1 << 21;

/// Runs an ignored test of this module with bounds on time and address space; it must end by itself.
fn survives(child: &str) {
    let exe = std::env::current_exe().unwrap();
    let script =
        format!("ulimit -v {KIBIBYTES}; exec \"$0\" --ignored --exact attack_totality::{child} --test-threads=1");
    let mut process = Command::new("sh")
        .args(["-c", &script])
        .arg(exe)
        .env("RAYON_NUM_THREADS", "1")
        .env("RUST_BACKTRACE", "0")
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let start = Instant::now();
    loop {
        if let Some(status) = process.try_wait().unwrap() {
            assert!(status.success(), "{child}: {status}");
            return;
        }
        if start.elapsed() > Duration::from_secs(SECONDS) {
            process.kill().unwrap();
            process.wait().unwrap();
            panic!("{child}: still running after {SECONDS} s");
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn tensor(name: &str, batched: bool, dims: &[u32], kind: TensorKind) -> Tensor {
    Tensor { name: name.into(), batched, dims: dims.to_vec(), scale: 0, kind }
}

/// x is input and tensor 0, with `dims` cells in [0, 2^bits).
fn plan(field: FieldId, dims: &[u32], bits: u8, rest: Vec<Tensor>, relations: Vec<Relation>) -> Plan {
    let mut tensors = vec![tensor("x", true, dims, TensorKind::Input { lo: 0, hi: (1 << bits) - 1, index: 0 })];
    tensors.extend(rest);
    let last = tensors.len() as u32 - 1;
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

/// Verifies a proof of zero bytes for the plan: any error will do.
fn refuse(plan: Plan, batch: usize, outputs: Vec<OutputClaim>) {
    plan.validate().unwrap();
    let commitment = match plan.field {
        FieldId::KoalaBear => commit_model::<KoalaBearPair>(&plan, &[], 1, [7; 32]).unwrap().commitment,
        FieldId::Goldilocks => commit_model::<GoldilocksPair>(&plan, &[], 1, [7; 32]).unwrap().commitment,
    };
    let toy = Toy { plan, model: vec![], witness: BTreeMap::new(), batch };
    let mut s = statement(&toy, &commitment, InputClaim::Unbound, outputs);
    let (plan, model) = (toy.plan.encode(), commitment.encode());
    // A dishonest prover knows the layout's digest.
    let Ok(session) = Session::open(&plan, &s.encode(), &model, None, false) else { return };
    s.layout = session.layout.digest;
    drop(session);
    assert!(verify(&plan, &s.encode(), &model, None, &vec![0; 1 << 20], 0.0).is_err());
}

fn public(values: &[i64]) -> Vec<OutputClaim> {
    vec![OutputClaim::Public { output: 0, values: values.to_vec() }]
}

#[test]
#[ignore = "run by its parent"]
fn child_ordinary() {
    let y = tensor("y", true, &[2], TensorKind::Linear { terms: vec![(3, 0)], constant: 1 });
    refuse(plan(FieldId::KoalaBear, &[2], 8, vec![y], vec![]), 1, public(&[1, 1]));
}

#[test]
fn an_ordinary_plan_is_refused_within_the_bounds() {
    survives("child_ordinary");
}

#[test]
#[ignore = "run by its parent"]
fn child_view_stride() {
    // An axis of size 1 may have any stride: the walk over the box adds it to the source index before it stops.
    let part = ViewPart { src: 0, box_offset: vec![0], box_shape: vec![1], src_offset: 1, src_strides: vec![i64::MAX] };
    let view = tensor("v", true, &[1], TensorKind::View { parts: vec![part] });
    refuse(plan(FieldId::KoalaBear, &[2], 8, vec![view], vec![]), 1, public(&[0]));
}

#[test]
fn hole_view_stride_overflows() {
    survives("child_view_stride");
}

#[test]
#[ignore = "run by its parent"]
fn child_range_lo() {
    let y = tensor("y", true, &[1], TensorKind::Linear { terms: vec![(1, 0)], constant: 0 });
    let with = |lo| {
        let low = Relation::Range { tensor: 1, lo, bits: 8 };
        plan(FieldId::Goldilocks, &[1], 8, vec![y.clone()], vec![low])
    };
    // Its opposite is no i64: the plan is refused. The next one reaches the circuit.
    assert_eq!(with(i64::MIN).validate().unwrap_err().rule, Rule::RangeStart);
    refuse(with(i64::MIN + 1), 1, public(&[0]));
}

#[test]
fn hole_range_from_the_least_integer_overflows() {
    survives("child_range_lo");
}

#[test]
#[ignore = "run by its parent"]
fn child_linear_doubling() {
    // Each tensor names the one before it twice.
    let twice =
        |id: u32| tensor("t", true, &[1], TensorKind::Linear { terms: vec![(1, id - 1), (-1, id - 1)], constant: 0 });
    let y = tensor("y", true, &[1], TensorKind::Linear { terms: vec![(0, 40)], constant: 0 });
    let rest = (1..=40).map(twice).chain([y]).collect();
    refuse(plan(FieldId::KoalaBear, &[1], 1, rest, vec![]), 1, public(&[0]));
}

#[test]
fn hole_linear_expansion_is_exponential() {
    survives("child_linear_doubling");
}

#[test]
#[ignore = "run by its parent"]
fn child_linear_chain() {
    let next = |id: u32| tensor("t", true, &[1], TensorKind::Linear { terms: vec![(1, id - 1)], constant: 0 });
    refuse(plan(FieldId::KoalaBear, &[1], 8, (1..60_000).map(next).collect(), vec![]), 1, public(&[0]));
}

#[test]
fn hole_linear_chain_overflows_the_stack() {
    survives("child_linear_chain");
}

#[test]
#[ignore = "run by its parent"]
fn child_leaf_count() {
    // 4096 wide ranges on 2^28 cells and 2^20 rows: the cost of a table width exceeds 2^64.
    let y = tensor("y", true, &[1], TensorKind::Linear { terms: vec![], constant: 0 });
    let ranges = vec![Relation::Range { tensor: 0, lo: 0, bits: 48 }; 4096];
    refuse(plan(FieldId::Goldilocks, &[1 << 26, 4], 48, vec![y], ranges), 1 << 20, vec![]);
}

#[test]
fn hole_leaf_count_overflows() {
    survives("child_leaf_count");
}

#[test]
#[ignore = "run by its parent"]
fn child_argmax_allocation() {
    // 2^14 classes are an ordinary model, 2^20 rows an ordinary statement of 4 MB: 2^34 public cells.
    let y = tensor("y", true, &[1 << 14], TensorKind::Linear { terms: vec![(1, 0)], constant: 0 });
    let claim = OutputClaim::ArgMax { output: 0, classes: vec![0; 1 << 20] };
    refuse(plan(FieldId::KoalaBear, &[1 << 14], 8, vec![y], vec![]), 1 << 20, vec![claim]);
}

#[test]
fn hole_argmax_allocates_before_any_size_check() {
    survives("child_argmax_allocation");
}

#[test]
#[ignore = "run by its parent"]
fn child_view_allocation() {
    // One cell in a view of 2^26: the plan has 200 bytes.
    let part = ViewPart { src: 0, box_offset: vec![0], box_shape: vec![1], src_offset: 0, src_strides: vec![0] };
    let view = tensor("v", true, &[1 << 26], TensorKind::View { parts: vec![part] });
    let sum = TensorKind::Contract { out: vec![], a: 1, a_labels: vec![0], b: None, b_labels: vec![] };
    let rest = vec![view, tensor("y", true, &[], sum)];
    refuse(plan(FieldId::KoalaBear, &[1], 1, rest, vec![]), 1, public(&[0]));
}

#[test]
fn hole_view_weights_fill_the_whole_view() {
    survives("child_view_allocation");
}

#[test]
#[ignore = "run by its parent"]
fn child_commitment_without_room() {
    // All cells of a column but one are pads: a chunk for every cell, before the number of columns is compared.
    let mut plan = plan(FieldId::KoalaBear, &[1], 1, vec![], vec![]);
    plan.tensors.push(tensor("w", false, &[1 << 25], TensorKind::Model { lo: 0, hi: 1 }));
    plan.validate().unwrap();
    let commitment = Commitment {
        role: Role::Model,
        field: plan.field,
        subject: plan.digest(),
        log_rows: 12,
        log_blowup: 2,
        columns: 1,
        queries: 1,
        grinding: 16,
        pads: 4095,
        batch: 0,
        root: [0; 32],
    };
    let toy = Toy { plan, model: vec![], witness: BTreeMap::new(), batch: 1 };
    let s = statement(&toy, &commitment, InputClaim::Unbound, vec![]);
    assert!(verify(&toy.plan.encode(), &s.encode(), &commitment.encode(), None, &[], 0.0).is_err());
}

#[test]
fn hole_a_commitment_without_room_takes_all_memory() {
    survives("child_commitment_without_room");
}
