"""``verify``: bundle and policy in; :class:`Verified`, or a typed error, out."""

from __future__ import annotations

import os
import time

from affidavit import core
from affidavit.bundle.bundle import Bundle, InputPart
from affidavit.bundle.commitment import INPUT, Commitment
from affidavit.bundle.input_files import signed_message
from affidavit.bundle.statement import INFERENCE, PUBLIC, UNBOUND, PublicOutput, Statement
from affidavit.errors import PolicyRefused, Rejected, UsageError
from affidavit.keys import PublicKey
from affidavit.verify.card_check import CheckedCard, Link, bits_of, check_card
from affidavit.verify.composition import Policy, require_complete
from affidavit.verify.policy_check import check_policy
from affidavit.verify.verified import KINDS, Verified, answer, real
from affidavit.verify.wording import UNFORCED, UNPINNED, assumed, known

BundleLike = Bundle | bytes | str | os.PathLike[str]


def load_bundle(bundle: BundleLike) -> Bundle:
    """A bundle, its bytes or its path."""
    if isinstance(bundle, Bundle):
        return bundle
    if isinstance(bundle, (bytes, bytearray)):
        return Bundle.decode(bytes(bundle))
    return Bundle.load(bundle)


def verify(bundle: BundleLike, policy: Policy) -> Verified:
    """Check a bundle under a policy.

    Raises :class:`~affidavit.errors.Malformed` for bytes that are no bundle, :class:`~affidavit.errors.Rejected`
    where the proof does not show its statement about the card's model, and
    :class:`~affidavit.errors.PolicyRefused` where it does, but the policy asks for something else.
    """
    if not isinstance(policy, Policy):
        raise UsageError("verify needs a policy", hint="policy=affidavit.policy.Model('net.card')")
    require_complete(policy)
    started = time.perf_counter()
    file = load_bundle(bundle)
    statement = file.decoded()
    checked, link = _checked_card(policy, statement)
    card_seconds = time.perf_counter() - started
    check_input(statement, file.input, link.schema_digest)
    report = core.verify(
        checked.card.plan,
        file.statement,
        link.commitment,
        None if file.input is None else file.input.commitment,
        file.proof,
        0.0,
    )
    bits = bits_of(report)
    check_policy(policy, statement, checked.plan, bits)
    seconds = {"card": card_seconds, "total": time.perf_counter() - started}
    return _verified(statement, checked, link, policy.pinned, bits, report, seconds)


def _checked_card(policy: Policy, statement: Statement) -> tuple[CheckedCard, Link]:
    """The one of the policy's cards that the statement is about, and which of its commitments.

    A card that does not hold is an error, not skipped.
    """
    refusal: Rejected | None = None
    for card in policy.cards or ():
        checked = check_card(card)
        try:
            link = _check_model(statement, checked)
        except Rejected as error:
            if error.code != "model":
                raise
            # a card of the same plan is the one that may be out of date
            if refusal is None or statement.plan == checked.plan.digest:
                refusal = error
            continue
        if link.bits < policy.min_bits:
            low = checked.bits < policy.min_bits
            what, bits = ("certificate proves", checked.bits) if low else ("renewals prove", link.bits)
            raise PolicyRefused(
                f"the card's {what} {bits:.1f} bits, the policy asks for {policy.min_bits:g}",
                hint="ask for fewer bits (min_bits), or the model's owner for a card that proves as many",
                code="bits",
            )
        return checked, link
    assert refusal is not None, "a complete policy has a card"
    raise refusal


