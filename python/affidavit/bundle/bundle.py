"""The ``.affidavit`` bundle: a statement, its proof and what a verifier needs besides the card (spec 5)."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from affidavit import limits
from affidavit.bundle.codec import Reader, Writer
from affidavit.bundle.files import read_bounded, write_atomic
from affidavit.bundle.statement import Statement

MAGIC = b"AFFBNDL\x01"
VERSION = 1
SIGNATURE_BYTES = 64
FILE_BYTES = limits.STATEMENT_BYTES + limits.PROOF_BYTES + (1 << 16)


@dataclass(frozen=True)
class InputPart:
    """The input commitment that the statement names by digest, and its issuer's signature."""

    commitment: bytes
    signature: bytes | None


@dataclass(frozen=True)
class Bundle:
    """Bytes of a statement and its proof. ``timings`` (seconds by stage) stays with the prover."""

    statement: bytes
    proof: bytes
    input: InputPart | None = None
    timings: dict[str, Any] = field(default_factory=dict, compare=False)

    def decoded(self) -> Statement:
        """The statement, read but not verified."""
        return Statement.decode(self.statement)

    def encode(self) -> bytes:
        out = Writer("bundle")
        out.raw("magic", MAGIC, 8)
        out.u16("version", VERSION)
        out.data("statement", self.statement, limits.STATEMENT_BYTES)
        out.data("proof", self.proof, limits.PROOF_BYTES)
        out.flag("input", self.input is not None)
        if self.input is not None:
            out.data("input commitment", self.input.commitment, limits.COMMITMENT_BYTES)
            out.flag("signature", self.input.signature is not None)
            if self.input.signature is not None:
                out.raw("signature", self.input.signature, SIGNATURE_BYTES)
        return out.finish()

    @staticmethod
    def decode(data: bytes) -> Bundle:
        source = Reader("bundle", data)
        source.magic(MAGIC)
        source.version(VERSION)
        statement = source.data("statement", limits.STATEMENT_BYTES)
        proof = source.data("proof", limits.PROOF_BYTES)
        part = None
        if source.flag("input"):
            commitment = source.data("input commitment", limits.COMMITMENT_BYTES)
            part = InputPart(commitment, source.raw("signature", SIGNATURE_BYTES) if source.flag("signature") else None)
        source.finish()
        return Bundle(statement, proof, part)

    @staticmethod
    def load(path: str | os.PathLike[str]) -> Bundle:
        return Bundle.decode(read_bounded(path, FILE_BYTES, "bundle"))

    def save(self, path: str | os.PathLike[str]) -> Path:
        return write_atomic(path, self.encode())
