//! An allocator that counts, so that a target can bound what one call allocates.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

static LIVE: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

/// The system's allocator and two counters, of all threads together.
pub struct Meter;

fn grown(size: usize) {
    let live = LIVE.fetch_add(size, Relaxed).saturating_add(size);
    PEAK.fetch_max(live, Relaxed);
}

// Forwards every call unchanged, so the system allocator's contract is its own.
#[allow(unsafe_code, reason = "GlobalAlloc is an unsafe trait; nothing but tests and fuzzing uses this crate")]
unsafe impl GlobalAlloc for Meter {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        grown(layout.size());
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        grown(layout.size());
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        LIVE.fetch_sub(layout.size(), Relaxed);
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // Old and new may be there at the same time.
        grown(size);
        LIVE.fetch_sub(layout.size(), Relaxed);
        unsafe { System.realloc(pointer, layout, size) }
    }
}

/// The call's result and the most bytes that were live during it beyond those before. Zero unless the binary's
/// allocator is a [`Meter`]; calls on other threads count too.
pub fn peak<T>(call: impl FnOnce() -> T) -> (T, usize) {
    let before = LIVE.load(Relaxed);
    PEAK.store(before, Relaxed);
    let result = call();
    (result, PEAK.load(Relaxed).saturating_sub(before))
}

/// Runs the call and panics if it had more than `limit` bytes live at once.
#[track_caller]
pub fn bounded<T>(what: &str, limit: usize, call: impl FnOnce() -> T) -> T {
    let (result, bytes) = peak(call);
    assert!(bytes <= limit, "{what} had {bytes} bytes live, the bound is {limit}");
    result
}
