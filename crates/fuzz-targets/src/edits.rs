//! Structured changes of plans, statements and commitments, chosen by fuzz input.

use crate::source::Source;
use affidavit_plan::{
    Commitment, CommittedInput, FieldId, Hint, InputClaim, OutputClaim, Plan, Port, Purpose, Relation, Role, Schema,
    Statement, Table, Tensor, TensorKind, ViewPart,
};

fn pick<'l, T>(s: &mut Source<'_>, list: &'l mut [T]) -> Option<&'l mut T> {
    let at = s.below(list.len());
    list.get_mut(at)
}

/// Replaces, repeats, moves, removes or adds an item.
fn edit_list<T: Clone>(s: &mut Source<'_>, list: &mut Vec<T>, new: impl Fn(&mut Source<'_>) -> T) {
    let at = s.below(list.len());
    let to = s.below(list.len() + 1);
    match s.byte() % 6 {
        0 if at < list.len() => drop(list.remove(at)),
        1 if at < list.len() => list.insert(to, list[at].clone()),
        2 if at < list.len() && to < list.len() => list.swap(at, to),
        3 => list.insert(to, new(s)),
        4 => list.truncate(to),
        _ if at < list.len() => list[at] = new(s),
        _ => list.push(new(s)),
    }
}

fn tensor_id(s: &mut Source<'_>) -> u32 {
    match s.byte() {
        255 => s.u32(),
        id => u32::from(id % 40),
    }
}

fn text(s: &mut Source<'_>) -> String {
    String::from_utf8_lossy(s.part()).into_owned()
}

fn labels(s: &mut Source<'_>) -> Vec<u8> {
    s.list(7, |s| match s.byte() {
        label @ 246.. => label,
        label => label % 6,
    })
}

fn hint(s: &mut Source<'_>) -> Hint {
    let src = tensor_id(s);
    match s.byte() % 10 {
        0 => Hint::Clamp { src, shift: s.byte() % 66, lo: s.number(), hi: s.number() },
        1 => Hint::Below { src, shift: s.byte() % 66, lo: s.number() },
        2 => Hint::Above { src, shift: s.byte() % 66, hi: s.number() },
        3 => Hint::Table { src, table: s.u16() % 4 },
        4 => Hint::RowMax { src },
        5 => Hint::RowArgMax { src },
        6 => Hint::FloorDiv { num: src, den: tensor_id(s) },
        7 => Hint::Isqrt { src },
        8 => Hint::Bits { src, offset: s.number(), shift: s.byte() % 66, bits: s.byte() % 66 },
        _ => Hint::RowMin { src },
    }
}

fn view_part(s: &mut Source<'_>) -> ViewPart {
    ViewPart {
        src: tensor_id(s),
        box_offset: s.list(7, Source::size),
        box_shape: s.list(7, Source::size),
        src_offset: s.number(),
        src_strides: s.list(7, Source::number),
    }
}

fn kind(s: &mut Source<'_>) -> TensorKind {
    match s.byte() % 7 {
        0 => TensorKind::Model { lo: s.number(), hi: s.number() },
        1 => TensorKind::Input { lo: s.number(), hi: s.number(), index: s.u16() % 4 },
        2 => TensorKind::Fresh { lo: s.number(), hi: s.number(), hint: hint(s) },
        3 => TensorKind::Linear { terms: s.list(6, |s| (s.number(), tensor_id(s))), constant: s.number() },
        4 => {
            let b = s.bool().then(|| tensor_id(s));
            TensorKind::Contract { out: labels(s), a: tensor_id(s), a_labels: labels(s), b, b_labels: labels(s) }
        }
        5 => TensorKind::View { parts: s.list(4, view_part) },
        _ => TensorKind::Constant { values: s.list(64, Source::number) },
    }
}

fn tensor(s: &mut Source<'_>) -> Tensor {
    Tensor { name: text(s), batched: s.bool(), dims: s.list(7, Source::size), scale: s.u16() as i16, kind: kind(s) }
}

