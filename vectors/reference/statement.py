"""Spec 3: statements."""

from __future__ import annotations

from dataclasses import dataclass

from .codec import Reader, digest
from .errors import Broken, need

INFERENCE, CERTIFICATE, RENEWAL = 1, 2, 3
PUBLIC, COMMITTED, UNBOUND = 1, 2, 3
OUT_PUBLIC, AT_LEAST, AT_MOST, BETWEEN, ARGMAX, TOP_K = range(1, 7)


@dataclass(frozen=True)
class Binding:
    commitment: bytes
    schema: bytes
    issuer: bytes | None
    records: tuple[str, ...]
    expiry: int


@dataclass(frozen=True)
class InputClaim:
    kind: int
    values: tuple[int, ...] = ()


@dataclass(frozen=True)
class OutputClaim:
    kind: int
    output: int
    cell: int = 0
    low: int = 0  # the threshold of at_least; between
    high: int = 0  # the threshold of at_most; between
    scale: int | None = None
    k: int = 0
    values: tuple[int, ...] = ()  # public values, or an argmax's classes
    outcomes: tuple[bool, ...] = ()


@dataclass(frozen=True)
class Statement:
    protocol: int
    purpose: int
    plan: bytes
    layout: bytes
    batch: int
    model: bytes
    binding: Binding | None
    inputs: tuple[InputClaim, ...]
    outputs: tuple[OutputClaim, ...]
    nonce: bytes
    policy: str
    time: int
    renewed: bytes | None
    raw: bytes
    digest: bytes


def _binding(r: Reader) -> Binding:
    return Binding(r.digest(), r.digest(), r.option(r.digest), r.list(1 << 20, lambda: r.str(128)), r.u64())


def _input(r: Reader) -> InputClaim:
    kind = r.u8()
    need(kind in (PUBLIC, COMMITTED, UNBOUND), "an unknown kind of input")
    return InputClaim(kind, r.i64s(1 << 28) if kind == PUBLIC else ())


def _output(r: Reader) -> OutputClaim:
    kind, output = r.u8(), r.u16()

    def outcomes() -> tuple[bool, ...]:
        return r.list(1 << 20, r.bool)

    match kind:
        case 1:
            return OutputClaim(kind, output, values=r.i64s(1 << 28))
        case 2:
            return OutputClaim(kind, output, r.u32(), low=r.i64(), scale=r.i16(), outcomes=outcomes())
        case 3:
            return OutputClaim(kind, output, r.u32(), high=r.i64(), scale=r.i16(), outcomes=outcomes())
        case 4:
            return OutputClaim(kind, output, r.u32(), r.i64(), r.i64(), r.i16(), outcomes=outcomes())
        case 5:
            return OutputClaim(kind, output, values=r.list(1 << 20, r.u32))
        case 6:
            return OutputClaim(kind, output, r.u32(), k=r.u32(), outcomes=outcomes())
    raise Broken(f"an unknown kind {kind} of output")


def decode(data: bytes) -> Statement:
    r = Reader(data)
    r.magic(b"AFFSTMT\x01")
    protocol, purpose = r.u16(), r.u8()
    need(protocol == 1, "another protocol")
    need(purpose in (INFERENCE, CERTIFICATE, RENEWAL), "an unknown purpose")
    plan, layout, batch, model = r.digest(), r.digest(), r.u32(), r.digest()
    need(1 <= batch <= 1 << 20, "a batch out of bounds")
    binding = r.option(lambda: _binding(r))
    inputs, outputs = r.list(256, lambda: _input(r)), r.list(256, lambda: _output(r))
    nonce, policy, time = r.bytes(64), r.str(128), r.u64()
    renewed = r.digest() if purpose == RENEWAL else None
    r.done()
    head = (protocol, purpose, plan, layout, batch, model, binding, inputs, outputs, nonce, policy, time, renewed)
    return Statement(*head, bytes(data), digest("statement", data))
