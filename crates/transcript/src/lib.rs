//! Fiat–Shamir transcript: a chained BLAKE3 hash of framed events.
//!
//! Every event hashes `state ‖ tag u8 ‖ u64 label length ‖ label ‖ u64 data length ‖ data` into the next state, so no two
//! sequences of events give the same input to the hash. A challenge is itself an event; its words are the output
//! stream of BLAKE3 keyed with the state after it.
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::unreachable)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

mod challenge;
mod grind;
mod state;

pub use state::Transcript;