fn relation(s: &mut Source<'_>) -> Relation {
    match s.byte() % 3 {
        0 => Relation::Range { tensor: tensor_id(s), lo: s.number(), bits: s.byte() % 50 },
        1 => Relation::Table { x: tensor_id(s), y: tensor_id(s), table: s.u16() % 4 },
        _ => Relation::Zero { tensor: tensor_id(s) },
    }
}

fn table(s: &mut Source<'_>) -> Table {
    let log_size = 1 + s.byte() % 16;
    let (first, step) = (s.number(), s.number());
    // Some tables with another number of values than their size says.
    let count = (1i64 << log_size) - i64::from(s.byte() == 255);
    let values = (0..count).map(|i| first.wrapping_add(step.wrapping_mul(i))).collect();
    Table { in_lo: s.number(), log_size, values }
}

fn port(s: &mut Source<'_>) -> Port {
    Port { name: text(s), tensor: tensor_id(s), shape: s.list(8, Source::size), scale: s.u16() as i16 }
}

fn edit_kind(s: &mut Source<'_>, kind: &mut TensorKind) {
    let which = s.byte();
    match kind {
        TensorKind::Model { lo, hi } | TensorKind::Input { lo, hi, .. } => {
            *(if which & 1 == 0 { lo } else { hi }) = s.number();
        }
        TensorKind::Fresh { lo, hi, hint: h } => match which % 3 {
            0 => *lo = s.number(),
            1 => *hi = s.number(),
            _ => *h = hint(s),
        },
        TensorKind::Linear { terms, constant } => match which % 2 {
            0 => edit_list(s, terms, |s| (s.number(), tensor_id(s))),
            _ => *constant = s.number(),
        },
        TensorKind::Contract { out, a, a_labels, b, b_labels } => match which % 5 {
            0 => *a = tensor_id(s),
            1 => *b = s.bool().then(|| tensor_id(s)),
            2 => *out = labels(s),
            3 => *a_labels = labels(s),
            _ => *b_labels = labels(s),
        },
        TensorKind::View { parts } => match (which % 6, pick(s, parts)) {
            (0, Some(part)) => part.src = tensor_id(s),
            (1, Some(part)) => part.src_offset = s.number(),
            (2, Some(part)) => part.src_strides = s.list(7, Source::number),
            (3, Some(part)) => part.box_shape = s.list(7, Source::size),
            (4, Some(part)) => part.box_offset = s.list(7, Source::size),
            _ => edit_list(s, parts, view_part),
        },
        TensorKind::Constant { values } => edit_list(s, values, |s| s.number()),
    }
}

/// Changes one field of a plan.
pub fn edit_plan(s: &mut Source<'_>, plan: &mut Plan) {
    match s.byte() % 16 {
        0 => plan.field = if s.bool() { FieldId::KoalaBear } else { FieldId::Goldilocks },
        1 => plan.name = text(s),
        2 => edit_list(s, &mut plan.tables, table),
        3 | 4 => edit_list(s, &mut plan.relations, relation),
        5 => edit_list(s, &mut plan.inputs, port),
        6 => edit_list(s, &mut plan.outputs, port),
        7 => edit_list(s, &mut plan.tensors, tensor),
        field => {
            let Some(tensor) = pick(s, &mut plan.tensors) else { return };
            match field {
                8 => tensor.name = text(s),
                9 => tensor.batched ^= true,
                10 => edit_list(s, &mut tensor.dims, |s| s.size()),
                11 => tensor.scale = s.u16() as i16,
                12 => tensor.kind = kind(s),
                _ => edit_kind(s, &mut tensor.kind),
            }
        }
    }
}

fn digest(s: &mut Source<'_>) -> [u8; 32] {
    [s.byte(); 32]
}

