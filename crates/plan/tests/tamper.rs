//! Every field of a plan and of a schema, changed: the step that refuses it is the one that `tamper_manifest.txt` names.
//! The fields come from the decoders' own reading, so one that a format gains appears by itself.

mod common;

use affidavit_plan::*;
use common::fields::{changes, fields_of, labels_in};
use common::manifest::Manifest;
use std::collections::BTreeSet;

fn source(name: &str) -> String {
    format!("{}/src/{name}.rs", env!("CARGO_MANIFEST_DIR"))
}

/// The first step of spec 8.1 that refuses this plan beside a statement about [`common::sample`].
fn refusal(bytes: &[u8], statement: &Statement) -> &'static str {
    let Ok(plan) = Plan::decode(bytes) else { return "malformed 1" };
    let Ok(validated) = plan.validate() else { return "plan 2" };
    match statement.check(&plan, &validated) {
        Err(StatementError::OtherPlan) => "statement 4",
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_field_of_a_plan_and_a_schema() {
    let mut manifest = Manifest::read("plan/tests/tamper_manifest.txt", "tests/tamper_manifest.txt");
    let statement = common::statement();
    let plan = common::sample().encode();
    let schema = schema_of(&common::sample(), &common::commitment()).unwrap();
    let schema_bytes = schema.encode();
    let mut labels = BTreeSet::new();
    for seed in 0..4 {
        for (index, span) in fields_of(&plan, Plan::read).iter().enumerate() {
            labels.insert(span.field);
            for (kind, changed) in changes(&plan, span, seed + 3 * index as u64) {
                manifest.check(span.field, kind, refusal(&changed, &statement));
            }
        }
        for (index, span) in fields_of(&schema_bytes, Schema::read).iter().enumerate() {
            labels.insert(span.field);
            for (kind, changed) in changes(&schema_bytes, span, seed + 3 * index as u64) {
                // Another digest: inputs that are committed under it are refused in step 9 (`tamper_fields` of the prover).
                let found = match Schema::decode(&changed) {
                    Err(_) => "malformed",
                    Ok(other) if other.digest() != schema.digest() => "digest",
                    Ok(_) => "nothing",
                };
                manifest.check(span.field, kind, found);
            }
        }
    }
    manifest.assert_complete(false);
    assert_eq!(manifest.labels(), labels);
    // Every alternative of the formats was among the samples.
    let mut in_source: BTreeSet<String> = ["plan_codec", "tensor_codec", "hint_codec", "commitment_codec"]
        .iter()
        .flat_map(|name| labels_in(source(name)))
        .collect();
    in_source.retain(|label| !label.starts_with("commitment."));
    assert_eq!(labels, in_source.iter().map(String::as_str).collect());
}
