//! The byte format of a plan (spec 2).

use crate::codec::{FormatError, Reader, Writer};
use crate::{FieldId, Plan, Port, Relation, Table, Tensor, limits};

const MAGIC: &[u8; 8] = b"AFFPLAN\x01";
const VERSION: u16 = 1;

type Result<T> = std::result::Result<T, FormatError>;

impl Plan {
    /// Decodes a plan and refuses every byte string that [`Plan::encode`] would not give back. Only the format is
    /// judged: call [`Plan::validate`] before relying on the content.
    ///
    /// # Errors
    /// The field and the offset at which the bytes stop being a plan.
    pub fn decode(bytes: &[u8]) -> Result<Self> {
        Self::read(Reader::new(bytes))
    }

    #[doc(hidden)]
    pub fn read(mut r: Reader<'_>) -> Result<Self> {
        r.magic("plan.magic", MAGIC)?;
        r.version("plan.version", VERSION)?;
        let plan = Plan {
            field: FieldId::read(&mut r, "plan.field")?,
            name: r.str("plan.name", limits::NAME)?,
            tables: r.list("plan.tables", limits::TABLES, 29, Table::read)?,
            tensors: r.list("plan.tensors", limits::TENSORS, 16, Tensor::read)?,
            relations: r.list("plan.relations", limits::RELATIONS, 5, Relation::read)?,
            inputs: r.list("plan.inputs", limits::PORTS, 14, Port::read)?,
            outputs: r.list("plan.outputs", limits::PORTS, 14, Port::read)?,
        };
        r.finish("plan")?;
        Ok(plan)
    }

    /// The canonical bytes.
    pub fn encode(&self) -> Vec<u8> {
        let mut w = Writer::new();
        w.raw(MAGIC);
        w.u16(VERSION);
        w.u8(self.field.tag());
        w.str(&self.name);
        w.list(&self.tables, |w, table| table.write(w));
        w.list(&self.tensors, |w, tensor| tensor.write(w));
        w.list(&self.relations, |w, relation| relation.write(w));
        w.list(&self.inputs, |w, port| port.write(w));
        w.list(&self.outputs, |w, port| port.write(w));
        w.finish()
    }
}

impl FieldId {
    pub(crate) fn read(r: &mut Reader<'_>, field: &'static str) -> Result<Self> {
        let offset = r.offset();
        match r.u8(field)? {
            1 => Ok(FieldId::KoalaBear),
            2 => Ok(FieldId::Goldilocks),
            tag => Err(FormatError::UnknownTag { field, offset, tag }),
        }
    }
}

impl Table {
    fn read(r: &mut Reader<'_>) -> Result<Self> {
        let in_lo = r.i64("table.in_lo")?;
        let offset = r.offset();
        let log_size = r.u8("table.log_size")?;
        if !(1..=limits::TABLE_LOG_SIZE).contains(&log_size) {
            return Err(FormatError::BadValue { field: "table.log_size", offset, why: "outside 1..=16" });
        }
        let offset = r.offset();
        let values = r.list("table.values", 1 << limits::TABLE_LOG_SIZE, 8, |r| r.i64("table.values"))?;
        if values.len() != 1 << log_size {
            return Err(FormatError::BadValue { field: "table.values", offset, why: "not 2^log_size values" });
        }
        Ok(Table { in_lo, log_size, values })
    }

    fn write(&self, w: &mut Writer) {
        w.i64(self.in_lo);
        w.u8(self.log_size);
        w.list(&self.values, |w, value| w.i64(*value));
    }
}

impl Relation {
    fn read(r: &mut Reader<'_>) -> Result<Self> {
        let offset = r.offset();
        Ok(match r.u8("relation.tag")? {
            1 => Relation::Range { tensor: r.u32("range.tensor")?, lo: r.i64("range.lo")?, bits: r.u8("range.bits")? },
            2 => Relation::Table { x: r.u32("table.x")?, y: r.u32("table.y")?, table: r.u16("table.table")? },
            3 => Relation::Zero { tensor: r.u32("zero.tensor")? },
            tag => return Err(FormatError::UnknownTag { field: "relation.tag", offset, tag }),
        })
    }

    fn write(&self, w: &mut Writer) {
        match *self {
            Relation::Range { tensor, lo, bits } => {
                w.u8(1);
                w.u32(tensor);
                w.i64(lo);
                w.u8(bits);
            }
            Relation::Table { x, y, table } => {
                w.u8(2);
                w.u32(x);
                w.u32(y);
                w.u16(table);
            }
            Relation::Zero { tensor } => {
                w.u8(3);
                w.u32(tensor);
            }
        }
    }
}

impl Port {
    fn read(r: &mut Reader<'_>) -> Result<Self> {
        Ok(Port {
            name: r.str("port.name", limits::NAME)?,
            tensor: r.u32("port.tensor")?,
            shape: r.list("port.shape", limits::SHAPE, 4, |r| r.u32("port.shape"))?,
            scale: r.i16("port.scale")?,
        })
    }

    fn write(&self, w: &mut Writer) {
        w.str(&self.name);
        w.u32(self.tensor);
        w.list(&self.shape, |w, dim| w.u32(*dim));
        w.i16(self.scale);
    }
}
