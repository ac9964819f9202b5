//! The bounded little-endian codec of spec 1.

mod error;
mod reader;
mod writer;

pub use error::FormatError;
#[doc(hidden)]
pub use reader::FieldSpan;
pub use reader::Reader;
pub use writer::Writer;
