//! The prover's hot loops: plain slices in, field elements out. No transcript, no masking, no claims kept.
//!
//! - [`FractionTree`] and [`LayerSumcheck`]: LogUp-GKR over one tree of fractions.
//! - [`StageSumcheck`]: all contractions of a stage in one sumcheck.
//! - [`BatchSumcheck`]: all claims on an oracle reduced to one point; its folded columns are the opening's vector.
//! - [`bind_axes`], [`eval_tensor`], [`eq_table`], [`add_scaled_eq`]: partial and full evaluations of tensors.
//!
//! Conventions: the **first** coordinate is the **most** significant bit of a table's index, and a round binds the first
//! remaining variable, pairing cells i and i + half. Every sumcheck offers `round()` (the message of the present round),
//! `bind(r)` and, after the last round, its end values. The functions run on rayon's current pool and use p3's packed
//! fields where the sizes allow. Shapes are the caller's duty: a wrong one panics, as documented at each function; no
//! function here reads untrusted bytes.

mod batch;
mod bind;
mod eq;
mod fraction;
mod lanes;
mod mode;
mod product;
mod stage;

pub use batch::BatchSumcheck;
pub use bind::{bind_axes, eval_tensor};
pub use eq::{add_scaled_eq, eq_table};
pub use fraction::{FractionLayer, FractionTree, LayerSumcheck};
pub use stage::{StageSumcheck, StageTerm};
