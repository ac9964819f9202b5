//! Hiding of whole proofs, exactly: the product's own run, kernels, placement and finish over the product's own fields,
//! with every draw and every challenge in the test's hands.
//!
//! - `harness`: one proof from given draws, masked scalars and challenges; `product` pins it to [`crate::prove`] byte by
//!   byte.
//! - `span`, `chain`: for fixed challenges and fixed masked scalars everything else that a verifier sees is affine in the
//!   remaining draws, so that hiding is a question of ranks, for any number of proofs on shared oracles.
//! - `circuits`: small circuits, one for each relation, and their witnesses.
//! - `relations`, `budget`, `controls`, `whole`: the tests.
//! - `corpus`, `messages`: what the statistical test (`make distinguish`) measures.

mod budget;
mod chain;
mod circuits;
mod controls;
mod corpus;
mod harness;
mod messages;
mod product;
mod relations;
mod span;
mod whole;
