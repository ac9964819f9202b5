"""The statement (spec 3): what a proof is about, and the only thing that its transcript starts from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from affidavit import limits
from affidavit.bundle.codec import Reader, Writer

MAGIC = b"AFFSTMT\x01"
PROTOCOL = 1
INFERENCE, CERTIFICATE, RENEWAL = 1, 2, 3
PUBLIC, COMMITTED, UNBOUND = 1, 2, 3
NO_LAYOUT = bytes(32)


@dataclass(frozen=True)
class InputBinding:
    """The input commitment that all inputs are taken from, and who signed for which records until when."""

    commitment: bytes
    schema: bytes
    issuer: bytes | None = None
    records: tuple[str, ...] = ()
    expiry: int = 0


@dataclass(frozen=True, eq=False)
class InputClaim:
    """One input port: ``PUBLIC`` with its integers, ``COMMITTED`` or ``UNBOUND``."""

    kind: int
    values: np.ndarray | None = None


@dataclass(frozen=True, eq=False)
class PublicOutput:
    tag: ClassVar[int] = 1
    output: int
    values: np.ndarray


@dataclass(frozen=True, eq=False)
class AtLeast:
    tag: ClassVar[int] = 2
    output: int
    cell: int
    threshold: int
    scale: int
    outcomes: np.ndarray


@dataclass(frozen=True, eq=False)
class AtMost:
    tag: ClassVar[int] = 3
    output: int
    cell: int
    threshold: int
    scale: int
    outcomes: np.ndarray


@dataclass(frozen=True, eq=False)
class Between:
    tag: ClassVar[int] = 4
    output: int
    cell: int
    low: int
    high: int
    scale: int
    outcomes: np.ndarray


@dataclass(frozen=True, eq=False)
class ArgMax:
    tag: ClassVar[int] = 5
    output: int
    classes: np.ndarray


@dataclass(frozen=True, eq=False)
class TopK:
    tag: ClassVar[int] = 6
    output: int
    cell: int
    k: int
    outcomes: np.ndarray


OutputClaim = PublicOutput | AtLeast | AtMost | Between | ArgMax | TopK


@dataclass(frozen=True)
class Context:
    """The verifier's nonce, the policy that the proof was made for and the prover's clock (0: not given)."""

    nonce: bytes = b""
    policy: str = ""
    time: int = 0


@dataclass(frozen=True)
class Statement:
    purpose: int
    plan: bytes
    layout: bytes
    batch: int
    model: bytes
    input_commitment: InputBinding | None
    inputs: tuple[InputClaim, ...]
    outputs: tuple[OutputClaim, ...]
    context: Context = Context()
    #: Digest of the commitment that takes over; in a renewal only.
    renewed: bytes | None = None
    protocol: int = PROTOCOL

    def with_layout(self, layout: bytes) -> Statement:
        return replace(self, layout=layout)

    def encode(self) -> bytes:
        """Canonical bytes; raises :class:`Malformed` where a bound of spec 3 is exceeded."""
        out = Writer("statement")
        out.raw("magic", MAGIC, 8)
        out.u16("protocol", self.protocol)
        out.u8("purpose", self.purpose)
        out.digest("plan", self.plan)
        out.digest("layout", self.layout)
        out.u32("batch", self.batch)
        out.digest("model", self.model)
        out.flag("input commitment", self.input_commitment is not None)
        if self.input_commitment is not None:
            _write_committed(out, self.input_commitment)
        out.each("inputs", self.inputs, limits.PORTS, lambda claim: _write_input(out, claim))
        out.each("outputs", self.outputs, limits.PORTS, lambda claim: _write_output(out, claim))
        out.data("nonce", self.context.nonce, limits.NONCE_BYTES)
        out.text("policy", self.context.policy, limits.POLICY_BYTES)
        out.u64("time", self.context.time)
        if self.purpose == RENEWAL:
            out.digest("renewed", self.renewed or bytes(32))
        return out.finish()

    @staticmethod
    def decode(data: bytes) -> Statement:
        """Raises :class:`Malformed`; the result encodes to exactly ``data``."""
        source = Reader("statement", data)
        source.magic(MAGIC)
        protocol = source.u16("protocol")
        if protocol != PROTOCOL:
            raise source.fail("protocol", f"{protocol} is not supported")
        purpose = source.u8("purpose")
        if purpose not in (INFERENCE, CERTIFICATE, RENEWAL):
            raise source.fail("purpose", f"{purpose} is unknown")
        plan, layout = source.digest("plan"), source.digest("layout")
        batch = source.u32("batch")
        if not 1 <= batch <= limits.BATCH:
            raise source.fail("batch", f"{batch} is out of range")
        model = source.digest("model")
        committed = _read_committed(source) if source.flag("input commitment") else None
        if committed is not None and len(committed.records) not in (0, batch):
            raise source.fail("records", f"has {len(committed.records)} entries for {batch} rows")
        inputs = source.each("inputs", limits.PORTS, 1, lambda: _read_input(source))
        outputs = source.each("outputs", limits.PORTS, 7, lambda: _read_output(source))
        context = Context(
            nonce=source.data("nonce", limits.NONCE_BYTES),
            policy=source.text("policy", limits.POLICY_BYTES),
            time=source.u64("time"),
        )
        renewed = source.digest("renewed") if purpose == RENEWAL else None
        source.finish()
        return Statement(purpose, plan, layout, batch, model, committed, inputs, outputs, context, renewed, protocol)


def write_records(out: Writer, records: tuple[str, ...]) -> None:
    """``list<str<=128><=2^20``; also part of what an issuer signs."""
    out.each("records", records, limits.BATCH, lambda record: out.text("record", record, limits.RECORD_BYTES))


def read_records(source: Reader) -> tuple[str, ...]:
    return source.each("records", limits.BATCH, 4, lambda: source.text("record", limits.RECORD_BYTES))


def _write_committed(out: Writer, committed: InputBinding) -> None:
    out.digest("input commitment", committed.commitment)
    out.digest("schema", committed.schema)
    out.flag("issuer", committed.issuer is not None)
    if committed.issuer is not None:
        out.digest("issuer", committed.issuer)
    write_records(out, committed.records)
    out.u64("expiry", committed.expiry)


def _read_committed(source: Reader) -> InputBinding:
    commitment, schema = source.digest("input commitment"), source.digest("schema")
    issuer = source.digest("issuer") if source.flag("issuer") else None
    return InputBinding(commitment, schema, issuer, read_records(source), source.u64("expiry"))


def _write_input(out: Writer, claim: InputClaim) -> None:
    out.u8("input kind", claim.kind)
    if claim.kind == PUBLIC and claim.values is not None:
        out.i64_array("input values", claim.values, limits.PUBLIC_VALUES)


def _read_input(source: Reader) -> InputClaim:
    kind = source.u8("input kind")
    if kind == PUBLIC:
        return InputClaim(kind, source.i64_array("input values", limits.PUBLIC_VALUES))
    if kind not in (COMMITTED, UNBOUND):
        raise source.fail("input kind", f"{kind} is unknown")
    return InputClaim(kind)


def _write_output(out: Writer, claim: OutputClaim) -> None:
    out.u8("output kind", claim.tag)
    out.u16("output", claim.output)
    match claim:
        case PublicOutput():
            out.i64_array("output values", claim.values, limits.PUBLIC_VALUES)
        case ArgMax():
            out.u32_array("classes", claim.classes, limits.BATCH)
        case AtLeast() | AtMost():
            out.u32("cell", claim.cell)
            out.i64("threshold", claim.threshold)
            out.i16("scale", claim.scale)
            out.flag_array("outcomes", claim.outcomes, limits.BATCH)
        case Between():
            out.u32("cell", claim.cell)
            out.i64("low", claim.low)
            out.i64("high", claim.high)
            out.i16("scale", claim.scale)
            out.flag_array("outcomes", claim.outcomes, limits.BATCH)
        case TopK():
            out.u32("cell", claim.cell)
            out.u32("k", claim.k)
            out.flag_array("outcomes", claim.outcomes, limits.BATCH)


def _read_output(source: Reader) -> OutputClaim:
    tag, output = source.u8("output kind"), source.u16("output")
    if tag == PublicOutput.tag:
        return PublicOutput(output, source.i64_array("output values", limits.PUBLIC_VALUES))
    if tag == ArgMax.tag:
        return ArgMax(output, source.u32_array("classes", limits.BATCH))
    if tag not in (AtLeast.tag, AtMost.tag, Between.tag, TopK.tag):
        raise source.fail("output kind", f"{tag} is unknown")
    cell = source.u32("cell")
    if tag == TopK.tag:
        return TopK(output, cell, source.u32("k"), source.flag_array("outcomes", limits.BATCH))
    if tag == Between.tag:
        low, high, scale = source.i64("low"), source.i64("high"), source.i16("scale")
        if low > high:
            raise source.fail("low", "is above high")
        return Between(output, cell, low, high, scale, source.flag_array("outcomes", limits.BATCH))
    threshold, scale = source.i64("threshold"), source.i16("scale")
    outcomes = source.flag_array("outcomes", limits.BATCH)
    if tag == AtLeast.tag:
        return AtLeast(output, cell, threshold, scale, outcomes)
    return AtMost(output, cell, threshold, scale, outcomes)
