//! Every committed input of every target, and the honest ones, without an engine.

mod common;

use affidavit_fuzz_targets::bases::{bases, from_bytes, install, to_bytes};
use affidavit_fuzz_targets::{FORMATS, VERIFYING, meter::Meter, seeds::seeds};
use std::path::Path;

#[global_allocator]
static METER: Meter = Meter;

// One test in this binary: the allocator counts what all threads have.
#[test]
fn committed_inputs_keep_every_invariant() {
    let bundles = common::bundles();
    assert_eq!(from_bytes(&to_bytes(&bundles)).as_ref(), Some(&bundles));
    install(bundles);
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus");
    let targets: Vec<_> = FORMATS.into_iter().chain(VERIFYING).collect();
    for (name, target) in &targets {
        let files = std::fs::read_dir(corpus.join(name)).unwrap_or_else(|_| panic!("{name} has no corpus"));
        let mut inputs: Vec<_> = files.map(|file| file.unwrap().path()).collect();
        inputs.sort();
        assert!(!inputs.is_empty(), "{name} has no committed inputs");
        for path in inputs {
            println!("{}", path.display());
            target(&std::fs::read(path).unwrap());
        }
    }
    for (name, input) in seeds(bases()) {
        let (_, target) = targets.iter().find(|(target, _)| *target == name).unwrap();
        target(&input);
    }
}
