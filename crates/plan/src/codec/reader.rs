//! Reading fields from untrusted bytes.

use super::error::FormatError;
use core::cell::RefCell;
use core::ops::Range;

type Result<T> = std::result::Result<T, FormatError>;

/// Reads fields from untrusted bytes; never panics, never allocates more than the bytes left justify.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    rest: &'a [u8],
    offset: usize,
    spans: Option<&'a RefCell<Vec<FieldSpan>>>,
}

/// Where one read of a field lies in the bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldSpan {
    pub field: &'static str,
    pub range: Range<usize>,
}

macro_rules! integers {
    ($($name:ident)*) => { $(
        /// Reads one little-endian integer.
        pub fn $name(&mut self, field: &'static str) -> Result<$name> {
            Ok($name::from_le_bytes(self.array(field)?))
        }
    )* };
}

impl<'a> Reader<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes, offset: 0, spans: None }
    }

    /// A reader that notes every field that it reads, for tests that change each of them.
    #[doc(hidden)]
    pub fn recording(bytes: &'a [u8], spans: &'a RefCell<Vec<FieldSpan>>) -> Self {
        Self { rest: bytes, offset: 0, spans: Some(spans) }
    }

    fn advance(&mut self, field: &'static str, rest: &'a [u8], count: usize) {
        let end = self.offset.saturating_add(count);
        if let Some(spans) = self.spans {
            spans.borrow_mut().push(FieldSpan { field, range: self.offset..end });
        }
        self.rest = rest;
        self.offset = end;
    }

    /// Offset of the next byte.
    pub fn offset(&self) -> usize {
        self.offset
    }

    /// Bytes not yet read.
    pub fn remaining(&self) -> usize {
        self.rest.len()
    }

    integers!(u8 u16 u32 u64 i16 i64);

    /// Reads exactly `N` bytes.
    pub fn array<const N: usize>(&mut self, field: &'static str) -> Result<[u8; N]> {
        let (head, rest) =
            self.rest.split_first_chunk::<N>().ok_or(FormatError::Truncated { field, offset: self.offset })?;
        self.advance(field, rest, N);
        Ok(*head)
    }

    /// Borrows exactly `count` bytes.
    pub fn take(&mut self, field: &'static str, count: usize) -> Result<&'a [u8]> {
        let (head, rest) =
            self.rest.split_at_checked(count).ok_or(FormatError::Truncated { field, offset: self.offset })?;
        self.advance(field, rest, count);
        Ok(head)
    }

    /// Reads a byte that must be 0 or 1.
    pub fn bool(&mut self, field: &'static str) -> Result<bool> {
        let offset = self.offset;
        match self.u8(field)? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(FormatError::BadValue { field, offset, why: "a bool is 0 or 1" }),
        }
    }

    /// `bytes<=max`.
    pub fn bytes(&mut self, field: &'static str, max: usize) -> Result<&'a [u8]> {
        let count = self.count(field, max, 1)?;
        self.take(field, count)
    }

    /// `str<=max`: valid UTF-8 without control characters.
    pub fn str(&mut self, field: &'static str, max: usize) -> Result<String> {
        let offset = self.offset;
        let text = std::str::from_utf8(self.bytes(field, max)?).map_err(|_| FormatError::BadValue {
            field,
            offset,
            why: "not UTF-8",
        })?;
        if text.bytes().any(|byte| byte < 0x20 || byte == 0x7f) {
            return Err(FormatError::BadValue { field, offset, why: "a control character" });
        }
        Ok(text.to_owned())
    }

    /// The `u32` count of a list, refused above `max` or where `count · min_item` bytes cannot follow.
    pub fn count(&mut self, field: &'static str, max: usize, min_item: usize) -> Result<usize> {
        let offset = self.offset;
        let count = self.u32(field)?;
        let items = usize::try_from(count).unwrap_or(usize::MAX);
        if items > max {
            return Err(FormatError::TooLong { field, offset, count: count.into(), max: max as u64 });
        }
        match items.checked_mul(min_item) {
            Some(bytes) if bytes <= self.rest.len() => Ok(items),
            _ => Err(FormatError::Truncated { field, offset }),
        }
    }

    /// `list<T><=max`; `min_item` is the least number of bytes of one item.
    pub fn list<T>(
        &mut self,
        field: &'static str,
        max: usize,
        min_item: usize,
        mut item: impl FnMut(&mut Self) -> Result<T>,
    ) -> Result<Vec<T>> {
        let count = self.count(field, max, min_item.max(1))?;
        let mut items = Vec::with_capacity(count);
        for _ in 0..count {
            items.push(item(self)?);
        }
        Ok(items)
    }

    /// `option<T>`.
    pub fn option<T>(&mut self, field: &'static str, item: impl FnOnce(&mut Self) -> Result<T>) -> Result<Option<T>> {
        if self.bool(field)? { item(self).map(Some) } else { Ok(None) }
    }

    /// Reads the magic bytes of a format.
    pub fn magic(&mut self, field: &'static str, magic: &[u8; 8]) -> Result<()> {
        let offset = self.offset;
        if self.array::<8>(field)? == *magic { Ok(()) } else { Err(FormatError::BadMagic { field, offset }) }
    }

    /// Reads a version that must be exactly `version`.
    pub fn version(&mut self, field: &'static str, version: u16) -> Result<u16> {
        let offset = self.offset;
        let found = self.u16(field)?;
        if found == version {
            Ok(found)
        } else {
            Err(FormatError::UnsupportedVersion { field, offset, version: found.into() })
        }
    }

    /// Ends the value: no byte may be left.
    pub fn finish(self, field: &'static str) -> Result<()> {
        if self.rest.is_empty() {
            Ok(())
        } else {
            Err(FormatError::TrailingBytes { field, offset: self.offset, left: self.rest.len() })
        }
    }
}
