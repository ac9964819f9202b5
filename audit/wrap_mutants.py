"""What the bounds of spec 2 and the limit on leaves exclude: equal modulo p, different as integers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from affidavit.plan import BoundsError, Builder
from affidavit.plan import types as t
from affidavit.plan.blocks.clamp import clamp
from affidavit.plan.blocks.division import divide, square_root

from . import originals as o
from .mutant import Found, Mutant, Rows, plan_of, row
from .search import admitted_inputs, audit_row
from .toy import ToyField
from .wrap import LooseBuilder, repeated_lookups


def wrap_mutants() -> list[Mutant]:
    """What the bounds of spec 2 and the limit on leaves exclude: equal modulo p, different as integers."""

    def wraps(name: str, build: Callable[[Builder], int], prime: int, rows: list[Rows]) -> Mutant:
        def run() -> Found:
            plan = plan_of(build, ToyField(prime), LooseBuilder)
            found = [v.second for v in (audit_row(plan, {}, row, toy=True, range_bits=2) for row in rows) if v.second]
            best = next((x for x in found if x.changes_an_output), found[0] if found else None)
            return Found(name, best is not None, _refused(build, prime), str(best))

        return Mutant(name, run)

    small = [{"x": row(v)} for v in range(-8, 8)]
    pairs = [{"n": row(n), "d": row(d)} for n in (-8, 0, 7) for d in (-4, 0, 3)]
    return [
        wraps(
            "bounds do not close: clamp",
            lambda b: clamp(b, "c", b.linear("acc", [(3, b.input("x", (1,), 0, 4))]), 2, -4, 3, 0).value,
            37,
            small,
        ),
        wraps(
            "bounds do not close: root",
            lambda b: square_root(b, "r", b.linear("positive", [(1, b.input("x", (1,), 0, 4))], 8), 0),
            13,
            small,
        ),
        wraps(
            "bounds do not close: quotient",
            lambda b: divide(
                b, "q", b.input("n", (1,), 0, 4), b.linear("den", [(1, b.input("d", (1,), 0, 3))], 5), -8, 7, 0
            ),
            31,
            pairs,
        ),
        Mutant("input: one of the two ranges of an index dropped", _one_range_of_two),
        Mutant("multiplicities wrap: p equal lookups outside of the table", _multiplicities),
    ]


def _one_range_of_two() -> Found:
    """A list of three labels: two overlapping ranges leave the indices 0, 1 and 2; one alone leaves 3 as well."""
    plan = plan_of(o.labels)
    on_input = [r for r in plan.relations if isinstance(r, t.Range) and r.tensor == plan.inputs[0].tensor]
    mutated = replace(plan, relations=tuple(r for r in plan.relations if r != on_input[-1]))
    before, after = admitted_inputs(plan), admitted_inputs(mutated)
    name = "input: one of the two ranges of an index dropped"
    return Found(name, 3 in after, before == [0, 1, 2], f"an unbound input may be {after}, honest {before}")


def _refused(build: Callable[[Builder], int], prime: int) -> bool:
    """The builder that checks bounds refuses the same block in this field."""
    try:
        plan_of(build, ToyField(prime))
    except BoundsError:
        return True
    return False


def _multiplicities() -> Found:
    few, many = repeated_lookups(10), repeated_lookups(11)
    said = f"11 rows in a field of 11 elements all look up y = {many} where f(0) is 1" if many is not None else "none"
    return Found("multiplicities wrap: p equal lookups outside of the table", many is not None, few is None, said)
