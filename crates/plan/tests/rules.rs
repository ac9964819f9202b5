//! Every rule of validation has a plan that breaks it and nothing before it, and the error names the tensor.

mod common;

use affidavit_plan::*;
use common::{contract, fresh, linear, part, port, sample, tensor};

/// Changes the sample and expects the rule, and the tensor's name where there is one.
fn refused(rule: Rule, name: &str, change: impl FnOnce(&mut Plan)) {
    let mut plan = sample();
    change(&mut plan);
    let error = plan.validate().expect_err(&format!("{rule:?} was accepted"));
    assert_eq!(error.rule, rule, "{error}");
    assert_eq!(error.tensor.as_ref().map_or("", |(_, name)| name), name, "{error}");
    assert!(error.to_string().contains(name));
}

fn accepted(change: impl FnOnce(&mut Plan)) {
    let mut plan = sample();
    change(&mut plan);
    if let Err(error) = plan.validate() {
        panic!("{error}");
    }
}

fn kind(plan: &mut Plan, id: usize, kind: TensorKind) {
    plan.tensors[id].kind = kind;
}

/// Puts a tensor at the end, so that nothing else of the sample changes.
fn append(plan: &mut Plan, batched: bool, dims: &[u32], kind: TensorKind) {
    plan.tensors.push(tensor("added", batched, dims, kind));
}

const RANGE: fn(u32, i64, u8) -> Relation = |tensor, lo, bits| Relation::Range { tensor, lo, bits };
const KOALA: i64 = 0x7f00_0001;

#[test]
fn the_sample_is_valid() {
    accepted(|_| {});
    accepted(|p| p.field = FieldId::Goldilocks);
}

#[test]
fn lists_and_sizes() {
    refused(Rule::ListTooLong, "", |p| p.tables = vec![p.tables[0].clone(); 257]);
    refused(Rule::ListTooLong, "", |p| p.outputs = vec![p.outputs[0].clone(); 257]);
    refused(Rule::ListTooLong, "added", |p| append(p, true, &[1; 7], linear(&[], 0)));
    refused(Rule::ListTooLong, "added", |p| append(p, true, &[3], linear(&[(1, 6); 4097], 0)));
    let cell = || part(6, &[0], &[1], 0, &[1]);
    refused(Rule::ListTooLong, "added", |p| {
        append(p, true, &[3], TensorKind::View { parts: vec![cell(); 4097] });
    });
    refused(Rule::ListTooLong, "y", |p| p.outputs[0].shape = vec![1; 9]);
    refused(Rule::AxisSize, "added", |p| append(p, true, &[2, 0], linear(&[], 0)));
    refused(Rule::AxisSize, "added", |p| append(p, true, &[(1 << 26) + 1], linear(&[], 0)));
    refused(Rule::TooManyCells, "added", |p| append(p, true, &[1 << 26, 5], linear(&[], 0)));
    refused(Rule::TooManyCells, "added", |p| append(p, true, &[1 << 26; 6], linear(&[], 0)));
    refused(Rule::TotalCells, "added", |p| (0..8).for_each(|_| append(p, true, &[1 << 26, 4], linear(&[], 0))));
    let wide = || TensorKind::View { parts: vec![part(6, &[0, 0], &[1 << 26, 4], 0, &[0, 0])] };
    accepted(|p| {
        p.tensors[10].kind = TensorKind::View { parts: vec![] };
        append(p, true, &[1 << 26, 4], wide());
    });
    refused(Rule::TotalBoxCells, "added", |p| append(p, true, &[1 << 26, 4], wide()));
}

#[test]
fn tables() {
    refused(Rule::TableSize, "", |p| p.tables[0].log_size = 0);
    refused(Rule::TableSize, "", |p| p.tables[0].log_size = 17);
    refused(Rule::TableSize, "", |p| p.tables[0].values.truncate(15));
    refused(Rule::TableDomain, "", |p| p.tables[1].in_lo = i64::MAX);
    accepted(|p| p.tables[1].in_lo = i64::MAX - 1);
}

