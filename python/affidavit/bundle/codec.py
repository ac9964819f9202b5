"""The bounded codec of spec 1: fixed sequences of little-endian fields, nothing self-describing.

``Writer`` refuses what ``Reader`` would refuse, so that no file is written that cannot be read back. Every error is
:class:`~affidavit.errors.Malformed` and names the format, the field and the offset.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np

from affidavit.errors import Malformed

T = TypeVar("T")
DIGEST = 32

_U8, _U16, _U32, _U64 = (struct.Struct(f) for f in ("<B", "<H", "<I", "<Q"))
_I16, _I64 = struct.Struct("<h"), struct.Struct("<q")


_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def _has_control_characters(text: str) -> bool:
    return _CONTROL.search(text) is not None


class Writer:
    """Collects fields; ``finish`` returns the bytes."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._out = bytearray()

    def _fail(self, message: str) -> Malformed:
        return Malformed(f"{self._what}: {message}")

    def _pack(self, form: struct.Struct, name: str, value: int) -> None:
        try:
            self._out += form.pack(value)
        except struct.error:
            raise self._fail(f"{name} = {value} does not fit its field") from None

    def u8(self, name: str, value: int) -> None:
        self._pack(_U8, name, value)

    def u16(self, name: str, value: int) -> None:
        self._pack(_U16, name, value)

    def u32(self, name: str, value: int) -> None:
        self._pack(_U32, name, value)

    def u64(self, name: str, value: int) -> None:
        self._pack(_U64, name, value)

    def i16(self, name: str, value: int) -> None:
        self._pack(_I16, name, value)

    def i64(self, name: str, value: int) -> None:
        self._pack(_I64, name, value)

    def flag(self, name: str, value: bool) -> None:
        self._out.append(1 if value else 0)

    def raw(self, name: str, data: bytes, size: int) -> None:
        """Exactly ``size`` bytes without a length."""
        if len(data) != size:
            raise self._fail(f"{name} has {len(data)} bytes instead of {size}")
        self._out += data

    def digest(self, name: str, data: bytes) -> None:
        self.raw(name, data, DIGEST)

    def count(self, name: str, value: int, limit: int) -> None:
        if value > limit:
            raise self._fail(f"{name} has {value} entries, at most {limit} are allowed")
        self.u32(name, value)

    def data(self, name: str, data: bytes, limit: int) -> None:
        self.count(name, len(data), limit)
        self._out += data

    def text(self, name: str, text: str, limit: int) -> None:
        if _has_control_characters(text):
            raise self._fail(f"{name} contains control characters")
        try:
            self.data(name, text.encode("utf-8"), limit)
        except UnicodeEncodeError:
            raise self._fail(f"{name} is not valid Unicode") from None

    def i64_array(self, name: str, values: np.ndarray, limit: int) -> None:
        self.count(name, values.size, limit)
        self._out += np.ascontiguousarray(values, dtype="<i8").tobytes()

    def u32_array(self, name: str, values: np.ndarray, limit: int) -> None:
        self.count(name, values.size, limit)
        self._out += np.ascontiguousarray(values, dtype="<u4").tobytes()

    def flag_array(self, name: str, values: np.ndarray, limit: int) -> None:
        self.count(name, values.size, limit)
        self._out += np.ascontiguousarray(values, dtype=np.bool_).astype("u1").tobytes()

    def each(self, name: str, items: Sequence[T], limit: int, write: Callable[[T], None]) -> None:
        self.count(name, len(items), limit)
        for item in items:
            write(item)

    def finish(self) -> bytes:
        return bytes(self._out)


class Reader:
    """Reads fields from ``data``; lengths are checked against the bytes that remain before anything is allocated."""

    def __init__(self, what: str, data: bytes) -> None:
        self._what = what
        self._data = memoryview(data)
        self._at = 0

    def fail(self, name: str, message: str) -> Malformed:
        return Malformed(
            f"{self._what}: {name} {message} (byte {self._at})",
            hint="the file is damaged, or it is another kind of file",
        )

    def _take(self, name: str, size: int) -> memoryview:
        if size > len(self._data) - self._at:
            raise self.fail(name, "is cut off")
        part = self._data[self._at : self._at + size]
        self._at += size
        return part

    def _unpack(self, form: struct.Struct, name: str) -> int:
        value: int = form.unpack(self._take(name, form.size))[0]
        return value

    def u8(self, name: str) -> int:
        return self._unpack(_U8, name)

    def u16(self, name: str) -> int:
        return self._unpack(_U16, name)

    def u32(self, name: str) -> int:
        return self._unpack(_U32, name)

    def u64(self, name: str) -> int:
        return self._unpack(_U64, name)

    def i16(self, name: str) -> int:
        return self._unpack(_I16, name)

    def i64(self, name: str) -> int:
        return self._unpack(_I64, name)

    def flag(self, name: str) -> bool:
        value = self.u8(name)
        if value > 1:
            raise self.fail(name, "is neither 0 nor 1")
        return value == 1

    def raw(self, name: str, size: int) -> bytes:
        return bytes(self._take(name, size))

    def digest(self, name: str) -> bytes:
        return self.raw(name, DIGEST)

    def count(self, name: str, limit: int, item_size: int) -> int:
        """A list's length, at most ``limit`` and justified by the remaining bytes at ``item_size`` each."""
        value = self.u32(name)
        if value > limit:
            raise self.fail(name, f"has {value} entries, at most {limit} are allowed")
        if value * item_size > len(self._data) - self._at:
            raise self.fail(name, "is cut off")
        return value

    def data(self, name: str, limit: int) -> bytes:
        return self.raw(name, self.count(name, limit, 1))

    def text(self, name: str, limit: int) -> str:
        try:
            text = self.data(name, limit).decode("utf-8")
        except UnicodeDecodeError:
            raise self.fail(name, "is not valid UTF-8") from None
        if _has_control_characters(text):
            raise self.fail(name, "contains control characters")
        return text

    def i64_array(self, name: str, limit: int) -> np.ndarray:
        count = self.count(name, limit, 8)
        return np.frombuffer(self._take(name, 8 * count), dtype="<i8").astype(np.int64)

    def u32_array(self, name: str, limit: int) -> np.ndarray:
        count = self.count(name, limit, 4)
        return np.frombuffer(self._take(name, 4 * count), dtype="<u4").astype(np.uint32)

    def flag_array(self, name: str, limit: int) -> np.ndarray:
        raw = np.frombuffer(self._take(name, self.count(name, limit, 1)), dtype="u1")
        if raw.size and int(raw.max()) > 1:
            raise self.fail(name, "holds a value that is neither 0 nor 1")
        return raw.astype(np.bool_)

    def each(self, name: str, limit: int, item_size: int, read: Callable[[], T]) -> tuple[T, ...]:
        return tuple(read() for _ in range(self.count(name, limit, item_size)))

    def magic(self, expected: bytes) -> None:
        """The eight bytes that every format starts with."""
        if self.raw("magic", len(expected)) != expected:
            raise self.fail("magic", f"is not that of a {self._what}")

    def version(self, *supported: int) -> int:
        """One of the versions that this release reads."""
        value = self.u16("version")
        if value not in supported:
            raise Malformed(
                f"{self._what}: version {value} is not supported",
                hint=f"this release reads version {' and '.join(map(str, supported))}; a newer affidavit may read the "
                "file",
                code="version",
            )
        return value

    def finish(self) -> None:
        if self._at != len(self._data):
            raise self.fail("end", f"is followed by {len(self._data) - self._at} more bytes")
