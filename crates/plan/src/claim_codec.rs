//! The byte formats of a statement's inputs and outputs (spec 3).

use crate::codec::{FormatError, Reader, Writer};
use crate::{InputClaim, OutputClaim, limits};

const ROWS: usize = limits::BATCH as usize;

type Result<T> = std::result::Result<T, FormatError>;

impl InputClaim {
    pub(crate) fn read(r: &mut Reader<'_>) -> Result<Self> {
        let offset = r.offset();
        Ok(match r.u8("input.kind")? {
            1 => InputClaim::Public { values: integers(r, "input.values")? },
            2 => InputClaim::Committed,
            3 => InputClaim::Unbound,
            tag => return Err(FormatError::UnknownTag { field: "input.kind", offset, tag }),
        })
    }

    pub(crate) fn write(&self, w: &mut Writer) {
        match self {
            InputClaim::Public { values } => {
                w.u8(1);
                w.list(values, |w, value| w.i64(*value));
            }
            InputClaim::Committed => w.u8(2),
            InputClaim::Unbound => w.u8(3),
        }
    }
}

impl OutputClaim {
    /// The output port that the claim is about.
    pub fn output(&self) -> u16 {
        match self {
            OutputClaim::Public { output, .. }
            | OutputClaim::AtLeast { output, .. }
            | OutputClaim::AtMost { output, .. }
            | OutputClaim::Between { output, .. }
            | OutputClaim::ArgMax { output, .. }
            | OutputClaim::TopK { output, .. } => *output,
        }
    }

    pub(crate) fn read(r: &mut Reader<'_>) -> Result<Self> {
        let offset = r.offset();
        let tag = r.u8("output.kind")?;
        if !(1..=6).contains(&tag) {
            return Err(FormatError::UnknownTag { field: "output.kind", offset, tag });
        }
        let output = r.u16("output.output")?;
        Ok(match tag {
            1 => OutputClaim::Public { output, values: integers(r, "output.values")? },
            2 => OutputClaim::AtLeast {
                output,
                cell: r.u32("output.cell")?,
                threshold: r.i64("output.threshold")?,
                scale: r.i16("output.scale")?,
                outcomes: outcomes(r)?,
            },
            3 => OutputClaim::AtMost {
                output,
                cell: r.u32("output.cell")?,
                threshold: r.i64("output.threshold")?,
                scale: r.i16("output.scale")?,
                outcomes: outcomes(r)?,
            },
            4 => OutputClaim::Between {
                output,
                cell: r.u32("output.cell")?,
                low: r.i64("output.low")?,
                high: r.i64("output.high")?,
                scale: r.i16("output.scale")?,
                outcomes: outcomes(r)?,
            },
            5 => {
                OutputClaim::ArgMax { output, classes: r.list("output.classes", ROWS, 4, |r| r.u32("output.classes"))? }
            }
            _ => {
                OutputClaim::TopK { output, cell: r.u32("output.cell")?, k: r.u32("output.k")?, outcomes: outcomes(r)? }
            }
        })
    }

    pub(crate) fn write(&self, w: &mut Writer) {
        let mut head = |tag: u8, output: u16| {
            w.u8(tag);
            w.u16(output);
        };
        match self {
            OutputClaim::Public { output, values } => {
                head(1, *output);
                w.list(values, |w, value| w.i64(*value));
            }
            OutputClaim::AtLeast { output, cell, threshold, scale, outcomes } => {
                head(2, *output);
                w.u32(*cell);
                w.i64(*threshold);
                w.i16(*scale);
                w.list(outcomes, |w, outcome| w.bool(*outcome));
            }
            OutputClaim::AtMost { output, cell, threshold, scale, outcomes } => {
                head(3, *output);
                w.u32(*cell);
                w.i64(*threshold);
                w.i16(*scale);
                w.list(outcomes, |w, outcome| w.bool(*outcome));
            }
            OutputClaim::Between { output, cell, low, high, scale, outcomes } => {
                head(4, *output);
                w.u32(*cell);
                w.i64(*low);
                w.i64(*high);
                w.i16(*scale);
                w.list(outcomes, |w, outcome| w.bool(*outcome));
            }
            OutputClaim::ArgMax { output, classes } => {
                head(5, *output);
                w.list(classes, |w, class| w.u32(*class));
            }
            OutputClaim::TopK { output, cell, k, outcomes } => {
                head(6, *output);
                w.u32(*cell);
                w.u32(*k);
                w.list(outcomes, |w, outcome| w.bool(*outcome));
            }
        }
    }
}

fn integers(r: &mut Reader<'_>, field: &'static str) -> Result<Vec<i64>> {
    r.list(field, limits::UNSTATED, 8, |r| r.i64(field))
}

fn outcomes(r: &mut Reader<'_>) -> Result<Vec<bool>> {
    r.list("output.outcomes", ROWS, 1, |r| r.bool("output.outcomes"))
}
