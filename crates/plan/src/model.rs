//! The decoded plan (spec 2). Data only: `codec` makes it, `validate` judges it.

/// Field tag of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldId {
    KoalaBear = 1,
    Goldilocks = 2,
}

/// A public function table: `in_lo + i ↦ values[i]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    pub in_lo: i64,
    pub log_size: u8,
    pub values: Vec<i64>,
}

/// How the witness computes a fresh tensor; carries no soundness.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hint {
    Clamp { src: u32, shift: u8, lo: i64, hi: i64 },
    Below { src: u32, shift: u8, lo: i64 },
    Above { src: u32, shift: u8, hi: i64 },
    Table { src: u32, table: u16 },
    RowMax { src: u32 },
    RowArgMax { src: u32 },
    FloorDiv { num: u32, den: u32 },
    Isqrt { src: u32 },
    Bits { src: u32, offset: i64, shift: u8, bits: u8 },
    RowMin { src: u32 },
}

/// One box of a View.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ViewPart {
    pub src: u32,
    pub box_offset: Vec<u32>,
    pub box_shape: Vec<u32>,
    pub src_offset: i64,
    pub src_strides: Vec<i64>,
}

/// What a tensor is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TensorKind {
    Model { lo: i64, hi: i64 },
    Input { lo: i64, hi: i64, index: u16 },
    Fresh { lo: i64, hi: i64, hint: Hint },
    Linear { terms: Vec<(i64, u32)>, constant: i64 },
    Contract { out: Vec<u8>, a: u32, a_labels: Vec<u8>, b: Option<u32>, b_labels: Vec<u8> },
    View { parts: Vec<ViewPart> },
    Constant { values: Vec<i64> },
}

/// One tensor of the circuit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tensor {
    pub name: String,
    pub batched: bool,
    pub dims: Vec<u32>,
    pub scale: i16,
    pub kind: TensorKind,
}

/// A fact that the proof enforces about a tensor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Relation {
    Range { tensor: u32, lo: i64, bits: u8 },
    Table { x: u32, y: u32, table: u16 },
    Zero { tensor: u32 },
}

/// An input or output of the model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Port {
    pub name: String,
    pub tensor: u32,
    pub shape: Vec<u32>,
    pub scale: i16,
}

/// The compiled public circuit of one inference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    pub field: FieldId,
    pub name: String,
    pub tables: Vec<Table>,
    pub tensors: Vec<Tensor>,
    pub relations: Vec<Relation>,
    pub inputs: Vec<Port>,
    pub outputs: Vec<Port>,
}
