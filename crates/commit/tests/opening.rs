//! Openings: honest ones pass, every change of any part fails.

mod common;

use affidavit_algebra::{FieldPair, GoldilocksPair, KoalaBearPair};
use affidavit_commit::{CodeShape, Encoded, OpenError, OpenedRows};
use common::{columns, committed, words};
use p3_field::PrimeCharacteristicRing;

fn position_sets(n: usize) -> Vec<Vec<usize>> {
    let mut next = words(n as u64);
    let mut random: Vec<usize> = (0..n.min(40)).map(|_| next() as usize % n).collect();
    random.sort_unstable();
    random.dedup();
    vec![vec![0], vec![n - 1], vec![0, n - 1], (0..n).collect(), (0..n).step_by(2).collect(), random]
}

fn honest_openings_pass<P: FieldPair>() {
    for (width, log_rows, log_blowup) in [(1, 0, 0), (3, 0, 2), (5, 4, 2), (300, 5, 2), (17, 8, 2)] {
        let encoded = committed::<P>(width, log_rows, log_blowup);
        let log_n = encoded.shape().log_n();
        for mut positions in position_sets(1 << log_n) {
            positions.dedup();
            let opened = encoded.open(&positions).unwrap();
            for (&i, row) in positions.iter().zip(&opened.rows) {
                assert_eq!(row[..], encoded.codeword()[i * width..][..width]);
            }
            opened.verify(&encoded.root(), &positions, width, log_n).unwrap();
            let mut bytes = Vec::new();
            opened.write(&mut bytes);
            bytes.push(0xee);
            let mut input = bytes.as_slice();
            let read = OpenedRows::<P>::read(&mut input, &positions, width, log_n).unwrap();
            assert_eq!(input, [0xee]);
            assert_eq!(read, opened);
        }
    }
}

#[test]
fn honest() {
    honest_openings_pass::<KoalaBearPair>();
    honest_openings_pass::<GoldilocksPair>();
}

#[test]
fn a_tree_of_one_leaf_and_all_rows_need_no_siblings() {
    let one = committed::<KoalaBearPair>(2, 0, 0);
    let opened = one.open(&[0]).unwrap();
    assert!(opened.siblings.is_empty());
    opened.verify(&one.root(), &[0], 2, 0).unwrap();
    let all = committed::<KoalaBearPair>(2, 5, 2);
    assert!(all.open(&(0..128).collect::<Vec<_>>()).unwrap().siblings.is_empty());
}

