//! The prover's view: sending is masking and absorbing; every constraint is checked on the real values.

use crate::deviation::Deviation;
use crate::side::Side;
use affidavit_algebra::{FieldPair, k_to_bytes};
use affidavit_hiding::Expr;
use affidavit_protocol::{Context, ProtocolError, ProverSide};
use affidavit_transcript::Transcript;
use p3_field::PrimeCharacteristicRing;

pub struct ProverContext<'a, 't, P: FieldPair> {
    pub side: Side<'a, P>,
    pub transcript: &'t mut Transcript,
    pub proof: &'t mut Vec<u8>,
    pub pads: &'t [P::K],
    pub values: Vec<P::K>,
    pub masked: Vec<P::K>,
    pub pairs: Vec<(usize, usize)>,
    pub rows: Vec<Expr<P::K>>,
    /// Names of constraints that the real values break.
    pub violated: Vec<String>,
    /// What a test makes go out instead of the true scalars.
    pub deviation: &'t mut dyn Deviation<P>,
}

impl<P: FieldPair> Context<P> for ProverContext<'_, '_, P> {
    fn scalar(&mut self, label: &'static str, value: Option<P::K>) -> Result<usize, ProtocolError> {
        let value = value.ok_or(ProtocolError::Internal("the prover has no value"))?;
        let value = self.deviation.scalar(self.masked.len(), label, value);
        // A pad is used once; running out is a bug of the dry run, never silent.
        let pad = *self.pads.get(self.masked.len()).ok_or(ProtocolError::Internal("pads exhausted"))?;
        let masked = value + pad;
        self.transcript.absorb_k::<P>(label, &[masked]);
        k_to_bytes::<P>(&masked, self.proof);
        self.values.push(value);
        self.masked.push(masked);
        Ok(self.masked.len() - 1)
    }

    fn vector(
        &mut self,
        label: &'static str,
        len: usize,
        value: Option<Vec<P::K>>,
    ) -> Result<Vec<P::K>, ProtocolError> {
        let values = value.ok_or(ProtocolError::Internal("the prover has no vector"))?;
        if values.len() != len {
            return Err(ProtocolError::Internal("the prover's vector has another length"));
        }
        self.transcript.absorb_k::<P>(label, &values);
        values.iter().for_each(|v| k_to_bytes::<P>(v, self.proof));
        Ok(values)
    }

    fn challenge(&mut self, label: &'static str) -> P::K {
        self.transcript.challenge_k::<P>(label)
    }

    fn challenge_nonzero(&mut self, label: &'static str) -> P::K {
        self.transcript.challenge_k_nonzero::<P>(label)
    }

    fn product(&mut self, a: usize, b: usize) -> usize {
        self.pairs.push((a, b));
        self.pairs.len() - 1
    }

    fn assert_zero(&mut self, path: &str, expr: Expr<P::K>) -> Result<(), ProtocolError> {
        let value = expr.eval(&self.values, &self.pairs);
        let value = value.map_err(|_| ProtocolError::Internal("a check names a variable that was not sent"))?;
        if value != P::K::ZERO {
            self.violated.push(path.to_owned());
        }
        self.rows.push(expr);
        Ok(())
    }

    fn prover(&mut self) -> Option<&mut dyn ProverSide<P>> {
        Some(&mut self.side)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deviation::Honest;
    use crate::values::Values;
    use affidavit_algebra::KoalaBearPair;
    use affidavit_relations::{Circuit, Layout, OracleLayout, OracleShape};
    use std::collections::BTreeMap;

    type K = <KoalaBearPair as FieldPair>::K;

    /// A run that sends more scalars than its dry run counted stops: no pad serves twice.
    #[test]
    fn a_scalar_without_a_pad_is_an_error() {
        let circuit = Circuit::default();
        let layout = Layout {
            shape: OracleShape { log_rows: 12, log_blowup: 2, queries: 1, grinding: 0, pads: 1 },
            model: OracleLayout::default(),
            second: None,
            fresh: OracleLayout::default(),
            second_pads: 0,
            digest: [0; 32],
        };
        let values = Values::<KoalaBearPair>::new(&circuit, &BTreeMap::new(), &[], None).unwrap();
        let (mut transcript, mut proof) = (Transcript::new("test"), Vec::new());
        let pads = [K::from_u32(9), K::from_u32(11)];
        let mut context = ProverContext {
            side: Side::new(&circuit, &layout, &values, vec![], &[]),
            transcript: &mut transcript,
            proof: &mut proof,
            pads: &pads,
            values: vec![],
            masked: vec![],
            pairs: vec![],
            rows: vec![],
            violated: vec![],
            deviation: &mut Honest,
        };
        assert_eq!(context.scalar("a", Some(K::ONE)), Ok(0));
        assert_eq!(context.scalar("b", Some(K::ONE)), Ok(1));
        assert_eq!(context.masked, [K::from_u32(10), K::from_u32(12)]);
        assert_eq!(context.scalar("c", Some(K::ONE)), Err(ProtocolError::Internal("pads exhausted")));
        assert_eq!(context.masked.len(), 2, "nothing was sent");
    }
}
