//! The byte formats of a commitment and of an input schema (spec 3).

use crate::codec::{FormatError, Reader, Writer};
use crate::{Commitment, FieldId, Role, Schema, SchemaInput, limits};

const COMMITMENT_MAGIC: &[u8; 8] = b"AFFCOMM\x01";
const SCHEMA_MAGIC: &[u8; 8] = b"AFFSCHM\x01";

type Result<T> = std::result::Result<T, FormatError>;

impl Commitment {
    /// Decodes a commitment: canonical bytes, a batch that fits the role, pads below the column's length.
    ///
    /// # Errors
    /// The field and the offset at which the bytes stop being a commitment.
    pub fn decode(bytes: &[u8]) -> Result<Self> {
        Self::read(Reader::new(bytes))
    }

    #[doc(hidden)]
    pub fn read(mut r: Reader<'_>) -> Result<Self> {
        r.magic("commitment.magic", COMMITMENT_MAGIC)?;
        let offset = r.offset();
        let role = match r.u8("commitment.role")? {
            1 => Role::Model,
            2 => Role::Input,
            tag => return Err(FormatError::UnknownTag { field: "commitment.role", offset, tag }),
        };
        let field = FieldId::read(&mut r, "commitment.field")?;
        let subject = r.array("commitment.subject")?;
        let log_rows = r.u8("commitment.log_rows")?;
        let log_blowup = r.u8("commitment.log_blowup")?;
        let columns = r.u32("commitment.columns")?;
        let queries = r.u16("commitment.queries")?;
        let grinding = r.u8("commitment.grinding")?;
        let pads = read_pads(&mut r, "commitment.pads", log_rows)?;
        let offset = r.offset();
        let batch = r.u32("commitment.batch")?;
        let fits = match role {
            Role::Model => batch == 0,
            Role::Input => (1..=limits::BATCH).contains(&batch),
        };
        if !fits {
            let why = "0 for a model, 1..=2^20 for an input";
            return Err(FormatError::BadValue { field: "commitment.batch", offset, why });
        }
        let root = r.array("commitment.root")?;
        r.finish("commitment")?;
        Ok(Commitment { role, field, subject, log_rows, log_blowup, columns, queries, grinding, pads, batch, root })
    }

    /// The canonical bytes.
    pub fn encode(&self) -> Vec<u8> {
        let mut w = Writer::new();
        w.raw(COMMITMENT_MAGIC);
        w.u8(match self.role {
            Role::Model => 1,
            Role::Input => 2,
        });
        w.u8(self.field.tag());
        w.raw(&self.subject);
        w.u8(self.log_rows);
        w.u8(self.log_blowup);
        w.u32(self.columns);
        w.u16(self.queries);
        w.u8(self.grinding);
        w.u32(self.pads);
        w.u32(self.batch);
        w.raw(&self.root);
        w.finish()
    }
}

impl Schema {
    /// Decodes an input schema: canonical bytes, possible shapes, ranges that are not empty.
    ///
    /// # Errors
    /// The field and the offset at which the bytes stop being a schema.
    pub fn decode(bytes: &[u8]) -> Result<Self> {
        Self::read(Reader::new(bytes))
    }

    #[doc(hidden)]
    pub fn read(mut r: Reader<'_>) -> Result<Self> {
        r.magic("schema.magic", SCHEMA_MAGIC)?;
        let field = FieldId::read(&mut r, "schema.field")?;
        let log_rows = r.u8("schema.log_rows")?;
        let log_blowup = r.u8("schema.log_blowup")?;
        let queries = r.u16("schema.queries")?;
        let grinding = r.u8("schema.grinding")?;
        let pads = read_pads(&mut r, "schema.pads", log_rows)?;
        let inputs = r.list("schema.inputs", limits::PORTS, 26, |r| SchemaInput::read(r, field))?;
        r.finish("schema")?;
        Ok(Schema { field, log_rows, log_blowup, queries, grinding, pads, inputs })
    }

    /// The canonical bytes.
    pub fn encode(&self) -> Vec<u8> {
        let mut w = Writer::new();
        w.raw(SCHEMA_MAGIC);
        w.u8(self.field.tag());
        w.u8(self.log_rows);
        w.u8(self.log_blowup);
        w.u16(self.queries);
        w.u8(self.grinding);
        w.u32(self.pads);
        w.list(&self.inputs, |w, input| input.write(w));
        w.finish()
    }
}

impl SchemaInput {
    /// Cells of one row: the product of the shape; `None` if it is zero or above the format's bound.
    pub fn cells(&self) -> Option<u64> {
        let cells = self.shape.iter().try_fold(1u64, |product, dim| product.checked_mul(u64::from(*dim)))?;
        (1..=limits::CELLS).contains(&cells).then_some(cells)
    }

    fn read(r: &mut Reader<'_>, field: FieldId) -> Result<Self> {
        let name = r.str("schema.input.name", limits::NAME)?;
        let shape_offset = r.offset();
        let shape = r.list("schema.input.shape", limits::SHAPE, 4, |r| r.u32("schema.input.shape"))?;
        let scale = r.i16("schema.input.scale")?;
        let range_offset = r.offset();
        let input = SchemaInput { name, shape, scale, lo: r.i64("schema.input.lo")?, hi: r.i64("schema.input.hi")? };
        if input.cells().is_none() {
            let why = "the shape's product is outside 1..=2^28";
            return Err(FormatError::BadValue { field: "schema.input.shape", offset: shape_offset, why });
        }
        let fits = |value: i64| i128::from(value).saturating_abs().saturating_mul(2) < i128::from(field.modulus());
        if input.lo > input.hi || !fits(input.lo) || !fits(input.hi) {
            let why = "the range is empty or reaches p/2";
            return Err(FormatError::BadValue { field: "schema.input.lo", offset: range_offset, why });
        }
        Ok(input)
    }

    fn write(&self, w: &mut Writer) {
        w.str(&self.name);
        w.list(&self.shape, |w, dim| w.u32(*dim));
        w.i16(self.scale);
        w.i64(self.lo);
        w.i64(self.hi);
    }
}

/// A column has `2^log_rows` cells, the last `pads` of them random: some must be left for data.
fn read_pads(r: &mut Reader<'_>, field: &'static str, log_rows: u8) -> Result<u32> {
    let offset = r.offset();
    let pads = r.u32(field)?;
    match 1u32.checked_shl(log_rows.into()) {
        Some(rows) if pads >= rows => Err(FormatError::BadValue { field, offset, why: "not below the number of rows" }),
        _ => Ok(pads),
    }
}
