//! Decoders: any bytes give a value that encodes to the same bytes, or a typed error, within bounded memory.

use crate::edits::{edit_commitment, edit_plan, edit_schema, edit_statement};
use crate::meter::bounded;
use crate::samples::{Sample, samples};
use crate::source::Source;
use affidavit_algebra::{FieldPair, GoldilocksPair, KoalaBearPair};
use affidavit_commit::{OpenError, OpenedRows};
use affidavit_plan::{Commitment, FormatError, Plan, Schema, Statement, certificate_plan};

/// Bytes that decoding or validating `input` bytes may have live at once. The least item in relation to its bytes is
/// an empty record id: 24 bytes of memory for 4.
fn budget(input: usize) -> usize {
    32 * input + 4096
}

/// What decoding says about bytes; panics unless it is canonical and within its bound.
fn canonical<T>(
    what: &str,
    bytes: &[u8],
    decode: impl Fn(&[u8]) -> Result<T, FormatError>,
    encode: impl Fn(&T) -> Vec<u8>,
) -> Option<T> {
    match bounded(what, budget(bytes.len()), || decode(bytes)) {
        Ok(value) => {
            assert!(encode(&value) == bytes, "{what} accepts bytes that it does not write");
            Some(value)
        }
        Err(_) => None,
    }
}

/// A value written and read is the same or is refused.
fn round_trip<T: PartialEq>(
    what: &str,
    value: &T,
    decode: impl Fn(&[u8]) -> Result<T, FormatError>,
    encode: impl Fn(&T) -> Vec<u8>,
) {
    if let Some(read) = canonical(what, &encode(value), decode, &encode) {
        assert!(read == *value, "{what} reads another value than was written");
    }
}

fn sample(source: &mut Source<'_>) -> &'static Sample {
    &samples()[source.below(samples().len())]
}

fn validated(plan: &Plan, bytes: usize) {
    let Ok(validated) = bounded("Plan::validate", budget(bytes), || plan.validate()) else { return };
    assert_eq!(validated.intervals().len(), plan.tensors.len());
    assert!(validated.intervals().iter().all(|interval| interval.min <= interval.max));
    let certificate = certificate_plan(plan);
    assert!(certificate.validate().is_ok(), "a valid plan has an invalid certificate plan");
}

/// Plan bytes.
pub fn plan(data: &[u8]) {
    if let Some(plan) = canonical("Plan::decode", data, Plan::decode, Plan::encode) {
        validated(&plan, data.len());
    }
}

/// A changed plan: written, read and validated.
pub fn plan_edits(data: &[u8]) {
    let mut source = Source(data);
    let mut plan = sample(&mut source).plan.clone();
    for _ in 0..12 {
        if source.is_empty() {
            break;
        }
        edit_plan(&mut source, &mut plan);
    }
    round_trip("Plan::decode", &plan, Plan::decode, Plan::encode);
    // A plan that no decoder made has strings and lists of any length; validation bounds memory by tensors alone.
    validated(&plan, plan.encode().len());
}

/// Statement bytes, also checked against a fixed plan.
pub fn statement(data: &[u8]) {
    let Some(statement) = canonical("Statement::decode", data, Statement::decode, Statement::encode) else { return };
    check(statement, data.len());
}

/// A changed statement: written, read and checked.
pub fn statement_edits(data: &[u8]) {
    let mut source = Source(data);
    let mut statement = sample(&mut source).statement.clone();
    for _ in 0..12 {
        if source.is_empty() {
            break;
        }
        edit_statement(&mut source, &mut statement);
    }
    round_trip("Statement::decode", &statement, Statement::decode, Statement::encode);
    let bytes = statement.encode().len();
    check(statement, bytes);
}

fn check(mut statement: Statement, bytes: usize) {
    for sample in samples() {
        statement.plan = sample.digest;
        // The plan's own bytes are hashed in memory.
        let bound = budget(bytes + sample.plan_bytes.len());
        let _ = bounded("Statement::check", bound, || statement.check(&sample.plan, &sample.validated));
    }
}

/// Commitment bytes, or a changed commitment.
pub fn commitment(data: &[u8]) {
    canonical("Commitment::decode", data, Commitment::decode, Commitment::encode);
    let mut source = Source(data);
    let mut commitment = sample(&mut source).commitment.clone();
    for _ in 0..4 {
        edit_commitment(&mut source, &mut commitment);
    }
    round_trip("Commitment::decode", &commitment, Commitment::decode, Commitment::encode);
}

/// Schema bytes, or a changed schema.
pub fn input_schema(data: &[u8]) {
    canonical("Schema::decode", data, Schema::decode, Schema::encode);
    let mut source = Source(data);
    let mut changed = sample(&mut source).schema.clone();
    for _ in 0..4 {
        edit_schema(&mut source, &mut changed);
    }
    round_trip("Schema::decode", &changed, Schema::decode, Schema::encode);
}

/// Opened rows: read, written again, and not those of an honest root.
pub fn rows(data: &[u8]) {
    let mut source = Source(data);
    if source.bool() { rows_in::<KoalaBearPair>(&mut source) } else { rows_in::<GoldilocksPair>(&mut source) }
}

fn rows_in<P: FieldPair>(source: &mut Source<'_>) {
    let log_n = usize::from(source.byte() % 34);
    let width = match source.byte() {
        255 => source.u32() as usize * (1 + source.u32() as usize),
        width => usize::from(width % 12),
    };
    let mut positions = source.list(20, |s| match s.byte() {
        255 => s.u32() as usize,
        position => usize::from(position),
    });
    if source.bool() {
        positions.sort_unstable();
        positions.dedup();
    }
    let bytes = source.0;
    let mut rest = bytes;
    let read = || OpenedRows::<P>::read(&mut rest, &positions, width, log_n);
    // Cells as they are, a list per row.
    let opened = match bounded("OpenedRows::read", budget(bytes.len()), read) {
        Ok(opened) => opened,
        Err(_) => {
            assert_eq!(rest.len(), bytes.len(), "a refused opening was taken off the input");
            return;
        }
    };
    let mut written = Vec::new();
    opened.write(&mut written);
    assert!(bytes.strip_suffix(rest) == Some(&written), "rows do not write the bytes that were read");
    let root = [7; 32];
    let answer = bounded("OpenedRows::verify", budget(bytes.len()), || opened.verify(&root, &positions, width, log_n));
    assert_eq!(answer, Err(OpenError::Root));
}
