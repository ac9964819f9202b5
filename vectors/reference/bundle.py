"""Spec 8.2: a bundle under a card and a policy."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from . import commitment as cm
from . import plan as t
from . import policy as po
from . import statement as s
from .codec import digest
from .errors import Broken, Refused, need, step
from .files import Bundle, Card, decode_bundle, decode_card
from .plan_rules import validate
from .proof import Report, verify
from .signature import holds, message


@dataclass(frozen=True)
class Checked:
    """A card that holds."""

    card: Card
    plan: t.Plan
    chain: tuple[cm.Commitment, ...]  # the first commitment, then each renewal's
    bits: tuple[float, ...]  # the least up to each


@lru_cache(maxsize=16)
def check_card(data: bytes) -> Checked:
    with step("b3"):
        card = decode_card(data)
        plan = t.decode(card.plan)
        validate(plan)
        first = cm.decode(card.commitment)
        st = s.decode(card.certificate.statement)
    with step("b4"):
        need(first.role == cm.MODEL and first.subject == plan.digest, "a commitment that is not to the plan")
    with step("b5"):
        need(st.purpose == s.CERTIFICATE and st.plan == plan.digest, "a statement about something else")
        need(st.model == first.digest and st.batch == 1, "a certificate of another commitment")
        need(not st.inputs and not st.outputs and st.binding is None, "a certificate that claims more")
    with step("b6"):
        report = _holds(card.plan, st.raw, first.raw, None, card.certificate.proof)
    chain, bits = [first], [report.bits]
    with step("b7"):
        for raw, proven in card.renewals:
            following, st = cm.decode(raw), s.decode(proven.statement)
            need(st.purpose == s.RENEWAL and st.model == chain[-1].digest, "a renewal of another commitment")
            need(st.renewed == following.digest, "a renewal to another commitment")
            need(all(following.digest != c.digest and following.root != c.root for c in chain), "a commitment twice")
            report = _holds(card.plan, st.raw, chain[-1].raw, raw, proven.proof)
            chain.append(following)
            bits.append(min(bits[-1], report.bits))
    return Checked(card, plan, tuple(chain), tuple(bits))


def _holds(plan: bytes, statement: bytes, model: bytes, second: bytes | None, proof: bytes) -> Report:
    try:
        return verify(plan, statement, model, second, proof, 0.0)
    except Refused as refused:
        raise Broken(f"8.1, {refused}") from refused


def check_bundle(data: bytes, card: bytes, policy: po.Policy) -> Report:
    with step("b1"):
        bundle = decode_bundle(data)
    with step("b2"):
        st = s.decode(bundle.statement)
        if st.binding is not None:
            need(len(st.binding.records) in (0, st.batch), "records that are not one a row")
        need(all(claim.low <= claim.high for claim in st.outputs if claim.kind == s.BETWEEN), "low above high")
    checked = check_card(card)
    with step("b8"):
        need(st.purpose == s.INFERENCE, "a statement that is not about an inference")
    with step("b9"):
        models = [commitment.digest for commitment in checked.chain]
        need(st.plan == checked.plan.digest and st.model in models, "a proof about another model than the card's")
    at = models.index(st.model)
    with step("b10"):
        need(checked.bits[at] >= policy.min_bits, "certificate or renewals have fewer bits than the policy asks for")
    with step("b11"):
        _input(bundle, st, checked, at)
    if st.binding is not None:
        with step("b12"):
            _signature(bundle, st.binding)
    with step("b13"):
        second = None if bundle.input is None else bundle.input.commitment
        report = _holds(checked.card.plan, bundle.statement, checked.chain[at].raw, second, bundle.proof)
    po.check(policy, st, checked.plan, min(report.bits, checked.bits[at]))
    return report


def _input(bundle: Bundle, st: s.Statement, checked: Checked, at: int) -> None:
    binding = st.binding
    need((bundle.input is not None) == (binding is not None), "an input commitment that is missing or not asked for")
    if binding is None:
        return
    part = bundle.input
    need(digest("commitment", part.commitment) == binding.commitment, "another input commitment")
    second = cm.decode(part.commitment)
    schema = digest("schema", cm.export(checked.plan, checked.chain[at]).encode())
    need(second.role == cm.INPUT and second.subject == binding.schema == schema, "an input for another model")
    need(second.batch == st.batch, "an input of another batch")


def _signature(bundle: Bundle, binding: s.Binding) -> None:
    part = bundle.input
    need((part.signature is not None) == (binding.issuer is not None), "a signature that is missing or not asked for")
    if binding.issuer is not None:
        signed = message(binding.schema, binding.commitment, binding.records, binding.expiry)
        need(holds(binding.issuer, signed, part.signature), "the issuer's signature does not hold")
