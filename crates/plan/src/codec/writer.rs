//! Writing fields.

/// Writes fields in the encoding that [`Reader`](crate::Reader) reads. Bounds are not checked here: a value that breaks one encodes to
/// bytes that every decoder refuses.
#[derive(Clone, Debug, Default)]
pub struct Writer {
    bytes: Vec<u8>,
}

macro_rules! write_integers {
    ($($name:ident)*) => { $(
        /// Writes one little-endian integer.
        pub fn $name(&mut self, value: $name) {
            self.bytes.extend_from_slice(&value.to_le_bytes());
        }
    )* };
}

impl Writer {
    pub fn new() -> Self {
        Self::default()
    }

    /// The bytes written.
    pub fn finish(self) -> Vec<u8> {
        self.bytes
    }

    write_integers!(u8 u16 u32 u64 i16 i64);

    pub fn bool(&mut self, value: bool) {
        self.u8(u8::from(value));
    }

    /// Writes bytes without a length.
    pub fn raw(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// Writes a length and the bytes.
    pub fn bytes(&mut self, bytes: &[u8]) {
        self.count(bytes.len());
        self.raw(bytes);
    }

    pub fn str(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    /// Writes the count of a list.
    pub fn count(&mut self, count: usize) {
        // A list of 2^32 items has no encoding; the largest count makes every decoder refuse it.
        self.u32(u32::try_from(count).unwrap_or(u32::MAX));
    }

    pub fn list<T>(&mut self, items: &[T], mut item: impl FnMut(&mut Self, &T)) {
        self.count(items.len());
        for value in items {
            item(self, value);
        }
    }

    pub fn option<T>(&mut self, value: Option<&T>, item: impl FnOnce(&mut Self, &T)) {
        self.bool(value.is_some());
        if let Some(value) = value {
            item(self, value);
        }
    }
}