fn output(s: &mut Source<'_>, rows: usize) -> OutputClaim {
    let (output, cell, scale) = (s.u16() % 5, s.size(), i16::from(s.byte() as i8));
    let outcomes = |s: &mut Source<'_>| {
        let bits = s.byte();
        (0..rows).map(|row| bits >> (row % 8) & 1 == 1).collect()
    };
    match s.byte() % 6 {
        0 => {
            let (value, step, cells) = (s.number(), s.number(), (rows * s.below(9)).min(MOST));
            let values = (0..cells as i64).map(|i| value.wrapping_add(step.wrapping_mul(i))).collect();
            OutputClaim::Public { output, values }
        }
        1 => OutputClaim::AtLeast { output, cell, threshold: s.number(), scale, outcomes: outcomes(s) },
        2 => OutputClaim::AtMost { output, cell, threshold: s.number(), scale, outcomes: outcomes(s) },
        3 => OutputClaim::Between { output, cell, low: s.number(), high: s.number(), scale, outcomes: outcomes(s) },
        4 => OutputClaim::ArgMax { output, classes: (0..rows).map(|_| cell).collect() },
        _ => OutputClaim::TopK { output, cell, k: s.size(), outcomes: outcomes(s) },
    }
}

/// Rows of a statement that an edit may ask for: few mostly, at most 2^14, so that one run stays short.
fn batch(s: &mut Source<'_>) -> u32 {
    match s.byte() {
        kind @ 0..=250 => 1 + u32::from(kind) % 6,
        _ => 1 << (s.byte() % 15),
    }
}

/// Changes one field of a statement; a changed batch takes the lists of rows along.
pub fn edit_statement(s: &mut Source<'_>, statement: &mut Statement) {
    let rows = statement.batch.min(1 << 12) as usize;
    match s.byte() % 14 {
        0 => {
            statement.purpose = match s.below(3) {
                0 => Purpose::Inference,
                1 => Purpose::Certificate,
                _ => Purpose::Renewal { renewed: digest(s) },
            }
        }
        1 => statement.plan = digest(s),
        2 => statement.layout = digest(s),
        3 => statement.batch = s.size(),
        4 => resize(statement, batch(s) as usize),
        5 => statement.model = digest(s),
        6 => {
            let (commitment, schema) = (digest(s), digest(s));
            let committed = CommittedInput { commitment, schema, issuer: None, records: vec![], expiry: 0 };
            let given = statement.input_commitment.take();
            statement.input_commitment = s.bool().then(|| given.unwrap_or(committed));
        }
        7 => {
            let Some(committed) = &mut statement.input_commitment else { return };
            match s.byte() % 3 {
                0 => committed.issuer = s.bool().then(|| digest(s)),
                1 => edit_list(s, &mut committed.records, text),
                _ => committed.expiry = s.number() as u64,
            }
        }
        8 => edit_list(s, &mut statement.inputs, |s| match s.byte() % 3 {
            0 => {
                let (value, cells) = (s.number(), rows * s.below(9));
                InputClaim::Public { values: vec![value; cells] }
            }
            1 => InputClaim::Committed,
            _ => InputClaim::Unbound,
        }),
        9 => statement.context.nonce = s.part().to_vec(),
        10 => statement.context.policy = text(s),
        11 => statement.context.time = s.number() as u64,
        _ => edit_list(s, &mut statement.outputs, |s| output(s, rows)),
    }
}

/// Most items of a list that an edit makes: several edits could multiply it.
const MOST: usize = 1 << 18;

