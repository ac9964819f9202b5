"""Spec 3: commitments and input schemas."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from math import prod

from .codec import Reader, digest
from .errors import need
from .fields import FIELDS, Field
from .plan import Plan

MODEL, INPUT = 1, 2


@dataclass(frozen=True)
class Commitment:
    role: int
    field: Field
    subject: bytes
    log_rows: int
    log_blowup: int
    columns: int
    queries: int
    grinding: int
    pads: int
    batch: int
    root: bytes
    raw: bytes
    digest: bytes


def decode(data: bytes) -> Commitment:
    r = Reader(data)
    r.magic(b"AFFCOMM\x01")
    role, tag = r.u8(), r.u8()
    need(role in (MODEL, INPUT), "an unknown role")
    need(tag in FIELDS, "an unknown field")
    head = (role, FIELDS[tag], r.digest(), r.u8(), r.u8(), r.u32(), r.u16(), r.u8(), r.u32(), r.u32(), r.digest())
    c = Commitment(*head, bytes(data), digest("commitment", data))
    r.done()
    need(c.pads < 1 << c.log_rows, "as many pads as rows, or more")
    need(c.batch == 0 if role == MODEL else 1 <= c.batch <= 1 << 20, "a batch out of bounds")
    return c


@dataclass(frozen=True)
class SchemaInput:
    name: str
    shape: tuple[int, ...]
    scale: int
    lo: int
    hi: int


@dataclass(frozen=True)
class Schema:
    field: Field
    log_rows: int
    log_blowup: int
    queries: int
    grinding: int
    pads: int
    inputs: tuple[SchemaInput, ...]

    def encode(self) -> bytes:
        def text(value: str) -> bytes:
            return struct.pack("<I", len(value.encode())) + value.encode()

        data = b"AFFSCHM\x01" + struct.pack(
            "<BBBHBI", self.field.tag, self.log_rows, self.log_blowup, self.queries, self.grinding, self.pads
        )
        data += struct.pack("<I", len(self.inputs))
        for x in self.inputs:
            data += text(x.name) + struct.pack(f"<I{len(x.shape)}I", len(x.shape), *x.shape)
            data += struct.pack("<hqq", x.scale, x.lo, x.hi)
        return data


def export(plan: Plan, model: Commitment) -> Schema:
    """The schema by which inputs for this model are committed."""
    inputs = []
    for port in plan.inputs:
        body = plan.tensors[port.tensor].body
        need(1 <= prod(port.shape) <= 1 << 28, "a shape without cells or with more than 2^28")
        inputs.append(SchemaInput(port.name, port.shape, port.scale, body.lo, body.hi))
    m = model
    return Schema(plan.field, m.log_rows, m.log_blowup, m.queries, m.grinding, m.pads, tuple(inputs))
