"""Spec 5: bundles and cards."""

from __future__ import annotations

from dataclasses import dataclass

from .codec import Reader
from .errors import need


@dataclass(frozen=True)
class InputPart:
    commitment: bytes
    signature: bytes | None


@dataclass(frozen=True)
class Bundle:
    statement: bytes
    proof: bytes
    input: InputPart | None


@dataclass(frozen=True)
class Proven:
    statement: bytes
    proof: bytes


@dataclass(frozen=True)
class Card:
    plan: bytes
    commitment: bytes
    certificate: Proven
    renewals: tuple[tuple[bytes, Proven], ...]  # each with the commitment that it leads to


def _proven(r: Reader, statement: int = 1 << 28) -> Proven:
    return Proven(r.bytes(statement), r.bytes(1 << 26))


def decode_bundle(data: bytes) -> Bundle:
    r = Reader(data)
    r.magic(b"AFFBNDL\x01")
    need(r.u16() == 1, "another version")
    proven = _proven(r)
    part = r.option(lambda: InputPart(r.bytes(256), r.option(lambda: r.take(64))))
    r.done()
    return Bundle(proven.statement, proven.proof, part)


def decode_card(data: bytes) -> Card:
    r = Reader(data)
    r.magic(b"AFFCARD\x01")
    version = r.u16()
    need(version in (1, 2), "another version")
    plan = r.bytes(1 << 28)
    need(r.u32() == 1 and r.u8() == 1, "another scheme than the one of this version")
    commitment, certificate = r.bytes(256), _proven(r)
    renewals = r.list(1024, lambda: (r.bytes(256), _proven(r, 1 << 10)))
    r.done()
    need((version == 2) == bool(renewals), "renewals that do not go with the version")
    return Card(plan, commitment, certificate, renewals)
