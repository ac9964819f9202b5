//! The decoders' targets of `affidavit-fuzz-targets` under libFuzzer; the variable AFFIDAVIT_FUZZ_TARGET names the one to run.
#![no_main]
#![forbid(unsafe_code)]

use affidavit_fuzz_targets::{FORMATS, Target, meter::Meter};
use libfuzzer_sys::fuzz_target;
use std::sync::OnceLock;

#[global_allocator]
static METER: Meter = Meter;

static TARGET: OnceLock<Target> = OnceLock::new();

fn chosen() -> Target {
    let name = std::env::var("AFFIDAVIT_FUZZ_TARGET").unwrap_or_default();
    let found = FORMATS.iter().find(|(target, _)| *target == name);
    found.expect("AFFIDAVIT_FUZZ_TARGET names no target").1
}

fuzz_target!(|data: &[u8]| TARGET.get_or_init(chosen)(data));
