"""The algebra of policies: what ``&`` means, and what a composition needs before anything is verified.

Every field is a requirement that only ever becomes stricter: alternatives are intersected, minima take the larger,
single values must agree. So ``A & B`` asks for all that A asks for and all that B asks for, in any order. What a policy
leaves unsaid asks for nothing; the careful defaults are requirements too, and come with the model (``policy.Model``).
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, NoReturn, TypeVar

import numpy as np

from affidavit.bundle.card import Card
from affidavit.errors import UsageError
from affidavit.keys import PublicKey
from affidavit.predicates import Predicate

T = TypeVar("T")


@dataclass(frozen=True)
class Asked:
    """A question that the bundle must answer; with ``must_hold`` the answer must be yes for every row."""

    predicate: Predicate
    must_hold: bool


@dataclass(frozen=True)
class Pinned:
    """A public input that must be exactly these reals (as float64 bytes, so that policies compare and hash)."""

    name: str
    data: bytes

    @property
    def cells(self) -> np.ndarray:
        return np.frombuffer(self.data, dtype=np.float64)


@dataclass(frozen=True, eq=False)
class Policy:
    """Requirements that must all hold. Made from the objects of :mod:`affidavit.policy` and joined with ``&``."""

    #: The proof is about the model of one of these cards. None: not said, which :func:`verify` refuses.
    cards: tuple[Card, ...] | None = None
    #: The verifier knows the cards. False only under ``unsafe_any_model``.
    pinned: bool = False
    #: One of these keys signed the input. None: not said, and then a signed input is refused.
    issuers: tuple[PublicKey, ...] | None = None
    min_bits: float = 0.0
    asked: frozenset[Asked] = frozenset()
    #: Every predicate in the bundle is true for every row, asked for or not.
    all_true: bool = False
    refuse_unbound: bool = False
    #: The plan's relations leave a prover no choice (spec 2, rule 6).
    refuse_unforced: bool = False
    records: tuple[str, ...] | None = None
    input_commitment: bytes | None = None
    inputs: frozenset[Pinned] = frozenset()
    nonce: bytes | None = None
    policy_id: str | None = None
    max_age: float | None = None

    def __and__(self, other: object) -> Policy:
        """Both. Raises :class:`UsageError` where no bundle could meet both."""
        if not isinstance(other, Policy):
            raise UsageError(f"a policy is composed with policies, not with {type(other).__name__}")
        return Policy(
            cards=_common("models", self.cards, other.cards),
            pinned=self.pinned or other.pinned,
            issuers=_common("issuers", self.issuers, other.issuers),
            min_bits=max(self.min_bits, other.min_bits),
            asked=self.asked | other.asked,
            all_true=self.all_true or other.all_true,
            refuse_unbound=self.refuse_unbound or other.refuse_unbound,
            refuse_unforced=self.refuse_unforced or other.refuse_unforced,
            records=_same("lists of records", self.records, other.records),
            input_commitment=_same("input commitments", self.input_commitment, other.input_commitment),
            inputs=self.inputs | other.inputs,
            nonce=_same("nonces", self.nonce, other.nonce),
            policy_id=_same("policy ids", self.policy_id, other.policy_id),
            max_age=min((age for age in (self.max_age, other.max_age) if age is not None), default=None),
        )

    __rand__ = __and__

    def __or__(self, other: object) -> NoReturn:
        raise UsageError(
            "policies have no 'or'",
            hint="Models([...]) and Issuers([...]) accept one of several; everything else is joined with &",
        )

    __ror__ = __or__

    def __bool__(self) -> bool:
        # `A and B` is B in Python: half of the requirements would be gone without a word.
        raise UsageError("a policy has no truth value", hint="join policies with &, not with `and`, `or` or `not`")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Policy) and _key(self) == _key(other)

    def __hash__(self) -> int:
        return hash(_key(self))


def require_complete(policy: Policy) -> None:
    """Raises :class:`UsageError` for a composition that could accept what its author did not mean."""
    if policy.cards is None:
        raise UsageError(
            "the policy does not say which model",
            hint="add `& affidavit.policy.Model('net.card')` with the card that the model's owner published; "
            "unsafe_any_model(card) takes a card that nobody vouches for",
            code="model",
        )
    if policy.max_age is not None and policy.nonce is None:
        raise age_without_nonce()
    if policy.records is not None and policy.issuers is None:
        raise UsageError(
            "records need an issuer",
            hint="without a signature the prover may have written any record id beside numbers of its own",
        )


def age_without_nonce() -> UsageError:
    return UsageError(
        "a maximum age needs a nonce",
        hint="the statement's time is the prover's claim; only a fresh nonce shows that a proof is new",
        code="age",
    )


def _common(what: str, ours: tuple[T, ...] | None, theirs: tuple[T, ...] | None) -> tuple[T, ...] | None:
    if ours is None or theirs is None:
        return theirs if ours is None else ours
    both = tuple(item for item in ours if item in theirs)
    if not both:
        raise UsageError(
            f"the policies ask for different {what}: no proof meets both",
            hint=f"to accept one of several, name them in one policy: {what.capitalize()}([...])",
        )
    return both


def _same(what: str, ours: T | None, theirs: T | None) -> T | None:
    if ours is not None and theirs is not None and ours != theirs:
        raise UsageError(
            f"the policies ask for different {what}: no proof meets both", hint=f"leave the {what} to one of them"
        )
    return theirs if ours is None else ours


def _key(policy: Policy) -> tuple[Any, ...]:
    """The requirements alone: neither the order of alternatives nor the class matters."""
    values = {field.name: getattr(policy, field.name) for field in fields(Policy)}
    for name in ("cards", "issuers"):
        values[name] = None if values[name] is None else frozenset(values[name])
    return tuple(values.values())
