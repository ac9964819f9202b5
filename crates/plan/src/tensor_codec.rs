//! The byte format of a tensor (spec 2).

use crate::codec::{FormatError, Reader, Writer};
use crate::{Hint, Tensor, TensorKind, ViewPart, limits};

type Result<T> = std::result::Result<T, FormatError>;

impl Tensor {
    pub(crate) fn read(r: &mut Reader<'_>) -> Result<Self> {
        Ok(Tensor {
            name: r.str("tensor.name", limits::NAME)?,
            batched: r.bool("tensor.batched")?,
            dims: r.list("tensor.dims", limits::DIMS, 4, |r| r.u32("tensor.dims"))?,
            scale: r.i16("tensor.scale")?,
            kind: TensorKind::read(r)?,
        })
    }

    pub(crate) fn write(&self, w: &mut Writer) {
        w.str(&self.name);
        w.bool(self.batched);
        w.list(&self.dims, |w, dim| w.u32(*dim));
        w.i16(self.scale);
        self.kind.write(w);
    }
}

impl TensorKind {
    fn read(r: &mut Reader<'_>) -> Result<Self> {
        let offset = r.offset();
        Ok(match r.u8("tensor.kind")? {
            1 => TensorKind::Model { lo: r.i64("model.lo")?, hi: r.i64("model.hi")? },
            2 => TensorKind::Input { lo: r.i64("input.lo")?, hi: r.i64("input.hi")?, index: r.u16("input.index")? },
            3 => TensorKind::Fresh { lo: r.i64("fresh.lo")?, hi: r.i64("fresh.hi")?, hint: Hint::read(r)? },
            4 => TensorKind::Linear {
                terms: r.list("linear.terms", limits::TERMS, 12, |r| {
                    Ok((r.i64("linear.coefficient")?, r.u32("linear.tensor")?))
                })?,
                constant: r.i64("linear.constant")?,
            },
            5 => TensorKind::Contract {
                out: labels(r, "contract.out")?,
                a: r.u32("contract.a")?,
                a_labels: labels(r, "contract.a_labels")?,
                b: r.option("contract.b", |r| r.u32("contract.b"))?,
                b_labels: labels(r, "contract.b_labels")?,
            },
            6 => TensorKind::View { parts: r.list("view.parts", limits::PARTS, 24, ViewPart::read)? },
            7 => TensorKind::Constant {
                values: r.list("constant.values", limits::CONSTANT_CELLS, 8, |r| r.i64("constant.values"))?,
            },
            tag => return Err(FormatError::UnknownTag { field: "tensor.kind", offset, tag }),
        })
    }

    fn write(&self, w: &mut Writer) {
        match self {
            TensorKind::Model { lo, hi } => {
                w.u8(1);
                w.i64(*lo);
                w.i64(*hi);
            }
            TensorKind::Input { lo, hi, index } => {
                w.u8(2);
                w.i64(*lo);
                w.i64(*hi);
                w.u16(*index);
            }
            TensorKind::Fresh { lo, hi, hint } => {
                w.u8(3);
                w.i64(*lo);
                w.i64(*hi);
                hint.write(w);
            }
            TensorKind::Linear { terms, constant } => {
                w.u8(4);
                w.list(terms, |w, (coefficient, tensor)| {
                    w.i64(*coefficient);
                    w.u32(*tensor);
                });
                w.i64(*constant);
            }
            TensorKind::Contract { out, a, a_labels, b, b_labels } => {
                w.u8(5);
                w.bytes(out);
                w.u32(*a);
                w.bytes(a_labels);
                w.option(b.as_ref(), |w, b| w.u32(*b));
                w.bytes(b_labels);
            }
            TensorKind::View { parts } => {
                w.u8(6);
                w.list(parts, |w, part| part.write(w));
            }
            TensorKind::Constant { values } => {
                w.u8(7);
                w.list(values, |w, value| w.i64(*value));
            }
        }
    }
}

fn labels(r: &mut Reader<'_>, field: &'static str) -> Result<Vec<u8>> {
    r.bytes(field, limits::DIMS).map(<[u8]>::to_vec)
}

impl ViewPart {
    fn read(r: &mut Reader<'_>) -> Result<Self> {
        Ok(ViewPart {
            src: r.u32("part.src")?,
            box_offset: r.list("part.box_offset", limits::DIMS, 4, |r| r.u32("part.box_offset"))?,
            box_shape: r.list("part.box_shape", limits::DIMS, 4, |r| r.u32("part.box_shape"))?,
            src_offset: r.i64("part.src_offset")?,
            src_strides: r.list("part.src_strides", limits::DIMS, 8, |r| r.i64("part.src_strides"))?,
        })
    }

    fn write(&self, w: &mut Writer) {
        w.u32(self.src);
        w.list(&self.box_offset, |w, value| w.u32(*value));
        w.list(&self.box_shape, |w, value| w.u32(*value));
        w.i64(self.src_offset);
        w.list(&self.src_strides, |w, value| w.i64(*value));
    }
}