fn resize(statement: &mut Statement, batch: usize) {
    fn repeat<T: Clone>(list: &mut Vec<T>, n: usize) {
        *list = list.iter().cloned().cycle().take(if list.is_empty() { 0 } else { n.min(MOST) }).collect();
    }
    let old = statement.batch.max(1) as usize;
    statement.batch = batch as u32;
    if let Some(committed) = &mut statement.input_commitment {
        repeat(&mut committed.records, batch);
    }
    for input in &mut statement.inputs {
        if let InputClaim::Public { values } = input {
            let cells = values.len() / old;
            repeat(values, cells * batch);
        }
    }
    for output in &mut statement.outputs {
        match output {
            OutputClaim::Public { values, .. } => {
                let cells = values.len() / old;
                repeat(values, cells * batch);
            }
            OutputClaim::AtLeast { outcomes, .. }
            | OutputClaim::AtMost { outcomes, .. }
            | OutputClaim::Between { outcomes, .. }
            | OutputClaim::TopK { outcomes, .. } => repeat(outcomes, batch),
            OutputClaim::ArgMax { classes, .. } => repeat(classes, batch),
        }
    }
}

/// Changes one field of a commitment.
pub fn edit_commitment(s: &mut Source<'_>, commitment: &mut Commitment) {
    match s.byte() % 11 {
        0 => commitment.role = if s.bool() { Role::Model } else { Role::Input },
        1 => commitment.field = if s.bool() { FieldId::KoalaBear } else { FieldId::Goldilocks },
        2 => commitment.subject = digest(s),
        3 => commitment.log_rows = s.byte() % 34,
        4 => commitment.log_blowup = s.byte() % 34,
        5 => commitment.columns = s.size(),
        6 => commitment.queries = s.u16(),
        7 => commitment.grinding = s.byte() % 66,
        8 => commitment.pads = s.size(),
        9 => commitment.batch = s.size(),
        _ => commitment.root = digest(s),
    }
}

/// Changes one field of an input schema.
pub fn edit_schema(s: &mut Source<'_>, schema: &mut Schema) {
    match s.byte() % 7 {
        0 => schema.field = if s.bool() { FieldId::KoalaBear } else { FieldId::Goldilocks },
        1 => schema.log_rows = s.byte() % 34,
        2 => schema.log_blowup = s.byte() % 34,
        3 => schema.queries = s.u16(),
        4 => schema.grinding = s.byte(),
        5 => schema.pads = s.size(),
        _ => {
            let Some(input) = pick(s, &mut schema.inputs) else { return };
            match s.byte() % 5 {
                0 => input.name = text(s),
                1 => edit_list(s, &mut input.shape, |s| s.size()),
                2 => input.scale = s.u16() as i16,
                3 => input.lo = s.number(),
                _ => input.hi = s.number(),
            }
        }
    }
}

/// Changes a stretch of bytes: words, bits, copies, removals, the end.
pub fn edit_bytes(s: &mut Source<'_>, bytes: &mut Vec<u8>) {
    let at = s.below(bytes.len());
    match s.byte() % 6 {
        0 => {
            if let Some(byte) = bytes.get_mut(at) {
                *byte ^= 1 << (s.byte() % 8);
            }
        }
        kind @ (1 | 2) => {
            // Field elements are words of four or eight bytes.
            let width = if kind == 1 { 4 } else { 8 };
            let value = match s.byte() % 4 {
                // Both fields' characteristics and their neighbours.
                0 => 0x7f00_0001i64 + i64::from(s.byte() % 3) - 1,
                1 => (0xffff_ffff_0000_0001u64 as i64).wrapping_add(i64::from(s.byte() % 3) - 1),
                _ => s.number(),
            };
            let start = at - at % 4;
            for (byte, new) in bytes.iter_mut().skip(start).take(width).zip(value.to_le_bytes()) {
                *byte = new;
            }
        }
        3 => {
            let (from, count) = (s.below(bytes.len()), 1 << (s.byte() % 10));
            let copy: Vec<u8> = bytes.iter().skip(from).take(count).copied().collect();
            for (byte, new) in bytes.iter_mut().skip(at).zip(copy) {
                *byte = new;
            }
        }
        4 => {
            let end = (at + (1 << (s.byte() % 10))).min(bytes.len());
            bytes.drain(at..end);
        }
        _ => {
            let new = s.part();
            bytes.splice(at..at, new.iter().copied());
        }
    }
}
