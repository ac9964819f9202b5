//! Every field of a statement and of commitments, changed beside an honest proof: the verifier's error is the one that
//! `fields_manifest.txt` names. The fields come from the decoders' own reading, so a new one appears by itself.

use crate::common::bundle::{Bundle, World, layout_digest};
use crate::common::fields::{changes, fields_of, labels_in};
use crate::common::manifest::Manifest;
use crate::common::zoo::zoo;
use crate::renewal::renewed;
use affidavit_algebra::{FieldPair, GoldilocksPair, KoalaBearPair};
use affidavit_plan::{Commitment, FieldId, InputClaim, Statement};
use std::collections::BTreeSet;

fn found(bundle: &Bundle) -> String {
    let error = bundle.verify().expect_err("accepted");
    format!("{} {}", error.code(), error.step())
}

/// The bundle with these bytes as its statement, whose layout digest is made to fit.
fn sealed<P: FieldPair>(world: &World<P>, bundle: &Bundle, changed: &[u8]) -> Option<Bundle> {
    let mut statement = Statement::decode(changed).ok()?;
    let second = bundle.input.as_ref().map(|bytes| Commitment::decode(bytes).unwrap());
    statement.layout = layout_digest(&world.zoo.plan, &statement, &world.model.commitment, second.as_ref()).ok()?;
    let statement = statement.encode();
    (statement != bundle.statement).then(|| Bundle { statement, ..bundle.clone() })
}

struct Run {
    manifest: Manifest,
    labels: BTreeSet<String>,
    seed: u64,
}

impl Run {
    fn statement<P: FieldPair>(&mut self, world: &World<P>, bundle: &Bundle) {
        for (index, span) in fields_of(&bundle.statement, Statement::read).iter().enumerate() {
            self.labels.insert(span.field.to_owned());
            for (kind, statement) in changes(&bundle.statement, span, self.seed + 5 * index as u64) {
                let raw = found(&Bundle { statement: statement.clone(), ..bundle.clone() });
                self.manifest.check(span.field, kind, &raw);
                if raw != "mismatch 13" {
                    continue;
                }
                if let Some(sealed) = sealed(world, bundle, &statement) {
                    self.manifest.check(span.field, "sealed", &found(&sealed));
                }
            }
        }
    }

    fn commitment(&mut self, who: &str, bundle: &Bundle, part: fn(&mut Bundle) -> &mut Vec<u8>) {
        let bytes = part(&mut bundle.clone()).clone();
        for (index, span) in fields_of(&bytes, Commitment::read).iter().enumerate() {
            let label = format!("{who} {}", span.field);
            for (kind, changed) in changes(&bytes, span, self.seed + 5 * index as u64) {
                let mut other = bundle.clone();
                *part(&mut other) = changed;
                self.manifest.check(&label, kind, &found(&other));
            }
            self.labels.insert(label);
        }
    }

    fn world<P: FieldPair>(&mut self, field: FieldId) {
        let world = World::<P>::new(zoo(field, 2));
        let public = world.zoo.inputs.iter().map(|v| InputClaim::Public { values: v.clone() }).collect();
        let statements =
            [world.full(), Statement { inputs: public, ..world.plain() }, world.plain(), world.certificate()];
        let bundles = statements.map(|s| world.prove(s).1);
        let renewal = renewed(&world);
        for bundle in bundles.iter().chain([&renewal]) {
            self.statement(&world, bundle);
        }
        self.commitment("model", &bundles[0], |b| &mut b.model);
        self.commitment("input", &bundles[0], |b| b.input.as_mut().unwrap());
        self.commitment("renewed", &renewal, |b| b.input.as_mut().unwrap());
    }
}

#[test]
fn every_field_of_statements_and_commitments() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/proofs/fields_manifest.txt");
    let mut run = Run { manifest: Manifest::read("fields_manifest.txt", file), labels: BTreeSet::new(), seed: 1 };
    run.world::<KoalaBearPair>(FieldId::KoalaBear);
    run.seed = 2;
    run.world::<GoldilocksPair>(FieldId::Goldilocks);
    run.manifest.assert_complete(false);
    assert_eq!(run.manifest.labels(), run.labels.iter().map(String::as_str).collect());
    // Every alternative of the formats was among the bundles.
    let source = |name: &str| labels_in(format!("{}/../plan/src/{name}.rs", env!("CARGO_MANIFEST_DIR")));
    let mut in_source = source("statement_codec");
    in_source.extend(source("claim_codec"));
    for label in source("commitment_codec").iter().filter(|l| l.starts_with("commitment.")) {
        in_source.extend(["model", "input", "renewed"].map(|who| format!("{who} {label}")));
    }
    assert_eq!(run.labels, in_source);
}
