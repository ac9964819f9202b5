//! The byte format of a hint (spec 2).

use crate::Hint;
use crate::codec::{FormatError, Reader, Writer};

type Result<T> = std::result::Result<T, FormatError>;

impl Hint {
    pub(crate) fn read(r: &mut Reader<'_>) -> Result<Self> {
        let offset = r.offset();
        let tag = r.u8("hint.tag")?;
        if !(1..=10).contains(&tag) {
            return Err(FormatError::UnknownTag { field: "hint.tag", offset, tag });
        }
        let src = r.u32("hint.src")?;
        Ok(match tag {
            1 => Hint::Clamp { src, shift: r.u8("hint.shift")?, lo: r.i64("hint.lo")?, hi: r.i64("hint.hi")? },
            2 => Hint::Below { src, shift: r.u8("hint.shift")?, lo: r.i64("hint.lo")? },
            3 => Hint::Above { src, shift: r.u8("hint.shift")?, hi: r.i64("hint.hi")? },
            4 => Hint::Table { src, table: r.u16("hint.table")? },
            5 => Hint::RowMax { src },
            6 => Hint::RowArgMax { src },
            7 => Hint::FloorDiv { num: src, den: r.u32("hint.den")? },
            8 => Hint::Isqrt { src },
            9 => {
                Hint::Bits { src, offset: r.i64("hint.offset")?, shift: r.u8("hint.shift")?, bits: r.u8("hint.bits")? }
            }
            _ => Hint::RowMin { src },
        })
    }

    pub(crate) fn write(&self, w: &mut Writer) {
        let mut head = |tag: u8, src: u32| {
            w.u8(tag);
            w.u32(src);
        };
        match *self {
            Hint::Clamp { src, shift, lo, hi } => {
                head(1, src);
                w.u8(shift);
                w.i64(lo);
                w.i64(hi);
            }
            Hint::Below { src, shift, lo } => {
                head(2, src);
                w.u8(shift);
                w.i64(lo);
            }
            Hint::Above { src, shift, hi } => {
                head(3, src);
                w.u8(shift);
                w.i64(hi);
            }
            Hint::Table { src, table } => {
                head(4, src);
                w.u16(table);
            }
            Hint::RowMax { src } => head(5, src),
            Hint::RowArgMax { src } => head(6, src),
            Hint::FloorDiv { num, den } => {
                head(7, num);
                w.u32(den);
            }
            Hint::Isqrt { src } => head(8, src),
            Hint::Bits { src, offset, shift, bits } => {
                head(9, src);
                w.i64(offset);
                w.u8(shift);
                w.u8(bits);
            }
            Hint::RowMin { src } => head(10, src),
        }
    }
}
