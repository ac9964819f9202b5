"""What a verifier insists on. The defaults refuse whatever a hurried reader would misread."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from affidavit import limits
from affidavit.bundle.card import Card
from affidavit.errors import UsageError
from affidavit.keys import PublicKey
from affidavit.predicates import Predicate

#: Proven bits, proof-of-work included, below which a proof is refused.
DEFAULT_BITS = 128.0

CardLike = Card | bytes | str | os.PathLike[str]


def load_card(card: CardLike) -> Card:
    """A card, its bytes or its path."""
    if isinstance(card, Card):
        return card
    if isinstance(card, (bytes, bytearray)):
        return Card.decode(bytes(card))
    return Card.load(card)


@dataclass(frozen=True)
class Model:
    """Accept proofs about the model of this card, and only with what is asked for here.

    ``predicate``: questions that must be answered, with these exact thresholds. ``outcome``: "true" refuses a bundle
    in which any predicate failed for any row; "any" leaves the reading of ``Verified.answers`` to the caller.
    ``issuer``: key that must have signed the input; without it a signed input is refused too, so that nobody takes
    an unknown signature for a known one. ``records``: the record ids, row by row. ``inputs``: public inputs that must
    be exactly these integers' real values. ``nonce``, ``policy_id``: must be in the statement. ``max_age`` (seconds)
    needs a nonce, because the statement's time is only the prover's claim.
    """

    card: Card
    predicate: tuple[Predicate, ...] = ()
    outcome: str = "true"
    issuer: PublicKey | None = None
    records: tuple[str, ...] | None = None
    input_commitment: bytes | None = None
    inputs: Mapping[str, np.ndarray] | None = field(default=None, compare=False)
    nonce: bytes | None = None
    policy_id: str | None = None
    max_age: float | None = None
    min_bits: float = DEFAULT_BITS
    unsafe_allow_unbound: bool = False

    def __init__(
        self,
        card: CardLike,
        *,
        predicate: Predicate | Sequence[Predicate] = (),
        outcome: str = "true",
        issuer: PublicKey | str | bytes | Path | None = None,
        records: Sequence[str] | None = None,
        input_commitment: bytes | None = None,
        inputs: Mapping[str, Any] | None = None,
        nonce: bytes | None = None,
        policy_id: str | None = None,
        max_age: float | None = None,
        min_bits: float = DEFAULT_BITS,
        unsafe_allow_unbound: bool = False,
    ) -> None:
        if outcome not in ("true", "any"):
            raise UsageError(f"outcome is 'true' or 'any', not {outcome!r}")
        if nonce is not None and not 1 <= len(nonce) <= limits.NONCE_BYTES:
            raise UsageError(f"a nonce has 1 to {limits.NONCE_BYTES} bytes")
        if max_age is not None and not max_age > 0:
            raise UsageError("max_age is a positive number of seconds")
        if not min_bits >= 0:
            raise UsageError("min_bits is a number of bits, not negative")
        values: dict[str, Any] = {
            "card": load_card(card),
            "predicate": (predicate,) if isinstance(predicate, Predicate) else tuple(predicate),
            "outcome": outcome,
            "issuer": None if issuer is None else PublicKey.load(issuer),
            "records": None if records is None else tuple(records),
            "input_commitment": input_commitment,
            "inputs": None if inputs is None else {name: np.asarray(a) for name, a in inputs.items()},
            "nonce": nonce,
            "policy_id": policy_id,
            "max_age": max_age,
            "min_bits": float(min_bits),
            "unsafe_allow_unbound": unsafe_allow_unbound,
        }
        for name, value in values.items():
            object.__setattr__(self, name, value)
