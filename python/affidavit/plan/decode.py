"""Canonical bytes → Plan, bounded and strict. Bounds and shapes are the core's ``plan_check``'s to judge."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

from ..errors import Malformed
from . import layout as L
from . import types as t
from .fields import Field

_FORMATS = {"u8": ("<B", 1), "u16": ("<H", 2), "u32": ("<I", 4), "i16": ("<h", 2), "i64": ("<q", 8)}
_T = TypeVar("_T")


class _Reader:
    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def take(self, size: int) -> bytes:
        if size > len(self.data) - self.at:
            raise Malformed("the plan is truncated")
        self.at += size
        return self.data[self.at - size : self.at]

    def num(self, kind: str) -> int:
        form, size = _FORMATS[kind]
        return int(struct.unpack(form, self.take(size))[0])

    def flag(self) -> bool:
        value = self.num("u8")
        if value > 1:
            raise Malformed("a boolean in the plan is neither 0 nor 1")
        return bool(value)

    def count(self, most: int) -> int:
        count = self.num("u32")
        # Every item takes at least a byte, so a longer list cannot be there.
        if count > most or count > len(self.data) - self.at:
            raise Malformed(f"a list of {count} in the plan exceeds its bound")
        return count

    def items(self, most: int, read: Callable[[], _T]) -> tuple[_T, ...]:
        return tuple(read() for _ in range(self.count(most)))

    def nums(self, kind: str, most: int) -> tuple[int, ...]:
        return self.items(most, lambda: self.num(kind))

    def text(self, most: int) -> str:
        try:
            value = self.take(self.count(most)).decode("utf-8")
        except UnicodeDecodeError:
            raise Malformed("a name in the plan is not UTF-8") from None
        if any(c < " " or c == "\x7f" for c in value):
            raise Malformed("a name in the plan has control characters")
        return value

    def i64_array(self, count: int) -> np.ndarray:
        return np.frombuffer(self.take(8 * count), dtype="<i8").astype(np.int64)


def decode(data: bytes) -> t.Plan:
    """Read a plan; raises ``Malformed`` for anything that ``encode`` would not write."""
    r = _Reader(bytes(data))
    if r.take(8) != L.MAGIC or r.num("u16") != L.VERSION:
        raise Malformed("not a plan of a known version")
    tag = r.num("u8")
    if tag not in (1, 2):
        raise Malformed(f"unknown field {tag}")
    field, name = Field(tag), r.text(L.MAX_NAME)
    plan = t.Plan(
        field,
        name,
        r.items(L.MAX_TABLES, lambda: _table(r)),
        r.items(L.MAX_TENSORS, lambda: _tensor(r)),
        r.items(L.MAX_RELATIONS, lambda: _tagged(r, L.RELATIONS, "relation")),
        r.items(L.MAX_PORTS, lambda: _port(r)),
        r.items(L.MAX_PORTS, lambda: _port(r)),
    )
    if r.at != len(r.data):
        raise Malformed("bytes behind the end of the plan")
    for index, tensor in enumerate(plan.tensors):
        if any(source >= index for source in sources(tensor.body)):
            raise Malformed(f"tensor {tensor.name!r} mentions a later tensor")
    return plan


def sources(body: t.Body) -> tuple[int, ...]:
    """The tensor ids that a body (or its hint) mentions."""
    match body:
        case t.Fresh(_, _, t.FloorDiv(num, den)):
            return (num, den)
        case t.Fresh(_, _, hint):
            return (hint.src,)  # type: ignore[union-attr]
        case t.Linear(terms, _):
            return tuple(source for _, source in terms)
        case t.Contract(_, a, _, b, _):
            return (a,) if b is None else (a, b)
        case t.View(parts):
            return tuple(dict.fromkeys(part.src for part in parts))
        case _:
            return ()


def _table(r: _Reader) -> t.FunctionTable:
    in_lo, log_size = r.num("i64"), r.num("u8")
    if not 1 <= log_size <= L.MAX_LOG_TABLE or r.num("u32") != 1 << log_size:
        raise Malformed("a function table has no power-of-two size")
    return t.FunctionTable(in_lo, log_size, r.i64_array(1 << log_size))


def _tagged(r: _Reader, known: dict[int, tuple[type, tuple[str, ...]]], what: str) -> Any:
    tag = r.num("u8")
    if tag not in known:
        raise Malformed(f"unknown {what} {tag} in the plan")
    cls, kinds = known[tag]
    return cls(*(r.num(kind) for kind in kinds))


def _port(r: _Reader) -> t.Port:
    return t.Port(r.text(L.MAX_NAME), r.num("u32"), r.nums("u32", L.MAX_PORT_RANK), r.num("i16"))


def _tensor(r: _Reader) -> t.Tensor:
    name, batched, dims, scale = r.text(L.MAX_NAME), r.flag(), r.nums("u32", L.MAX_RANK), r.num("i16")
    tensor = t.Tensor(name, batched, dims, scale, t.Model(0, 0))
    if any(not 1 <= n <= L.MAX_DIM for n in dims) or tensor.cells > L.MAX_CELLS:
        raise Malformed(f"tensor {name!r} has impossible dimensions")
    return t.Tensor(name, batched, dims, scale, _body(r, tensor.cells))


def _body(r: _Reader, cells: int) -> t.Body:
    match r.num("u8"):
        case L.MODEL:
            return t.Model(r.num("i64"), r.num("i64"))
        case L.INPUT:
            return t.Input(r.num("i64"), r.num("i64"), r.num("u16"))
        case L.FRESH:
            return t.Fresh(r.num("i64"), r.num("i64"), _tagged(r, L.HINTS, "hint"))
        case L.LINEAR:
            return t.Linear(r.items(L.MAX_TERMS, lambda: (r.num("i64"), r.num("u32"))), r.num("i64"))
        case L.CONTRACT:
            out, a, a_labels = r.nums("u8", L.MAX_RANK), r.num("u32"), r.nums("u8", L.MAX_RANK)
            b = r.num("u32") if r.flag() else None
            return t.Contract(out, a, a_labels, b, r.nums("u8", L.MAX_RANK))
        case L.VIEW:
            return t.View(r.items(L.MAX_PARTS, lambda: _part(r)))
        case L.CONSTANT:
            count = r.count(L.MAX_CONSTANT_CELLS)
            if count != cells:
                raise Malformed("a constant's values do not fill its dimensions")
            return t.Constant(tuple(r.i64_array(count).tolist()))
        case tag:
            raise Malformed(f"unknown tensor kind {tag}")


def _part(r: _Reader) -> t.Part:
    return t.Part(
        r.num("u32"), r.nums("u32", L.MAX_RANK), r.nums("u32", L.MAX_RANK), r.num("i64"), r.nums("i64", L.MAX_RANK)
    )
