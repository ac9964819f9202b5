//! The byte format of a statement (spec 3).

use crate::codec::{FormatError, Reader, Writer};
use crate::{CommittedInput, Context, InputClaim, OutputClaim, Purpose, Statement, limits};

const MAGIC: &[u8; 8] = b"AFFSTMT\x01";
/// The version of the protocol that statements are about.
pub(crate) const PROTOCOL: u16 = 1;
const ROWS: usize = limits::BATCH as usize;

type Result<T> = std::result::Result<T, FormatError>;

impl Statement {
    /// Decodes a statement and refuses every byte string that [`Statement::encode`] would not give back. Only the format
    /// is judged: call [`Statement::check`] against the plan before relying on the content.
    ///
    /// # Errors
    /// The field and the offset at which the bytes stop being a statement.
    pub fn decode(bytes: &[u8]) -> Result<Self> {
        Self::read(Reader::new(bytes))
    }

    #[doc(hidden)]
    pub fn read(mut r: Reader<'_>) -> Result<Self> {
        r.magic("statement.magic", MAGIC)?;
        let protocol = r.version("statement.protocol", PROTOCOL)?;
        let offset = r.offset();
        let purpose = match r.u8("statement.purpose")? {
            1 => Purpose::Inference,
            2 => Purpose::Certificate,
            // The digest is at the end.
            3 => Purpose::Renewal { renewed: [0; 32] },
            tag => return Err(FormatError::UnknownTag { field: "statement.purpose", offset, tag }),
        };
        let plan = r.array("statement.plan")?;
        let layout = r.array("statement.layout")?;
        let offset = r.offset();
        let batch = r.u32("statement.batch")?;
        if !(1..=limits::BATCH).contains(&batch) {
            return Err(FormatError::BadValue { field: "statement.batch", offset, why: "outside 1..=2^20" });
        }
        let mut statement = Statement {
            protocol,
            purpose,
            plan,
            layout,
            batch,
            model: r.array("statement.model")?,
            input_commitment: r.option("statement.input_commitment", CommittedInput::read)?,
            inputs: r.list("statement.inputs", limits::PORTS, 1, InputClaim::read)?,
            outputs: r.list("statement.outputs", limits::PORTS, 7, OutputClaim::read)?,
            context: Context::read(&mut r)?,
        };
        if let Purpose::Renewal { renewed } = &mut statement.purpose {
            *renewed = r.array("statement.renewed")?;
        }
        r.finish("statement")?;
        Ok(statement)
    }

    /// The canonical bytes.
    pub fn encode(&self) -> Vec<u8> {
        let mut w = Writer::new();
        w.raw(MAGIC);
        w.u16(self.protocol);
        w.u8(self.purpose.tag());
        w.raw(&self.plan);
        w.raw(&self.layout);
        w.u32(self.batch);
        w.raw(&self.model);
        w.option(self.input_commitment.as_ref(), |w, committed| committed.write(w));
        w.list(&self.inputs, |w, input| input.write(w));
        w.list(&self.outputs, |w, output| output.write(w));
        self.context.write(&mut w);
        if let Purpose::Renewal { renewed } = self.purpose {
            w.raw(&renewed);
        }
        w.finish()
    }
}

impl CommittedInput {
    fn read(r: &mut Reader<'_>) -> Result<Self> {
        Ok(CommittedInput {
            commitment: r.array("committed.commitment")?,
            schema: r.array("committed.schema")?,
            issuer: r.option("committed.issuer", |r| r.array("committed.issuer"))?,
            records: r.list("committed.records", ROWS, 4, |r| r.str("committed.records", limits::RECORD))?,
            expiry: r.u64("committed.expiry")?,
        })
    }

    fn write(&self, w: &mut Writer) {
        w.raw(&self.commitment);
        w.raw(&self.schema);
        w.option(self.issuer.as_ref(), |w, key| w.raw(key));
        w.list(&self.records, |w, record| w.str(record));
        w.u64(self.expiry);
    }
}

impl Context {
    fn read(r: &mut Reader<'_>) -> Result<Self> {
        Ok(Context {
            nonce: r.bytes("context.nonce", limits::NONCE)?.to_vec(),
            policy: r.str("context.policy", limits::POLICY)?,
            time: r.u64("context.time")?,
        })
    }

    fn write(&self, w: &mut Writer) {
        w.bytes(&self.nonce);
        w.str(&self.policy);
        w.u64(self.time);
    }
}
