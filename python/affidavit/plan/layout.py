"""Tags and bounds of the plan format, shared by writer and reader."""

from __future__ import annotations

from . import types as t

MAGIC = b"AFFPLAN\x01"
VERSION = 1

MAX_NAME = 256
MAX_TABLES = 256
MAX_TENSORS = 65536
MAX_RELATIONS = 65536
MAX_PORTS = 256
MAX_RANK = 6
MAX_PORT_RANK = 8
MAX_TERMS = 4096
MAX_PARTS = 4096
MAX_DIM = 1 << 26
MAX_CELLS = 1 << 28
MAX_CONSTANT_CELLS = 1 << 16
MAX_LOG_TABLE = 16
MAX_RANGE_BITS = 48

#: Hint class by tag, with the codec type of each of its fields in order.
HINTS: dict[int, tuple[type, tuple[str, ...]]] = {
    1: (t.Clamp, ("u32", "u8", "i64", "i64")),
    2: (t.Below, ("u32", "u8", "i64")),
    3: (t.Above, ("u32", "u8", "i64")),
    4: (t.TableValue, ("u32", "u16")),
    5: (t.RowMax, ("u32",)),
    6: (t.RowArgMax, ("u32",)),
    7: (t.FloorDiv, ("u32", "u32")),
    8: (t.Isqrt, ("u32",)),
    9: (t.Bits, ("u32", "i64", "u8", "u8")),
    10: (t.RowMin, ("u32",)),
}
HINT_TAGS = {cls: tag for tag, (cls, _) in HINTS.items()}

RELATIONS: dict[int, tuple[type, tuple[str, ...]]] = {
    1: (t.Range, ("u32", "i64", "u8")),
    2: (t.Lookup, ("u32", "u32", "u16")),
    3: (t.Zero, ("u32",)),
}
RELATION_TAGS = {cls: tag for tag, (cls, _) in RELATIONS.items()}

MODEL, INPUT, FRESH, LINEAR, CONTRACT, VIEW, CONSTANT = range(1, 8)