#[test]
fn declared_ranges() {
    let model = |lo, hi| move |p: &mut Plan| kind(p, 3, TensorKind::Model { lo, hi });
    refused(Rule::ModelBatched, "bias", |p| p.tensors[3].batched = true);
    refused(Rule::EmptyRange, "bias", model(1, 0));
    for (lo, hi) in [(-127, 127), (0, 0), (-128, 128), (1, 256), (-256, 255 - 128), (0, 254)] {
        refused(Rule::ModelRange, "bias", model(lo, hi));
    }
    refused(Rule::ModelRange, "bias", |p| {
        p.field = FieldId::Goldilocks;
        kind(p, 3, TensorKind::Model { lo: 0, hi: (1 << 33) - 1 });
    });
    accepted(model(-1, 0));
    accepted(model(0, 1));
    accepted(|p| {
        p.field = FieldId::Goldilocks;
        kind(p, 3, TensorKind::Model { lo: 0, hi: (1 << 32) - 1 });
    });
    refused(Rule::RangeReachesHalf, "bias", model(-(1 << 31), (1 << 31) - 1));
    refused(Rule::ModelRangeUncertifiable, "bias", model(-(1 << 28), (1 << 28) - 1));
    refused(Rule::InputNotBatched, "x", |p| p.tensors[1].batched = false);
    refused(Rule::EmptyRange, "x", |p| kind(p, 1, TensorKind::Input { lo: 1, hi: 0, index: 0 }));
    let half = (KOALA + 1) / 2;
    let input = |lo, hi| move |p: &mut Plan| kind(p, 1, TensorKind::Input { lo, hi, index: 0 });
    refused(Rule::RangeReachesHalf, "x", input(-128, half));
    refused(Rule::RangeReachesHalf, "x", input(i64::MIN, 127));
    accepted(|p| append_fresh(p, -(half - 1), half - 1));
    let hint = Hint::Isqrt { src: 9 };
    refused(Rule::EmptyRange, "root", |p| kind(p, 15, fresh(16, 15, hint.clone())));
    refused(Rule::RangeReachesHalf, "root", |p| kind(p, 15, fresh(-half, 15, hint)));
}

/// A fresh tensor whose declared range is wide and whose relation is narrow.
fn append_fresh(plan: &mut Plan, lo: i64, hi: i64) {
    append(plan, true, &[3], fresh(lo, hi, Hint::Isqrt { src: 9 }));
    plan.relations.push(RANGE(22, 0, 4));
}

#[test]
fn linear_tensors() {
    refused(Rule::NotEarlier, "acc", |p| kind(p, 2, contract(&[0], 0, &[0, 1], Some(2), &[1])));
    refused(Rule::NotEarlier, "biased", |p| kind(p, 4, linear(&[(1, 4)], 0)));
    refused(Rule::NotEarlier, "biased", |p| kind(p, 4, linear(&[(1, 5)], 0)));
    refused(Rule::NotEarlier, "biased", |p| kind(p, 4, linear(&[(1, u32::MAX)], 0)));
    refused(Rule::Broadcast, "biased", |p| kind(p, 4, linear(&[(1, 1)], 0)));
    refused(Rule::Broadcast, "added", |p| append(p, true, &[3], linear(&[(1, 5)], 0)));
    refused(Rule::Broadcast, "added", |p| append(p, true, &[1], linear(&[(1, 6)], 0)));
    refused(Rule::BroadcastBatch, "added", |p| append(p, false, &[3], linear(&[(1, 6)], 0)));
    accepted(|p| append(p, true, &[5, 2, 3], linear(&[(1, 5), (1, 11), (1, 3), (1, 20)], 0)));
    accepted(|p| append(p, false, &[3], linear(&[(i64::MIN, 3)], i64::MAX)));
    // −2^63 · 2^57 is the end of what is accepted.
    let product = |factor: i64| {
        move |p: &mut Plan| {
            kind(p, 3, TensorKind::Model { lo: 0, hi: 1 });
            append(p, false, &[3], linear(&[(i64::MIN, 3)], 0));
            p.tensors[22].name = "huge".to_owned();
            append(p, false, &[3], linear(&[(factor, 22)], 0));
        }
    };
    accepted(product(1 << 57));
    refused(Rule::IntervalOverflow, "added", product((1 << 57) + 1));
    accepted(product(-(1 << 57)));
    refused(Rule::IntervalOverflow, "added", product(-(1 << 57) - 1));
    // 2^63 · 2^8 · 2^63 passes 2^120.
    refused(Rule::IntervalOverflow, "added", |p| {
        append(p, false, &[3], linear(&[(i64::MIN, 3)], 0));
        p.tensors[22].name = "huge".to_owned();
        append(p, false, &[3], linear(&[(i64::MIN, 22)], 0));
    });
}

