//! The decoded statement and the public commitments (spec 3). Data only.

/// A 32-byte digest.
pub type Digest = [u8; 32];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    Model = 1,
    Input = 2,
}

/// The public side of a persistent oracle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commitment {
    pub role: Role,
    pub field: crate::FieldId,
    pub subject: Digest,
    pub log_rows: u8,
    pub log_blowup: u8,
    pub columns: u32,
    pub queries: u16,
    pub grinding: u8,
    pub pads: u32,
    pub batch: u32,
    pub root: Digest,
}

/// What a data owner needs in order to commit an input without the model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schema {
    pub field: crate::FieldId,
    pub log_rows: u8,
    pub log_blowup: u8,
    pub queries: u16,
    pub grinding: u8,
    pub pads: u32,
    pub inputs: Vec<SchemaInput>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SchemaInput {
    pub name: String,
    pub shape: Vec<u32>,
    pub scale: i16,
    pub lo: i64,
    pub hi: i64,
}

/// What a statement is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    Inference,
    Certificate,
    /// Names the commitment that takes over.
    Renewal {
        renewed: Digest,
    },
}

impl Purpose {
    /// Its byte in statements and layouts.
    pub fn tag(self) -> u8 {
        match self {
            Purpose::Inference => 1,
            Purpose::Certificate => 2,
            Purpose::Renewal { .. } => 3,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommittedInput {
    pub commitment: Digest,
    pub schema: Digest,
    pub issuer: Option<[u8; 32]>,
    pub records: Vec<String>,
    pub expiry: u64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InputClaim {
    Public { values: Vec<i64> },
    Committed,
    Unbound,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OutputClaim {
    Public { output: u16, values: Vec<i64> },
    AtLeast { output: u16, cell: u32, threshold: i64, scale: i16, outcomes: Vec<bool> },
    AtMost { output: u16, cell: u32, threshold: i64, scale: i16, outcomes: Vec<bool> },
    Between { output: u16, cell: u32, low: i64, high: i64, scale: i16, outcomes: Vec<bool> },
    ArgMax { output: u16, classes: Vec<u32> },
    TopK { output: u16, cell: u32, k: u32, outcomes: Vec<bool> },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Context {
    pub nonce: Vec<u8>,
    pub policy: String,
    pub time: u64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    pub protocol: u16,
    pub purpose: Purpose,
    pub plan: Digest,
    pub layout: Digest,
    pub batch: u32,
    pub model: Digest,
    pub input_commitment: Option<CommittedInput>,
    pub inputs: Vec<InputClaim>,
    pub outputs: Vec<OutputClaim>,
    pub context: Context,
}
