//! What the formats need to know of a field, and lookups by untrusted id.

use crate::{FieldId, Plan, Tensor, TensorKind};

impl FieldId {
    /// The prime: 2^31 − 2^24 + 1 (KoalaBear) or 2^64 − 2^32 + 1 (Goldilocks).
    pub const fn modulus(self) -> u64 {
        match self {
            FieldId::KoalaBear => 0x7f00_0001,
            FieldId::Goldilocks => 0xffff_ffff_0000_0001,
        }
    }

    /// Tag in the encoded formats.
    pub const fn tag(self) -> u8 {
        match self {
            FieldId::KoalaBear => 1,
            FieldId::Goldilocks => 2,
        }
    }
}

impl Plan {
    /// The tensor with this id, if the plan has it.
    pub fn tensor(&self, id: u32) -> Option<&Tensor> {
        self.tensors.get(usize::try_from(id).ok()?)
    }

    /// Ids and tensors of kind Model, in order: the order of the certificate's tensors.
    pub fn model_tensors(&self) -> impl Iterator<Item = (u32, &Tensor)> {
        (0u32..).zip(&self.tensors).filter(|(_, tensor)| matches!(tensor.kind, TensorKind::Model { .. }))
    }

    /// Tensor id and declared `[lo, hi]` of an input port, if the port names an Input tensor.
    pub fn input_range(&self, port: usize) -> Option<(u32, i64, i64)> {
        let id = self.inputs.get(port)?.tensor;
        match self.tensor(id)?.kind {
            TensorKind::Input { lo, hi, .. } => Some((id, lo, hi)),
            _ => None,
        }
    }
}
