"""The ``.card``: all that is public about a committed model, and the verifier's trust anchor (spec 5)."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path

from affidavit import limits
from affidavit.bundle.codec import Reader, Writer
from affidavit.bundle.files import read_bounded, write_atomic

MAGIC = b"AFFCARD\x01"
#: Version 1 has no renewals, version 2 has some; a card is written in the first version that can hold it.
PLAIN, VERSION = 1, 2
#: The `optimized` approach: hash-based commitment over the plan's field.
SCHEME_OPTIMIZED = 1
FILE_BYTES = limits.PLAN_BYTES + limits.CHAIN_BYTES + (1 << 16)


@dataclass(frozen=True)
class Certificate:
    """The proof that every committed weight lies in the range that the plan declares."""

    statement: bytes
    proof: bytes


@dataclass(frozen=True)
class Renewal:
    """A later commitment, and the proof that it holds the same weights as the one before it."""

    commitment: bytes
    statement: bytes
    proof: bytes


@dataclass(frozen=True)
class Card:
    """Plan, first commitment with its certificate, and renewals in order; as bytes, and nothing here is trusted before
    ``verify`` has checked it."""

    plan: bytes
    commitment: bytes
    certificate: Certificate
    renewals: tuple[Renewal, ...] = ()

    @property
    def commitments(self) -> tuple[bytes, ...]:
        """All commitments of the model, the first one first."""
        return (self.commitment, *(renewal.commitment for renewal in self.renewals))

    @property
    def current(self) -> bytes:
        """The last commitment: that of the model file which this card was written with."""
        return self.commitments[-1]

    def renewed(self, renewal: Renewal) -> Card:
        """The card with one more renewal."""
        return replace(self, renewals=(*self.renewals, renewal))

    def encode(self) -> bytes:
        out = Writer("card")
        out.raw("magic", MAGIC, 8)
        out.u16("version", VERSION if self.renewals else PLAIN)
        out.data("plan", self.plan, limits.PLAN_BYTES)
        out.count("schemes", 1, limits.SCHEMES)
        out.u8("scheme", SCHEME_OPTIMIZED)
        write_chain(out, self)
        return out.finish()

    @staticmethod
    def decode(data: bytes) -> Card:
        source = Reader("card", data)
        source.magic(MAGIC)
        version = source.version(PLAIN, VERSION)
        plan = source.data("plan", limits.PLAN_BYTES)
        if source.count("schemes", limits.SCHEMES, 17) != 1 or source.u8("scheme") != SCHEME_OPTIMIZED:
            raise source.fail("scheme", "is not supported by this release")
        card = read_chain(source, plan)
        source.finish()
        if (version == PLAIN) != (not card.renewals):
            raise source.fail("renewals", "do not go with the version")
        return card

    @staticmethod
    def load(path: str | os.PathLike[str]) -> Card:
        return Card.decode(read_bounded(path, FILE_BYTES, "card"))

    def save(self, path: str | os.PathLike[str], *, replace: bool = False) -> Path:
        return write_atomic(path, self.encode(), replace=replace)


def write_chain(out: Writer, card: Card) -> None:
    """Commitment, certificate and renewals, as cards and model files hold them."""
    out.data("commitment", card.commitment, limits.COMMITMENT_BYTES)
    out.data("certificate statement", card.certificate.statement, limits.STATEMENT_BYTES)
    out.data("certificate proof", card.certificate.proof, limits.PROOF_BYTES)

    def write(renewal: Renewal) -> None:
        out.data("renewed commitment", renewal.commitment, limits.COMMITMENT_BYTES)
        out.data("renewal statement", renewal.statement, limits.RENEWAL_STATEMENT_BYTES)
        out.data("renewal proof", renewal.proof, limits.PROOF_BYTES)

    out.each("renewals", card.renewals, limits.RENEWALS, write)


def read_chain(source: Reader, plan: bytes) -> Card:
    commitment = source.data("commitment", limits.COMMITMENT_BYTES)
    statement = source.data("certificate statement", limits.STATEMENT_BYTES)
    proof = source.data("certificate proof", limits.PROOF_BYTES)

    def read() -> Renewal:
        return Renewal(
            source.data("renewed commitment", limits.COMMITMENT_BYTES),
            source.data("renewal statement", limits.RENEWAL_STATEMENT_BYTES),
            source.data("renewal proof", limits.PROOF_BYTES),
        )

    return Card(plan, commitment, Certificate(statement, proof), source.each("renewals", limits.RENEWALS, 12, read))
