//! The committed vectors as bundles: proofs that verify, made by no code of these tests.
#![allow(dead_code, reason = "each test file uses its part")]

use affidavit_verifier::{Report, VerifyError, verify};
use serde_json::Value;
use std::path::PathBuf;

/// Everything that a verifier gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bundle {
    pub plan: Vec<u8>,
    pub statement: Vec<u8>,
    pub model: Vec<u8>,
    pub input: Option<Vec<u8>>,
    pub proof: Vec<u8>,
}

impl Bundle {
    pub fn verify_with(&self, min_bits: f64) -> Result<Report, VerifyError> {
        verify(&self.plan, &self.statement, &self.model, self.input.as_deref(), &self.proof, min_bits)
    }

    pub fn verify(&self) -> Result<Report, VerifyError> {
        self.verify_with(128.0)
    }

    /// Bytes of all parts.
    pub fn len(&self) -> usize {
        let parts = [&self.plan, &self.statement, &self.model, &self.proof];
        parts.iter().map(|p| p.len()).sum::<usize>() + self.input.as_ref().map_or(0, Vec::len)
    }
}

pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn json(name: &str) -> Value {
    let text = std::fs::read_to_string(root().join("vectors").join(name)).unwrap();
    serde_json::from_str::<Value>(&text).unwrap()["vectors"].take()
}

fn unhex(value: &Value) -> Vec<u8> {
    let text = value.as_str().unwrap();
    (0..text.len()).step_by(2).map(|i| u8::from_str_radix(&text[i..i + 2], 16).unwrap()).collect()
}

/// Every bundle of `vectors/proofs.json`, by the name of its statement.
pub fn bundles() -> Vec<(String, Bundle)> {
    let (plan, commitments) = (json("plan.json"), json("commitments.json"));
    let (statements, proofs) = (json("statements.json"), json("proofs.json"));
    let bundle = |proof: &Value| {
        let name = proof["statement"].as_str().unwrap();
        let statement = statements.as_array().unwrap().iter().find(|s| s["name"] == name).unwrap();
        let input = &statement["input_commitment"];
        let file = root().join("vectors").join(proof["file"].as_str().unwrap());
        let bundle = Bundle {
            plan: unhex(&plan["bytes"]),
            statement: unhex(&statement["bytes"]),
            model: unhex(&commitments["model"]["bytes"]),
            input: (!input.is_null()).then(|| unhex(input)),
            proof: std::fs::read(file).unwrap(),
        };
        (name.to_owned(), bundle)
    };
    proofs.as_array().unwrap().iter().map(bundle).collect()
}

/// The vector of this statement.
pub fn vector(name: &str) -> Bundle {
    bundles().into_iter().find(|(n, _)| n == name).unwrap().1
}
