"""The public side of a commitment and the input schema (spec 3), read for what the files and policies need."""

from __future__ import annotations

from dataclasses import dataclass

from affidavit import limits
from affidavit.bundle.codec import Reader

COMMITMENT_MAGIC = b"AFFCOMM\x01"
SCHEMA_MAGIC = b"AFFSCHM\x01"
MODEL, INPUT = 1, 2
FIELDS = {1: "KoalaBear", 2: "Goldilocks"}


@dataclass(frozen=True)
class Commitment:
    role: int
    field: int
    subject: bytes
    log_rows: int
    log_blowup: int
    columns: int
    queries: int
    grinding: int
    pads: int
    batch: int
    root: bytes

    @property
    def uses(self) -> int:
        """Proofs that the pads pay for: two openings are reserved, one incoming and one for a renewal."""
        return max(self.pads // self.queries - 2, 0)

    @staticmethod
    def decode(data: bytes) -> Commitment:
        source = Reader("commitment", data)
        source.magic(COMMITMENT_MAGIC)
        role, field = source.u8("role"), source.u8("field")
        if role not in (MODEL, INPUT) or field not in FIELDS:
            raise source.fail("role or field", "is unknown")
        subject = source.digest("subject")
        log_rows, log_blowup = source.u8("log rows"), source.u8("log blowup")
        columns, queries = source.u32("columns"), source.u16("queries")
        grinding, pads, batch = source.u8("grinding"), source.u32("pads"), source.u32("batch")
        root = source.digest("root")
        source.finish()
        if queries == 0 or pads < 2 * queries or log_rows > 30 or pads >= 1 << log_rows:
            raise source.fail("pads", f"{pads} do not go with {queries} queries and 2^{log_rows} rows")
        if (role == MODEL) != (batch == 0):
            raise source.fail("batch", f"{batch} does not go with the role")
        return Commitment(role, field, subject, log_rows, log_blowup, columns, queries, grinding, pads, batch, root)


@dataclass(frozen=True)
class SchemaInput:
    """One input as its owner sees it: real value = integer · 2^-scale, integer in ``[lo, hi]``."""

    name: str
    shape: tuple[int, ...]
    scale: int
    lo: int
    hi: int


@dataclass(frozen=True)
class Schema:
    field: int
    log_rows: int
    log_blowup: int
    queries: int
    grinding: int
    pads: int
    inputs: tuple[SchemaInput, ...]

    @staticmethod
    def decode(data: bytes) -> Schema:
        source = Reader("input schema", data)
        source.magic(SCHEMA_MAGIC)
        field = source.u8("field")
        if field not in FIELDS:
            raise source.fail("field", "is unknown")
        log_rows, log_blowup = source.u8("log rows"), source.u8("log blowup")
        queries, grinding, pads = source.u16("queries"), source.u8("grinding"), source.u32("pads")

        def read_input() -> SchemaInput:
            name = source.text("input name", limits.NAME_BYTES)
            shape = source.each("input shape", limits.PORT_AXES, 4, lambda: source.u32("axis"))
            return SchemaInput(name, shape, source.i16("scale"), source.i64("lo"), source.i64("hi"))

        inputs = source.each("inputs", limits.PORTS, 26, read_input)
        source.finish()
        return Schema(field, log_rows, log_blowup, queries, grinding, pads, inputs)
