//! Every committed input of every target, and the honest ones, without an engine.

mod common;

use affidavit_fuzz_targets::bases::{bases, from_bytes, install, to_bytes};
use affidavit_fuzz_targets::{
    FORMATS, VERIFYING,
    meter::{Meter, bounded},
    seeds::seeds,
};
use std::path::Path;

#[global_allocator]
static METER: Meter = Meter;

// One test in this binary: the allocator counts what all threads have.
#[test]
fn committed_inputs_keep_every_invariant() {
    assert!(
        std::panic::catch_unwind(|| bounded("this", 1000, || vec![0u8; 1001])).is_err(),
        "the meter counts nothing"
    );
    let bundles = common::bundles();
    assert_eq!(from_bytes(&to_bytes(&bundles)).as_ref(), Some(&bundles));
    install(bundles);
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus");
    let targets: Vec<_> = FORMATS.into_iter().chain(VERIFYING).collect();
    for (name, target) in &targets {
        let packed = std::fs::read(corpus.join(format!("{name}.bin"))).unwrap();
        assert!(!packed.is_empty(), "{name} has no committed inputs");
        // Each input has its length in front.
        let (mut rest, mut number) = (packed.as_slice(), 0);
        while let Some((length, after)) = rest.split_first_chunk::<4>() {
            let (input, after) = after.split_at(u32::from_le_bytes(*length) as usize);
            println!("{name}, input {number}");
            target(input);
            number += 1;
            rest = after;
        }
        assert!(rest.is_empty());
    }
    for (name, input) in seeds(bases()) {
        let (_, target) = targets.iter().find(|(target, _)| *target == name).unwrap();
        target(&input);
    }
}
