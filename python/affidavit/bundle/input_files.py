"""Files of a committed input: ``.input-card`` (public, signed by an issuer) and ``.input`` (private). See spec 5."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from affidavit import limits
from affidavit.bundle.arrays import read_array, write_array
from affidavit.bundle.bundle import SIGNATURE_BYTES
from affidavit.bundle.codec import Reader, Writer
from affidavit.bundle.files import read_bounded, write_atomic
from affidavit.bundle.statement import read_records, write_records

CARD_MAGIC = b"AFFINPC\x01"
INPUT_MAGIC = b"AFFINPT\x01"
VERSION = 1
CARD_FILE_BYTES = limits.BATCH * (limits.RECORD_BYTES + 4) + limits.SCHEMA_BYTES + (1 << 16)


def signed_message(schema_digest: bytes, commitment_digest: bytes, records: tuple[str, ...], expiry: int) -> bytes:
    """What an issuer signs, before hashing under the domain ``input-signature`` (spec 3)."""
    out = Writer("input signature")
    out.digest("schema", schema_digest)
    out.digest("commitment", commitment_digest)
    write_records(out, records)
    out.u64("expiry", expiry)
    return out.finish()


@dataclass(frozen=True)
class InputCard:
    """The public side of a committed input. ``issuer`` and ``signature`` are given together or not at all."""

    schema: bytes
    commitment: bytes
    records: tuple[str, ...] = ()
    expiry: int = 0
    issuer: bytes | None = None
    signature: bytes | None = None

    def encode(self) -> bytes:
        out = Writer("input card")
        out.raw("magic", CARD_MAGIC, 8)
        out.u16("version", VERSION)
        out.data("schema", self.schema, limits.SCHEMA_BYTES)
        out.data("commitment", self.commitment, limits.COMMITMENT_BYTES)
        write_records(out, self.records)
        out.u64("expiry", self.expiry)
        out.flag("issuer", self.issuer is not None and self.signature is not None)
        if self.issuer is not None and self.signature is not None:
            out.digest("issuer", self.issuer)
            out.raw("signature", self.signature, SIGNATURE_BYTES)
        return out.finish()

    @staticmethod
    def decode(data: bytes) -> InputCard:
        source = Reader("input card", data)
        source.magic(CARD_MAGIC)
        source.version(VERSION)
        schema = source.data("schema", limits.SCHEMA_BYTES)
        commitment = source.data("commitment", limits.COMMITMENT_BYTES)
        records, expiry = read_records(source), source.u64("expiry")
        issuer = signature = None
        if source.flag("issuer"):
            issuer, signature = source.digest("issuer"), source.raw("signature", SIGNATURE_BYTES)
        source.finish()
        return InputCard(schema, commitment, records, expiry, issuer, signature)

    @staticmethod
    def load(path: str | os.PathLike[str]) -> InputCard:
        return InputCard.decode(read_bounded(path, CARD_FILE_BYTES, "input card"))

    def save(self, path: str | os.PathLike[str], *, replace: bool = False) -> Path:
        return write_atomic(path, self.encode(), replace=replace)


@dataclass(frozen=True, eq=False)
class InputFile:
    """The private side: integers per input port (flat, row-major, batch first), seed and secret, and the card."""

    file_id: bytes
    # reprs end up in tracebacks and logs
    seed: bytes = field(repr=False)
    secret: bytes = field(repr=False)
    batch: int
    card: InputCard
    arrays: tuple[np.ndarray, ...] = field(repr=False)

    def encode(self) -> bytes:
        out = Writer("input file")
        out.raw("magic", INPUT_MAGIC, 8)
        out.u16("version", VERSION)
        out.digest("file id", self.file_id)
        out.digest("seed", self.seed)
        out.digest("secret", self.secret)
        out.u32("batch", self.batch)
        out.data("input card", self.card.encode(), CARD_FILE_BYTES)
        out.count("arrays", len(self.arrays), limits.PORTS)
        for index, array in enumerate(self.arrays):
            write_array(out, f"input {index}", array)
        return out.finish()

    @staticmethod
    def decode(data: bytes) -> InputFile:
        source = Reader("input file", data)
        source.magic(INPUT_MAGIC)
        source.version(VERSION)
        file_id, seed, secret = source.digest("file id"), source.digest("seed"), source.digest("secret")
        batch = source.u32("batch")
        if not 1 <= batch <= limits.BATCH:
            raise source.fail("batch", f"{batch} is out of range")
        card = InputCard.decode(source.data("input card", CARD_FILE_BYTES))
        count = source.count("arrays", limits.PORTS, 5)
        arrays = tuple(read_array(source, f"input {index}") for index in range(count))
        source.finish()
        return InputFile(file_id, seed, secret, batch, card, arrays)

    @staticmethod
    def load(path: str | os.PathLike[str]) -> InputFile:
        return InputFile.decode(read_bounded(path, limits.PRIVATE_FILE_BYTES, "input file"))