fn every_change_fails<P: FieldPair>() {
    let (width, log_n) = (4, 7);
    let encoded = committed::<P>(width, 5, 2);
    let root = encoded.root();
    let positions = vec![3, 8, 9, 77, 127];
    let honest = encoded.open(&positions).unwrap();
    let verify = |o: &OpenedRows<P>| o.verify(&root, &positions, width, log_n);
    verify(&honest).unwrap();
    for r in 0..positions.len() {
        for c in 0..width {
            let mut o = honest.clone();
            o.rows[r][c] += P::F::ONE;
            assert_eq!(verify(&o), Err(OpenError::Root), "cell {r},{c}");
        }
        for byte in [0, 31] {
            let mut o = honest.clone();
            o.salts[r][byte] ^= 1;
            assert_eq!(verify(&o), Err(OpenError::Root), "salt {r}");
        }
        let mut o = honest.clone();
        o.rows[r].push(P::F::ZERO);
        assert_eq!(verify(&o), Err(OpenError::Shape), "long row {r}");
        let mut o = honest.clone();
        o.rows[r].pop();
        assert_eq!(verify(&o), Err(OpenError::Shape), "short row {r}");
        let mut o = honest.clone();
        o.salts.swap(r, (r + 1) % positions.len());
        assert_eq!(verify(&o), Err(OpenError::Root), "salts swapped at {r}");
        let mut o = honest.clone();
        o.rows.swap(r, (r + 1) % positions.len());
        assert_eq!(verify(&o), Err(OpenError::Root), "rows swapped at {r}");
    }
    for s in 0..honest.siblings.len() {
        let mut o = honest.clone();
        o.siblings[s][5] ^= 0x80;
        assert_eq!(verify(&o), Err(OpenError::Root), "sibling {s}");
        let mut o = honest.clone();
        o.siblings.remove(s);
        assert_eq!(verify(&o), Err(OpenError::Shape), "missing sibling {s}");
        let mut o = honest.clone();
        o.siblings.insert(s, [0; 32]);
        assert_eq!(verify(&o), Err(OpenError::Shape), "extra sibling {s}");
        let mut o = honest.clone();
        o.siblings.swap(s, (s + 1) % honest.siblings.len());
        assert_eq!(verify(&o), Err(OpenError::Root), "siblings swapped at {s}");
    }
    let mut o = honest.clone();
    o.rows.pop();
    assert_eq!(verify(&o), Err(OpenError::Shape));
    let mut o = honest.clone();
    o.salts.push([0; 32]);
    assert_eq!(verify(&o), Err(OpenError::Shape));
    // The same rows said to be elsewhere: once with the same tree shape, once with another.
    assert_eq!(honest.verify(&root, &[2, 8, 9, 77, 127], width, log_n), Err(OpenError::Root));
    assert_eq!(honest.verify(&root, &[3, 8, 10, 77, 127], width, log_n), Err(OpenError::Shape));
    let mut wrong = root;
    wrong[0] ^= 1;
    assert_eq!(honest.verify(&wrong, &positions, width, log_n), Err(OpenError::Root));
    assert_eq!(honest.verify(&root, &positions, width + 1, log_n), Err(OpenError::Shape));
    assert!(honest.verify(&root, &positions, width, log_n + 1).is_err());
    assert_eq!(honest.verify(&root, &positions, width, log_n - 1), Err(OpenError::Positions));
}

#[test]
fn tampering() {
    every_change_fails::<KoalaBearPair>();
    every_change_fails::<GoldilocksPair>();
}

/// Zero cells moved into or out of the padding of a leaf's message do not give the same leaf.
#[test]
fn width_is_bound_by_the_leaf() {
    type F = <KoalaBearPair as FieldPair>::F;
    let encoded = committed::<KoalaBearPair>(2, 0, 0);
    let mut opened = encoded.open(&[0]).unwrap();
    opened.rows[0].push(F::ZERO);
    assert_eq!(opened.verify(&encoded.root(), &[0], 3, 0), Err(OpenError::Root));
}

#[test]
fn an_inner_node_is_not_a_leaf() {
    // A tree of height one whose "leaf" message is two child digests: the keys differ, so the roots do.
    let encoded = committed::<KoalaBearPair>(8, 1, 0);
    let opened = encoded.open(&[0]).unwrap();
    assert_eq!(opened.verify(&encoded.root(), &[0], 8, 1), Ok(()));
    assert_eq!(opened.verify(&encoded.root(), &[0], 8, 0), Err(OpenError::Shape));
}

#[test]
fn bad_positions_are_errors() {
    let encoded = committed::<KoalaBearPair>(1, 2, 1);
    for bad in [&[][..], &[1, 1], &[2, 1], &[8], &[0, usize::MAX]] {
        assert_eq!(encoded.open(bad), Err(OpenError::Positions), "{bad:?}");
        assert_eq!(
            OpenedRows::<KoalaBearPair>::read(&mut [0u8; 4096].as_slice(), bad, 1, 3),
            Err(OpenError::Positions)
        );
    }
    for log_n in [64, usize::MAX] {
        assert_eq!(
            OpenedRows::<KoalaBearPair>::read(&mut [0u8; 64].as_slice(), &[0], 1, log_n),
            Err(OpenError::Positions)
        );
    }
}