#[test]
fn contract_tensors() {
    let with = |kind: TensorKind| move |p: &mut Plan| append(p, true, &[3], kind);
    accepted(with(contract(&[0], 0, &[0, 1], Some(1), &[1])));
    accepted(|p| append(p, true, &[3, 4], contract(&[0, 1], 0, &[0, 1], Some(1), &[1])));
    refused(Rule::LabelCount, "added", with(contract(&[0], 0, &[0], Some(1), &[1])));
    refused(Rule::LabelCount, "added", with(contract(&[0, 1], 0, &[0, 1], Some(1), &[1])));
    refused(Rule::LabelBound, "added", with(contract(&[250], 0, &[250, 1], Some(1), &[1])));
    refused(Rule::LabelRepeated, "added", with(contract(&[0], 0, &[0, 0], Some(1), &[1])));
    refused(Rule::LabelRepeated, "added", |p| append(p, true, &[3, 3], contract(&[0, 0], 6, &[0], None, &[])));
    refused(Rule::LabelSize, "added", with(contract(&[0], 0, &[0, 1], Some(1), &[0])));
    refused(Rule::LabelSize, "added", with(contract(&[1], 0, &[0, 1], Some(1), &[1])));
    refused(Rule::LabelUnknown, "added", with(contract(&[5], 0, &[0, 1], Some(1), &[1])));
    refused(Rule::LabelsWithoutOperand, "added", with(contract(&[0], 6, &[0], None, &[1])));
    refused(Rule::ContractBatch, "added", |p| append(p, false, &[3], contract(&[0], 0, &[0, 1], Some(1), &[1])));
    refused(Rule::ContractBatch, "added", with(contract(&[0], 3, &[0], None, &[])));
    refused(Rule::IntervalOverflow, "added", |p| {
        append(p, false, &[3], linear(&[(i64::MIN, 3)], 0));
        p.tensors[22].name = "huge".to_owned();
        append(p, false, &[3], contract(&[0], 22, &[0], Some(22), &[0]));
    });
}

