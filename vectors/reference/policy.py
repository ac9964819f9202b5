"""Spec 8.2: what a verifier insists on, beyond a proof that holds."""

from __future__ import annotations

import time
from dataclasses import dataclass

from . import statement as s
from .errors import Broken, need, step
from .plan import Plan

SKEW = 300  # seconds by which two clocks may differ
KINDS = {"at_least": s.AT_LEAST, "at_most": s.AT_MOST, "between": s.BETWEEN, "argmax": s.ARGMAX, "top_k": s.TOP_K}


@dataclass(frozen=True)
class Question:
    """One predicate that must be answered; numbers at the port's scale."""

    kind: int
    output: int
    cell: int = 0
    low: int = 0
    high: int = 0
    k: int = 0
    index: int | None = None  # the class that an argmax must show

    def asked_of(self, claim: s.OutputClaim) -> bool:
        """The same operator on the same cell (with the same k); thresholds may differ."""
        return (self.kind, self.output, self.cell, self.k) == (claim.kind, claim.output, claim.cell, claim.k)

    def answered_by(self, claim: s.OutputClaim) -> bool:
        return self.asked_of(claim) and (self.low, self.high) == (claim.low, claim.high)


@dataclass(frozen=True)
class Policy:
    min_bits: float = 128.0
    unsafe_allow_unbound: bool = False
    input_commitment: bytes | None = None
    inputs: tuple[tuple[int, tuple[int, ...]], ...] = ()  # port, integers
    issuer: bytes | None = None
    records: tuple[str, ...] | None = None
    now: float | None = None
    nonce: bytes | None = None
    policy_id: str | None = None
    max_age: float | None = None
    predicates: tuple[Question, ...] = ()
    any_outcome: bool = False

    def __post_init__(self) -> None:
        if self.max_age is not None and self.nonce is None:
            raise ValueError("an age without a nonce shows nothing")
        if self.records is not None and self.issuer is None:
            raise ValueError("records without an issuer are nobody's word")


def check(policy: Policy, st: s.Statement, plan: Plan, bits: float) -> None:
    """``bits`` are the least of the proof's and the card's."""
    now = time.time() if policy.now is None else policy.now
    binding = st.binding
    with step("b14"):
        need(bits >= policy.min_bits, "fewer bits than the policy asks for")
    with step("b15"):
        unbound = any(claim.kind == s.UNBOUND for claim in st.inputs)
        need(policy.unsafe_allow_unbound or not unbound, "an input that nothing binds")
    with step("b16"):
        for port, values in policy.inputs:
            claim = st.inputs[port]
            need(claim.kind == s.PUBLIC and claim.values == values, "another public input than the policy's")
    issuer = binding.issuer if binding else None
    with step("b17"):
        need(issuer == policy.issuer, "another issuer than the policy's, or one that the policy does not name")
    with step("b18"):
        if policy.records is not None:
            need(binding is not None and binding.records == policy.records, "other records than the policy's")
    with step("b19"):
        if policy.input_commitment is not None:
            need(binding is not None and binding.commitment == policy.input_commitment, "another input commitment")
    with step("b20"):
        need(issuer is None or binding.expiry >= now, "the signature has expired")
    with step("b21"):
        need(policy.nonce is None or st.nonce == policy.nonce, "another nonce")
    with step("b22"):
        need(policy.policy_id is None or st.policy == policy.policy_id, "another policy id")
    with step("b23"):
        if policy.max_age is not None:
            need(-SKEW <= now - st.time <= policy.max_age, "too old, or from the future")
    with step("b24"):
        for question in policy.predicates:
            if not any(question.answered_by(claim) for claim in st.outputs):
                threshold = any(question.asked_of(claim) for claim in st.outputs)
                raise Broken("another threshold" if threshold else "a question without an answer")
    with step("b25"):
        if not policy.any_outcome:
            need(all(all(claim.outcomes) for claim in st.outputs), "an outcome that is not true")
            for q in policy.predicates:
                if q.index is not None:
                    shown = [c for c in st.outputs if q.answered_by(c)]
                    need(all(v == q.index for c in shown for v in c.values), "another class than the policy's")
