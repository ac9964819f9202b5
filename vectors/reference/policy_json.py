"""A policy as the vectors write it."""

from __future__ import annotations

from typing import Any

from .plan import Plan
from .policy import KINDS, Policy, Question

HEX = ("input_commitment", "issuer", "nonce")
PLAIN = ("min_bits", "unsafe_allow_unbound", "now", "policy_id", "max_age")


def read(entry: dict[str, Any], plan: Plan) -> Policy:
    ports = [port.name for port in plan.inputs]
    questions = (q | {"kind": KINDS[q["kind"]]} for q in entry.get("predicates", ()))
    return Policy(
        **{k: bytes.fromhex(entry[k]) for k in HEX if k in entry},
        **{k: entry[k] for k in PLAIN if k in entry},
        records=tuple(entry["records"]) if "records" in entry else None,
        inputs=tuple((ports.index(name), tuple(values)) for name, values in entry.get("inputs", {}).items()),
        predicates=tuple(Question(**q) for q in questions),
        any_outcome=entry.get("outcome") == "any",
    )
