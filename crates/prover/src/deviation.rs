//! A prover that deviates, for tests of soundness: what it commits and sends is not what its witness says.

use crate::values::Values;
use affidavit_algebra::FieldPair;
use affidavit_relations::Circuit;

/// Where a prover leaves the protocol. The defaults do not.
pub trait Deviation<P: FieldPair> {
    /// Changes the values of all tensors before anything is committed; lookups are counted already.
    fn values(&mut self, _circuit: &Circuit, _values: &mut Values<P>) {}

    /// What goes out (masked) as scalar `index` instead of the true `value`.
    fn scalar(&mut self, _index: usize, _label: &'static str, value: P::K) -> P::K {
        value
    }
}

/// The prover that does not deviate.
pub struct Honest;

impl<P: FieldPair> Deviation<P> for Honest {}
