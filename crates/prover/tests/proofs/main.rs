//! Whole proofs: what verifies, what does not, and why. One binary, so that the generic code is compiled once.

mod common;

mod attack_alias;
mod attack_input_range;
mod attack_lookup_root;
mod attack_padding;
mod attack_parameters;
mod attack_public_range;
mod attack_queries;
mod attack_totality;
mod attack_transcript;
mod corruptors;
mod end_to_end;
mod hiding_sizes;
mod mutations;
mod predicates;
mod renewal;
mod tamper;
mod tamper_fields;
mod tamper_leaves;
mod traps;
