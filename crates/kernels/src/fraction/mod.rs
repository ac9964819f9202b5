//! LogUp-GKR: the tree of fraction sums and the sumcheck of each of its layers (eprint 2023/1284).

mod layer;
mod pass;
mod tree;

pub use layer::LayerSumcheck;
pub use tree::{FractionLayer, FractionTree};
