//! The fields of encoded values as their decoder reads them, and ways of changing each.

use affidavit_plan::{FieldSpan, FormatError, Reader};
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::Path;

/// Every read of a field, in order.
pub fn fields_of<T>(bytes: &[u8], read: impl Fn(Reader<'_>) -> Result<T, FormatError>) -> Vec<FieldSpan> {
    let spans = RefCell::new(Vec::new());
    read(Reader::recording(bytes, &spans)).unwrap_or_else(|error| panic!("{error}"));
    let spans = spans.into_inner();
    let mut at = 0;
    for span in &spans {
        assert_eq!(span.range.start, at, "{}: the fields follow each other", span.field);
        at = span.range.end;
    }
    assert_eq!(at, bytes.len());
    spans
}

/// The changes of a field: its lowest bit in some byte, all bits clear, all bits set. What changes nothing is left out.
pub fn changes(bytes: &[u8], span: &FieldSpan, random: u64) -> Vec<(&'static str, Vec<u8>)> {
    let range = span.range.clone();
    if range.is_empty() {
        return vec![];
    }
    let mut all: Vec<(&'static str, Vec<u8>)> = ["bit", "zero", "ones"].map(|kind| (kind, bytes.to_vec())).into();
    all[0].1[range.start + random as usize % range.len()] ^= 1;
    all[1].1[range.clone()].fill(0);
    all[2].1[range].fill(0xff);
    all.retain(|(_, changed)| changed != bytes);
    all
}

/// Every field label in a codec's source: the string literals with a dot, of lower-case words.
pub fn labels_in(source: impl AsRef<Path>) -> BTreeSet<String> {
    let text = std::fs::read_to_string(source).unwrap();
    let is_label = |s: &&str| s.contains('.') && s.bytes().all(|b| b.is_ascii_lowercase() || b == b'.' || b == b'_');
    text.split('"').skip(1).step_by(2).filter(is_label).map(str::to_owned).collect()
}
