//! Why bytes are refused.

use thiserror::Error;

/// Why bytes are not a well-formed value. Every variant names the field and the offset at which it starts.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum FormatError {
    #[error("{field} at byte {offset}: the data ends early")]
    Truncated { field: &'static str, offset: usize },
    #[error("{field} at byte {offset}: length {count} is above the bound {max}")]
    TooLong { field: &'static str, offset: usize, count: u64, max: u64 },
    #[error("{field} at byte {offset}: not the magic bytes of this format")]
    BadMagic { field: &'static str, offset: usize },
    #[error("{field} at byte {offset}: version {version} is not supported")]
    UnsupportedVersion { field: &'static str, offset: usize, version: u64 },
    #[error("{field} at byte {offset}: unknown tag {tag}")]
    UnknownTag { field: &'static str, offset: usize, tag: u8 },
    #[error("{field} at byte {offset}: {why}")]
    BadValue { field: &'static str, offset: usize, why: &'static str },
    #[error("{field} at byte {offset}: {left} bytes follow the end of the value")]
    TrailingBytes { field: &'static str, offset: usize, left: usize },
}
