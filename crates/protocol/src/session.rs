//! What prover and verifier agree on before the first message: circuit, layout, transcript.

use affidavit_algebra::{FieldPair, GoldilocksPair, KoalaBearPair};
use affidavit_plan::{
    Commitment, CommittedInput, Digest, FieldId, FormatError, Plan, PlanError, Purpose, Role, Schema, SchemaError,
    Statement, StatementError, TensorKind, Validated, certificate_plan, schema_of,
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

/// A step of the verifier that refuses before it looks at the proof (spec 8.1), and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{error}")]
pub struct SessionFault {
    /// The step's number in spec 8.1.
    pub step: u8,
    pub error: SessionError,
}

/// Names the step that an error belongs to.
trait At<T> {
    fn at(self, step: u8) -> Result<T, SessionFault>;
}

impl<T, E: Into<SessionError>> At<T> for Result<T, E> {
    fn at(self, step: u8) -> Result<T, SessionFault> {
        self.map_err(|error| SessionFault { step, error: error.into() })
    }
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
    /// Decodes and checks everything public: steps 1 to 13 of spec 8.1. `second` is the inputs' commitment, or in a renewal
    /// the renewed one. `check_layout` is false only while the statement is being made.
    ///
    /// # Errors
    /// [`SessionFault`]; nothing here depends on the proof.
    pub fn open(
        plan_bytes: &[u8],
        statement_bytes: &[u8],
        model_bytes: &[u8],
        second_bytes: Option<&[u8]>,
        check_layout: bool,
    ) -> Result<Self, SessionFault> {
        let plan = Plan::decode(plan_bytes).at(1)?;
        let validated = plan.validate().at(2)?;
        let statement = Statement::decode(statement_bytes).at(3)?;
        statement.check(&plan, &validated).at(4)?;
        let model = Commitment::decode(model_bytes).at(5)?;
        let second = second_bytes.map(Commitment::decode).transpose().at(5)?;
        check_model(&plan, &statement, &model).at(6)?;
        let circuit = match statement.purpose {
            Purpose::Inference => {
                if let Some((claimed, input)) = check_input(&plan, &statement, second.as_ref()).at(7)? {
                    let schema = schema_of(&plan, &model).at(8)?;
                    check_schema(&plan, &statement, claimed, input, &schema).at(9)?;
                }
                circuit_of(&plan, &validated, &statement).at(11)?
            }
            Purpose::Certificate => {
                if second.is_some() {
                    return Err(SessionError::Mismatch("a certificate is about one commitment")).at(7);
                }
                let inner = certificate_plan(&plan);
                circuit_of(&inner, &inner.validate().at(10)?, &statement).at(11)?
            }
            Purpose::Renewal { renewed } => {
                check_renewed(renewed, &model, second.as_ref()).at(7)?;
                renewal(&plan).at(11)?
            }
        };
        let layout = Layout::new(&circuit, &statement, &model, second.as_ref()).at(12)?;
        if check_layout && layout.digest != statement.layout {
            return Err(SessionError::Mismatch("the statement names another layout")).at(13);
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
fn check_renewed(claimed: Digest, model: &Commitment, renewed: Option<&Commitment>) -> Result<(), SessionError> {
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
    if claimed != renewed.digest() {
        return Err(SessionError::Mismatch("the statement is about another renewed commitment"));
    }
    Ok(())
}

/// What the statement says of its input commitment, with the commitment, if it has one.
fn check_input<'a>(
    plan: &Plan,
    statement: &'a Statement,
    input: Option<&'a Commitment>,
) -> Result<Option<(&'a CommittedInput, &'a Commitment)>, SessionError> {
    let (claimed, input) = match (&statement.input_commitment, input) {
        (None, None) => return Ok(None),
        (Some(claimed), Some(input)) => (claimed, input),
        _ => return Err(SessionError::Mismatch("input commitment missing or not asked for")),
    };
    if input.role != Role::Input || input.field != plan.field {
        return Err(SessionError::Mismatch("the input commitment is of another kind or field"));
    }
    if claimed.commitment != input.digest() {
        return Err(SessionError::Mismatch("the statement is about another input commitment"));
    }
    Ok(Some((claimed, input)))
}

fn check_schema(
    plan: &Plan,
    statement: &Statement,
    claimed: &CommittedInput,
    input: &Commitment,
    schema: &Schema,
) -> Result<(), SessionError> {
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
