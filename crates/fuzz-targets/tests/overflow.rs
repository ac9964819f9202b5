//! The builds that are released and tested stop at an overflow instead of going on with a wrong number.

use std::hint::black_box;
use std::panic::catch_unwind;

#[test]
fn overflow_panics_in_this_profile() {
    assert!(catch_unwind(|| black_box(u64::MAX) + black_box(1)).is_err());
    assert!(catch_unwind(|| black_box(0usize) - black_box(1)).is_err());
    assert!(catch_unwind(|| black_box(i64::MIN) * black_box(-1)).is_err());
    assert!(catch_unwind(|| 1u32 << black_box(32)).is_err());
}
