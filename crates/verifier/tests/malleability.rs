//! No malleability: nobody who holds a bundle can make another that verifies by changing it. A changed byte anywhere is
//! refused, so a proof that verifies has one encoding, and only its prover could have chosen another.

mod common;

use affidavit_protocol::Session;
use affidavit_verifier::verify_leaves;
use common::{Bundle, bundles};
use std::sync::atomic::{AtomicUsize, Ordering};

/// SplitMix64 (Steele, Lea, Flood 2014) of a seed.
fn mix(seed: u64) -> u64 {
    let x = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// A change of one byte that is never none.
fn change(bytes: &mut [u8], at: usize) {
    bytes[at] ^= 1 + (mix(at as u64) % 255) as u8;
}

/// Every byte of plan, statement and commitments.
fn public_bytes(name: &str, bundle: &Bundle) {
    type Part = fn(&mut Bundle) -> Option<&mut Vec<u8>>;
    let parts: [(&str, Part); 4] = [
        ("plan", |b| Some(&mut b.plan)),
        ("statement", |b| Some(&mut b.statement)),
        ("model commitment", |b| Some(&mut b.model)),
        ("input commitment", |b| b.input.as_mut()),
    ];
    for (part, bytes) in parts {
        let len = bytes(&mut bundle.clone()).map_or(0, |b| b.len());
        for at in 0..len {
            let mut changed = bundle.clone();
            change(bytes(&mut changed).unwrap(), at);
            assert!(changed.verify().is_err(), "{name}: {part} byte {at}");
        }
    }
}

/// The proof's bytes at these positions.
fn proof_bytes(name: &str, bundle: &Bundle, positions: &[usize]) {
    let session = Session::open(&bundle.plan, &bundle.statement, &bundle.model, bundle.input.as_deref(), true).unwrap();
    assert!(verify_leaves(&session, &bundle.proof, 128.0).0.is_ok());
    let next = AtomicUsize::new(0);
    let work = || {
        let mut proof = bundle.proof.clone();
        while let Some(&at) = positions.get(next.fetch_add(1, Ordering::Relaxed)) {
            change(&mut proof, at);
            assert!(verify_leaves(&session, &proof, 128.0).0.is_err(), "{name}: proof byte {at}");
            proof[at] = bundle.proof[at];
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, |n| n.get()) {
            scope.spawn(work);
        }
    });
}

#[test]
fn a_changed_byte_of_the_public_parts_is_refused() {
    for (name, bundle) in bundles() {
        public_bytes(&name, &bundle);
    }
}

#[test]
fn a_changed_byte_of_a_proof_is_refused() {
    for (name, bundle) in bundles() {
        let len = bundle.proof.len();
        let positions: Vec<usize> = (0..600).map(|i| mix(i) as usize % len).collect();
        proof_bytes(&name, &bundle, &positions);
    }
}

#[test]
#[ignore = "minutes: every byte"]
fn every_byte_of_a_proof_matters() {
    let (name, bundle) = bundles().into_iter().min_by_key(|(_, b)| b.proof.len()).unwrap();
    proof_bytes(&name, &bundle, &(0..bundle.proof.len()).collect::<Vec<_>>());
}
