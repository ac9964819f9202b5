"""``explain``: what is hidden, revealed and assumed, and the soundness ledger term by term."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

from affidavit import core, limits
from affidavit.bundle.bundle import MAGIC as BUNDLE_MAGIC
from affidavit.bundle.bundle import Bundle
from affidavit.bundle.card import MAGIC as CARD_MAGIC
from affidavit.bundle.card import Card
from affidavit.bundle.files import read_bounded
from affidavit.bundle.statement import INFERENCE, NO_LAYOUT, UNBOUND, InputClaim, PublicOutput, Statement
from affidavit.errors import AffidavitError, UsageError
from affidavit.report.reveals import model_reveals, plan_reveals, reveals
from affidavit.report.text import section, size, table
from affidavit.verify.card_check import check_card, identity_of
from affidavit.verify.check import check_input
from affidavit.verify.policy import CardLike, load_card
from affidavit.verify.wording import ALWAYS, SETUP, assumed, hidden, known

#: Uses of the model commitment that a bare plan is explained with; the ledger hardly depends on it.
_TYPICAL_USES = 16


def explain_subject(subject: Any, card: CardLike | None) -> dict[str, Any]:
    """See :func:`affidavit.explain`. Nothing is verified here: ``verify`` does that."""
    if isinstance(subject, (str, os.PathLike)):
        subject = read_bounded(Path(subject), limits.PRIVATE_FILE_BYTES, "file")
    if isinstance(subject, (bytes, bytearray)):
        subject = bytes(subject)
        if subject[:8] == BUNDLE_MAGIC:
            subject = Bundle.decode(subject)
        elif subject[:8] == CARD_MAGIC:
            subject = Card.decode(subject)
        elif subject[:8] != core.PLAN_MAGIC:
            raise UsageError("explain takes a bundle, a card or a plan")
    if isinstance(subject, Bundle):
        return _explain_bundle(subject, None if card is None else load_card(card))
    if isinstance(subject, Card):
        return _explain_card(subject)
    plan = getattr(subject, "plan", subject)
    if not isinstance(plan, bytes):
        raise UsageError(f"explain takes a bundle, a card or a plan, not {type(subject).__name__}")
    return _explain_plan(plan)


def _explain_bundle(bundle: Bundle, card: Card | None) -> dict[str, Any]:
    statement = bundle.decoded()
    result: dict[str, Any] = {
        "kind": "bundle",
        "verified": False,
        "batch": statement.batch,
        "setup": SETUP,
        "assumed": list(assumed(statement)),
        "bytes": {"statement": len(bundle.statement), "proof": len(bundle.proof)},
    }
    if bundle.timings:
        result["seconds"] = bundle.timings.get("seconds", {})
    if card is None:
        result["note"] = "give the model's card to see names, what is hidden and the ledger"
        return result
    plan = core.plan_info(card.plan)
    if statement.plan != plan.digest or len(statement.inputs) != len(plan.inputs):
        raise UsageError("the card is not that of the bundle's model")
    position, commitment = _commitment_of(statement, card)
    committed = None if bundle.input is None else bundle.input.commitment
    # a statement that does not fit the plan has no words
    core.layout(card.plan, statement.with_layout(NO_LAYOUT).encode(), commitment, committed)
    result |= {
        "model": chain_of(card, position),
        "claims": list(known(statement, plan, identity_of(card), position)),
        "hidden": list(hidden(statement, plan)),
        "reveals": list(reveals(statement, plan, commitment)),
        "ledger": core.ledger(card.plan, bundle.statement, commitment, committed),
    }
    try:
        check_input(statement, bundle.input, core.digest("schema", core.input_schema(card.plan, commitment)))
    except AffidavitError as error:
        result["note"] = f"the input part does not hold: {error.message}"
        return result
    started = time.perf_counter()
    try:
        report = core.verify(card.plan, bundle.statement, commitment, committed, bundle.proof, 0.0)
    except AffidavitError as error:
        result["note"] = f"the proof does not hold: {error.message}"
        return result
    proof_seconds = time.perf_counter() - started
    started = time.perf_counter()
    try:
        check_card(card)
    except AffidavitError as error:
        result["note"] = f"the card does not hold: {error.message}"
        return result
    # Seconds of proving are known only to whoever holds the fresh bundle; those of checking are measured here.
    checking = {"check the proof": proof_seconds, "check the card, once": time.perf_counter() - started}
    result["seconds"] = {**result.get("seconds", {}), **checking}
    result["bytes"]["proof by part"] = {part["name"]: part["bytes"] for part in report.get("parts", [])}
    return result


def chain_of(card: Card, position: int) -> dict[str, Any]:
    """The model and one of its commitments: the first has position 0, and each renewal adds one."""
    return {"identity": identity_of(card).hex(), "renewals": len(card.renewals), "position": position}


def _commitment_of(statement: Statement, card: Card) -> tuple[int, bytes]:
    for position, commitment in enumerate(card.commitments):
        if core.digest("commitment", commitment) == statement.model:
            return position, commitment
    raise UsageError(
        "the bundle is about a commitment that is not in the card",
        hint="the model may have been renewed since the card was made: get the newest card from its owner",
    )


def _example(plan: core.PlanInfo, model: bytes) -> Statement:
    """One inference with unbound input and all outputs public: the shape that a bare plan is explained with."""
    import numpy as np

    outputs = tuple(
        PublicOutput(i, np.full(port.cells, max(port.lo, min(0, port.hi)), dtype=np.int64))
        for i, port in enumerate(plan.outputs)
    )
    inputs = tuple(InputClaim(UNBOUND) for _ in plan.inputs)
    return Statement(INFERENCE, plan.digest, NO_LAYOUT, 1, model, None, inputs, outputs)


def _public_parts(plan: core.PlanInfo) -> list[str]:
    kinds: dict[str, int] = {}
    for tensor in plan.raw["tensors"]:
        kinds[tensor["kind"]] = kinds.get(tensor["kind"], 0) + 1
    return [
        f"the plan: {', '.join(f'{n} {kind}' for kind, n in sorted(kinds.items()))} tensors, their shapes, "
        "bit widths and scales",
        "operators, structural integers and function tables",
        f"field: {plan.field}",
    ]


def _explain_card(card: Card) -> dict[str, Any]:
    plan = core.plan_info(card.plan)
    statement = _example(plan, core.digest("commitment", card.current))
    layout = core.layout(card.plan, statement.encode(), card.current, None)
    encoded = statement.with_layout(bytes.fromhex(layout["digest"])).encode()
    return {
        "kind": "card",
        "model": chain_of(card, len(card.renewals)),
        "setup": SETUP,
        "public": _public_parts(plan),
        "hidden": ["all weights", "in each proof: whatever its statement does not reveal"],
        "reveals": [*plan_reveals(), *model_reveals(card.current)],
        "assumed": list(ALWAYS),
        "ledger": core.ledger(card.plan, encoded, card.current, None),
        "layout": {k: v for k, v in layout.items() if k != "digest"},
        "bytes": {"plan": len(card.plan), "certificate": len(card.certificate.proof)}
        | ({"renewals": sum(len(r.proof) for r in card.renewals)} if card.renewals else {}),
    }


def _explain_plan(plan_bytes: bytes) -> dict[str, Any]:
    plan = core.plan_info(plan_bytes)
    return {
        "kind": "plan",
        "setup": SETUP,
        "public": _public_parts(plan),
        "hidden": ["all weights (they are not in the plan)", "in each proof: whatever its statement does not reveal"],
        "reveals": list(plan_reveals()),
        "assumed": list(ALWAYS),
        "commitment": core.parameters(plan_bytes, _TYPICAL_USES),
        "bytes": {"plan": len(plan_bytes)},
    }


def ledger_table(ledger: dict[str, Any]) -> str:
    """Terms weakest first, then the totals."""
    terms = sorted(ledger.get("terms", []), key=lambda term: float(term["bits"]))
    rows = [(t["name"], t.get("formula", ""), f"{float(t['bits']):.1f}", t.get("kind", "")) for t in terms]
    totals = [f"round-by-round: {float(ledger['rbr_bits']):.2f} bits proven"]
    if ledger.get("union_bits") is not None:
        totals.append(f"union bound: {float(ledger['union_bits']):.2f} bits")
    if ledger.get("bits_without_grinding") is not None:
        totals.append(f"without proof-of-work: {float(ledger['bits_without_grinding']):.2f} bits")
    return table(rows, ("term", "formula", "bits", "kind")) + "\n" + "\n".join(totals)


def explain_text(result: dict[str, Any]) -> str:
    """The same for people."""
    parts = [f"{result['kind']}, not verified here" if result["kind"] == "bundle" else result["kind"]]
    for key, title in (
        ("claims", "claims"),
        ("public", "public"),
        ("hidden", "hidden"),
        ("reveals", "what this reveals besides"),
        ("assumed", "assumed"),
    ):
        if key in result:
            parts.append(section(title, result[key]))
    if result.get("model", {}).get("renewals"):
        parts.append("model\n" + table(result["model"].items()))
    if "ledger" in result:
        parts.append("soundness\n" + ledger_table(result["ledger"]))
    if "commitment" in result:
        parts.append("commitment\n" + table(sorted(result["commitment"].items())))
    if "layout" in result:
        parts.append(
            "layout\n" + table(sorted((k, v) for k, v in result["layout"].items() if not isinstance(v, (dict, list))))
        )
    sizes = [(k, size(v)) for k, v in result.get("bytes", {}).items() if isinstance(v, int)]
    sizes += [(f"  {k}", size(int(v))) for k, v in result.get("bytes", {}).get("proof by part", {}).items()]
    if sizes:
        parts.append("bytes\n" + table(sizes))
    if result.get("seconds"):
        parts.append("seconds\n" + table((k, f"{v:.4f}") for k, v in result["seconds"].items() if isinstance(v, float)))
    if "note" in result:
        parts.append(f"note: {result['note']}")
    return "\n\n".join(parts)
