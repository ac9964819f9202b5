//! What prover and verifier agree on before the first message: circuit, layout, transcript.

use affidavit_algebra::{FieldPair, GoldilocksPair, KoalaBearPair};
use affidavit_plan::{
    Commitment, FieldId, FormatError, Plan, PlanError, Purpose, Role, SchemaError, Statement, StatementError,
    TensorKind, Validated, certificate_plan, schema_of,
};
use affidavit_relations::{Circuit, CircuitError, Layout, elaborate, renewal};
use affidavit_soundness::{Sizes, lookup_grinding};
use affidavit_transcript::Transcript;

use crate::run::Counts;

/// Why a statement cannot be proven or checked at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SessionError {
    #[error("malformed: {0}")]
    Format(#[from] FormatError),
    #[error("invalid plan: {0}")]
    Plan(#[from] PlanError),
    #[error("statement: {0}")]
    Statement(#[from] StatementError),
    #[error(transparent)]
    Circuit(#[from] CircuitError),
    #[error("schema: {0}")]
    Schema(#[from] SchemaError),
    /// Two digests or shapes that must agree do not.
    #[error("{0}")]
    Mismatch(&'static str),
}

/// The public side of one proof.
#[derive(Clone, Debug)]
pub struct Session {
    pub field: FieldId,
    pub statement: Statement,
    pub model: Commitment,
    /// The second persistent commitment: the inputs', or in a renewal the one that takes over.
    pub second: Option<Commitment>,
    pub circuit: Circuit,
    pub layout: Layout,
    /// Proof-of-work bits before α, β.
    pub lookup_grinding: u8,
    statement_bytes: Vec<u8>,
    commitment_bytes: Vec<u8>,
}

impl Session {
    /// Decodes and checks everything public. `second` is the inputs' commitment, or in a renewal the renewed one.
    /// `check_layout` is false only while the statement is being made.
    ///
    /// # Errors
    /// [`SessionError`]; nothing here depends on the proof.
    pub fn open(
        plan_bytes: &[u8],
        statement_bytes: &[u8],
        model_bytes: &[u8],
        second_bytes: Option<&[u8]>,
        check_layout: bool,
    ) -> Result<Self, SessionError> {
        let plan = Plan::decode(plan_bytes)?;
        let validated = plan.validate()?;
        let statement = Statement::decode(statement_bytes)?;
        statement.check(&plan, &validated)?;
        let model = Commitment::decode(model_bytes)?;
        let second = second_bytes.map(Commitment::decode).transpose()?;
        check_model(&plan, &statement, &model)?;
        let circuit = match statement.purpose {
            Purpose::Inference => {
                check_input(&plan, &statement, &model, second.as_ref())?;
                circuit_of(&plan, &validated, &statement)?
            }
            Purpose::Certificate => {
                if second.is_some() {
                    return Err(SessionError::Mismatch("a certificate is about one commitment"));
                }
                let inner = certificate_plan(&plan);
                circuit_of(&inner, &inner.validate()?, &statement)?
            }
            Purpose::Renewal => {
                check_renewed(&statement, &model, second.as_ref())?;
                renewal(&plan)?
            }
        };
        let layout = Layout::new(&circuit, &statement, &model, second.as_ref())?;
        if check_layout && layout.digest != statement.layout {
            return Err(SessionError::Mismatch("the statement names another layout"));
        }
        let log2_k = match plan.field {
            FieldId::KoalaBear => KoalaBearPair::LOG2_K,
            FieldId::Goldilocks => GoldilocksPair::LOG2_K,
        };
        let mut commitment_bytes = model_bytes.to_vec();
        commitment_bytes.extend(second_bytes.unwrap_or_default());
        Ok(Self {
            lookup_grinding: lookup_grinding(circuit.log_leaves(), log2_k),
            field: plan.field,
            statement,
            model,
            second,
            circuit,
            layout,
            statement_bytes: statement_bytes.to_vec(),
            commitment_bytes,
        })
    }

    /// The transcript after everything public (spec 6.7).
    pub fn transcript(&self) -> Transcript {
        let mut t = Transcript::new("affidavit proof v1");
        t.absorb("plan digest", &self.statement.plan);
        t.absorb("layout digest", &self.layout.digest);
        t.absorb("statement", &self.statement_bytes);
        t.absorb("persistent commitments", &self.commitment_bytes);
        t
    }

    /// The rows that are opened: increasing, each once.
    pub fn query_positions(&self, transcript: &mut Transcript) -> Vec<usize> {
        let shape = &self.layout.shape;
        let log_n = shape.log_rows + shape.log_blowup;
        let mut positions = transcript.challenge_positions("query positions", shape.queries, log_n);
        positions.sort_unstable();
        positions.dedup();
        positions
    }

    /// Base-field columns of the fresh oracle's tree: witness, mask and the finish's seven vectors.
    pub fn fresh_width<P: FieldPair>(&self) -> usize {
        self.layout.fresh.columns + P::DEGREE * (1 + affidavit_hiding::COLUMNS)
    }

    /// Sizes for the soundness ledger.
    pub fn sizes<P: FieldPair>(&self, counts: &Counts, checks: usize, products: usize) -> Sizes {
        let shape = &self.layout.shape;
        Sizes {
            log2_k: P::LOG2_K,
            log_leaves: self.circuit.log_leaves(),
            log_domain: shape.log_rows + shape.log_blowup,
            log_blowup: shape.log_blowup,
            log_columns: self.layout.log_columns(),
            check_vars: counts.check_vars,
            claims: counts.claims,
            stages: counts.stages,
            sumcheck_rounds: counts.sumcheck_rounds,
            checks,
            products,
            queries: shape.queries,
            query_grinding: shape.grinding,
            lookup_grinding: self.lookup_grinding,
        }
    }
}

fn circuit_of(plan: &Plan, validated: &Validated, statement: &Statement) -> Result<Circuit, CircuitError> {
    let intervals: Vec<_> = validated.intervals().iter().map(|i| (i.min, i.max)).collect();
    elaborate(plan, &intervals, statement)
}

fn check_model(plan: &Plan, statement: &Statement, model: &Commitment) -> Result<(), SessionError> {
    if model.role != Role::Model || model.field != plan.field || model.batch != 0 {
        return Err(SessionError::Mismatch("the model commitment is of another kind or field"));
    }
    // `Statement::check` has compared this digest with the plan's.
    if model.subject != statement.plan {
        return Err(SessionError::Mismatch("the model commitment is for another plan"));
    }
    if statement.model != model.digest() {
        return Err(SessionError::Mismatch("the statement is about another model commitment"));
    }
    Ok(())
}

/// The commitment that takes over is a model commitment of the same plan and field; [`Layout::new`] compares the shapes.
fn check_renewed(statement: &Statement, model: &Commitment, renewed: Option<&Commitment>) -> Result<(), SessionError> {
    let renewed = renewed.ok_or(SessionError::Mismatch("a renewal needs the commitment that takes over"))?;
    if renewed.role != Role::Model || renewed.field != model.field || renewed.batch != 0 {
        return Err(SessionError::Mismatch("the renewed commitment is of another kind or field"));
    }
    if renewed.subject != model.subject {
        return Err(SessionError::Mismatch("the renewed commitment is for another plan"));
    }
    if renewed.root == model.root {
        return Err(SessionError::Mismatch("the renewed commitment is the old one"));
    }
    if statement.renewed != Some(renewed.digest()) {
        return Err(SessionError::Mismatch("the statement is about another renewed commitment"));
    }
    Ok(())
}

fn check_input(
    plan: &Plan,
    statement: &Statement,
    model: &Commitment,
    input: Option<&Commitment>,
) -> Result<(), SessionError> {
    let (claimed, input) = match (&statement.input_commitment, input) {
        (None, None) => return Ok(()),
        (Some(claimed), Some(input)) => (claimed, input),
        _ => return Err(SessionError::Mismatch("input commitment missing or not asked for")),
    };
    if input.role != Role::Input || input.field != plan.field {
        return Err(SessionError::Mismatch("the input commitment is of another kind or field"));
    }
    if claimed.commitment != input.digest() {
        return Err(SessionError::Mismatch("the statement is about another input commitment"));
    }
    let schema = schema_of(plan, model)?;
    let digest = schema.digest();
    if input.subject != digest || claimed.schema != digest || input.pads != schema.pads {
        return Err(SessionError::Mismatch("the input was committed under another schema"));
    }
    if input.batch != statement.batch {
        return Err(SessionError::Mismatch("the input commitment has another number of rows"));
    }
    // The data owner lays the inputs out by the schema alone: same shapes, same order.
    let mut last = None;
    for port in &plan.inputs {
        let tensor = plan.tensors.get(port.tensor as usize);
        let same = tensor.is_some_and(|t| t.dims == port.shape && matches!(t.kind, TensorKind::Input { .. }));
        if !same || last.is_some_and(|l| l >= port.tensor) {
            return Err(SessionError::Mismatch("this plan's inputs cannot be committed by their schema"));
        }
        last = Some(port.tensor);
    }
    Ok(())
}
