//! What each fuzz target checks, as plain functions of bytes (`fuzz/README.md`).

#[cfg(feature = "verifier")]
pub mod bases;
pub mod edits;
pub mod formats;
pub mod meter;
pub mod samples;
#[cfg(feature = "verifier")]
pub mod seeds;
pub mod source;
#[cfg(feature = "verifier")]
pub mod verifying;

/// A check of arbitrary bytes; panics where an invariant breaks.
pub type Target = fn(&[u8]);

/// The decoders.
pub const FORMATS: [(&str, Target); 7] = [
    ("plan", formats::plan),
    ("plan_edits", formats::plan_edits),
    ("statement", formats::statement),
    ("statement_edits", formats::statement_edits),
    ("commitment", formats::commitment),
    ("input_schema", formats::input_schema),
    ("rows", formats::rows),
];

/// The verifier, as far as the first message and as a whole.
#[cfg(feature = "verifier")]
pub const VERIFYING: [(&str, Target); 5] = [
    ("session", verifying::session),
    ("certificate", verifying::certificate),
    ("proof", verifying::proof),
    ("verifier_raw", verifying::verifier_raw),
    ("verifier", verifying::verifier),
];
