"""Predicates whose relations are weakened by one thing: a false statement becomes provable."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from affidavit.bundle import statement as s
from affidavit.plan import Field

from . import weaken as w
from .circuit import Circuit, Sum, Tensor
from .claims import output_plan, provable
from .mutant import Found, Mutant


def _of_claim(
    name: str,
    rows: np.ndarray,
    claim: s.OutputClaim,
    circuit: Callable[[Circuit], Circuit],
    said: str,
    range_bits: int | None = None,
) -> Mutant:
    """A false claim: not provable in the original, provable in the mutant."""

    def run() -> Found:
        plan = output_plan(rows.shape[1], 6, Field.KOALABEAR)
        original, _ = provable(plan, rows, claim, range_bits=range_bits)
        mutated, _ = provable(plan, rows, claim, change=circuit, range_bits=range_bits)
        values = (2 * rows + 1).tolist()
        return Found(
            name, mutated is True, original is False, f"outputs {values}: {said} becomes provable, and is false"
        )

    return Mutant(name, run)


def claim_mutants() -> list[Mutant]:
    """The predicates' relations, each weakened by one thing."""
    flags = lambda *o: np.array(o, dtype=np.bool_)  # noqa: E731
    rows = np.array([[3, -2, 3, 1], [0, 0, -5, 7]])  # outputs 7, -3, 7, 3 and 1, 1, -9, 15
    y0 = [7, 1]
    no = w.without_request
    off_by = _offset
    return [
        _of_claim(
            "at_least: the negation is not strict",
            rows,
            s.AtLeast(0, 0, y0[0], 0, flags(False, False)),
            off_by(1),
            "false for 7 >= 7",
        ),
        _of_claim(
            "at_least: threshold off by one", rows[:1], s.AtLeast(0, 0, y0[0] + 1, 0, flags(True)), off_by(1), "7 >= 8"
        ),
        _of_claim(
            "at_most: threshold off by one", rows[:1], s.AtMost(0, 0, y0[0] - 1, 0, flags(True)), off_by(1), "7 <= 6"
        ),
        _of_claim("at_least: the range dropped", rows[:1], s.AtLeast(0, 0, 50, 0, flags(True)), no(0), "7 >= 50"),
        _of_claim(
            "between: the upper side dropped", rows[:1], s.Between(0, 0, -5, 6, 0, flags(True)), no(1), "7 in [-5, 6]"
        ),
        _of_claim(
            "between: selector not boolean",
            rows[:1],
            s.Between(0, 0, 5, 11, 0, flags(False)),
            no(0),
            "7 outside [5, 11]",
        ),
        _of_claim(
            "between: mixed rows, the lower side dropped",
            rows,
            s.Between(0, 0, 3, 5, 0, flags(False, True)),
            no(2),
            "1 in [3, 5]",
        ),
        _of_claim(
            "argmax: without the tie-break",
            rows[:1],
            s.ArgMax(0, np.array([2], dtype=np.uint32)),
            _no_earlier,
            "the first maximum is cell 2",
        ),
        _of_claim(
            "argmax: the range dropped",
            rows[:1],
            s.ArgMax(0, np.array([1], dtype=np.uint32)),
            no(0),
            "cell 1 is largest",
        ),
        _of_claim("top_k: flags not boolean", rows[:1], s.TopK(0, 1, 1, flags(True)), no(0), "-3 is the largest"),
        _of_claim(
            "top_k: the flags' inequality dropped", rows[:1], s.TopK(0, 1, 1, flags(True)), no(1), "-3 is the largest"
        ),
        _of_claim(
            "top_k: the count is not bounded", rows[:1], s.TopK(0, 1, 1, flags(True)), no(2), "-3 is the largest"
        ),
        _of_claim(
            "public output: the check dropped",
            rows[:1],
            s.PublicOutput(0, np.array([7, -3, 7, 4])),
            _no_public,
            "the output is 7, -3, 7, 4",
        ),
        _of_claim(
            "public output: integers not compared with the interval",
            rows[:1],
            s.PublicOutput(0, np.array([7 + Field.KOALABEAR.prime, -3, 7, 3])),
            _no_interval,
            "the output is p + 7, -3, 7, 3",
        ),
    ]


def _offset(by: int) -> Callable[[Circuit], Circuit]:
    """The inequality of a half line admits ``by`` more."""

    def change(c: Circuit) -> Circuit:
        target = next(r.tensor for r in c.requests if r.name.startswith("output:"))

        def kind(c: Circuit, x: Tensor) -> Sum:
            assert isinstance(x.kind, Sum)
            return replace(x.kind, constant=x.kind.constant + by)

        return w.edited(lambda c, i, x: i == target, kind)(c)

    return change


def _no_earlier(c: Circuit) -> Circuit:
    """C - Y - E without E."""
    target = next(r.tensor for r in c.requests if r.name.startswith("output:"))

    def kind(c: Circuit, x: Tensor) -> Sum:
        assert isinstance(x.kind, Sum) and len(x.kind.terms) == 3
        return replace(x.kind, terms=x.kind.terms[:2])

    return w.edited(lambda c, i, x: i == target, kind)(c)


def _no_interval(c: Circuit) -> Circuit:
    """Public integers enter the field as they are."""
    assert c.refused
    return replace(c, refused=[])


def _no_public(c: Circuit) -> Circuit:
    assert c.publics
    return replace(c, publics=[])
