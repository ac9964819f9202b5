"""The ``.card``: all that is public about a committed model, and the verifier's trust anchor (spec 5)."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from affidavit import limits
from affidavit.bundle.codec import Reader, Writer
from affidavit.bundle.files import read_bounded, write_atomic

MAGIC = b"AFFCARD\x01"
VERSION = 1
#: The `optimized` approach: hash-based commitment over the plan's field.
SCHEME_OPTIMIZED = 1
FILE_BYTES = limits.PLAN_BYTES + limits.PROOF_BYTES + (1 << 16)


@dataclass(frozen=True)
class Certificate:
    """The proof that every committed weight lies in the range that the plan declares."""

    statement: bytes
    proof: bytes


@dataclass(frozen=True)
class Card:
    """Plan, commitment and certificate, as bytes; nothing here is trusted before ``verify`` has checked it."""

    plan: bytes
    commitment: bytes
    certificate: Certificate

    def encode(self) -> bytes:
        out = Writer("card")
        out.raw("magic", MAGIC, 8)
        out.u16("version", VERSION)
        out.data("plan", self.plan, limits.PLAN_BYTES)
        out.count("schemes", 1, limits.SCHEMES)
        out.u8("scheme", SCHEME_OPTIMIZED)
        out.data("commitment", self.commitment, limits.COMMITMENT_BYTES)
        out.data("certificate statement", self.certificate.statement, limits.STATEMENT_BYTES)
        out.data("certificate proof", self.certificate.proof, limits.PROOF_BYTES)
        out.count("renewals", 0, limits.RENEWALS)
        return out.finish()

    @staticmethod
    def decode(data: bytes) -> Card:
        source = Reader("card", data)
        source.magic(MAGIC)
        source.version(VERSION)
        plan = source.data("plan", limits.PLAN_BYTES)
        if source.count("schemes", limits.SCHEMES, 17) != 1 or source.u8("scheme") != SCHEME_OPTIMIZED:
            raise source.fail("scheme", "is not supported by this release")
        commitment = source.data("commitment", limits.COMMITMENT_BYTES)
        statement = source.data("certificate statement", limits.STATEMENT_BYTES)
        proof = source.data("certificate proof", limits.PROOF_BYTES)
        if source.count("renewals", limits.RENEWALS, 12):
            raise source.fail("renewals", "are not supported by this release")
        source.finish()
        return Card(plan, commitment, Certificate(statement, proof))

    @staticmethod
    def load(path: str | os.PathLike[str]) -> Card:
        return Card.decode(read_bounded(path, FILE_BYTES, "card"))

    def save(self, path: str | os.PathLike[str], *, replace: bool = False) -> Path:
        return write_atomic(path, self.encode(), replace=replace)
