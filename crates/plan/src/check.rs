//! A statement against its plan (spec 3).

use crate::statement_codec::PROTOCOL;
use crate::{
    CommittedInput, Context, InputClaim, Interval, OutputClaim, Plan, Purpose, Statement, StatementError, Validated,
    limits,
};

type Result<T> = std::result::Result<T, StatementError>;

impl Statement {
    /// Checks the statement against the plan that it names; `validated` comes from `plan.validate()`. For a certificate
    /// this is the plan that is certified, not the derived one. Whether `model`, `layout` and the input commitment's
    /// digests are the right ones is for the caller, who holds those.
    ///
    /// # Errors
    /// The first rule of spec 3 that is broken.
    pub fn check(&self, plan: &Plan, validated: &Validated) -> Result<()> {
        if self.protocol != PROTOCOL {
            return Err(StatementError::Protocol(self.protocol));
        }
        if !(1..=limits::BATCH).contains(&self.batch) {
            return Err(StatementError::Batch(self.batch));
        }
        if self.plan != plan.digest() {
            return Err(StatementError::OtherPlan);
        }
        check_context(&self.context)?;
        match self.purpose {
            Purpose::Inference => self.check_inference(plan, validated),
            Purpose::Certificate if self.is_bare() => Ok(()),
            Purpose::Certificate => Err(StatementError::CertificateShape),
            Purpose::Renewal { renewed } if self.is_bare() && renewed != self.model => Ok(()),
            Purpose::Renewal { .. } => Err(StatementError::RenewalShape),
        }
    }

    /// One row, and nothing about inputs or outputs: a statement about commitments alone.
    fn is_bare(&self) -> bool {
        self.inputs.is_empty() && self.outputs.is_empty() && self.input_commitment.is_none() && self.batch == 1
    }

    fn check_inference(&self, plan: &Plan, validated: &Validated) -> Result<()> {
        if self.inputs.len() != plan.inputs.len() {
            return Err(StatementError::InputCount { found: self.inputs.len(), expected: plan.inputs.len() });
        }
        let committed = self.inputs.iter().filter(|input| matches!(input, InputClaim::Committed)).count();
        match &self.input_commitment {
            Some(commitment) if committed > 0 && committed == self.inputs.len() => {
                check_records(commitment, self.batch)?;
            }
            None if committed == 0 => {}
            _ => return Err(StatementError::InputCommitment),
        }
        for (input, claim) in self.inputs.iter().enumerate() {
            if let InputClaim::Public { values } = claim {
                check_public_input(plan, validated, self.batch, input, values)?;
            }
        }
        if self.outputs.len() > limits::PORTS {
            return Err(StatementError::OutputCount);
        }
        for (output, claim) in self.outputs.iter().enumerate() {
            check_output(plan, validated, self.batch, output, claim)?;
        }
        Ok(())
    }
}

fn check_records(commitment: &CommittedInput, batch: u32) -> Result<()> {
    let found = commitment.records.len();
    if found != 0 && found as u64 != u64::from(batch) {
        return Err(StatementError::RecordCount { found, batch });
    }
    match commitment.records.iter().position(|record| !is_text(record, limits::RECORD)) {
        Some(row) => Err(StatementError::Record { row }),
        None => Ok(()),
    }
}

fn check_context(context: &Context) -> Result<()> {
    let fits = context.nonce.len() <= limits::NONCE && is_text(&context.policy, limits::POLICY);
    if fits { Ok(()) } else { Err(StatementError::Context) }
}

/// What the decoder accepts as `str<=max`, for statements that no decoder made.
fn is_text(text: &str, max: usize) -> bool {
    text.len() <= max && !text.bytes().any(|byte| byte < 0x20 || byte == 0x7f)
}

fn check_public_input(plan: &Plan, validated: &Validated, batch: u32, input: usize, values: &[i64]) -> Result<()> {
    let unknown = StatementError::UnknownInput { input };
    let (tensor, lo, hi) = plan.input_range(input).ok_or(unknown.clone())?;
    let expected = validated.cells(tensor).ok_or(unknown)?.saturating_mul(batch.into());
    if values.len() as u64 != expected {
        return Err(StatementError::InputLength { input, found: values.len(), expected });
    }
    match values.iter().enumerate().find(|(_, value)| !(lo..=hi).contains(*value)) {
        Some((position, value)) => Err(StatementError::InputRange { input, position, value: *value, lo, hi }),
        None => Ok(()),
    }
}

/// One output port as the claims about it see it.
struct Output {
    output: usize,
    batch: u64,
    cells: u64,
    scale: i16,
    interval: Interval,
}

impl Output {
    fn length(&self, found: usize, expected: u64) -> Result<()> {
        if found as u64 == expected {
            Ok(())
        } else {
            Err(StatementError::OutputLength { output: self.output, found, expected })
        }
    }

    fn cell(&self, cell: u32) -> Result<()> {
        if u64::from(cell) < self.cells {
            Ok(())
        } else {
            Err(StatementError::Cell { output: self.output, cell, cells: self.cells })
        }
    }

    fn scale(&self, found: i16) -> Result<()> {
        if found == self.scale {
            Ok(())
        } else {
            Err(StatementError::Scale { output: self.output, found, expected: self.scale })
        }
    }

    /// The interval extended by one: enough for a threshold that is always or never met.
    fn value(&self, value: i64) -> Result<()> {
        let (min, max) = (self.interval.min - 1, self.interval.max + 1);
        if (min..=max).contains(&i128::from(value)) {
            Ok(())
        } else {
            Err(StatementError::OutputRange { output: self.output, value, min, max })
        }
    }

    fn predicate(&self, cell: u32, scale: i16, outcomes: &[bool]) -> Result<()> {
        self.cell(cell)?;
        self.scale(scale)?;
        self.length(outcomes.len(), self.batch)
    }
}

fn check_output(plan: &Plan, validated: &Validated, batch: u32, output: usize, claim: &OutputClaim) -> Result<()> {
    let unknown = StatementError::UnknownPort { output, port: claim.output() };
    let port = plan.outputs.get(usize::from(claim.output())).ok_or(unknown.clone())?;
    let cells = validated.cells(port.tensor).ok_or(unknown.clone())?;
    let interval = validated.interval(port.tensor).ok_or(unknown)?;
    let port = Output { output, batch: batch.into(), cells, scale: port.scale, interval };
    match claim {
        OutputClaim::Public { values, .. } => {
            port.length(values.len(), port.batch.saturating_mul(cells))?;
            values.iter().try_for_each(|value| port.value(*value))
        }
        OutputClaim::AtLeast { cell, threshold, scale, outcomes, .. }
        | OutputClaim::AtMost { cell, threshold, scale, outcomes, .. } => {
            port.predicate(*cell, *scale, outcomes)?;
            port.value(*threshold)
        }
        OutputClaim::Between { cell, low, high, scale, outcomes, .. } => {
            port.predicate(*cell, *scale, outcomes)?;
            port.value(*low)?;
            port.value(*high)?;
            if low <= high { Ok(()) } else { Err(StatementError::EmptyInterval { output, low: *low, high: *high }) }
        }
        OutputClaim::ArgMax { classes, .. } => {
            port.length(classes.len(), port.batch)?;
            classes.iter().try_for_each(|class| port.cell(*class))
        }
        OutputClaim::TopK { cell, k, outcomes, .. } => {
            port.predicate(*cell, port.scale, outcomes)?;
            if (1..=cells).contains(&u64::from(*k)) {
                Ok(())
            } else {
                Err(StatementError::TopK { output, k: *k, cells })
            }
        }
    }
}
