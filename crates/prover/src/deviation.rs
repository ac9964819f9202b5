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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::side::Side;
    use affidavit_algebra::KoalaBearPair;
    use affidavit_relations::{Layout, OracleLayout, OracleShape};
    use affidavit_transcript::Transcript;
    use p3_field::PrimeCharacteristicRing;
    use std::collections::BTreeMap;

    type K = <KoalaBearPair as FieldPair>::K;

    /// A run that sends more scalars than its dry run counted stops: no pad serves twice.
    #[test]
    fn a_scalar_without_a_pad_is_an_error() {
        let circuit = Circuit::default();
        let layout = Layout {
            shape: OracleShape { log_rows: 12, log_blowup: 2, queries: 1, grinding: 0, pads: 1 },
            model: OracleLayout::default(),
            input: None,
            fresh: OracleLayout::default(),
            input_pads: 0,
            digest: [0; 32],
        };
        let values = Values::<KoalaBearPair>::new(&circuit, &BTreeMap::new(), &[], None).unwrap();
        let (mut transcript, mut proof) = (Transcript::new("test"), Vec::new());
        let pads = [K::from_u32(9), K::from_u32(11)];
        let inner = ProverContext {
            side: Side::new(&circuit, &layout, &values, vec![], &[]),
            transcript: &mut transcript,
            proof: &mut proof,
            pads: &pads,
            values: vec![],
            masked: vec![],
            pairs: vec![],
            rows: vec![],
            violated: vec![],
        };
        let mut context = Deviating { inner, deviation: &mut Honest };
        assert_eq!(context.scalar("a", Some(K::ONE)), Ok(0));
        assert_eq!(context.scalar("b", Some(K::ONE)), Ok(1));
        assert_eq!(context.inner.masked, [K::from_u32(10), K::from_u32(12)]);
        assert_eq!(context.scalar("c", Some(K::ONE)), Err(ProtocolError::Internal("pads exhausted")));
        assert_eq!(context.inner.masked.len(), 2, "nothing was sent");
    }
}
