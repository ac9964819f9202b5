"""Spec 2: the format of a plan."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

from .codec import Reader, digest
from .errors import Broken, need
from .fields import FIELDS, Field


@dataclass(frozen=True)
class Model:
    lo: int
    hi: int


@dataclass(frozen=True)
class Input:
    lo: int
    hi: int
    index: int


@dataclass(frozen=True)
class Hint:
    tag: int
    sources: tuple[int, ...]  # tensors: src, or num and den
    numbers: tuple[int, ...]  # the others, in order; a table's index for tag 4


@dataclass(frozen=True)
class Fresh:
    lo: int
    hi: int
    hint: Hint


@dataclass(frozen=True)
class Linear:
    terms: tuple[tuple[int, int], ...]  # coefficient, tensor
    constant: int


@dataclass(frozen=True)
class Contract:
    out: tuple[int, ...]
    a: int
    a_labels: tuple[int, ...]
    b: int | None
    b_labels: tuple[int, ...]


@dataclass(frozen=True)
class Part:
    src: int
    box_offset: tuple[int, ...]
    box_shape: tuple[int, ...]
    src_offset: int
    src_strides: tuple[int, ...]


@dataclass(frozen=True)
class View:
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Constant:
    values: tuple[int, ...]


Body = Model | Input | Fresh | Linear | Contract | View | Constant


@dataclass(frozen=True)
class Tensor:
    name: str
    batched: bool
    dims: tuple[int, ...]
    scale: int
    body: Body

    @property
    def cells(self) -> int:
        return prod(self.dims)


@dataclass(frozen=True)
class Table:
    in_lo: int
    log_size: int
    values: tuple[int, ...]


@dataclass(frozen=True)
class Range:
    tensor: int
    lo: int
    bits: int


@dataclass(frozen=True)
class Lookup:
    x: int
    y: int
    table: int


@dataclass(frozen=True)
class Zero:
    tensor: int


@dataclass(frozen=True)
class Port:
    name: str
    tensor: int
    shape: tuple[int, ...]
    scale: int


@dataclass(frozen=True)
class Plan:
    field: Field
    name: str
    tables: tuple[Table, ...]
    tensors: tuple[Tensor, ...]
    relations: tuple[Range | Lookup | Zero, ...]
    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
    digest: bytes


# Each hint's body: s a source tensor, w a table, B u8, q i64.
HINTS = {1: "sBqq", 2: "sBq", 3: "sBq", 4: "sw", 5: "s", 6: "s", 7: "ss", 8: "s", 9: "sqBB", 10: "s"}


def _hint(r: Reader) -> Hint:
    tag = r.u8()
    need(tag in HINTS, "an unknown hint")
    sources, numbers = [], []
    for form in HINTS[tag]:
        if form == "s":
            sources.append(r.u32())
        else:
            numbers.append(r.u16() if form == "w" else r.number(form))
    return Hint(tag, tuple(sources), tuple(numbers))


def _labels(r: Reader) -> tuple[int, ...]:
    return r.list(6, r.u8)


def _part(r: Reader) -> Part:
    return Part(r.u32(), r.list(6, r.u32), r.list(6, r.u32), r.i64(), r.list(6, r.i64))


def _body(r: Reader) -> Body:
    match r.u8():
        case 1:
            return Model(r.i64(), r.i64())
        case 2:
            return Input(r.i64(), r.i64(), r.u16())
        case 3:
            return Fresh(r.i64(), r.i64(), _hint(r))
        case 4:
            return Linear(r.list(4096, lambda: (r.i64(), r.u32())), r.i64())
        case 5:
            return Contract(_labels(r), r.u32(), _labels(r), r.option(r.u32), _labels(r))
        case 6:
            return View(r.list(4096, lambda: _part(r)))
        case 7:
            return Constant(r.i64s(1 << 16))
        case kind:
            raise Broken(f"an unknown kind {kind} of tensor")


def _tensor(r: Reader) -> Tensor:
    name, batched, dims, scale = r.str(256), r.bool(), r.list(6, r.u32), r.i16()
    return Tensor(name, batched, dims, scale, _body(r))


def _relation(r: Reader) -> Range | Lookup | Zero:
    match r.u8():
        case 1:
            return Range(r.u32(), r.i64(), r.u8())
        case 2:
            return Lookup(r.u32(), r.u32(), r.u16())
        case 3:
            return Zero(r.u32())
        case tag:
            raise Broken(f"an unknown relation {tag}")


def _table(r: Reader) -> Table:
    in_lo, log_size = r.i64(), r.u8()
    need(1 <= log_size <= 16, "a table's size out of bounds")
    values = r.i64s(1 << 16)
    need(len(values) == 1 << log_size, "a table with another number of values than its size")
    return Table(in_lo, log_size, values)


def decode(data: bytes) -> Plan:
    r = Reader(data)
    r.magic(b"AFFPLAN\x01")
    need(r.u16() == 1, "another version")
    tag = r.u8()
    need(tag in FIELDS, "an unknown field")

    def port() -> Port:
        return Port(r.str(256), r.u32(), r.list(8, r.u32), r.i16())

    name = r.str(256)
    tables, tensors = r.list(256, lambda: _table(r)), r.list(65536, lambda: _tensor(r))
    relations = r.list(65536, lambda: _relation(r))
    plan = Plan(
        FIELDS[tag], name, tables, tensors, relations, r.list(256, port), r.list(256, port), digest("plan", data)
    )
    r.done()
    return plan
