//! The prover's view: sending is masking and absorbing; every constraint is checked on the real values.

use crate::side::Side;
use affidavit_algebra::{FieldPair, k_to_bytes};
use affidavit_hiding::{Expr, Var};
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
}

impl<P: FieldPair> Context<P> for ProverContext<'_, '_, P> {
    fn scalar(&mut self, label: &'static str, value: Option<P::K>) -> Result<usize, ProtocolError> {
        let value = value.ok_or(ProtocolError::Internal("the prover has no value"))?;
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
        let mut sum = expr.constant;
        for &(var, factor) in &expr.terms {
            sum += factor
                * match var {
                    Var::Scalar(i) => self.values[i],
                    Var::Product(j) => self.values[self.pairs[j].0] * self.values[self.pairs[j].1],
                };
        }
        if sum != P::K::ZERO {
            self.violated.push(path.to_owned());
        }
        self.rows.push(expr);
        Ok(())
    }

    fn prover(&mut self) -> Option<&mut dyn ProverSide<P>> {
        Some(&mut self.side)
    }
}
