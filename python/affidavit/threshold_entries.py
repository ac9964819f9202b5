"""From the thresholds of a statement to entries of the prover's ledger (spec 5, ``.thresholds``)."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Sequence

from affidavit import limits
from affidavit.bundle.codec import Writer
from affidavit.bundle.statement import Statement
from affidavit.core import PlanInfo
from affidavit.errors import UsageError
from affidavit.predicates import BoundPredicate


def check_cells(plan: PlanInfo, bound: Sequence[BoundPredicate]) -> None:
    """Raises :class:`UsageError` for several thresholds on one cell, under whatever name of its tensor."""
    cells = [(plan.outputs[p.output].tensor, p.cell) for p in bound if p.source.has_threshold]
    if len(set(cells)) != len(cells):
        raise UsageError(
            "several thresholds on one cell in one proof",
            hint="they narrow down the hidden value; allow repeated thresholds explicitly (unsafe)",
            code="repeated-threshold",
        )


def entries_of(
    secret: bytes, statement: Statement, bound: Sequence[BoundPredicate], persistent: bool
) -> tuple[list[bytes], bytes] | None:
    """Keys (one per record, or one for the committed input) and their value; None where nothing is to be remembered.

    ``persistent``: the input's commitment outlives this proof.
    """
    thresholds = [p for p in bound if p.source.has_threshold]
    binding = statement.input_commitment
    if not thresholds or binding is None or not persistent:
        return None

    def keyed(write: Callable[[Writer], None]) -> bytes:
        out = Writer("threshold")
        write(out)
        return hmac.digest(secret, out.finish(), hashlib.sha256)

    def subject(record: str) -> Callable[[Writer], None]:
        def write(out: Writer) -> None:
            out.u8("kind", 1)
            out.raw("issuer", binding.issuer or bytes(32), 32)
            out.text("policy", statement.context.policy, limits.POLICY_BYTES)
            out.text("record", record, limits.RECORD_BYTES)

        return write

    def value(out: Writer) -> None:
        out.u8("kind", 2)
        for p in sorted(thresholds, key=lambda p: (p.output, p.cell)):
            out.u16("output", p.output)
            out.u32("cell", p.cell)
            for bound_value in (p.low, p.high):
                out.flag("given", bound_value is not None)
                out.i64("bound", bound_value or 0)

    subjects = binding.records or (binding.commitment.hex(),)
    return [keyed(subject(record)) for record in subjects], keyed(value)
