"""Spec 1: fields in little-endian order, and digests."""

from __future__ import annotations

import struct
import unicodedata
from collections.abc import Callable
from typing import TypeVar

from blake3 import blake3

from .errors import Broken, need

T = TypeVar("T")


def digest(domain: str, data: bytes) -> bytes:
    return blake3(data, derive_key_context=f"affidavit v1 {domain}").digest()


def clean(text: str) -> bool:
    """No character of U+0000–U+001F, U+007F."""
    return not any(unicodedata.category(c) == "Cc" and ord(c) < 0x80 for c in text)


class Reader:
    def __init__(self, data: bytes) -> None:
        self.data, self.at = bytes(data), 0

    def take(self, n: int) -> bytes:
        need(len(self.data) - self.at >= n, "the bytes end too early")
        self.at += n
        return self.data[self.at - n : self.at]

    def number(self, form: str) -> int:
        return struct.unpack("<" + form, self.take(struct.calcsize("<" + form)))[0]

    def u8(self) -> int:
        return self.number("B")

    def u16(self) -> int:
        return self.number("H")

    def u32(self) -> int:
        return self.number("I")

    def u64(self) -> int:
        return self.number("Q")

    def i16(self) -> int:
        return self.number("h")

    def i64(self) -> int:
        return self.number("q")

    def bool(self) -> bool:
        value = self.u8()
        need(value < 2, "a bool that is not 0 or 1")
        return value == 1

    def digest(self) -> bytes:
        return self.take(32)

    def magic(self, expected: bytes) -> None:
        need(self.take(8) == expected, "another magic")

    def bytes(self, bound: int) -> bytes:
        length = self.u32()
        need(length <= bound, "a length above its bound")
        return self.take(length)

    def str(self, bound: int) -> str:
        try:
            text = self.bytes(bound).decode("utf-8")
        except UnicodeDecodeError:
            raise Broken("a string that is not UTF-8") from None
        need(clean(text), "a control character in a string")
        return text

    def list(self, bound: int, item: Callable[[], T]) -> tuple[T, ...]:
        count = self.u32()
        need(count <= bound, "a count above its bound")
        need(count <= len(self.data) - self.at, "the bytes end too early")  # no item is empty
        return tuple(item() for _ in range(count))

    def i64s(self, bound: int) -> tuple[int, ...]:
        """list<i64>, at once."""
        count = self.u32()
        need(count <= bound, "a count above its bound")
        return struct.unpack(f"<{count}q", self.take(8 * count))

    def option(self, item: Callable[[], T]) -> T | None:
        return item() if self.bool() else None

    def done(self) -> None:
        need(self.at == len(self.data), "bytes are left over")
