"""From a committed model and an input to a bundle: witness, statement, budgets, ledger of thresholds, proof.

Nothing is spent before all that can be checked was checked; nothing secret is opened before the budgets and the ledger
of thresholds are on disk.
"""

from __future__ import annotations

import os
import time as clock
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from affidavit import core
from affidavit.bundle.bundle import Bundle, InputPart
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
from affidavit.errors import InputError, Rejected, UsageError
from affidavit.model import CommittedModel
from affidavit.predicates import BoundPredicate, Predicate
from affidavit.threshold_entries import check_cells, entries_of

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
    revealed = [_revealed(model.info, name) for name in dict.fromkeys(reveal)]
    bound = [predicate.bind(model.info) for predicate in predicates]
    if not unsafe_allow_repeated_thresholds:
        check_cells(model.info, bound)
    model.budget.check()
    if committed is not None:
        _check_schema(model, committed)
        committed.budget.check()
        rows = {port.name: a for port, a in zip(committed.schema.inputs, committed.arrays, strict=True)}
    else:
        rows = integers(model.card.plan, inputs)
    tensors = model.program.run(rows)
    witness_seconds = clock.perf_counter() - started
    persistent = committed is not None
    if committed is None and claims_kind == COMMITTED:
        committed = commit_arrays(core.input_schema(model.card.plan, model.card.current), rows)
    statement = _statement(model, rows, committed, claims_kind, tensors, revealed, bound, context)
    asked = None if unsafe_allow_repeated_thresholds else entries_of(model.secret, statement, bound, persistent)
    if asked is not None:
        model.check_ledger_is_current()
        model.thresholds.check(*asked)
    # recomputed from the seeds where the files were just loaded: a damaged one is found here
    oracle, input_oracle = model.oracle, None if committed is None else committed.oracle
    left = model.budget.spend()
    if committed is not None:
        committed.budget.spend()
    if asked is not None:
        model.thresholds.record(*asked)
        # again: a renewal that begins only now takes the entry along
        model.check_ledger_is_current()
    entropy = os.urandom(32) + model.secret + (committed.secret if committed is not None else bytes(32))
    proof, timings = core.prove(
        model.card.plan,
        statement.encode(),
        oracle,
        input_oracle,
        {i: tensor for i, tensor in tensors.items() if i not in model.given},
        entropy,
    )
    part = None if committed is None else InputPart(committed.card.commitment, committed.card.signature)
    total = clock.perf_counter() - started
    seconds = {"witness": witness_seconds, **timings, "total": total}
    return Bundle(statement.encode(), proof, part, {"seconds": seconds, "uses_left": left})


def _check_schema(model: CommittedModel, committed: CommittedInput) -> None:
    if committed.card.schema != core.input_schema(model.card.plan, model.card.current):
        raise InputError(
            "the input was committed for another model",
            hint="plan and --uses of the two must match, also where the model was renewed: commit the input again with "
            "this model's card",
            code="schema",
        )


def _statement(
    model: CommittedModel,
    rows: Mapping[str, np.ndarray],
    committed: CommittedInput | None,
    kind: int,
    tensors: Mapping[int, np.ndarray],
    revealed: Sequence[int],
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
        model=core.digest("commitment", card.current),
        input_commitment=binding,
        inputs=claims,
        outputs=tuple(_outputs(plan, batch, tensors, revealed, bound)),
        context=context,
    )
    commitment = None if committed is None else committed.card.commitment
    try:
        layout = core.layout(card.plan, statement.encode(), card.current, commitment)
    except Rejected as error:  # no proof is at fault here, the question is
        raise UsageError(f"this cannot be proven: {error.message}", code=error.code) from error
    return statement.with_layout(bytes.fromhex(layout["digest"]))


def _revealed(plan: core.PlanInfo, name: str) -> int:
    output = plan.output_index(name)
    if output is None:
        names = ", ".join(port.name for port in plan.outputs)
        raise UsageError(f"the model has no output {name!r}", hint=f"its outputs are: {names}")
    return output


def _outputs(
    plan: core.PlanInfo,
    batch: int,
    tensors: Mapping[int, np.ndarray],
    revealed: Sequence[int],
    bound: Sequence[BoundPredicate],
) -> list[OutputClaim]:
    def rows(output: int) -> np.ndarray:
        port = plan.outputs[output]
        return np.ascontiguousarray(tensors[port.tensor]).reshape(batch, port.cells)

    claims: list[OutputClaim] = [PublicOutput(output, rows(output).reshape(-1)) for output in revealed]
    claims.extend(predicate.claim(rows(predicate.output)) for predicate in bound)
    return claims
