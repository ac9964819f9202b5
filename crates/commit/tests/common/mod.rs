//! Deterministic test data.
#![allow(dead_code)]

use affidavit_algebra::{FieldPair, random_f, random_k_vec};
use affidavit_commit::{CodeShape, Encoded};

pub fn words(seed: u64) -> impl FnMut() -> u64 {
    let mut state = seed;
    move || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb) ^ (z >> 31)
    }
}

pub fn columns<P: FieldPair>(width: usize, height: usize, seed: u64) -> Vec<Vec<P::F>> {
    let mut next = words(seed);
    (0..width).map(|_| (0..height).map(|_| random_f::<P>(&mut next)).collect()).collect()
}

pub fn k_vector<P: FieldPair>(len: usize, seed: u64) -> Vec<P::K> {
    random_k_vec::<P>(len, &mut words(seed))
}

pub fn committed<P: FieldPair>(width: usize, log_rows: usize, log_blowup: usize) -> Encoded<P> {
    let shape = CodeShape { log_rows, log_blowup };
    Encoded::commit(&columns::<P>(width, 1 << log_rows, 5), shape, [7; 32]).unwrap()
}
