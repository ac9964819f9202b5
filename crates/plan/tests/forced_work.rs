//! Rule 6 takes bounded time, whatever the plan.

mod common;

use affidavit_plan::*;
use common::*;
use std::time::{Duration, Instant};

/// Many candidates for the first of the largest cells, each of which has to look through the same many relations on the
/// maximum, none of which bounds it: their product is 3·10^8, several minutes of work.
fn candidates_times_relations(candidates: u32, relations: usize) -> Plan {
    let range = |tensor, lo, bits| Relation::Range { tensor, lo, bits };
    let mut tensors = vec![
        tensor("x", true, &[2], TensorKind::Input { lo: -128, hi: 127, index: 0 }),
        tensor("top", true, &[1], fresh(-128, 127, Hint::RowMax { src: 0 })),
        tensor("gap", true, &[2], linear(&[(1, 1), (-1, 0)], 0)),
    ];
    let mut rules = vec![range(0, -128, 8), range(1, -128, 8)];
    let mut terms = vec![(1i64, 1u32), (-1, 0)];
    for _ in 0..60 {
        terms.push((1, tensors.len() as u32));
        tensors.push(tensor("", false, &[], TensorKind::Model { lo: 0, hi: 1 }));
    }
    rules.extend(std::iter::repeat_n(range(tensors.len() as u32, 0, 10), relations));
    tensors.push(tensor("long", true, &[2], linear(&terms, 1)));
    let mut marks = vec![];
    for _ in 0..candidates {
        let m = tensors.len() as u32;
        tensors.extend([
            tensor("", true, &[2], fresh(0, 1, Hint::RowArgMax { src: 0 })),
            tensor("", true, &[], contract(&[], m, &[0], None, &[])),
            tensor("", true, &[], linear(&[(1, m + 1)], -1)),
            tensor("", true, &[2], contract(&[0], m, &[0], Some(2), &[0])),
        ]);
        rules.extend([range(m, 0, 1), Relation::Zero { tensor: m + 2 }, Relation::Zero { tensor: m + 3 }]);
        marks.push((1, m));
    }
    let mut sums = vec![];
    for marks in marks.chunks(4096) {
        sums.push((1, tensors.len() as u32));
        tensors.push(tensor("", true, &[2], linear(marks, 0)));
    }
    let output = tensors.len() as u32;
    tensors.push(tensor("y", true, &[2], linear(&sums, 0)));
    let (inputs, outputs) = (vec![port("x", 0, &[2])], vec![port("y", output, &[2])]);
    Plan { field: FieldId::KoalaBear, name: "d".into(), tables: vec![], tensors, relations: rules, inputs, outputs }
}

#[test]
fn the_work_is_bounded() {
    let plan = candidates_times_relations(14_000, 23_000);
    let validated = plan.validate().unwrap();
    let start = Instant::now();
    assert_eq!(plan.unforced(&validated).len(), 14_001);
    assert!(start.elapsed() < Duration::from_secs(30), "{:?}", start.elapsed());
}
