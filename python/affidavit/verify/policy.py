"""What a verifier insists on: small policies that are joined with ``&``, all of which must hold.

>>> policy = Model("net.card") & Issuer("bureau.pub.pem") & Fresh(600, nonce) & Asks(at_least("score", "0.6"))

The defaults refuse whatever a hurried reader would misread. They come with the model and are requirements like any
other: no other policy in a composition takes them back.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np

from affidavit import limits
from affidavit.bundle.card import Card
from affidavit.errors import UsageError, utf8
from affidavit.keys import PublicKey
from affidavit.predicates import Predicate
from affidavit.verify.composition import Asked, Pinned, Policy, age_without_nonce, require_complete

#: Proven bits, proof-of-work included, below which a proof is refused.
DEFAULT_BITS = 128.0

CardLike = Card | bytes | str | os.PathLike[str]
KeyLike = PublicKey | str | bytes | Path


def load_card(card: CardLike) -> Card:
    """A card, its bytes or its path."""
    if isinstance(card, Card):
        return card
    if isinstance(card, (bytes, bytearray)):
        return Card.decode(bytes(card))
    return Card.load(card)


class Models(Policy):
    """The proof is about the model of one of these cards.

    With it come the careful defaults. ``min_bits``: proven bits that proof and certificate must reach. ``outcome``:
    "true" refuses a bundle in which any predicate failed for any row; "any" leaves the reading of ``Verified.answers``
    to the caller. ``unsafe_allow_unbound`` accepts inputs that nothing binds, ``unsafe_allow_unforced`` a plan that is
    not seen to be a function: its relations may leave the prover a choice of outputs. A signed input is refused unless
    the composition names an issuer, so that nobody takes an unknown signature for a known one.

    The other options are short for ``& Asks(predicate, outcome) & Issuer(issuer) & Records(records) &
    InputCommitment(input_commitment) & PublicInputs(inputs) & Nonce(nonce) & PolicyId(policy_id) &
    Fresh(max_age, nonce)``. Raises :class:`UsageError` for what makes no sense.
    """

    _known = True

    def __init__(
        self,
        cards: Sequence[CardLike],
        *,
        predicate: Predicate | Sequence[Predicate] = (),
        outcome: str = "true",
        issuer: KeyLike | None = None,
        records: str | Sequence[str] | None = None,
        input_commitment: bytes | None = None,
        inputs: Mapping[str, Any] | None = None,
        nonce: bytes | None = None,
        policy_id: str | None = None,
        max_age: float | None = None,
        min_bits: float = DEFAULT_BITS,
        unsafe_allow_unbound: bool = False,
        unsafe_allow_unforced: bool = False,
    ) -> None:
        predicates = _predicates(predicate)
        _adopt(
            self,
            Policy(
                cards=_several("card", load_card, cards),
                pinned=self._known,
                all_true=_must_hold(outcome),
                refuse_unbound=not unsafe_allow_unbound,
                refuse_unforced=not unsafe_allow_unforced,
            ),
            MinBits(min_bits),
            Asks(predicates, outcome) if predicates else None,
            None if issuer is None else Issuer(issuer),
            None if records is None else Records(records),
            None if input_commitment is None else InputCommitment(input_commitment),
            None if inputs is None else PublicInputs(inputs),
            None if nonce is None else Nonce(nonce),
            None if policy_id is None else PolicyId(policy_id),
            None if max_age is None else Fresh(max_age, nonce),
        )
        require_complete(self)


class Model(Models):
    """The proof is about the model of this card; options as for :class:`Models`."""

    def __init__(self, card: CardLike, **options: Any) -> None:
        super().__init__((card,), **options)


def unsafe_any_model(card: CardLike, **options: Any) -> Policy:
    """Check a proof against the card that came along with it, which nobody vouches for; options as for :class:`Models`.

    Whoever made the proof chose the model: one of constant weights gives any answer. ``Verified.model_pinned`` is false
    and its first assumption says so. Joined with a :class:`Model`, the model is pinned.
    """
    return _UnknownModel(card, **options)


class _UnknownModel(Model):
    _known = False


class Issuers(Policy):
    """One of these keys signed the input; all inputs are committed."""

    def __init__(self, issuers: Sequence[KeyLike]) -> None:
        _adopt(self, Policy(issuers=_several("key", PublicKey.load, issuers)))


class Issuer(Issuers):
    """This key signed the input."""

    def __init__(self, issuer: KeyLike) -> None:
        super().__init__((issuer,))


class MinBits(Policy):
    """Proof and certificate prove at least so many bits."""

    def __init__(self, min_bits: float) -> None:
        if not (_is_number(min_bits) and min_bits >= 0):
            raise UsageError("min_bits is a number of bits, not negative")
        _adopt(self, Policy(min_bits=float(min_bits)))


class Asks(Policy):
    """These questions are answered, with exactly these thresholds; with ``outcome`` "true", with yes for every row."""

    def __init__(self, predicate: Predicate | Sequence[Predicate], outcome: str = "true") -> None:
        must_hold, predicates = _must_hold(outcome), _predicates(predicate)
        if not predicates:
            raise UsageError("an empty list of predicates asks nothing")
        _adopt(self, Policy(asked=frozenset(Asked(p, must_hold) for p in predicates)))


class Records(Policy):
    """The input holds these record ids, row by row. Needs an issuer, who vouches for them."""

    def __init__(self, records: str | Sequence[str]) -> None:
        names = (records,) if isinstance(records, str) else tuple(records)
        if not all(isinstance(name, str) for name in names):
            raise UsageError("record ids are strings, one per row")
        _adopt(self, Policy(records=names))


class InputCommitment(Policy):
    """The proof is about the input of this commitment."""

    def __init__(self, digest: bytes) -> None:
        if not (isinstance(digest, bytes) and len(digest) == 32):
            raise UsageError("an input commitment is the digest of 32 bytes that inspect shows for an .input-card")
        _adopt(self, Policy(input_commitment=digest))


class PublicInputs(Policy):
    """These inputs are public and are the integers of exactly these reals."""

    def __init__(self, inputs: Mapping[str, Any]) -> None:
        if not isinstance(inputs, Mapping) or not inputs:
            raise UsageError("inputs are arrays by name, at least one", hint="leave inputs out to pin none")
        try:
            arrays = {str(name): np.asarray(array, dtype=np.float64) for name, array in inputs.items()}
        except (ValueError, TypeError, OverflowError):
            raise UsageError("a pinned input is no array of numbers") from None
        _adopt(self, Policy(inputs=frozenset(Pinned(name, array.tobytes()) for name, array in arrays.items())))


class Nonce(Policy):
    """The proof was made for this nonce."""

    def __init__(self, nonce: bytes) -> None:
        if not (isinstance(nonce, bytes) and 1 <= len(nonce) <= limits.NONCE_BYTES):
            raise UsageError(f"a nonce has 1 to {limits.NONCE_BYTES} bytes")
        _adopt(self, Policy(nonce=nonce))


class PolicyId(Policy):
    """The proof was made for this policy id."""

    def __init__(self, policy_id: str) -> None:
        utf8(policy_id, "a policy id")
        _adopt(self, Policy(policy_id=policy_id))


class Fresh(Policy):
    """The proof was made for this nonce and is at most ``max_age`` seconds old.

    The statement's time is only the prover's claim: without a nonce this is refused with a :class:`UsageError`.
    """

    def __init__(self, max_age: float, nonce: bytes | None = None) -> None:
        if not (_is_number(max_age) and max_age > 0):
            raise UsageError("max_age is a positive number of seconds")
        if nonce is None:
            raise age_without_nonce()
        _adopt(self, Policy(max_age=float(max_age)), Nonce(nonce))


def _adopt(policy: Policy, *parts: Policy | None) -> None:
    """Make ``policy`` the composition of ``parts``."""
    whole = Policy()
    for part in parts:
        whole = whole if part is None else whole & part
    for field in fields(Policy):
        object.__setattr__(policy, field.name, getattr(whole, field.name))


def _several(what: str, load: Any, items: Any) -> tuple[Any, ...]:
    if isinstance(items, (str, bytes, os.PathLike)) or not isinstance(items, Iterable):
        raise UsageError(f"this takes a list of {what}s")
    loaded = tuple(dict.fromkeys(load(item) for item in items))
    if not loaded:
        raise UsageError(f"an empty list of {what}s accepts nothing")
    return loaded


def _predicates(predicate: Predicate | Sequence[Predicate]) -> tuple[Predicate, ...]:
    predicates = (predicate,) if isinstance(predicate, Predicate) else tuple(predicate)
    if not all(isinstance(p, Predicate) for p in predicates):
        raise UsageError("a predicate is made with at_least, at_most, between, argmax or top_k")
    return predicates


def _must_hold(outcome: str) -> bool:
    if outcome not in ("true", "any"):
        raise UsageError(f"outcome is 'true' or 'any', not {outcome!r}")
    return outcome == "true"


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