/// The root of a small tree, computed from the documented leaf and node: the format does not change unnoticed.
#[test]
fn root_is_the_documented_hash() {
    let encoded = committed::<KoalaBearPair>(9, 1, 0);
    let opened = encoded.open(&[0, 1]).unwrap();
    let mut stream = [0u8; 64];
    blake3::Hasher::new_keyed(&[7; 32]).finalize_xof().fill(&mut stream);
    let leaf_key = blake3::derive_key("affidavit v1 merkle leaf", &[9, 0, 0, 0, 4, 0, 0, 0]);
    let node_key = blake3::derive_key("affidavit v1 merkle node", &[]);
    let mut nodes = Vec::new();
    for (salt, row) in stream.chunks(32).zip(&opened.rows) {
        let mut message = salt.to_vec();
        for x in row {
            affidavit_algebra::f_to_bytes::<KoalaBearPair>(*x, &mut message);
        }
        message.resize(128, 0);
        nodes.extend_from_slice(blake3::keyed_hash(&leaf_key, &message).as_bytes());
    }
    assert_eq!(encoded.root(), *blake3::keyed_hash(&node_key, &nodes).as_bytes());
}

fn damaged_bytes_are_errors<P: FieldPair>() {
    let encoded = committed::<P>(3, 3, 2);
    let positions = [1, 4, 30];
    let mut bytes = Vec::new();
    encoded.open(&positions).unwrap().write(&mut bytes);
    for cut in 0..bytes.len() {
        let mut input = &bytes[..cut];
        let error = OpenedRows::<P>::read(&mut input, &positions, 3, 5);
        assert_eq!(error, Err(OpenError::Truncated { needed: bytes.len(), given: cut }));
        assert_eq!(input.len(), cut);
    }
    for byte in 0..bytes.len() {
        let mut damaged = bytes.clone();
        damaged[byte] ^= 0x40;
        let read = OpenedRows::<P>::read(&mut damaged.as_slice(), &positions, 3, 5);
        assert!(
            read.is_err() || read.is_ok_and(|o| o.verify(&encoded.root(), &positions, 3, 5) == Err(OpenError::Root))
        );
    }
    // p itself is not a canonical zero.
    let mut damaged = bytes.clone();
    damaged[P::F_BYTES..2 * P::F_BYTES].copy_from_slice(&P::P.to_le_bytes()[..P::F_BYTES]);
    let read = OpenedRows::<P>::read(&mut damaged.as_slice(), &positions, 3, 5);
    assert_eq!(read, Err(OpenError::NonCanonical { row: 0, cell: 1 }));
    // Enormous widths are refused by the length, before anything is allocated.
    for width in [1 << 20, u32::MAX as usize] {
        let read = OpenedRows::<P>::read(&mut bytes.as_slice(), &positions, width, 5);
        assert!(matches!(read, Err(OpenError::Truncated { .. })));
    }
    assert!(matches!(
        OpenedRows::<P>::read(&mut bytes.as_slice(), &positions, usize::MAX, 5),
        Err(OpenError::Width(_))
    ));
    assert!(matches!(OpenedRows::<P>::read(&mut bytes.as_slice(), &positions, 0, 5), Err(OpenError::Width(0))));
}

#[test]
fn bytes() {
    damaged_bytes_are_errors::<KoalaBearPair>();
    damaged_bytes_are_errors::<GoldilocksPair>();
}

/// Without salts the rows of constant polynomials would all be one leaf, and a guess of a row could be checked.
#[test]
fn equal_rows_have_different_leaves_and_salts_hide_the_matrix() {
    type P = KoalaBearPair;
    let shape = CodeShape { log_rows: 0, log_blowup: 3 };
    let columns = columns::<P>(2, 1, 4);
    let encoded = Encoded::<P>::commit(&columns, shape, [1; 32]).unwrap();
    assert!(encoded.codeword().chunks(2).all(|row| row == &encoded.codeword()[..2]));
    let leaves: std::collections::HashSet<[u8; 32]> =
        (0..8).map(|i: usize| encoded.open(&[i ^ 1]).unwrap().siblings[0]).collect();
    assert_eq!(leaves.len(), 8);
    let other = Encoded::<P>::commit(&columns, shape, [2; 32]).unwrap();
    assert_ne!(encoded.root(), other.root());
    assert_eq!(encoded.root(), Encoded::<P>::commit(&columns, shape, [1; 32]).unwrap().root());
}
