//! The order of events (spec 6).

use crate::batch::batch;
use crate::claims::{Claims, scalar};
use crate::context::{Context, ProtocolError};
use crate::points::suffix;
use crate::stage::stage;
use crate::tree::fractions;
use affidavit_algebra::{FieldPair, eq_table};
use affidavit_hiding::Expr;
use affidavit_relations::{Circuit, Kind, Layout};
use p3_field::PrimeCharacteristicRing;

/// What a run leaves for the row checks.
pub struct Outline<K> {
    /// Point over the columns: the weights of the columns in u.
    pub x1: Vec<K>,
    /// Coefficient of the mask column in u.
    pub c: K,
    /// Σ eq(x1, ℓ) f_ℓ + c·μ, in clear.
    pub u: Vec<K>,
    pub counts: Counts,
}

/// Numbers of a run that its ledger needs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Stages of batched contractions.
    pub stages: usize,
    /// Rounds of all sumchecks outside of the fraction tree.
    pub sumcheck_rounds: usize,
    /// Most claims that one challenge batches.
    pub claims: usize,
    /// Variables of the point of zero and public checks.
    pub check_vars: usize,
}

/// Runs the protocol in `ctx`: everything between the commitments and the finish (spec 6.8).
///
/// # Errors
/// What the context reports; a verifier only ever reports malformed bytes or a degenerate challenge here.
#[expect(clippy::indexing_slicing, reason = "t runs over the circuit's tensors")]
pub fn run<P: FieldPair, C: Context<P>>(
    circuit: &Circuit,
    layout: &Layout,
    ctx: &mut C,
) -> Result<Outline<P::K>, ProtocolError> {
    let mut claims = Claims::<P>::new(circuit);
    fractions(&mut claims, ctx)?;
    let check_vars = zeros_and_publics(&mut claims, ctx)?;

    let depths = circuit.depths();
    let deepest = depths.iter().copied().max().unwrap_or(0);
    let mut counts = Counts { claims: 1, check_vars, ..Counts::default() };
    for depth in 0..=deepest {
        let here = |t: usize| {
            depths[t] == depth && matches!(circuit.tensors[t].kind, Kind::Contract { .. } | Kind::View { .. })
        };
        let pending = claims.take(here);
        if !pending.is_empty() {
            counts.claims = counts.claims.max(pending.len());
            counts.sumcheck_rounds += stage(&mut claims, ctx, counts.stages, pending)?;
            counts.stages += 1;
        }
    }

    counts.sumcheck_rounds += layout.log_columns() + layout.shape.log_rows;
    let opening = batch(&mut claims, ctx, layout)?;
    if !claims.all_discharged() {
        return Err(ProtocolError::Internal("a claim was never discharged"));
    }
    let mask = ctx.prover().map(|p| p.mask_value(&opening.x2));
    let mask = ctx.scalar("mask value", mask)?;
    let c = ctx.challenge_nonzero("mask coefficient");
    let u = ctx.prover().map(|p| p.opening(c));
    let u = ctx.vector("opening", 1 << layout.shape.log_rows, u)?;
    let value: P::K =
        if ctx.dry() { P::K::ZERO } else { eq_table(&opening.x2).iter().zip(&u).map(|(&e, &x)| e * x).sum() };
    ctx.assert_zero("opening", scalar(opening.value) + scalar(mask) * c - Expr::constant(value))?;
    counts.claims = counts.claims.max(opening.claims);
    Ok(Outline { x1: opening.x1, c, u, counts })
}

/// Linear checks and Bind: tensors that are zero or public, each at a suffix of one random point.
#[expect(clippy::indexing_slicing, reason = "zero and public checks name tensors of the circuit")]
fn zeros_and_publics<P: FieldPair, C: Context<P>>(
    claims: &mut Claims<'_, P>,
    ctx: &mut C,
) -> Result<usize, ProtocolError> {
    let circuit = claims.circuit;
    let vars = |t: usize| circuit.tensors[t].vars();
    let longest =
        circuit.zeros.iter().map(|&(_, t)| vars(t)).chain(circuit.publics.iter().map(|b| vars(b.tensor))).max();
    let Some(longest) = longest else {
        return Ok(0);
    };
    let tau: Vec<P::K> = (0..longest).map(|_| ctx.challenge("check point")).collect();
    let tau = claims.points.add(tau);
    for (name, tensor) in &circuit.zeros {
        let value = claims.eval(ctx, *tensor, &suffix(&tau, vars(*tensor)))?;
        ctx.assert_zero(name, value)?;
    }
    for bind in &circuit.publics {
        let point = suffix(&tau, vars(bind.tensor));
        let mut value = claims.eval(ctx, bind.tensor, &point)?;
        if !ctx.dry() {
            let dims = &circuit.tensors[bind.tensor].dims;
            value.constant -= crate::claims::public_eval::<P>(&bind.values, dims, &claims.points.values(&point));
        }
        ctx.assert_zero(&bind.name, value)?;
    }
    Ok(longest)
}
