//! The committed vectors as bundles: proofs that verify, made by no code of these tests.
#![allow(dead_code, reason = "each test file uses its part")]

use affidavit_plan::{Statement, digest};
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

/// The fields of a file, front to back.
struct Fields(Vec<u8>, usize);

impl Fields {
    /// Behind magic and version.
    fn of(file: &str) -> Self {
        Self(std::fs::read(root().join("vectors").join(file)).unwrap(), 10)
    }

    fn take(&mut self, n: usize) -> Vec<u8> {
        self.1 += n;
        self.0[self.1 - n..self.1].to_vec()
    }

    fn bytes(&mut self) -> Vec<u8> {
        let length = u32::from_le_bytes(self.take(4).try_into().unwrap());
        self.take(length as usize)
    }

    fn flag(&mut self) -> bool {
        self.take(1) == [1]
    }
}

/// Every entry of `vectors/accept.json` that has a card, by name: bundles, and certificates of cards.
pub fn bundles() -> Vec<(String, Bundle)> {
    let text = std::fs::read_to_string(root().join("vectors/accept.json")).unwrap();
    let entries = serde_json::from_str::<Value>(&text).unwrap()["vectors"].take();
    let with_card = entries.as_array().unwrap().iter().filter_map(|entry| Some((entry, entry["card"].as_str()?)));
    let bundle = |(entry, card): (&Value, &str)| {
        let mut card = Fields::of(card);
        let plan = card.bytes();
        assert_eq!(card.take(5), [1, 0, 0, 0, 1], "one scheme");
        let (model, statement, proof) = (card.bytes(), card.bytes(), card.bytes());
        let renewals = u32::from_le_bytes(card.take(4).try_into().unwrap());
        let chain: Vec<[Vec<u8>; 3]> = (0..renewals).map(|_| [card.bytes(), card.bytes(), card.bytes()]).collect();
        let mut bundle = Bundle { plan, statement, model, input: None, proof };
        if let Some(file) = entry["bundle"].as_str() {
            let mut file = Fields::of(file);
            (bundle.statement, bundle.proof) = (file.bytes(), file.bytes());
            bundle.input = file.flag().then(|| file.bytes());
            // The commitment of the chain that the statement names.
            let named = Statement::decode(&bundle.statement).unwrap().model;
            let renewed = chain.iter().find(|[new, _, _]| digest("commitment", new) == named);
            bundle.model = renewed.map_or(bundle.model, |[new, _, _]| new.clone());
        } else if entry["renewal"].as_u64() == Some(0) {
            let [new, statement, proof] = chain[0].clone();
            bundle = Bundle { statement, input: Some(new), proof, ..bundle };
        }
        (entry["name"].as_str().unwrap().to_owned(), bundle)
    };
    with_card.map(bundle).collect()
}

/// The vector of this name.
pub fn vector(name: &str) -> Bundle {
    bundles().into_iter().find(|(n, _)| n == name).unwrap().1
}
