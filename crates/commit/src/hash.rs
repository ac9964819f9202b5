//! Salts, leaves and nodes: BLAKE3 in keyed mode, many messages at a time.
//!
//! leaf = keyed(derive_key("affidavit v1 merkle leaf", width as u32 ‖ F_BYTES as u32), salt ‖ row ‖ 0…),
//! node = keyed(derive_key("affidavit v1 merkle node", ""), left ‖ right); a leaf's message is zero-padded to whole
//! blocks of 64 bytes, which is injective because the key fixes the row's length. Messages of at most one BLAKE3 chunk
//! are hashed side by side in SIMD lanes with the crate's own kernel; the result is `blake3::keyed_hash`, bit for bit.

use affidavit_algebra::{FieldPair, f_to_bytes};
use blake3::IncrementCounter;
use blake3::platform::{Platform, words_from_le_bytes_32};
use p3_field::PrimeField64;
use rayon::prelude::*;

pub type Digest = [u8; 32];

/// Flags of the BLAKE3 paper, section 2.2, of a message that is one chunk and the root of its tree.
const CHUNK_START: u8 = 1;
const CHUNK_END_ROOT: u8 = 2 | 8;
const KEYED_HASH: u8 = 16;
const BLOCK: usize = 64;
/// Messages in one call of the SIMD kernel; a multiple of every lane count.
const GROUP: usize = 32;
/// Rows, or nodes, in one unit of parallel work.
const BATCH: usize = 1 << 9;

/// The key of the leaves of a tree whose rows have `width` cells.
pub fn leaf_key<P: FieldPair>(width: usize) -> Digest {
    let mut context = [0u8; 8];
    let (low, high) = context.split_at_mut(4);
    low.copy_from_slice(&(width as u32).to_le_bytes());
    high.copy_from_slice(&(P::F_BYTES as u32).to_le_bytes());
    blake3::derive_key("affidavit v1 merkle leaf", &context)
}

/// The key of inner nodes.
pub fn node_key() -> Digest {
    blake3::derive_key("affidavit v1 merkle node", &[])
}

/// Salt of the leaves `first..first + out.len()`: consecutive 32-byte pieces of the key's output stream.
pub fn salts(salt_key: &Digest, first: usize, out: &mut [Digest]) {
    let mut stream = blake3::Hasher::new_keyed(salt_key).finalize_xof();
    stream.set_position(32 * first as u64);
    stream.fill(out.as_flattened_mut());
}

/// Length of a leaf's message: salt and row, zero-padded to whole blocks.
fn message_len<P: FieldPair>(width: usize) -> usize {
    (32 + width * P::F_BYTES).div_ceil(BLOCK) * BLOCK
}

/// The leaf of one row.
pub fn leaf<P: FieldPair>(key: &Digest, salt: &Digest, row: &[P::F]) -> Digest {
    let mut message = Vec::with_capacity(message_len::<P>(row.len()));
    message.extend_from_slice(salt);
    for x in row {
        f_to_bytes::<P>(*x, &mut message);
    }
    message.resize(message_len::<P>(row.len()), 0);
    *blake3::keyed_hash(key, &message).as_bytes()
}

/// The parent of two nodes.
pub fn node(key: &Digest, left: &Digest, right: &Digest) -> Digest {
    let mut message = [0u8; BLOCK];
    let (l, r) = message.split_at_mut(32);
    l.copy_from_slice(left);
    r.copy_from_slice(right);
    *blake3::keyed_hash(key, &message).as_bytes()
}

/// The leaves of all rows of a row-major matrix.
#[expect(
    clippy::indexing_slicing,
    reason = "a message has room for salt and row; batches are no longer than the buffer"
)]
pub fn leaves<P: FieldPair>(codeword: &[P::F], width: usize, salt_key: &Digest) -> Vec<Digest> {
    let key = leaf_key::<P>(width);
    let len = message_len::<P>(width);
    let mut out = vec![[0u8; 32]; codeword.len() / width];
    let work = out.par_chunks_mut(BATCH).zip(codeword.par_chunks(BATCH * width)).enumerate();
    work.for_each_init(
        || (vec![0u8; GROUP * len], [[0u8; 32]; GROUP]),
        |(messages, salt), (batch, (out, rows))| {
            for (g, (out, rows)) in out.chunks_mut(GROUP).zip(rows.chunks(GROUP * width)).enumerate() {
                salts(salt_key, batch * BATCH + g * GROUP, salt);
                for ((message, salt), row) in messages.chunks_mut(len).zip(salt.iter()).zip(rows.chunks(width)) {
                    message[..32].copy_from_slice(salt);
                    write_row::<P>(row, &mut message[32..]);
                }
                hash_messages(&key, &messages[..out.len() * len], len, out);
            }
        },
    );
    out
}

/// The level above `level`, whose length is even.
pub fn parents(level: &[Digest]) -> Vec<Digest> {
    let key = node_key();
    let mut out = vec![[0u8; 32]; level.len() / 2];
    out.par_chunks_mut(BATCH)
        .zip(level.par_chunks(2 * BATCH))
        .for_each(|(out, level)| hash_messages(&key, level.as_flattened(), BLOCK, out));
    out
}

