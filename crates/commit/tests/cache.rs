//! The private file of an encoded matrix.

mod common;

use affidavit_algebra::{FieldPair, GoldilocksPair, KoalaBearPair};
use affidavit_commit::{CacheError, Encoded, encoded_bytes};
use common::committed;

fn load<P: FieldPair>(bytes: &[u8]) -> Result<Encoded<P>, CacheError> {
    Encoded::load(&mut &bytes[..], bytes.len() as u64)
}

fn round_trip<P: FieldPair>() {
    for (width, log_rows, log_blowup) in [(1, 0, 0), (7, 6, 2), (33, 11, 2)] {
        let encoded = committed::<P>(width, log_rows, log_blowup);
        let mut bytes = Vec::new();
        encoded.save(&mut bytes).unwrap();
        assert_eq!(Some(bytes.len() as u64), encoded_bytes::<P>(encoded.shape(), width));
        let loaded = load::<P>(&bytes).unwrap();
        assert_eq!((loaded.root(), loaded.shape(), loaded.width()), (encoded.root(), encoded.shape(), width));
        assert_eq!(loaded.codeword(), encoded.codeword());
        let positions = [loaded.shape().n_rows() - 1];
        let opened = loaded.open(&positions).unwrap();
        assert_eq!(opened, encoded.open(&positions).unwrap());
        opened.verify(&encoded.root(), &positions, width, loaded.shape().log_n()).unwrap();
    }
}

#[test]
fn both_fields() {
    round_trip::<KoalaBearPair>();
    round_trip::<GoldilocksPair>();
}

#[test]
fn malformed_files_are_errors() {
    let mut bytes = Vec::new();
    committed::<KoalaBearPair>(3, 3, 2).save(&mut bytes).unwrap();
    assert!(matches!(load::<GoldilocksPair>(&bytes), Err(CacheError::Header)));
    for cut in [0, 7, 8, 20, 46, 47, 100, bytes.len() - 1] {
        assert!(load::<KoalaBearPair>(&bytes[..cut]).is_err(), "cut at {cut}");
        // A length that claims what is not there.
        assert!(matches!(
            Encoded::<KoalaBearPair>::load(&mut &bytes[..cut], bytes.len() as u64),
            Err(CacheError::Io(_))
        ));
    }
    let changed = |at: usize, value: u8| {
        let mut b = bytes.clone();
        b[at] = value;
        load::<KoalaBearPair>(&b)
    };
    assert!(matches!(changed(0, b'B'), Err(CacheError::Header)));
    assert!(matches!(changed(7, 2), Err(CacheError::Header)));
    assert!(matches!(changed(9, 4), Err(CacheError::Length { .. })));
    assert!(matches!(changed(9, 200), Err(CacheError::Shape(_))));
    assert!(matches!(changed(11, 0), Err(CacheError::Length { .. })));
    assert!(matches!(changed(14, 0xff), Err(CacheError::Length { .. })));
    assert!(matches!(changed(47 + 3, 0xff), Err(CacheError::NonCanonical)));
    bytes.push(0);
    assert!(matches!(load::<KoalaBearPair>(&bytes), Err(CacheError::Length { .. })));
}
