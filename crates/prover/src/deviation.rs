//! A prover that deviates, for tests of soundness: what it commits and sends is not what its witness says.

use crate::context::ProverContext;
use crate::values::Values;
use affidavit_algebra::FieldPair;
use affidavit_hiding::Expr;
use affidavit_protocol::{Context, ProtocolError, ProverSide};
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

/// A prover's context whose scalars pass through the deviation.
pub(crate) struct Deviating<'a, 't, 'd, P: FieldPair> {
    pub inner: ProverContext<'a, 't, P>,
    pub deviation: &'d mut dyn Deviation<P>,
}

impl<P: FieldPair> Context<P> for Deviating<'_, '_, '_, P> {
    fn scalar(&mut self, label: &'static str, value: Option<P::K>) -> Result<usize, ProtocolError> {
        let index = self.inner.masked.len();
        let value = value.map(|v| self.deviation.scalar(index, label, v));
        self.inner.scalar(label, value)
    }

    fn vector(
        &mut self,
        label: &'static str,
        len: usize,
        value: Option<Vec<P::K>>,
    ) -> Result<Vec<P::K>, ProtocolError> {
        self.inner.vector(label, len, value)
    }

    fn challenge(&mut self, label: &'static str) -> P::K {
        self.inner.challenge(label)
    }

    fn challenge_nonzero(&mut self, label: &'static str) -> P::K {
        self.inner.challenge_nonzero(label)
    }

    fn product(&mut self, a: usize, b: usize) -> usize {
        self.inner.product(a, b)
    }

    fn assert_zero(&mut self, path: &str, expr: Expr<P::K>) -> Result<(), ProtocolError> {
        self.inner.assert_zero(path, expr)
    }

    fn prover(&mut self) -> Option<&mut dyn ProverSide<P>> {
        self.inner.prover()
    }
}