#[test]
fn view_tensors() {
    let with = |parts: Vec<ViewPart>| move |p: &mut Plan| append(p, true, &[2, 3], TensorKind::View { parts });
    let row = |at: u32, start: i64, stride: i64| part(6, &[at, 0], &[1, 3], start, &[0, stride]);
    accepted(with(vec![row(0, 0, 1), row(1, 2, -1)]));
    accepted(with(vec![part(6, &[0, 0], &[2, 3], 2, &[i64::MIN + i64::MAX + 1, 0])]));
    refused(Rule::BoxShape, "added", with(vec![part(6, &[0], &[1, 3], 0, &[0, 1])]));
    refused(Rule::BoxShape, "added", with(vec![part(6, &[0, 0], &[1], 0, &[0, 1])]));
    refused(Rule::BoxShape, "added", with(vec![part(6, &[0, 0], &[1, 3], 0, &[1])]));
    refused(Rule::BoxShape, "added", with(vec![part(6, &[0, 0], &[1, 0], 0, &[0, 1])]));
    refused(Rule::BoxOutside, "added", with(vec![row(2, 0, 1)]));
    refused(Rule::BoxOutside, "added", with(vec![part(6, &[u32::MAX, 0], &[1, 3], 0, &[0, 1])]));
    refused(Rule::BoxOverlap, "added", with(vec![row(0, 0, 1), part(6, &[0, 2], &[2, 1], 0, &[0, 1])]));
    refused(Rule::BoxOverlap, "added", |p| {
        append(p, true, &[], TensorKind::View { parts: vec![part(6, &[], &[], 0, &[]); 2] });
    });
    refused(Rule::BoxSource, "added", with(vec![row(0, 1, 1)]));
    refused(Rule::BoxSource, "added", with(vec![row(0, 1, -1)]));
    refused(Rule::BoxSource, "added", with(vec![row(0, -1, 1)]));
    refused(Rule::BoxSource, "added", with(vec![row(0, i64::MAX, i64::MAX)]));
    refused(Rule::BoxSource, "added", with(vec![row(0, i64::MIN, i64::MIN)]));
    refused(Rule::NotEarlier, "added", with(vec![part(22, &[0, 0], &[1, 3], 0, &[0, 1])]));
    refused(Rule::ViewBatch, "added", with(vec![part(3, &[0, 0], &[1, 3], 0, &[0, 1])]));
    refused(Rule::ViewBatch, "added", |p| {
        append(p, false, &[3], TensorKind::View { parts: vec![part(6, &[0], &[3], 0, &[1])] });
    });
}

#[test]
fn constant_tensors() {
    let values = |count| TensorKind::Constant { values: vec![1; count] };
    refused(Rule::ConstantBatched, "offsets", |p| p.tensors[5].batched = true);
    refused(Rule::ConstantCells, "offsets", |p| kind(p, 5, values(2)));
    refused(Rule::ConstantCells, "added", |p| append(p, false, &[(1 << 16) + 1], values((1 << 16) + 1)));
    accepted(|p| append(p, false, &[1 << 16], values(1 << 16)));
}

#[test]
fn hints() {
    let with = |dims: &'static [u32], hint: Hint| move |p: &mut Plan| append(p, true, dims, fresh(0, 15, hint));
    let shape = |dims, hint| refused(Rule::HintShape, "added", with(dims, hint));
    shape(&[3], Hint::Clamp { src: 1, shift: 0, lo: 0, hi: 1 });
    shape(&[3], Hint::Clamp { src: 3, shift: 0, lo: 0, hi: 1 });
    shape(&[2], Hint::Below { src: 6, shift: 0, lo: 0 });
    shape(&[2], Hint::Above { src: 6, shift: 0, hi: 0 });
    shape(&[2], Hint::Table { src: 6, table: 0 });
    shape(&[3], Hint::RowMax { src: 6 });
    shape(&[], Hint::RowMax { src: 6 });
    shape(&[3, 1], Hint::RowMin { src: 10 });
    shape(&[1], Hint::RowMin { src: 19 });
    shape(&[1], Hint::RowArgMax { src: 6 });
    shape(&[], Hint::RowArgMax { src: 19 });
    shape(&[1], Hint::FloorDiv { num: 6, den: 11 });
    shape(&[3], Hint::FloorDiv { num: 6, den: 1 });
    shape(&[2], Hint::Isqrt { src: 6 });
    shape(&[2], Hint::Bits { src: 6, offset: 0, shift: 0, bits: 1 });
    let bits = |hint| refused(Rule::HintBits, "added", with(&[3], hint));
    bits(Hint::Clamp { src: 6, shift: 63, lo: 0, hi: 1 });
    bits(Hint::Below { src: 6, shift: 255, lo: 0 });
    bits(Hint::Above { src: 6, shift: 63, hi: 0 });
    bits(Hint::Bits { src: 6, offset: 0, shift: 63, bits: 1 });
    bits(Hint::Bits { src: 6, offset: 0, shift: 0, bits: 0 });
    bits(Hint::Bits { src: 6, offset: 0, shift: 0, bits: 63 });
    refused(Rule::HintTable, "added", with(&[3], Hint::Table { src: 6, table: 2 }));
    refused(Rule::EmptyRange, "added", with(&[3], Hint::Clamp { src: 6, shift: 0, lo: 1, hi: 0 }));
    refused(Rule::NotEarlier, "added", with(&[3], Hint::Isqrt { src: 22 }));
    refused(Rule::NotEarlier, "added", with(&[3], Hint::FloorDiv { num: 6, den: 22 }));
}

