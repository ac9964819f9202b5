//! The base field F and the extension K that a plan's proof runs over.

use p3_field::extension::{CubicTrinomialExtensionField, QuinticTrinomialExtensionField};
use p3_field::{BasedVectorSpace, ExtensionField, PrimeField64, TwoAdicField};
use p3_goldilocks::Goldilocks;
use p3_koala_bear::KoalaBear;

/// A base field F with a two-adic subgroup, and the extension K that challenges are drawn from.
pub trait FieldPair: 'static + Copy + Clone + core::fmt::Debug + Default + Send + Sync {
    /// Base field: committed cells.
    type F: PrimeField64 + TwoAdicField + Ord;
    /// Extension field: challenges and every sent scalar.
    type K: ExtensionField<Self::F> + BasedVectorSpace<Self::F>;
    /// Field tag of the plan format (spec 2).
    const ID: u8;
    /// Name shown to people.
    const NAME: &'static str;
    /// Bytes of one canonical F.
    const F_BYTES: usize;
    /// Extension degree of K over F.
    const DEGREE: usize;
    /// log2 |K|, rounded down to hundredths.
    const LOG2_K: f64;
    /// Characteristic.
    const P: u64;
}

/// KoalaBear (p = 2^31 − 2^24 + 1) with K = F[X]/(X^5 + X^2 − 1).
#[derive(Clone, Copy, Debug, Default)]
pub struct KoalaBearPair;

impl FieldPair for KoalaBearPair {
    type F = KoalaBear;
    type K = QuinticTrinomialExtensionField<KoalaBear>;
    const ID: u8 = 1;
    const NAME: &'static str = "koalabear";
    const F_BYTES: usize = 4;
    const DEGREE: usize = 5;
    const LOG2_K: f64 = 154.94;
    const P: u64 = (1 << 31) - (1 << 24) + 1;
}

/// Goldilocks (p = 2^64 − 2^32 + 1) with K = F[X]/(X^3 − X − 1).
#[derive(Clone, Copy, Debug, Default)]
pub struct GoldilocksPair;

impl FieldPair for GoldilocksPair {
    type F = Goldilocks;
    type K = CubicTrinomialExtensionField<Goldilocks>;
    const ID: u8 = 2;
    const NAME: &'static str = "goldilocks";
    const F_BYTES: usize = 8;
    const DEGREE: usize = 3;
    const LOG2_K: f64 = 191.99;
    const P: u64 = 0xffff_ffff_0000_0001;
}
