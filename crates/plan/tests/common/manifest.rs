//! Tamper manifests: text files that say which error catches a change of which part, one line a label.
//!
//! A failing test prints every entry that is missing as it would have to be written: review it, then add it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

type Entries = BTreeMap<String, BTreeMap<String, BTreeSet<String>>>;

/// Lines `label | kind expectation | kind expectation …` by label; the order of the cells is free.
pub struct Manifest {
    name: &'static str,
    lines: Entries,
    /// What a test has seen, in the file's own alternatives; and what the file does not have.
    seen: Entries,
    missing: Entries,
}

impl Manifest {
    /// Alternatives of an expectation are separated by slashes, names of constraints (`breaks`) by commas.
    pub fn read(name: &'static str, path: impl AsRef<Path>) -> Self {
        let mut lines = Entries::new();
        let text = std::fs::read_to_string(path).unwrap();
        for line in text.lines().filter(|l| !l.trim().is_empty() && !l.starts_with('#')) {
            let mut cells = line.split(" | ").map(str::trim);
            let label = cells.next().unwrap().to_owned();
            let mut kinds = BTreeMap::new();
            for cell in cells {
                let (kind, expected) = cell.split_once(' ').unwrap_or_else(|| panic!("{name}: {label}: {cell}"));
                let separator = if kind == "breaks" { ',' } else { '/' };
                let alternatives = expected.split(separator).map(|a| a.trim().to_owned()).collect();
                assert!(kinds.insert(kind.to_owned(), alternatives).is_none(), "{name}: {label}: {kind} twice");
            }
            assert!(lines.insert(label.clone(), kinds).is_none(), "{name}: {label} twice");
        }
        Self { name, lines, seen: Entries::new(), missing: Entries::new() }
    }

    pub fn labels(&self) -> BTreeSet<&str> {
        self.lines.keys().map(String::as_str).collect()
    }

    /// Notes what a change led to; it must be one of the alternatives, of which an ending `*` stands for any ending.
    pub fn check(&mut self, label: &str, kind: &str, found: &str) {
        let fits = |a: &&String| a.strip_suffix('*').map_or(a.as_str() == found, |start| found.starts_with(start));
        let expected = self.lines.get(label).and_then(|kinds| kinds.get(kind));
        let (entries, entry) = match expected.and_then(|alternatives| alternatives.iter().find(fits)) {
            Some(alternative) => (&mut self.seen, alternative.as_str()),
            None => (&mut self.missing, found),
        };
        let kinds = entries.entry(label.to_owned()).or_default();
        kinds.entry(kind.to_owned()).or_default().insert(entry.to_owned());
    }

    /// Everything seen was in the file, and every line and kind of the file was seen; `every_alternative` also asks for
    /// each alternative.
    #[track_caller]
    pub fn assert_complete(&self, every_alternative: bool) {
        let mut failures = Vec::new();
        for (label, kinds) in &self.missing {
            let cells = kinds.iter().map(|(kind, found)| {
                let separator = if kind == "breaks" { ", " } else { "/" };
                format!(" | {kind} {}", found.iter().cloned().collect::<Vec<_>>().join(separator))
            });
            failures.push(format!("not in the file: {label}{}", cells.collect::<String>()));
        }
        for (label, kinds) in &self.lines {
            for (kind, alternatives) in kinds {
                let seen = self.seen.get(label).and_then(|kinds| kinds.get(kind));
                let unseen: Vec<_> = alternatives.iter().filter(|a| !seen.is_some_and(|s| s.contains(*a))).collect();
                if unseen.len() == alternatives.len() || (every_alternative && !unseen.is_empty()) {
                    failures.push(format!("never seen: {label} | {kind} {unseen:?}"));
                }
            }
        }
        assert!(failures.is_empty(), "{}:\n{}", self.name, failures.join("\n"));
    }
}
