"""Plan → canonical bytes (spec 1 and 2)."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import astuple

import numpy as np

from ..errors import UnsupportedModel
from . import layout as L
from . import types as t

_FORMATS = {"u8": "<B", "u16": "<H", "u32": "<I", "i16": "<h", "i64": "<q"}


class _Writer:
    def __init__(self) -> None:
        self.buffer = bytearray()

    def num(self, kind: str, value: int) -> None:
        try:
            self.buffer += struct.pack(_FORMATS[kind], value)
        except struct.error:
            raise UnsupportedModel(f"{value} does not fit {kind} in a plan") from None

    def nums(self, kind: str, values: Sequence[int], most: int) -> None:
        self.count(len(values), most)
        for value in values:
            self.num(kind, value)

    def count(self, count: int, most: int) -> None:
        if count > most:
            raise UnsupportedModel(f"a plan's list of {count} exceeds {most}")
        self.num("u32", count)

    def text(self, value: str, most: int) -> None:
        data = value.encode("utf-8")
        if any(c < " " or c == "\x7f" for c in value):
            raise UnsupportedModel(f"control character in the name {value!r}")
        self.count(len(data), most)
        self.buffer += data

    def i64_array(self, values: np.ndarray | Sequence[int]) -> None:
        self.buffer += np.asarray(values, dtype="<i8").tobytes()


def encode(plan: t.Plan) -> bytes:
    """The plan's canonical bytes; the same plan always gives the same bytes."""
    w = _Writer()
    w.buffer += L.MAGIC
    w.num("u16", L.VERSION)
    w.num("u8", int(plan.field))
    w.text(plan.name, L.MAX_NAME)
    w.count(len(plan.tables), L.MAX_TABLES)
    for table in plan.tables:
        w.num("i64", table.in_lo)
        w.num("u8", table.log_size)
        w.count(len(table.values), 1 << L.MAX_LOG_TABLE)
        w.i64_array(table.values)
    w.count(len(plan.tensors), L.MAX_TENSORS)
    for tensor in plan.tensors:
        _tensor(w, tensor)
    w.count(len(plan.relations), L.MAX_RELATIONS)
    for relation in plan.relations:
        w.num("u8", L.RELATION_TAGS[type(relation)])
        _fields(w, L.RELATIONS[L.RELATION_TAGS[type(relation)]][1], relation)
    for ports in (plan.inputs, plan.outputs):
        w.count(len(ports), L.MAX_PORTS)
        for port in ports:
            w.text(port.name, L.MAX_NAME)
            w.num("u32", port.tensor)
            w.nums("u32", port.shape, L.MAX_PORT_RANK)
            w.num("i16", port.scale)
    return bytes(w.buffer)


def _fields(w: _Writer, kinds: tuple[str, ...], record: object) -> None:
    for kind, value in zip(kinds, astuple(record), strict=True):  # type: ignore[call-overload]
        w.num(kind, value)


def _tensor(w: _Writer, tensor: t.Tensor) -> None:
    w.text(tensor.name, L.MAX_NAME)
    w.num("u8", int(tensor.batched))
    w.nums("u32", tensor.dims, L.MAX_RANK)
    w.num("i16", tensor.scale)
    match tensor.body:
        case t.Model(lo, hi):
            w.num("u8", L.MODEL)
            w.num("i64", lo)
            w.num("i64", hi)
        case t.Input(lo, hi, index):
            w.num("u8", L.INPUT)
            w.num("i64", lo)
            w.num("i64", hi)
            w.num("u16", index)
        case t.Fresh(lo, hi, hint):
            w.num("u8", L.FRESH)
            w.num("i64", lo)
            w.num("i64", hi)
            tag = L.HINT_TAGS[type(hint)]
            w.num("u8", tag)
            _fields(w, L.HINTS[tag][1], hint)
        case t.Linear(terms, constant):
            w.num("u8", L.LINEAR)
            w.count(len(terms), L.MAX_TERMS)
            for coef, source in terms:
                w.num("i64", coef)
                w.num("u32", source)
            w.num("i64", constant)
        case t.Contract(out, a, a_labels, b, b_labels):
            w.num("u8", L.CONTRACT)
            w.nums("u8", out, L.MAX_RANK)
            w.num("u32", a)
            w.nums("u8", a_labels, L.MAX_RANK)
            w.num("u8", int(b is not None))
            if b is not None:
                w.num("u32", b)
            w.nums("u8", b_labels, L.MAX_RANK)
        case t.View(parts):
            w.num("u8", L.VIEW)
            w.count(len(parts), L.MAX_PARTS)
            for part in parts:
                w.num("u32", part.src)
                w.nums("u32", part.box_offset, L.MAX_RANK)
                w.nums("u32", part.box_shape, L.MAX_RANK)
                w.num("i64", part.src_offset)
                w.nums("i64", part.src_strides, L.MAX_RANK)
        case t.Constant(values):
            w.num("u8", L.CONSTANT)
            w.count(len(values), L.MAX_CONSTANT_CELLS)
            w.i64_array(values)
