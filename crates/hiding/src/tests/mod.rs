//! Completeness, soundness and exact zero-knowledge tests.
//!
//! Real fields: `real_fields`, `soundness`. Exact distributions by enumerating all randomness over F₃, F₅ and F₉:
//! `finish_exact`, `finish_exact_tests`, `column_exact`, `round_exact`, `relations_exact`. Three proofs on one
//! persistent oracle, by rank over F₉₇ with K = F₉₇²: `composition` (the system) and `composition_rank` (its tests and
//! negative controls). Whole proofs: `crates/prover/src/hiding`.

mod column_exact;
mod composition;
mod composition_rank;
mod finish_exact;
mod finish_exact_tests;
mod linear;
mod real_fields;
mod relations_exact;
mod round_exact;
mod soundness;
mod toy;
