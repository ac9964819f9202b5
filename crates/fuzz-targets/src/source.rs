//! Choices drawn from fuzz input. Exhausted input gives zeros, so every byte string is a list of choices.

/// The rest of the input.
pub struct Source<'a>(pub &'a [u8]);

impl<'a> Source<'a> {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *first
    }

    pub fn bool(&mut self) -> bool {
        self.byte() & 1 == 1
    }

    pub fn u16(&mut self) -> u16 {
        u16::from_le_bytes([self.byte(), self.byte()])
    }

    pub fn u32(&mut self) -> u32 {
        u32::from_le_bytes([self.byte(), self.byte(), self.byte(), self.byte()])
    }

    /// A number below `n`, or 0 if there is none.
    pub fn below(&mut self, n: usize) -> usize {
        let drawn = if n <= 256 { usize::from(self.byte()) } else { self.u32() as usize };
        drawn % n.max(1)
    }

    /// At most `n` bytes.
    pub fn take(&mut self, n: usize) -> &'a [u8] {
        let (head, rest) = self.0.split_at(n.min(self.0.len()));
        self.0 = rest;
        head
    }

    /// Bytes with a 16-bit length in front.
    pub fn part(&mut self) -> &'a [u8] {
        let n = self.u16();
        self.take(n.into())
    }

    /// An integer: small, near a power of two, an extreme, or any.
    pub fn number(&mut self) -> i64 {
        let kind = self.byte();
        let power = 1i64 << (self.byte() % 63);
        match kind % 8 {
            0 | 1 => i64::from(power as i8),
            2 => power,
            3 => power - 1,
            4 => -power,
            5 => i64::MIN,
            6 => i64::MAX,
            _ => i64::from_le_bytes(std::array::from_fn(|_| self.byte())),
        }
    }

    /// A size: mostly small, sometimes near a power of two, rarely any.
    pub fn size(&mut self) -> u32 {
        let kind = self.byte();
        match kind % 4 {
            0 | 1 => u32::from(self.byte() % 10),
            2 => (1u32 << (self.byte() % 28)).wrapping_add(u32::from(kind / 4 % 3)).wrapping_sub(1),
            _ => self.u32(),
        }
    }

    /// At most `most` items.
    pub fn list<T>(&mut self, most: usize, mut item: impl FnMut(&mut Self) -> T) -> Vec<T> {
        (0..self.below(most + 1)).map(|_| item(self)).collect()
    }
}
