"""Reading the vectors: what accepts, and what edits make of it. Needs the second verifier only."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from edits import Files, Parts, edited
from reference import commitment, statement
from reference.files import Bundle, Card, decode_bundle, decode_card

HERE = Path(__file__).parent
INLINE = ("plan", "model")  # where there is no card


def load(name: str) -> Any:
    return json.loads((HERE / name).read_text())["vectors"]


@dataclass(frozen=True)
class Base:
    entry: dict[str, Any]
    parts: Parts
    files: Files | None  # None where spec 8.2 has nothing to say


def read(entry: dict[str, Any]) -> Base:
    """One entry of accept.json, or one of reject.json that has its own bundle."""
    card_data = None if entry.get("card") is None else (HERE / entry["card"]).read_bytes()
    card = None if card_data is None else decode_card(card_data)
    if "renewal" in entry:
        at = entry["renewal"]
        (new, proven), old = card.renewals[at], (card.commitment, *(c for c, _ in card.renewals))[at]
        return Base(entry, Parts(card.plan, proven.statement, old, new, proven.proof), None)
    if "bundle" not in entry:
        proven = card.certificate
        return Base(entry, Parts(card.plan, proven.statement, card.commitment, None, proven.proof), None)
    data = (HERE / entry["bundle"]).read_bytes()
    bundle = decode_bundle(data)
    plan, model = (card.plan, _named(card, bundle)) if card else (bytes.fromhex(entry[x]) for x in INLINE)
    second = None if bundle.input is None else bundle.input.commitment
    files = None if card_data is None else Files(data, card_data)
    return Base(entry, Parts(plan, bundle.statement, model, second, bundle.proof), files)


def _named(card: Card, bundle: Bundle) -> bytes:
    """The commitment of the card's chain that the statement is about."""
    wanted = statement.decode(bundle.statement).model
    chain = (card.commitment, *(raw for raw, _ in card.renewals))
    return next(raw for raw in chain if commitment.decode(raw).digest == wanted)


def accepting() -> dict[str, Base]:
    return {entry["name"]: read(entry) for entry in load("accept.json")}


def rejecting(bases: dict[str, Base]) -> Iterator[tuple[dict[str, Any], Parts | Files]]:
    """Every entry of reject.json with what has to be refused."""
    for entry in load("reject.json"):
        yield entry, changed(entry, bases)


def changed(entry: dict[str, Any], bases: dict[str, Base]) -> Parts | Files:
    base = bases[entry["base"]]
    if "bundle" in entry:
        return read(base.entry | {"bundle": entry["bundle"]}).parts
    target = base.files if entry["level"] == "bundle" else base.parts
    for part, name in entry.get("from", {}).items():  # a part taken from another base
        source = bases[name]
        target = replace(target, **{part: getattr(source.files if entry["level"] == "bundle" else source.parts, part)})
    return edited(target, entry.get("edits", {}))
