//! Review: a Range of the plan holds for a public input too, not only the input's declared range.

use crate::common::{Toy, statement};
use affidavit_algebra::KoalaBearPair;
use affidavit_plan::*;
use affidavit_prover::commit_model;
use affidavit_verifier::verify;
use std::collections::BTreeMap;

/// The plan says x ∈ [0, 16); the declared interval is [−128, 127]. A statement about x = 100 is false.
#[test]
fn hole_a_range_narrower_than_declared_must_bind_a_public_input() {
    let port = |name: &str, tensor| Port { name: name.into(), tensor, shape: vec![1], scale: 0 };
    let tensor = |name: &str, kind| Tensor { name: name.into(), batched: true, dims: vec![1], scale: 0, kind };
    let plan = Plan {
        field: FieldId::KoalaBear,
        name: "range".into(),
        tables: vec![],
        tensors: vec![
            tensor("x", TensorKind::Input { lo: -128, hi: 127, index: 0 }),
            tensor("y", TensorKind::Linear { terms: vec![(1, 0)], constant: 1 }),
        ],
        relations: vec![Relation::Range { tensor: 0, lo: 0, bits: 4 }],
        inputs: vec![port("x", 0)],
        outputs: vec![port("y", 1)],
    };
    plan.validate().unwrap();
    let model = commit_model::<KoalaBearPair>(&plan, &[], 1, [7; 32]).unwrap();
    let toy = Toy { plan, model: vec![], witness: BTreeMap::new(), batch: 1 };
    let refusal = |x: i64| {
        let outputs = vec![OutputClaim::Public { output: 0, values: vec![x + 1] }];
        let s = statement(&toy, &model.commitment, InputClaim::Public { values: vec![x] }, outputs);
        verify(&toy.plan.encode(), &s.encode(), &model.commitment.encode(), None, &[], 128.0).unwrap_err().code()
    };
    for x in [100, 16, -1, -128] {
        assert_eq!(refusal(x), "circuit", "x = {x} was accepted although the plan enforces 0 ≤ x < 16");
    }
    assert_eq!(refusal(128), "statement", "beyond the declared interval");
    // The control: inside, only the layout digest, which this statement leaves blank, stands against it.
    for x in [0, 15] {
        assert_eq!(refusal(x), "mismatch");
    }
}