/// Canonical bytes of a row at the front of `out`.
#[expect(clippy::indexing_slicing, reason = "F_BYTES is at most 8")]
fn write_row<P: FieldPair>(row: &[P::F], out: &mut [u8]) {
    match P::F_BYTES {
        4 => {
            for (bytes, x) in out.as_chunks_mut::<4>().0.iter_mut().zip(row) {
                *bytes = (x.as_canonical_u64() as u32).to_le_bytes();
            }
        }
        8 => {
            for (bytes, x) in out.as_chunks_mut::<8>().0.iter_mut().zip(row) {
                *bytes = x.as_canonical_u64().to_le_bytes();
            }
        }
        n => {
            for (bytes, x) in out.chunks_exact_mut(n).zip(row) {
                bytes.copy_from_slice(&x.as_canonical_u64().to_le_bytes()[..n]);
            }
        }
    }
}

/// `out[i] = blake3::keyed_hash(key, messages[i·len..][..len])` for messages of `len` bytes, whole blocks.
fn hash_messages(key: &Digest, messages: &[u8], len: usize, out: &mut [Digest]) {
    match len / BLOCK {
        1 => hash_lanes::<64>(key, messages, out),
        2 => hash_lanes::<128>(key, messages, out),
        3 => hash_lanes::<192>(key, messages, out),
        4 => hash_lanes::<256>(key, messages, out),
        5 => hash_lanes::<320>(key, messages, out),
        6 => hash_lanes::<384>(key, messages, out),
        7 => hash_lanes::<448>(key, messages, out),
        8 => hash_lanes::<512>(key, messages, out),
        9 => hash_lanes::<576>(key, messages, out),
        10 => hash_lanes::<640>(key, messages, out),
        11 => hash_lanes::<704>(key, messages, out),
        12 => hash_lanes::<768>(key, messages, out),
        13 => hash_lanes::<832>(key, messages, out),
        14 => hash_lanes::<896>(key, messages, out),
        15 => hash_lanes::<960>(key, messages, out),
        16 => hash_lanes::<1024>(key, messages, out),
        // Beyond one chunk, the library itself hashes the chunks of a message in lanes.
        _ => {
            for (digest, message) in out.iter_mut().zip(messages.chunks(len)) {
                *digest = *blake3::keyed_hash(key, message).as_bytes();
            }
        }
    }
}

#[expect(clippy::indexing_slicing, reason = "a group has at most as many messages as lanes")]
fn hash_lanes<const LEN: usize>(key: &Digest, messages: &[u8], out: &mut [Digest]) {
    let platform = Platform::detect();
    let key = words_from_le_bytes_32(key);
    for (messages, out) in messages.as_chunks::<LEN>().0.chunks(GROUP).zip(out.chunks_mut(GROUP)) {
        let mut lanes = [&[0u8; LEN]; GROUP];
        for (lane, message) in lanes.iter_mut().zip(messages) {
            *lane = message;
        }
        platform.hash_many(
            &lanes[..messages.len()],
            &key,
            0,
            IncrementCounter::No,
            KEYED_HASH,
            CHUNK_START,
            CHUNK_END_ROOT,
            out.as_flattened_mut(),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use affidavit_algebra::{GoldilocksPair, KoalaBearPair};
    use p3_field::PrimeCharacteristicRing;

    fn batched_leaves_are_single_leaves<P: FieldPair>() {
        for width in [1, 2, 7, 8, 9, 24, 25, 120, 124, 125, 247, 248, 249, 600] {
            let rows = 67;
            let cells: Vec<P::F> = (0..rows * width)
                .map(|i| P::F::from_u64((i as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 1))
                .collect();
            let salt_key = [9; 32];
            let many = leaves::<P>(&cells, width, &salt_key);
            let mut salt = vec![[0u8; 32]; rows];
            salts(&salt_key, 0, &mut salt);
            for (i, row) in cells.chunks(width).enumerate() {
                assert_eq!(many[i], leaf::<P>(&leaf_key::<P>(width), &salt[i], row), "width {width} row {i}");
            }
        }
    }

    #[test]
    fn lanes_equal_the_library() {
        batched_leaves_are_single_leaves::<KoalaBearPair>();
        batched_leaves_are_single_leaves::<GoldilocksPair>();
        let level: Vec<Digest> = (0..2 * 77).map(|i| *blake3::hash(&[i as u8]).as_bytes()).collect();
        for (pair, parent) in level.chunks(2).zip(parents(&level)) {
            assert_eq!(node(&node_key(), &pair[0], &pair[1]), parent);
        }
    }

    #[test]
    fn salts_are_pieces_of_one_stream_and_differ() {
        let mut all = vec![[0u8; 32]; 100];
        salts(&[3; 32], 0, &mut all);
        for first in [1, 2, 31, 63, 99] {
            let mut one = [[0u8; 32]];
            salts(&[3; 32], first, &mut one);
            assert_eq!(one[0], all[first]);
        }
        let distinct: std::collections::HashSet<_> = all.iter().collect();
        assert_eq!(distinct.len(), all.len());
    }

    #[test]
    fn width_and_field_separate_leaves() {
        assert_ne!(leaf_key::<KoalaBearPair>(4), leaf_key::<KoalaBearPair>(5));
        assert_ne!(leaf_key::<KoalaBearPair>(4), leaf_key::<GoldilocksPair>(4));
        assert_ne!(leaf_key::<KoalaBearPair>(4), node_key());
    }
}
