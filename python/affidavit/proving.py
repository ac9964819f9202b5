"""From a committed model and an input to a bundle: witness, statement, ledger, budget, proof, in this order.

Nothing is opened before the ledger of thresholds and the budgets are on disk; nothing is spent before the input
was found usable.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import time as clock
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from affidavit import core
from affidavit.bundle.bundle import Bundle, InputPart
from affidavit.bundle.codec import Writer
from affidavit.bundle.statement import (
    COMMITTED,
    INFERENCE,
    NO_LAYOUT,
    PUBLIC,
    UNBOUND,
    Context,
    InputBinding,
    InputClaim,
    OutputClaim,
    PublicOutput,
    Statement,
)
from affidavit.committed_input import CommittedInput, commit_arrays
from affidavit.errors import UsageError
from affidavit.model import CommittedModel
from affidavit.predicates import BoundPredicate, Predicate

KINDS = {"committed": COMMITTED, "public": PUBLIC, "unbound": UNBOUND}


def witness_program(plan: bytes, weights: Mapping[int, np.ndarray]) -> Any:
    """The prepared witness of a plan (the one door to ``affidavit.witness``)."""
    from affidavit.plan import decode
    from affidavit.witness import WitnessProgram

    return WitnessProgram(decode(plan), weights)


def integers(plan: bytes, inputs: Any) -> dict[str, np.ndarray]:
    """Real inputs on the plan's grid, ``[B, *shape]``; out of range, NaN or misnamed is an ``InputError``."""
    from affidavit.input_glue import quantised

    return quantised(plan, inputs)


def make_bundle(
    model: CommittedModel,
    inputs: Any | None,
    committed: CommittedInput | None,
    kind: str,
    reveal: Sequence[str],
    predicates: Sequence[Predicate],
    context: Context,
    unsafe_allow_repeated_thresholds: bool,
) -> Bundle:
    """Prove one statement. See :func:`affidavit.prove` for the arguments."""
    started = clock.perf_counter()
    claims_kind = KINDS[kind]
    if committed is not None:
        rows = {port.name: a for port, a in zip(committed.schema.inputs, committed.arrays, strict=True)}
    else:
        rows = integers(model.card.plan, inputs)
    bound = [predicate.bind(model.info) for predicate in predicates]
    tensors = model.program.run(rows)
    witness_seconds = clock.perf_counter() - started
    persistent = committed is not None
    if committed is None and claims_kind == COMMITTED:
        committed = commit_arrays(core.input_schema(model.card.plan, model.card.commitment), rows)
    statement = _statement(model, rows, committed, claims_kind, tensors, reveal, bound, context)
    if not unsafe_allow_repeated_thresholds:
        _record_thresholds(model, statement, bound, persistent)
    left = model.budget.spend()
    if committed is not None:
        committed.budget.spend()
    entropy = os.urandom(32) + model.secret + (committed.secret if committed is not None else bytes(32))
    proof, timings = core.prove(
        model.card.plan,
        statement.encode(),
        model.oracle,
        None if committed is None else committed.oracle,
        {i: tensor for i, tensor in tensors.items() if i not in model.given},
        entropy,
    )
    part = None if committed is None else InputPart(committed.card.commitment, committed.card.signature)
    total = clock.perf_counter() - started
    seconds = {"witness": witness_seconds, **timings, "total": total}
    return Bundle(statement.encode(), proof, part, {"seconds": seconds, "uses_left": left})


def _statement(
    model: CommittedModel,
    rows: Mapping[str, np.ndarray],
    committed: CommittedInput | None,
    kind: int,
    tensors: Mapping[int, np.ndarray],
    reveal: Sequence[str],
    bound: Sequence[BoundPredicate],
    context: Context,
) -> Statement:
    plan, card = model.info, model.card
    batch = int(next(iter(rows.values())).shape[0])
    binding = None
    if committed is not None:
        binding = InputBinding(
            core.digest("commitment", committed.card.commitment),
            core.digest("schema", committed.card.schema),
            committed.card.issuer,
            committed.card.records,
            committed.card.expiry,
        )
    claims = tuple(InputClaim(kind, rows[port.name].reshape(-1) if kind == PUBLIC else None) for port in plan.inputs)
    statement = Statement(
        purpose=INFERENCE,
        plan=plan.digest,
        layout=NO_LAYOUT,
        batch=batch,
        model=core.digest("commitment", card.commitment),
        input_commitment=binding,
        inputs=claims,
        outputs=tuple(_outputs(plan, batch, tensors, reveal, bound)),
        context=context,
    )
    layout = core.layout(
        card.plan, statement.encode(), card.commitment, None if committed is None else committed.card.commitment
    )
    return statement.with_layout(bytes.fromhex(layout["digest"]))


def _outputs(
    plan: core.PlanInfo,
    batch: int,
    tensors: Mapping[int, np.ndarray],
    reveal: Sequence[str],
    bound: Sequence[BoundPredicate],
) -> list[OutputClaim]:
    def rows(output: int) -> np.ndarray:
        port = plan.outputs[output]
        return np.ascontiguousarray(tensors[port.tensor]).reshape(batch, port.cells)

    claims: list[OutputClaim] = []
    for name in dict.fromkeys(reveal):
        output = plan.output_index(name)
        if output is None:
            names = ", ".join(port.name for port in plan.outputs)
            raise UsageError(f"the model has no output {name!r}", hint=f"its outputs are: {names}")
        claims.append(PublicOutput(output, rows(output).reshape(-1)))
    claims.extend(predicate.claim(rows(predicate.output)) for predicate in bound)
    return claims


def _record_thresholds(
    model: CommittedModel, statement: Statement, bound: Sequence[BoundPredicate], persistent: bool
) -> None:
    """One set of thresholds per record (or committed input) and policy id; one threshold per cell and proof."""
    thresholds = [p for p in bound if p.source.has_threshold]
    if not thresholds:
        return
    cells = [(p.output, p.cell) for p in thresholds]
    if len(set(cells)) != len(cells):
        raise UsageError(
            "several thresholds on one cell in one proof",
            hint="they narrow down the hidden value; allow repeated thresholds explicitly (unsafe)",
            code="repeated-threshold",
        )
    binding = statement.input_commitment
    if binding is None or not persistent:
        return
    subjects = binding.records or (binding.commitment.hex(),)

    def keyed(write: Any) -> bytes:
        out = Writer("threshold")
        write(out)
        return hmac.digest(model.secret, out.finish(), hashlib.sha256)

    def subject(out: Writer, record: str) -> None:
        out.u8("kind", 1)
        out.raw("issuer", binding.issuer or bytes(32), 32)
        out.text("policy", statement.context.policy, 128)
        out.text("record", record, 128)

    def value(out: Writer) -> None:
        out.u8("kind", 2)
        for p in sorted(thresholds, key=lambda p: (p.output, p.cell)):
            out.u16("output", p.output)
            out.u32("cell", p.cell)
            for bound_value in (p.low, p.high):
                out.flag("given", bound_value is not None)
                out.i64("bound", bound_value or 0)

    keys = [keyed(lambda out, record=record: subject(out, record)) for record in subjects]
    model.thresholds.record(keys, keyed(value))
