//! Honest inputs of the targets, for an engine to start from.

use crate::bases::Bundle;
use crate::samples::samples;
use affidavit_plan::{Plan, certificate_plan};

fn part(bytes: &[u8]) -> Vec<u8> {
    // An honest part of these small plans has less than 2^16 bytes.
    let length = u16::try_from(bytes.len()).unwrap_or(u16::MAX);
    [&length.to_le_bytes(), bytes].concat()
}

/// (target, input) pairs.
pub fn seeds(bundles: &[Bundle]) -> Vec<(&'static str, Vec<u8>)> {
    let mut all = Vec::new();
    for sample in samples() {
        all.push(("input_schema", sample.schema.encode()));
    }
    for (index, bundle) in (0u8..).zip(bundles) {
        all.push(("plan", bundle.plan.clone()));
        all.extend(Plan::decode(&bundle.plan).map(|plan| ("plan", certificate_plan(&plan).encode())));
        all.push(("statement", bundle.statement.clone()));
        all.push(("commitment", bundle.model.clone()));
        all.extend(bundle.input.iter().map(|input| ("commitment", input.clone())));
        let masked = |mask: u8, bytes: &[u8]| [&[index, mask], part(bytes).as_slice()].concat();
        all.push(("verifier_raw", masked(1, &bundle.plan)));
        all.push(("verifier_raw", masked(1 | 16, &bundle.plan)));
        all.push(("verifier_raw", masked(2, &bundle.statement)));
        all.push(("verifier_raw", masked(2 | 16, &bundle.statement)));
        all.push(("verifier_raw", masked(4, &bundle.model)));
        // The proof's first, middle and last bytes, over the honest ones or in place of what follows.
        for kept in [0, bundle.proof.len() / 3, bundle.proof.len().saturating_sub(256)] {
            let kept = (kept as u32).to_le_bytes();
            all.push(("proof", [&[index], kept.as_slice(), &[0, 0]].concat()));
            all.push(("proof", [&[index], kept.as_slice(), &[1, 0]].concat()));
        }
        for sealed in [0, 1] {
            for target in ["verifier", "session"] {
                all.push((target, vec![index, sealed, 3, 10, 1, 2, 3, 4, 5]));
            }
        }
    }
    for (index, bundle) in (0u8..).zip(bundles.iter().filter(|bundle| bundle.certifies())) {
        for mask in [2, 2 | 16] {
            all.push(("certificate", [&[index, mask], part(&bundle.statement).as_slice()].concat()));
        }
    }
    all
}
