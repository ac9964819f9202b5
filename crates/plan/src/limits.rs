//! Bounds of the formats (spec 1 to 3), used alike by the decoders and by validation.

/// Bytes of a name.
pub const NAME: usize = 256;
/// Tables of a plan.
pub const TABLES: usize = 256;
/// Tensors of a plan.
pub const TENSORS: usize = 65_536;
/// Relations of a plan.
pub const RELATIONS: usize = 65_536;
/// Input ports, output ports, and the inputs and outputs of a statement.
pub const PORTS: usize = 256;
/// Axes of a tensor, without the batch axis.
pub const DIMS: usize = 6;
/// Axes of a port's shape.
pub const SHAPE: usize = 8;
/// Terms of a Linear tensor.
pub const TERMS: usize = 4096;
/// Boxes of a View tensor.
pub const PARTS: usize = 4096;
/// Cells of a Constant tensor.
pub const CONSTANT_CELLS: usize = 1 << 16;
/// Largest `log_size` of a table.
pub const TABLE_LOG_SIZE: u8 = 16;
/// Size of one axis.
pub const DIM: u32 = 1 << 26;
/// Cells of one tensor, without the batch axis.
pub const CELLS: u64 = 1 << 28;
/// Cells of all tensors together.
pub const TOTAL_CELLS: u64 = 1 << 31;
/// Cells of all View boxes together.
pub const TOTAL_BOX_CELLS: u64 = 1 << 28;
/// Axis labels of a Contract are smaller than this.
pub const LABELS: u8 = 250;
/// Widest Range relation, in bits.
pub const RANGE_BITS: u8 = 48;
/// Widest Model range, in bits.
pub const MODEL_BITS: u32 = 32;
/// Widest shift or bit field of a hint: the witness computes in `i64`.
pub const HINT_BITS: u8 = 62;
/// Rows of a statement.
pub const BATCH: u32 = 1 << 20;
/// Largest scale of a port, in absolute value: real values stay ordinary floating-point numbers.
pub const PORT_SCALE: u16 = 256;
/// Bytes of a record id.
pub const RECORD: usize = 128;
/// Bytes of a nonce.
pub const NONCE: usize = 64;
/// Bytes of a policy id.
pub const POLICY: usize = 128;
/// Lists whose true length another field fixes (cells of a batch, entries of a table).
pub const UNSTATED: usize = u32::MAX as usize;
