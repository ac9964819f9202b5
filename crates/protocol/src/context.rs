//! Who runs the protocol: verifier, prover or counter.

use crate::{BatchClaim, StageTerm};
use affidavit_algebra::FieldPair;
use affidavit_hiding::Expr;
use affidavit_relations::TensorId;

/// What can go wrong in a run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProtocolError {
    /// The proof ends early or holds a non-canonical field element.
    #[error("malformed proof at {0}")]
    Malformed(&'static str),
    /// A challenge fell on a value with probability about 1/|K| that the protocol cannot use.
    #[error("degenerate challenge in {0}")]
    Degenerate(&'static str),
    /// The plan's public data would keep a verifier busy for too long.
    #[error("this plan's public data takes too long to evaluate")]
    TooMuchWork,
    /// The protocol itself is inconsistent; never caused by input.
    #[error("internal inconsistency: {0}")]
    Internal(&'static str),
}

/// One party's view of the transcript.
pub trait Context<P: FieldPair> {
    /// A hidden scalar: the prover masks and sends `value`, the verifier reads the masked one. Returns its index.
    fn scalar(&mut self, label: &'static str, value: Option<P::K>) -> Result<usize, ProtocolError>;
    /// A vector in clear.
    fn vector(&mut self, label: &'static str, len: usize, value: Option<Vec<P::K>>)
    -> Result<Vec<P::K>, ProtocolError>;
    /// A challenge.
    fn challenge(&mut self, label: &'static str) -> P::K;
    /// A challenge that is not zero.
    fn challenge_nonzero(&mut self, label: &'static str) -> P::K;
    /// The product of two sent scalars; returns the product's index.
    fn product(&mut self, a: usize, b: usize) -> usize;
    /// Records that `expr` is zero; `path` names the constraint.
    fn assert_zero(&mut self, path: &str, expr: Expr<P::K>) -> Result<(), ProtocolError>;
    /// The side that knows the witness, if this is a prover.
    fn prover(&mut self) -> Option<&mut dyn ProverSide<P>>;
    /// True if only the structure matters: public values may be replaced by zero.
    fn dry(&self) -> bool {
        false
    }
}

/// What a prover computes, in the order in which [`crate::run`] asks.
pub trait ProverSide<P: FieldPair> {
    /// Builds the fraction tree for α, β.
    fn tree_start(&mut self, alpha: P::K, beta: P::K);
    /// The two fractions below the root: [n0, n1, d0, d1].
    fn tree_root(&mut self) -> [P::K; 4];
    /// Starts the sumcheck from the layer with 2^level fractions to the next.
    fn layer_start(&mut self, level: usize, point: &[P::K], lambda: P::K);
    /// [q(0), leading coefficient].
    fn layer_round(&mut self) -> [P::K; 2];
    fn layer_bind(&mut self, r: P::K);
    /// [n0, n1, d0, d1] at the bound point.
    fn layer_ends(&mut self) -> [P::K; 4];
    /// A committed, Contract or View tensor's multilinear extension at a point of its padded cube.
    fn tensor_value(&mut self, tensor: TensorId, point: &[P::K]) -> P::K;
    /// Starts a batched sumcheck of this degree (2 or 3).
    fn stage_start(&mut self, terms: &[StageTerm<P::K>], degree: usize);
    /// Values at 0, 2 (and 3).
    fn stage_round(&mut self) -> Vec<P::K>;
    fn stage_bind(&mut self, r: P::K);
    /// The term's operands at the bound point.
    fn stage_end(&mut self, term: usize) -> (P::K, Option<P::K>);
    /// Starts the sumcheck that batches all claims on the oracles.
    fn batch_start(&mut self, claims: &[BatchClaim<P::K>]);
    /// Values at 0 and 2.
    fn batch_round(&mut self) -> [P::K; 2];
    fn batch_bind(&mut self, r: P::K);
    /// The oracles' combined value at the bound point.
    fn batch_end(&mut self) -> P::K;
    /// The mask column at the row point.
    fn mask_value(&mut self, x2: &[P::K]) -> P::K;
    /// u = Σ eq(x1, ℓ) f_ℓ + c·μ.
    fn opening(&mut self, c: P::K) -> Vec<P::K>;
}
