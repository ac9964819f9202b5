"""Checking a card: the plan is valid, the certificate shows that the committed weights lie in their ranges, and each
renewal that its commitment holds the same weights as the one before.

The model's owner is the adversary here: without the certificate a committed weight could be any field element, and
without the renewals' proofs a later commitment any other model.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import Any

from affidavit import core
from affidavit.bundle.card import Card, Renewal
from affidavit.bundle.commitment import MODEL, Commitment
from affidavit.bundle.statement import CERTIFICATE, RENEWAL, Statement
from affidavit.errors import Rejected

_CACHE_SIZE = 64


@dataclass(frozen=True)
class Link:
    """One commitment of the chain. ``bits``: the least of the certificate's and of the renewals' up to this one."""

    position: int
    commitment: bytes
    root: bytes
    digest: bytes
    schema_digest: bytes
    bits: float


@dataclass(frozen=True)
class CheckedCard:
    """A card whose certificate and renewals held. ``report`` is the certificate's."""

    card: Card
    digest: bytes
    plan: core.PlanInfo
    identity: bytes
    links: tuple[Link, ...]
    report: dict[str, Any]

    @property
    def bits(self) -> float:
        """What the certificate proves."""
        return self.links[0].bits

    def link(self, model: bytes) -> Link | None:
        """The commitment of this digest."""
        return next((link for link in self.links if link.digest == model), None)


#: By the card without its renewals: a chain that has grown is checked from where it was known to.
_cache: OrderedDict[Card, CheckedCard] = OrderedDict()
_lock = threading.Lock()


def bits_of(report: dict[str, Any]) -> float:
    """Proven bits of a core report: the round-by-round maximum, proof-of-work included."""
    ledger = report.get("ledger", report)
    return float(ledger["rbr_bits"])


def identity_of(card: Card) -> bytes:
    """What a model keeps through all renewals: the digest of its plan and its first commitment."""
    return core.digest("model", core.digest("plan", card.plan) + core.digest("commitment", card.commitment))


def check_card(card: Card) -> CheckedCard:
    """Raises :class:`Rejected` or :class:`Malformed`, whatever bits are proven; remembers cards that held."""
    first = replace(card, renewals=())
    with _lock:
        known = _cache.get(first)
    if known is None or known.card.renewals != card.renewals:
        longest = known
        known = _check_renewals(_check_first(first) if known is None else known, card)
        if longest is None or len(known.links) >= len(longest.links):
            longest = known
        with _lock:
            _cache[first] = longest
            _cache.move_to_end(first)
            while len(_cache) > _CACHE_SIZE:
                _cache.popitem(last=False)
    return known


def _check_first(card: Card) -> CheckedCard:
    plan = core.plan_info(card.plan)
    root, digest = _commitment(plan, card.commitment)
    statement = Statement.decode(card.certificate.statement)
    if not _is_about(statement, CERTIFICATE, plan, digest):
        raise Rejected("the card's certificate is about something else", code="card")
    report = core.verify(card.plan, card.certificate.statement, card.commitment, None, card.certificate.proof, 0.0)
    link = Link(0, card.commitment, root, digest, _schema_digest(card.plan, card.commitment), bits_of(report))
    return CheckedCard(card, core.digest("card", card.encode()), plan, identity_of(card), (link,), report)


def _check_renewals(known: CheckedCard, card: Card) -> CheckedCard:
    """The card's renewals in order; those that ``known`` has as well, of the same first commitment, held before."""
    links = list(known.links[:1])
    for ours, theirs, link in zip(card.renewals, known.card.renewals, known.links[1:], strict=False):
        if ours != theirs:
            break
        links.append(link)
    for renewal in card.renewals[len(links) - 1 :]:
        links.append(_check_renewal(known.plan, card.plan, links, renewal))
    return replace(known, card=card, digest=core.digest("card", card.encode()), links=tuple(links))


def _check_renewal(plan: core.PlanInfo, plan_bytes: bytes, links: list[Link], renewal: Renewal) -> Link:
    before = links[-1]
    root, digest = _commitment(plan, renewal.commitment)
    if any(digest == link.digest or root == link.root for link in links):
        raise Rejected("a commitment occurs twice among the card's renewals", code="card")
    if not _same_shape(before.commitment, renewal.commitment):
        raise Rejected("a renewal of the card has another shape than the commitment before it", code="card")
    statement = Statement.decode(renewal.statement)
    if not _is_about(statement, RENEWAL, plan, before.digest):
        raise Rejected("a renewal of the card is not about the commitment before it", code="card")
    if statement.renewed != digest:
        raise Rejected("a renewal of the card was proven for another commitment", code="card")
    report = core.verify(plan_bytes, renewal.statement, before.commitment, renewal.commitment, renewal.proof, 0.0)
    bits = min(before.bits, bits_of(report))
    schema = _schema_digest(plan_bytes, renewal.commitment)
    return Link(before.position + 1, renewal.commitment, root, digest, schema, bits)


def _commitment(plan: core.PlanInfo, data: bytes) -> tuple[bytes, bytes]:
    """Root and digest of a commitment to a model of this plan."""
    commitment = Commitment.decode(data)
    if commitment.role != MODEL or commitment.subject != plan.digest:
        raise Rejected("a commitment of the card is not to its plan", code="card")
    return commitment.root, core.digest("commitment", data)


def _same_shape(one: bytes, other: bytes) -> bool:
    """All but pads, columns and root: a renewal changes nothing else."""
    blank = {"pads": 0, "columns": 0, "root": b""}
    return replace(Commitment.decode(one), **blank) == replace(Commitment.decode(other), **blank)


def _schema_digest(plan: bytes, commitment: bytes) -> bytes:
    return core.digest("schema", core.input_schema(plan, commitment))


def _is_about(statement: Statement, purpose: int, plan: core.PlanInfo, model: bytes) -> bool:
    """Whether a statement says this about this model, and nothing else."""
    return (
        statement.purpose == purpose
        and statement.plan == plan.digest
        and statement.model == model
        and statement.batch == 1
        and not statement.inputs
        and not statement.outputs
        and statement.input_commitment is None
    )
