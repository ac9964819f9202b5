"""Checking a card: the plan is valid, and the certificate shows that the committed weights lie in their ranges.

The model's owner is the adversary here: without the certificate a committed weight could be any field element.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

from affidavit import core
from affidavit.bundle.card import Card
from affidavit.bundle.commitment import MODEL, Commitment
from affidavit.bundle.statement import CERTIFICATE, Statement
from affidavit.errors import PolicyRefused, Rejected

_CACHE_SIZE = 64


@dataclass(frozen=True)
class CheckedCard:
    """A card whose certificate held. ``bits`` is what the certificate proves."""

    card: Card
    digest: bytes
    plan: core.PlanInfo
    commitment: Commitment
    model_digest: bytes
    schema_digest: bytes
    bits: float
    report: dict[str, Any]


_cache: OrderedDict[Card, CheckedCard] = OrderedDict()
_lock = threading.Lock()


def bits_of(report: dict[str, Any]) -> float:
    """Proven bits of a core report: the round-by-round maximum, proof-of-work included."""
    ledger = report.get("ledger", report)
    return float(ledger["rbr_bits"])


def check_card(card: Card, min_bits: float) -> CheckedCard:
    """Raises :class:`Rejected`, :class:`Malformed` or :class:`PolicyRefused`; remembers cards that held."""
    with _lock:
        known = _cache.get(card)
    if known is None:
        known = _check(card)
        with _lock:
            _cache[card] = known
            while len(_cache) > _CACHE_SIZE:
                _cache.popitem(last=False)
    if known.bits < min_bits:
        raise PolicyRefused(
            f"the card's certificate proves {known.bits:.1f} bits, the policy asks for {min_bits:g}", code="bits"
        )
    return known


def _check(card: Card) -> CheckedCard:
    plan = core.plan_info(card.plan)
    commitment = Commitment.decode(card.commitment)
    if commitment.role != MODEL or commitment.subject != plan.digest:
        raise Rejected("the card's commitment is not to its plan", code="card")
    statement = Statement.decode(card.certificate.statement)
    model_digest = core.digest("commitment", card.commitment)
    if (
        statement.purpose != CERTIFICATE
        or statement.plan != plan.digest
        or statement.model != model_digest
        or statement.batch != 1
        or statement.inputs
        or statement.outputs
        or statement.input_commitment is not None
    ):
        raise Rejected("the card's certificate is about something else", code="card")
    report = core.verify(card.plan, card.certificate.statement, card.commitment, None, card.certificate.proof, 0.0)
    return CheckedCard(
        card=card,
        digest=core.digest("card", card.encode()),
        plan=plan,
        commitment=commitment,
        model_digest=model_digest,
        schema_digest=core.digest("schema", core.input_schema(card.plan, card.commitment)),
        bits=bits_of(report),
        report=report,
    )
