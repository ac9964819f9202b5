//! Whole proofs: what verifies, what does not, and why. One binary, so that the generic code is compiled once.

mod common;

mod attack_padding;
mod attack_parameters;
mod attack_public_range;
mod attack_totality;
mod corruptors;
mod end_to_end;
mod hiding_sizes;
mod mutations;
mod predicates;
mod tamper;
mod traps;
