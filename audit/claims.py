"""Predicates: a false statement about a hidden output has no witness, a true one has."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from affidavit.bundle import statement as s
from affidavit.plan import Builder
from affidavit.plan import types as t

from .circuit import Circuit, elaborate
from .search import NONE, SECOND, UNDECIDED, Verdict, inference
from .solve import solve
from .system import system_of
from .toy import ToyField, tightest


def output_plan(cells: int, bits: int, field: object) -> t.Plan:
    """y = 2x + 1 of an input: an output whose interval is not symmetric."""
    b = Builder(field, "claims")  # type: ignore[arg-type]
    y = b.linear("y", [(2, b.input("x", (cells,), 0, bits))], 1)
    b.output("y", y, (cells,))
    return b.finish()[0]


def toy_output_plan(cells: int, bits: int) -> t.Plan:
    """In the smallest field that a predicate on this output allows: W < p/16."""

    def make(field: ToyField) -> t.Plan:
        width = 2 * ((1 << bits) - 1) + 4
        return output_plan(cells, bits, field) if 16 * width < field.prime else _too_small()

    return tightest(make)


def _too_small() -> t.Plan:
    from affidavit.plan import BoundsError

    raise BoundsError("the output is too wide for a predicate")


def provable(
    plan: t.Plan,
    rows: np.ndarray,
    claim: s.OutputClaim,
    *,
    change: Callable[[Circuit], Circuit] = lambda c: c,
    range_bits: int | None = None,
    toy: bool = False,
) -> tuple[bool | None, int]:
    """(whether some assignment satisfies the statement, nodes); None: undecided."""
    c = change(elaborate(plan, inference(plan, len(rows), claim), {}, {"x": rows}, range_bits=range_bits))
    if c.refused:
        return False, 0
    result = solve(system_of(c, toy=toy), limit=1)
    return (True if result.solutions else False if result.complete else None), result.nodes


@dataclass(frozen=True)
class Question:
    """A claim about rows of outputs, and whether it is true of each of them, by its plain meaning."""

    claim: s.OutputClaim
    truth: bool


def questions(rows: np.ndarray, low: int, high: int, p: int) -> Iterator[Question]:
    """Every predicate with thresholds all over [low, high], every outcome for every row."""
    n = rows.shape[1]
    outcomes = [np.array(o, dtype=np.bool_) for o in itertools.product([False, True], repeat=len(rows))]
    y = rows[:, 0]
    bounds = range(low - 1, high + 2)
    for o in outcomes:
        for bound in bounds:
            yield Question(s.AtLeast(0, 0, bound, 0, o), bool(np.array_equal(y >= bound, o)))
            yield Question(s.AtMost(0, 0, bound, 0, o), bool(np.array_equal(y <= bound, o)))
            for top in {min(bound + span, high + 1) for span in (0, 1, 3)}:
                inside = (bound <= y) & (y <= top)
                yield Question(s.Between(0, 0, bound, top, 0, o), bool(np.array_equal(inside, o)))
        for cell in range(n):
            larger = (rows > rows[:, cell : cell + 1]).sum(axis=1)
            for k in range(1, n + 1):
                yield Question(s.TopK(0, cell, k, o), bool(np.array_equal(larger < k, o)))
    for classes in itertools.product(range(n), repeat=len(rows)):
        said = np.array(classes, dtype=np.uint32)
        yield Question(s.ArgMax(0, said), bool(np.array_equal(rows.argmax(axis=1), said)))
    for change in (0, 1, 2, -3, p, -p):
        values = rows.reshape(-1).astype(object) + change
        yield Question(s.PublicOutput(0, values), change == 0)


def audit_claims(
    plan: t.Plan, inputs: Sequence[np.ndarray], *, toy: bool, widths: Sequence[int | None], sample: int, seed: int = 0
) -> dict[str, Verdict]:
    """By kind of claim, at most ``sample`` of each for every input: provable exactly where it is true."""
    rng, verdicts = np.random.default_rng(seed), {}
    low, high = (2 * v + 1 for v in _ends(plan))
    for rows in inputs:
        asked = list(questions(2 * rows + 1, low, high, plan.field.prime))
        seen: Counter[str] = Counter()
        for question in (asked[i] for i in rng.permutation(len(asked))):
            name = type(question.claim).__name__
            seen[name] += 1
            if seen[name] > sample:
                continue
            verdict = verdicts.setdefault(name, Verdict())
            for w in widths:
                found, nodes = provable(plan, rows, question.claim, range_bits=w, toy=toy)
                verdict.inputs += 1
                verdict.nodes += nodes
                if found is None:
                    verdict.add(Verdict(UNDECIDED))
                elif found != question.truth:
                    what = "a false statement has a witness" if found else "a true statement has none"
                    verdict.add(Verdict(SECOND if found else NONE, notes=[f"{what}: {question.claim}"]))
    return verdicts


def _ends(plan: t.Plan) -> tuple[int, int]:
    body = plan.tensors[plan.inputs[0].tensor].body
    assert isinstance(body, t.Input)
    return body.lo, body.hi