#[test]
fn enforced_ranges() {
    refused(Rule::Unenforced, "x", |p| p.relations.retain(|r| *r != RANGE(1, -128, 8)));
    refused(Rule::Unenforced, "q", |p| p.relations.retain(|r| *r != RANGE(6, -128, 8)));
    // One value too many at the end, and at the start.
    refused(Rule::Unenforced, "q", |p| kind(p, 6, fresh(-128, 126, Hint::Clamp { src: 4, shift: 8, lo: 0, hi: 0 })));
    refused(Rule::Unenforced, "q", |p| p.relations[1] = RANGE(6, -129, 8));
    accepted(|p| p.relations[1] = RANGE(6, -128, 7));
    // A table enforces what its domain and its values span; a Zero enforces nothing here.
    let clamp = Hint::Clamp { src: 6, shift: 0, lo: -8, hi: 7 };
    refused(Rule::Unenforced, "small", |p| kind(p, 8, fresh(-8, 6, clamp)));
    refused(Rule::Unenforced, "square", |p| kind(p, 9, fresh(0, 63, Hint::Table { src: 8, table: 0 })));
    // The domain does not vouch for y, nor the values for x.
    refused(Rule::Unenforced, "square", |p| kind(p, 9, fresh(-8, 8, Hint::Table { src: 8, table: 0 })));
    let clamp = Hint::Clamp { src: 6, shift: 0, lo: 0, hi: 7 };
    refused(Rule::Unenforced, "small", |p| kind(p, 8, fresh(0, 64, clamp)));
    refused(Rule::Unenforced, "square", |p| {
        p.relations[3] = Relation::Zero { tensor: 9 };
        p.relations.push(RANGE(8, -8, 4));
    });
}

#[test]
fn relation_form() {
    let with = |relation: Relation| move |p: &mut Plan| p.relations.push(relation);
    refused(Rule::RelationTensor, "", with(RANGE(22, 0, 8)));
    refused(Rule::RelationTensor, "", with(Relation::Zero { tensor: u32::MAX }));
    refused(Rule::RelationTensor, "", with(Relation::Table { x: 8, y: 22, table: 0 }));
    refused(Rule::RelationTable, "small", with(Relation::Table { x: 8, y: 9, table: 2 }));
    refused(Rule::RelationKind, "offsets", with(RANGE(5, -1, 8)));
    refused(Rule::RelationKind, "weight", with(RANGE(0, -128, 8)));
    refused(Rule::RelationKind, "bias", with(Relation::Table { x: 8, y: 3, table: 0 }));
    refused(Rule::RangeBits, "rest", with(RANGE(7, 0, 0)));
    refused(Rule::RangeBits, "rest", with(RANGE(7, 0, 49)));
    refused(Rule::RangeStart, "rest", with(RANGE(7, i64::MIN, 8)));
    refused(Rule::TableShape, "max", with(Relation::Table { x: 8, y: 11, table: 0 }));
}

