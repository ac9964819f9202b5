//! Honest bundles of every purpose and both fields, from the plan of the prover's tests.

use affidavit_algebra::{FieldPair, GoldilocksPair, KoalaBearPair};
use affidavit_fuzz_targets::bases::Bundle;
use affidavit_plan::{FieldId, Statement};

#[allow(dead_code, reason = "only the world and its statements are used")]
#[path = "../../../prover/tests/proofs/common"]
mod prover {
    pub mod bundle;
    pub mod evaluate;
    pub mod zoo;
}

use prover::bundle::World;
use prover::zoo::zoo;

fn prove<P: FieldPair>(world: &World<P>, statement: Statement) -> Bundle {
    let (_, made) = world.prove(statement);
    Bundle { plan: made.plan, statement: made.statement, model: made.model, input: made.input, proof: made.proof }
}

/// Inference with hidden inputs and outputs, with all claims, and certificates.
pub fn bundles() -> Vec<Bundle> {
    let small = World::<KoalaBearPair>::new(zoo(FieldId::KoalaBear, 2));
    let large = World::<GoldilocksPair>::new(zoo(FieldId::Goldilocks, 1));
    vec![
        prove(&small, small.plain()),
        prove(&small, small.full()),
        prove(&large, large.full()),
        prove(&small, small.certificate()),
        prove(&large, large.certificate()),
    ]
}
