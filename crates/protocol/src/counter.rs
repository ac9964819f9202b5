//! The dry run: how many scalars are sent and which pairs are multiplied. Depends on circuit and layout alone.

use crate::context::{Context, ProtocolError, ProverSide};
use crate::run::{Counts, run};
use affidavit_algebra::FieldPair;
use affidavit_hiding::Expr;
use affidavit_relations::{Circuit, Layout};
use p3_field::PrimeCharacteristicRing;

/// Counts of one run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counter {
    /// Scalars sent.
    pub scalars: usize,
    /// Products, as pairs of scalars.
    pub pairs: Vec<(usize, usize)>,
    /// Affine and quadratic checks.
    pub checks: usize,
    /// Challenges drawn.
    pub challenges: u64,
    /// Numbers for the ledger.
    pub counts: Counts,
}

impl<P: FieldPair> Context<P> for Counter {
    fn scalar(&mut self, _: &'static str, _: Option<P::K>) -> Result<usize, ProtocolError> {
        self.scalars += 1;
        Ok(self.scalars - 1)
    }

    fn vector(&mut self, _: &'static str, _: usize, _: Option<Vec<P::K>>) -> Result<Vec<P::K>, ProtocolError> {
        Ok(vec![])
    }

    fn challenge(&mut self, _: &'static str) -> P::K {
        // Any value will do; small distinct ones stay clear of zero and one.
        self.challenges += 1;
        P::K::from_u64(self.challenges + 1)
    }

    fn challenge_nonzero(&mut self, label: &'static str) -> P::K {
        Context::<P>::challenge(self, label)
    }

    fn product(&mut self, a: usize, b: usize) -> usize {
        self.pairs.push((a, b));
        self.pairs.len() - 1
    }

    fn assert_zero(&mut self, _: &str, _: Expr<P::K>) -> Result<(), ProtocolError> {
        self.checks += 1;
        Ok(())
    }

    fn prover(&mut self) -> Option<&mut dyn ProverSide<P>> {
        None
    }

    fn dry(&self) -> bool {
        true
    }
}

/// Runs the protocol dry.
///
/// # Errors
/// [`ProtocolError::Internal`] if a claim is not discharged.
pub fn count<P: FieldPair>(circuit: &Circuit, layout: &Layout) -> Result<Counter, ProtocolError> {
    let mut counter = Counter::default();
    let outline = run::<P, _>(circuit, layout, &mut counter)?;
    counter.counts = outline.counts;
    Ok(counter)
}