#[test]
fn nothing_wraps() {
    let with = |relation: Relation| move |p: &mut Plan| p.relations.push(relation);
    refused(Rule::RangeSize, "rest", with(RANGE(7, 0, 29)));
    accepted(with(RANGE(7, 0, 28)));
    refused(Rule::RangeSize, "square", |p| p.tables[0].values[0] = KOALA / 4);
    // q lies in [-128, 127]: lo may reach 127 − p exclusive, the upper end p − 128 exclusive.
    accepted(with(RANGE(6, 127 - KOALA + 1, 8)));
    refused(Rule::RangeWraps, "q", with(RANGE(6, 127 - KOALA, 8)));
    accepted(with(RANGE(6, KOALA - 128 - 256, 8)));
    refused(Rule::RangeWraps, "q", with(RANGE(6, KOALA - 128 - 255, 8)));
    refused(Rule::RangeWraps, "q", with(RANGE(6, i64::MAX, 8)));
    refused(Rule::RangeWraps, "q", with(RANGE(6, i64::MIN + 1, 8)));
    refused(Rule::RangeWraps, "small", |p| {
        p.tables[1].in_lo = KOALA;
        p.relations.push(Relation::Table { x: 8, y: 8, table: 1 });
    });
    refused(Rule::RangeWraps, "small", |p| {
        p.tables[1].values = vec![-KOALA; 2];
        p.relations.push(Relation::Table { x: 13, y: 8, table: 1 });
    });
    // first lies in [0, 1].
    let zero = |p: &mut Plan, coefficient: i64, constant: i64| {
        append(p, true, &[3], linear(&[(coefficient, 13)], constant));
        p.relations.push(Relation::Zero { tensor: 22 });
    };
    accepted(|p| zero(p, KOALA - 1, 0));
    refused(Rule::ZeroWraps, "added", |p| zero(p, KOALA, 0));
    refused(Rule::ZeroWraps, "added", |p| zero(p, 1, -KOALA));
}

#[test]
fn ports() {
    refused(Rule::PortTensor, "", |p| p.outputs[0].tensor = 22);
    refused(Rule::PortShape, "y", |p| p.outputs[0].shape = vec![2]);
    refused(Rule::PortShape, "x", |p| p.inputs[0].shape = vec![2, 2, 0]);
    refused(Rule::PortShape, "x", |p| p.inputs[0].shape = vec![u32::MAX; 8]);
    refused(Rule::PortScale, "y", |p| p.outputs[0].scale = 1);
    refused(Rule::PortScaleBound, "y", |p| p.outputs[0].scale = -257);
    refused(Rule::PortName, "", |p| {
        let again = p.outputs[0].clone();
        p.outputs.push(again);
    });
    refused(Rule::PortScale, "x", |p| p.tensors[1].scale = -1);
    refused(Rule::OutputNotBatched, "bias", |p| p.outputs[0].tensor = 3);
    refused(Rule::InputIndex, "x", |p| p.inputs.clear());
    refused(Rule::InputIndex, "x", |p| kind(p, 1, TensorKind::Input { lo: -128, hi: 127, index: 1 }));
    refused(Rule::InputPort, "q", |p| p.inputs.push(port("q", 6, &[3])));
    refused(Rule::InputPort, "x", |p| p.inputs.push(port("z", 1, &[4])));
    refused(Rule::InputPort, "x", |p| p.inputs[0].tensor = 6);
    refused(Rule::InputRepeated, "added", |p| {
        append(p, true, &[4], TensorKind::Input { lo: 0, hi: 1, index: 0 });
        p.relations.push(RANGE(22, 0, 1));
    });
    // first lies in [0, 1]; p/4 lies between the two constants.
    let output = |p: &mut Plan, coefficient: i64, constant: i64| {
        append(p, true, &[3], linear(&[(coefficient, 13)], constant));
        p.outputs.push(port("added", 22, &[3]));
    };
    accepted(|p| output(p, KOALA / 4, 0));
    accepted(|p| output(p, -(KOALA / 4), 0));
    accepted(|p| output(p, 2 * (KOALA / 4), -(KOALA / 4)));
    refused(Rule::OutputRange, "added", |p| output(p, KOALA / 4 + 1, 0));
    refused(Rule::OutputRange, "added", |p| output(p, -(KOALA / 4) - 1, 0));
}

#[test]
fn errors_say_where() {
    let mut plan = sample();
    plan.relations.push(RANGE(7, 0, 29));
    let error = plan.validate().unwrap_err();
    assert_eq!(error.subject, Subject::Relation(13));
    assert_eq!(error.to_string(), format!("relation 13: tensor 7 \"rest\": {}", Rule::RangeSize));
}