def _check_model(statement: Statement, checked: CheckedCard) -> Link:
    """The commitment of the card's chain that the statement is about."""
    if statement.purpose != INFERENCE:
        raise Rejected("the statement is not about an inference", code="purpose")
    link, same_plan = checked.link(statement.model), statement.plan == checked.plan.digest
    if link is None or not same_plan:
        stale = (
            "the plan is the card's: the model may have been renewed since the card was made. Get the newest card from "
            "the model's owner"
        )
        raise Rejected(
            "the proof is not about the model of this card",
            hint=stale if same_plan else "use the card that the model's owner published for this model",
            code="model",
        )
    if len(statement.inputs) != len(checked.plan.inputs):
        raise Rejected("the statement does not have the model's inputs", code="statement")
    if any(claim.output >= len(checked.plan.outputs) for claim in statement.outputs):
        raise Rejected("the statement names an output that the model does not have", code="statement")
    return link


def check_input(statement: Statement, part: InputPart | None, schema_digest: bytes) -> None:
    """The input commitment is the statement's, is made for this model, and is signed where an issuer is named."""
    binding = statement.input_commitment
    if (binding is None) != (part is None):
        raise Rejected("statement and bundle disagree about an input commitment", code="input")
    if binding is None or part is None:
        return
    if core.digest("commitment", part.commitment) != binding.commitment:
        raise Rejected("the input commitment is not the statement's", code="input")
    commitment = Commitment.decode(part.commitment)
    if commitment.role != INPUT or not commitment.subject == binding.schema == schema_digest:
        raise Rejected("the input was not committed for this model", code="input")
    if commitment.batch != statement.batch:
        raise Rejected("the input commitment has another number of rows than the statement", code="input")
    if (binding.issuer is None) != (part.signature is None):
        raise Rejected("statement and bundle disagree about a signature", code="signature")
    if binding.issuer is not None and part.signature is not None:
        message = signed_message(binding.schema, binding.commitment, binding.records, binding.expiry)
        if not PublicKey(binding.issuer).holds(core.digest("input-signature", message), part.signature):
            raise Rejected("the issuer's signature does not hold", code="signature")


def _verified(
    statement: Statement,
    checked: CheckedCard,
    link: Link,
    pinned: bool,
    bits: float,
    report: dict[str, object],
    seconds: dict[str, float],
) -> Verified:
    plan, binding = checked.plan, statement.input_commitment
    inputs = {port.name: KINDS[claim.kind] for port, claim in zip(plan.inputs, statement.inputs, strict=True)}
    public = [claim for claim in statement.outputs if isinstance(claim, PublicOutput)]
    shown = {claim.output for claim in public}
    ledger = report.get("ledger", report)
    assert isinstance(ledger, dict)
    return Verified(
        statement=statement,
        plan_digest=plan.digest,
        model_digest=link.digest,
        model_identity=checked.identity,
        position=link.position,
        card_digest=checked.digest,
        model_pinned=pinned,
        bits=min(bits, link.bits),
        bits_without_grinding=float(ledger["bits_without_grinding"]),
        union_bits=float(ledger["union_bits"]),
        batch=statement.batch,
        inputs=inputs,
        unforced=plan.unforced,
        unbound=tuple(p.name for p, c in zip(plan.inputs, statement.inputs, strict=True) if c.kind == UNBOUND),
        issuer=None if binding is None else binding.issuer,
        records=() if binding is None else binding.records,
        expiry=0 if binding is None else binding.expiry,
        public_inputs={
            port.name: real(claim.values, port, statement.batch)
            for port, claim in zip(plan.inputs, statement.inputs, strict=True)
            if claim.kind == PUBLIC and claim.values is not None
        },
        outputs={
            plan.outputs[claim.output].name: real(claim.values, plan.outputs[claim.output], statement.batch)
            for claim in public
        },
        answers=tuple(answer(claim, plan) for claim in statement.outputs if not isinstance(claim, PublicOutput)),
        hidden_outputs=tuple(port.name for i, port in enumerate(plan.outputs) if i not in shown),
        known=known(statement, plan, checked.identity, link.position),
        assumed=((() if pinned else (UNPINNED,)) + ((UNFORCED,) if plan.unforced else ()) + assumed(statement)),
        report=report,
        seconds=seconds,
    )
