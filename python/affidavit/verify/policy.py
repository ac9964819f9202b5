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


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _pinned(inputs: Mapping[str, Any]) -> dict[str, np.ndarray]:
    if not isinstance(inputs, Mapping) or not inputs:
        raise UsageError("inputs are arrays by name, at least one", hint="leave inputs out to pin none")
    try:
        return {str(name): np.asarray(array, dtype=np.float64) for name, array in inputs.items()}
    except (ValueError, TypeError, OverflowError):
        raise UsageError("a pinned input is no array of numbers") from None


@dataclass(frozen=True)
class Model:
    """Accept proofs about the model of this card, and only with what is asked for here.

    ``predicate``: questions that must be answered, with these exact thresholds. ``outcome``: "true" refuses a bundle
    in which any predicate failed for any row; "any" leaves the reading of ``Verified.answers`` to the caller.
    ``issuer``: key that must have signed the input; without it a signed input is refused too, so that nobody takes
    an unknown signature for a known one. ``records``: the record ids, row by row; they need an issuer, who vouches
    for them. ``input_commitment``: digest of the input's commitment. ``inputs``: public inputs that must be exactly
    these integers' real values. ``nonce``, ``policy_id``: must be in the statement. ``max_age`` (seconds) needs a
    nonce, because the statement's time is only the prover's claim. Raises :class:`UsageError` for what makes no sense.
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
        records: str | Sequence[str] | None = None,
        input_commitment: bytes | None = None,
        inputs: Mapping[str, Any] | None = None,
        nonce: bytes | None = None,
        policy_id: str | None = None,
        max_age: float | None = None,
        min_bits: float = DEFAULT_BITS,
        unsafe_allow_unbound: bool = False,
    ) -> None:
        predicates = (predicate,) if isinstance(predicate, Predicate) else tuple(predicate)
        if not all(isinstance(p, Predicate) for p in predicates):
            raise UsageError("a predicate is made with at_least, at_most, between, argmax or top_k")
        if outcome not in ("true", "any"):
            raise UsageError(f"outcome is 'true' or 'any', not {outcome!r}")
        if nonce is not None and not (isinstance(nonce, bytes) and 1 <= len(nonce) <= limits.NONCE_BYTES):
            raise UsageError(f"a nonce has 1 to {limits.NONCE_BYTES} bytes")
        if max_age is not None and not (_is_number(max_age) and max_age > 0):
            raise UsageError("max_age is a positive number of seconds")
        if max_age is not None and nonce is None:
            raise UsageError(
                "a maximum age needs a nonce",
                hint="the statement's time is the prover's claim; only a fresh nonce shows that a proof is new",
                code="age",
            )
        if records is not None and issuer is None:
            raise UsageError(
                "records need an issuer",
                hint="without a signature the prover may have written any record id beside numbers of its own",
            )
        if input_commitment is not None and not (isinstance(input_commitment, bytes) and len(input_commitment) == 32):
            raise UsageError("an input commitment is the digest of 32 bytes that inspect shows for an .input-card")
        if not (_is_number(min_bits) and min_bits >= 0):
            raise UsageError("min_bits is a number of bits, not negative")
        values: dict[str, Any] = {
            "card": load_card(card),
            "predicate": predicates,
            "outcome": outcome,
            "issuer": None if issuer is None else PublicKey.load(issuer),
            "records": None if records is None else (records,) if isinstance(records, str) else tuple(records),
            "input_commitment": input_commitment,
            "inputs": None if inputs is None else _pinned(inputs),
            "nonce": nonce,
            "policy_id": policy_id,
            "max_age": max_age,
            "min_bits": float(min_bits),
            "unsafe_allow_unbound": unsafe_allow_unbound,
        }
        for name, value in values.items():
            object.__setattr__(self, name, value)
