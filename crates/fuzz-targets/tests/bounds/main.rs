//! Memory and time of a verification, over honest proofs and over small inputs that claim much (spec 8.1, bounds).

#[path = "../../../verifier/tests/common/mod.rs"]
mod common;
mod hostile;

use affidavit_fuzz_targets::meter::{Meter, peak};
use common::{Bundle, bundles};
use hostile::hostile;
use std::time::{Duration, Instant};

#[global_allocator]
static METER: Meter = Meter;

/// Bytes allocated at once: so many per byte of input …
const PER_BYTE: usize = 64;
/// … and so many beside them.
const CONSTANT: usize = 1 << 30;
/// Most time that an input of these tests takes: of all processors, where the system tells, so that a busy machine does
/// not count.
const SECONDS: Duration = Duration::from_secs(20);

/// Processor time of this process (Linux, in ticks of 10 ms).
fn spent() -> Option<Duration> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    // The name in brackets may hold blanks; user and system time are the 12th and 13th field after it.
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks = |at: usize| fields.get(at)?.parse::<u64>().ok();
    Some(Duration::from_millis(10 * (ticks(11)? + ticks(12)?)))
}

/// The step that refuses, None for a bundle that is accepted.
fn measure(name: &str, bundle: &Bundle, expected: Option<u8>) -> Option<String> {
    let (clock, before) = (Instant::now(), spent());
    let (result, peak) = peak(|| bundle.verify_with(0.0));
    let time = spent().zip(before).map_or(clock.elapsed(), |(after, before)| after - before);
    let bytes = bundle.len();
    let outcome = result.as_ref().map_or_else(|e| format!("step {}: {e}", e.step()), |_| "accepted".into());
    println!(
        "{name:34} {bytes:>9} B  peak {:>6} KiB  {:>7.1}x  {time:>8.2?}  {outcome}",
        peak >> 10,
        peak as f64 / bytes as f64
    );
    let bound = PER_BYTE * bytes + CONSTANT;
    if result.err().map(|e| e.step()) != expected {
        return Some(format!("{name}: {outcome}"));
    }
    if peak > bound || time > SECONDS {
        return Some(format!("{name}: {peak} bytes of {bound}, {time:?}"));
    }
    None
}

#[test]
fn memory_and_time_are_bounded() {
    let mut failures: Vec<String> = Vec::new();
    for (name, bundle) in bundles() {
        failures.extend(measure(&name, &bundle, None));
    }
    for (name, step, bundle) in hostile() {
        failures.extend(measure(name, &bundle(), Some(step)));
    }
    assert!(failures.is_empty(), "{failures:#?}");
}
