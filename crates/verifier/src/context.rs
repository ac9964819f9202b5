//! The verifier's view: reading is absorbing, nothing is tested, constraints are recorded.

use crate::reader::ProofReader;
use affidavit_algebra::FieldPair;
use affidavit_hiding::Expr;
use affidavit_protocol::{Context, ProtocolError, ProverSide};
use affidavit_transcript::Transcript;

/// Masked scalars, product pairs and recorded constraints of one proof.
pub struct VerifierContext<'a, 't, P: FieldPair> {
    pub reader: &'t mut ProofReader<'a>,
    pub transcript: &'t mut Transcript,
    pub masked: Vec<P::K>,
    pub pairs: Vec<(usize, usize)>,
    pub rows: Vec<Expr<P::K>>,
}

impl<P: FieldPair> Context<P> for VerifierContext<'_, '_, P> {
    fn scalar(&mut self, label: &'static str, _: Option<P::K>) -> Result<usize, ProtocolError> {
        let value = self.reader.k::<P>(label).map_err(|_| ProtocolError::Malformed(label))?;
        self.transcript.absorb_k::<P>(label, &[value]);
        self.masked.push(value);
        Ok(self.masked.len() - 1)
    }

    fn vector(&mut self, label: &'static str, len: usize, _: Option<Vec<P::K>>) -> Result<Vec<P::K>, ProtocolError> {
        let values = self.reader.k_vec::<P>(len, label).map_err(|_| ProtocolError::Malformed(label))?;
        self.transcript.absorb_k::<P>(label, &values);
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

    fn assert_zero(&mut self, _: &str, expr: Expr<P::K>) -> Result<(), ProtocolError> {
        self.rows.push(expr);
        Ok(())
    }

    fn prover(&mut self) -> Option<&mut dyn ProverSide<P>> {
        None
    }
}
