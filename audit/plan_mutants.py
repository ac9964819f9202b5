"""Plans with one relation less, wider or other, and circuits with one lookup less."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from affidavit.plan import Builder, Field
from affidavit.plan import types as t

from . import originals as o
from . import weaken as w
from .blocks import chosen_freely
from .circuit import Circuit, without_tags
from .mutant import Found, Mutant, Rows, plan_of, row
from .search import Second, audit_row


def _of_plan(
    name: str,
    build: Callable[[Builder], int],
    rows: list[Rows],
    weakened: Callable[[t.Plan], t.Plan] = lambda plan: plan,
    *,
    circuit: Callable[[Circuit], Circuit] = lambda c: c,
    range_bits: int | None = None,
    field: object = Field.KOALABEAR,
    free: bool = False,
    toy: bool = False,
) -> Mutant:
    """``free``: the selector of the original has a choice."""

    def run() -> Found:
        plan = plan_of(build, field)
        mutated = weakened(plan)
        choice = chosen_freely if free else lambda name: False
        options = {"choice": choice, "range_bits": range_bits, "toy": toy}
        originals = [audit_row(plan, {}, inputs, **options) for inputs in rows]  # type: ignore[arg-type]
        seconds: list[Second] = []
        for inputs in rows:
            verdict = audit_row(mutated, {}, inputs, change=circuit, reference=plan, **options)  # type: ignore[arg-type]
            if verdict.second is not None:
                seconds.append(verdict.second)
        best = next((x for x in seconds if x.changes_an_output), seconds[0] if seconds else None)
        holds = all(v.status == "unique" for v in originals)
        return Found(name, best is not None, holds, str(best))

    return Mutant(name, run)


def _unguarded(plan: t.Plan) -> t.Plan:
    """Zero rows admitted: the divisor is the sum itself, which can be zero, and the remainder may reach it."""
    plan = w.both(w.drop("n.positive"), w.shift("p.room", 1))(plan)
    return w.first_terms("n.nonzero", 1)(plan)


def plan_mutants() -> list[Mutant]:
    many = [{"x": row(*v)} for v in ((17, -100), (-28, 3), (35, 9), (127, -128), (26, 3))]
    wide = [{"x": row(v)} for v in (5, (1 << 25) - 1, -(1 << 25), (1 << 13) - 1)]
    pairs = [{"n": row(n), "d": row(d)} for n, d in ((100, 3), (-7, -9), (511, -16), (0, 0))]
    ones = [{"x": row(v)} for v in (5, -2, 0, 31, -32)]
    roots = [{"x": row(v)} for v in (-512, 100, 511, 17)]
    triples = [{"x": row(*v)} for v in ((3, 7, 7), (5, 5, 5), (-32, 31, 0), (9, 1, 2))]
    keys = [{"x": row(v)} for v in (-4, 0, 3, 1)]
    logits = [{"x": row(*v)} for v in ((15, -16), (3, 3), (2, 5))]
    vectors = [{"x": row(*v)} for v in ((0, 0), (5, -7), (15, 0))]
    small = [{"x": row(v)} for v in range(-16, 16)]
    rng, zero = t.Range, t.Zero
    return [
        _of_plan("clamp: the value's range dropped", o.clamped, many, w.drop("/c", kind=rng)),
        _of_plan("clamp: the value's range a bit wider", o.clamped, many, w.widen("/c")),
        _of_plan("clamp: the value's range from one below", o.clamped, many, w.widen("/c", 0, -1)),
        _of_plan("clamp: only one side, the upper end dropped", o.odd, many, w.drop("c.room")),
        _of_plan("clamp: the range of the excess below dropped", o.clamped, many, w.drop("c.below", kind=rng)),
        _of_plan("clamp: the range of the excess above dropped", o.clamped, many, w.drop("c.above", kind=rng)),
        _of_plan("clamp: below without (a - lo)·below = 0", o.clamped, many, w.drop("only_below")),
        _of_plan("clamp: above without (hi - a)·above = 0", o.clamped, many, w.drop("only_above")),
        _of_plan("clamp: sign unconstrained at zero (relu)", o.plain, many, w.drop("only_below")),
        _of_plan("rescale: the remainder's range dropped", o.clamped, many, w.drop("c.remainder")),
        _of_plan("rescale: the remainder a bit wider", o.clamped, many, w.widen("c.remainder")),
        _of_plan("rescale: the rounding offset dropped", o.clamped, many, w.shift("c.remainder", -4)),
        _of_plan("clamp without shift: a = Q dropped", o.plain, many, w.drop("c.remainder", kind=zero)),
        _of_plan("indicator: excess·(1 - u) = 0 dropped", o.beyond, wide, w.drop("no_excess")),
        _of_plan("indicator: room·u = 0 dropped", o.beyond, wide, w.drop("no_room")),
        _of_plan("indicator: the range of u dropped", o.beyond, wide, w.drop("is_beyond", kind=rng)),
        _of_plan("quotient: the remainder's lower bound dropped", o.quotient, pairs, w.drop("q.remainder")),
        _of_plan("quotient: the remainder's upper bound dropped", o.quotient, pairs, w.drop("q.room")),
        _of_plan("quotient: remainder up to the divisor", o.quotient, pairs, w.shift("q.room", 1)),
        _of_plan("quotient: both bounds dropped", o.quotient, pairs, w.drop("q.remainder", "q.room")),
        _of_plan("root: the upper side dropped", o.root, roots, w.drop("r.room")),
        _of_plan("root: the lower side dropped", o.root, roots, w.drop("r.remainder")),
        _of_plan(
            "root: the root's range dropped",
            o.small_root,
            small,
            w.drop("/r", kind=rng),
            field=o.root_field(),
            toy=True,
        ),
        _of_plan("root: one more than 2y", o.root, roots, w.shift("r.room", 1)),
        _of_plan("non-zero: z·x = 0 dropped", o.zero_guard, ones, w.drop("is_zero")),
        _of_plan("non-zero: x + z ≥ 1 dropped", o.zero_guard, ones, w.drop("positive", kind=rng)),
        _of_plan("row sum: equality dropped", o.sum, triples, w.drop("s.equal")),
        _of_plan("row sum: a padding cell of the axis is free", o.sum, triples, circuit=w.free_padding("s.equal")),
        _of_plan("maximum: is attained dropped", o.maximum, triples, w.drop("is_max"), free=True),
        _of_plan("maximum: is upper bound dropped", o.maximum, triples, w.drop("below_max"), free=True),
        _of_plan("maximum: one-hot without sum = 1", o.maximum, triples, w.drop("one_chosen"), free=True),
        _of_plan("argmax: without the tie-break", o.first, triples, w.first_terms("m.strict", 1)),
        _of_plan("argmax: ties break to any side", o.first, triples, w.shift("m.strict", 1)),
        _of_plan("argmax: flags not boolean", o.first, triples, w.drop("m.selector", kind=rng)),
        _of_plan("table: without tag", o.two_tables, keys, circuit=without_tags),
        _of_plan("table: another function's entries", o.table, keys, w.retable(lambda v: v[::-1].copy())),
        _of_plan("table: one entry off by one", o.table, keys, w.retable(lambda v: v + (np.arange(8) == 4))),
        _of_plan("table: padded with the entry (0, 0)", o.table, keys, circuit=w.zero_entry),
        _of_plan("table: the argument alone is looked up", o.table, keys, circuit=w.index_only),
        _of_plan("table: lookup dropped", o.two_tables, keys, w.drop("/u", kind=t.Lookup)),
        _of_plan("softmax: t·(room) = 0 dropped", o.softmax, logits, w.drop("only_beyond"), free=True),
        _of_plan("softmax: the sum is any number", o.softmax, logits, w.drop("s.equal"), free=True),
        _of_plan("softmax: the maximum need not be attained", o.softmax, logits, w.drop("m.is_max"), free=True),
        _of_plan("normalise: a zero row admitted", o.normalised, vectors, _unguarded),
        _of_plan("normalise: the guard z of zero rows unbound", o.normalised, vectors, w.drop("n.is_zero")),
        _of_plan("narrow range: the scaled lookup dropped", o.clamped, many, circuit=w.without_scaled, range_bits=8),
        _of_plan("narrow range: only the scaled lookup", o.clamped, many, circuit=w.without_unscaled, range_bits=8),
        _of_plan("wide range: limbs not looked up", o.clamped, many, circuit=w.without_limb_lookups, range_bits=3),
        _of_plan(
            "wide range: the lowest limb not looked up", o.clamped, many, circuit=w.without_low_limbs, range_bits=3
        ),
    ]
