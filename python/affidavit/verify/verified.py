"""What a successful verification says, in data and in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from affidavit.bundle.statement import (
    COMMITTED,
    PUBLIC,
    UNBOUND,
    ArgMax,
    AtLeast,
    AtMost,
    Between,
    OutputClaim,
    PublicOutput,
    Statement,
    TopK,
)
from affidavit.core import PlanInfo, Port
from affidavit.errors import UsageError

KINDS = {PUBLIC: "public", COMMITTED: "committed", UNBOUND: "unbound"}


@dataclass(frozen=True)
class Answer:
    """One predicate of the statement. ``outcomes`` has one entry a row: truth values, or classes for argmax."""

    question: str
    outcomes: tuple[Any, ...]

    @property
    def all_true(self) -> bool:
        """Whether the answer is yes for every row; :class:`UsageError` for an argmax, which answers with classes."""
        if not all(isinstance(o, bool) for o in self.outcomes):
            raise UsageError(f"{self.question} has no truth value", hint="compare its outcomes with a class")
        return all(self.outcomes)


@dataclass(frozen=True)
class Verified:
    """A proof that held, under a policy that it met. Only :func:`affidavit.verify` makes one.

    ``model_pinned`` is false under ``unsafe_any_model``: nobody vouches that the model is the one that is meant.
    ``model_identity`` stays the same through all renewals of a model; ``model_digest`` is the commitment that the proof
    is about, the one at ``position`` in the card's chain (0: the first).
    """

    statement: Statement
    plan_digest: bytes
    model_digest: bytes
    model_identity: bytes
    position: int
    card_digest: bytes
    model_pinned: bool
    bits: float
    bits_without_grinding: float
    union_bits: float
    batch: int
    inputs: dict[str, str]
    unbound: tuple[str, ...]
    unforced: tuple[str, ...]
    issuer: bytes | None
    records: tuple[str, ...]
    expiry: int
    public_inputs: dict[str, np.ndarray]
    outputs: dict[str, np.ndarray]
    answers: tuple[Answer, ...]
    hidden_outputs: tuple[str, ...]
    known: tuple[str, ...]
    assumed: tuple[str, ...]
    report: dict[str, Any]
    seconds: dict[str, float]

    def to_json(self) -> dict[str, Any]:
        """Plain data for ``--json``."""
        context = self.statement.context
        return {
            "verified": True,
            "plan": self.plan_digest.hex(),
            "model": self.model_digest.hex(),
            "identity": self.model_identity.hex(),
            "position": self.position,
            "card": self.card_digest.hex(),
            "model_pinned": self.model_pinned,
            "proven_bits": self.bits,
            "proven_bits_without_grinding": self.bits_without_grinding,
            "union_bits": self.union_bits,
            "batch": self.batch,
            "inputs": self.inputs,
            "unbound": list(self.unbound),
            "unforced": list(self.unforced),
            "issuer": None if self.issuer is None else self.issuer.hex(),
            "records": list(self.records),
            "expiry": self.expiry,
            "public_inputs": {name: a.tolist() for name, a in self.public_inputs.items()},
            "outputs": {name: a.tolist() for name, a in self.outputs.items()},
            "answers": [{"question": a.question, "outcomes": list(a.outcomes)} for a in self.answers],
            "hidden_outputs": list(self.hidden_outputs),
            "nonce": context.nonce.hex(),
            "policy": context.policy,
            "time": context.time,
            "known": list(self.known),
            "assumed": list(self.assumed),
            "seconds": self.seconds,
        }


def real(values: np.ndarray, port: Port, batch: int) -> np.ndarray:
    """Public integers as floats of shape ``[B, *shape]``: exact below 2^53, the nearest float beyond."""
    return np.ldexp(values.astype(np.float64), -port.scale).reshape(batch, *port.shape)


def cell_name(port: Port, cell: int) -> str:
    index = np.unravel_index(cell, port.shape) if port.shape else ()
    return port.name + "".join(f"[{int(i)}]" for i in index)


def question(claim: OutputClaim, plan: PlanInfo) -> str:
    """A predicate in words: the real threshold and the integer that the proof compares with."""
    port = plan.outputs[claim.output]
    match claim:
        case AtLeast():
            return f"{cell_name(port, claim.cell)} >= {_threshold(claim.threshold, claim.scale)}"
        case AtMost():
            return f"{cell_name(port, claim.cell)} <= {_threshold(claim.threshold, claim.scale)}"
        case Between():
            low, high = _threshold(claim.low, claim.scale), _threshold(claim.high, claim.scale)
            return f"{low} <= {cell_name(port, claim.cell)} <= {high}"
        case TopK():
            return f"{cell_name(port, claim.cell)} is among the {claim.k} largest"
        case ArgMax():
            return f"argmax({port.name})"
        case PublicOutput():
            return f"{port.name} is public"


def _threshold(value: int, scale: int) -> str:
    return f"{float(np.ldexp(float(value), -scale)):.9g} ({value} / 2^{scale})"


def answer(claim: OutputClaim, plan: PlanInfo) -> Answer:
    if isinstance(claim, ArgMax):
        return Answer(question(claim, plan), tuple(int(c) for c in claim.classes))
    assert not isinstance(claim, PublicOutput)
    return Answer(question(claim, plan), tuple(bool(o) for o in claim.outcomes))
