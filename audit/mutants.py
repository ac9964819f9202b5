"""Weakened copies, each by one thing. In each the audit has to find a second witness; in the honest plan it must not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from affidavit.bundle import statement as s
from affidavit.plan import Builder, Field
from affidavit.plan import types as t
from affidavit.plan.blocks.clamp import clamp, exclusive
from affidavit.plan.blocks.division import divide, nonzero, square_root
from affidavit.plan.blocks.rows import first_max, row_max, row_sum
from affidavit.plan.blocks.table import apply_table

from . import weaken as w
from .blocks import chosen_freely
from .circuit import Circuit, without_tags
from .claims import output_plan, provable
from .search import Second, admitted_inputs, audit_row
from .toy import ToyField, tightest
from .wrap import LooseBuilder, repeated_lookups

Rows = dict[str, np.ndarray]


@dataclass(frozen=True)
class Found:
    """What the audit says of a mutant and of its honest original; ``witness``: the second one, in words."""

    mutant: str
    killed: bool
    original_holds: bool
    witness: str


@dataclass(frozen=True)
class Mutant:
    name: str
    run: Callable[[], Found]


def _plan(build: Callable[[Builder], int], field: object = Field.KOALABEAR, loose: bool = False) -> t.Plan:
    b = (LooseBuilder if loose else Builder)(field, "mutant")  # type: ignore[arg-type]
    y = build(b)
    b.output("y", y, b.dims(y))
    return b.finish()[0]


def _row(*values: int) -> np.ndarray:
    return np.array([values], dtype=np.int64)


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
        plan = _plan(build, field)
        mutated = weakened(plan)
        choice = chosen_freely if free else lambda name: False
        options = {"choice": choice, "range_bits": range_bits, "toy": toy}
        originals = [audit_row(plan, {}, row, **options) for row in rows]  # type: ignore[arg-type]
        seconds: list[Second] = []
        for row in rows:
            verdict = audit_row(mutated, {}, row, change=circuit, reference=plan, **options)  # type: ignore[arg-type]
            if verdict.second is not None:
                seconds.append(verdict.second)
        best = next((x for x in seconds if x.changes_an_output), seconds[0] if seconds else None)
        holds = all(v.status == "unique" for v in originals)
        return Found(name, best is not None, holds, str(best))

    return Mutant(name, run)


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
        return Found(name, mutated is True, original is False, f"outputs {values}: {said} becomes provable, and is false")

    return Mutant(name, run)


# The originals


def _clamped(b: Builder, shift: int = 3, lo: int = -16, hi: int = 15) -> int:
    return clamp(b, "c", b.linear("acc", [(5, b.input("x", (2,), 0, 8))], 3), shift, lo, hi, 0).value


def _plain(b: Builder) -> int:
    return _clamped(b, 0, 0, 63)


def _odd(b: Builder) -> int:
    """Bounds whose distance is no power of two: both ends have a Range."""
    return _clamped(b, 2, -3, 40)


def _quotient(b: Builder) -> int:
    den = b.linear("den", [(1, b.input("d", (1,), 0, 5))], 17)
    return divide(b, "q", b.input("n", (1,), 0, 10), den, -512, 511, 0)


def _root(b: Builder) -> int:
    return square_root(b, "r", b.linear("positive", [(1, b.input("x", (1,), 0, 10))], 512), 0)


def _small_root(b: Builder) -> int:
    return square_root(b, "r", b.linear("positive", [(1, b.input("x", (1,), 0, 5))], 16), 0)


def _root_field() -> ToyField:
    """The smallest field for it: what a range alone excludes is rare in a large one."""

    def make(field: ToyField) -> ToyField:
        _plan(_small_root, field)
        return field

    return tightest(make)


def _nonzero(b: Builder) -> int:
    return nonzero(b, "z", b.linear("positive", [(1, b.input("x", (1,), 0, 6))], 32))


def _maximum(b: Builder) -> int:
    return row_max(b, "m", b.input("x", (3,), 0, 6)).value


def _first(b: Builder) -> int:
    chosen = first_max(b, "m", b.input("x", (3,), 0, 6)).selector
    return b.contract("index", (), chosen, (0,), b.constant("positions", np.arange(3)), (0,), scale=0)


def _sum(b: Builder) -> int:
    x = clamp(b, "c", b.linear("acc", [(3, b.input("x", (3,), 0, 6))]), 1, -16, 15, 0).value
    return row_sum(b, "s", x)


_VALUES = np.array([5, 9, 7, 3, 1, 6, 4, 2])


def _table(b: Builder) -> int:
    return apply_table(b, "t", b.input("x", (1,), 0, 3), t.FunctionTable(-4, 3, _VALUES), 0)


def _two_tables(b: Builder) -> int:
    x = b.input("x", (1,), 0, 3)
    first = apply_table(b, "t", x, t.FunctionTable(-4, 3, _VALUES), 0)
    other = apply_table(b, "u", x, t.FunctionTable(-4, 3, _VALUES[::-1].copy()), 0)
    return b.linear("y", [(1, first), (16, other)])


def _labels(b: Builder) -> int:
    return apply_table(b, "t", b.index_input("x", (1,), 3), t.FunctionTable(0, 2, np.array([4, 1, 6, 6])), 0)


def _beyond(b: Builder) -> int:
    """A room and an excess whose product would wrap, as a clamp of a wide accumulator has them."""
    acc = b.linear("acc", [(1, b.input("x", (1,), 0, 26))])
    return clamp(b, "c", acc, 0, -(1 << 13), (1 << 13) - 1, 0).value


def _softmax(b: Builder) -> int:
    x = b.input("x", (2,), 0, 5)
    found = row_max(b, "m", x, bounded_elsewhere=True)
    above = b.fresh("beyond", (2,), 0, 0, 31, t.Above(found.below, 0, 7))
    b.range(above, 0, 5)
    argument = b.linear("argument", [(1, found.below), (-1, above)])
    exclusive(b, "only_beyond", b.linear("room", [(-1, argument)], 7), above)
    e = apply_table(b, "e", argument, t.FunctionTable(0, 3, np.array([64, 24, 9, 3, 1, 0, 0, 0])), 0)
    total = row_sum(b, "s", e)
    return divide(b, "p", b.linear("num", [(32, e), (1, total)]), b.linear("twice", [(2, total)]), 0, 16, 0)


def _normalised(b: Builder) -> int:
    x = b.input("x", (2,), 0, 5)
    part = clamp(b, "positive", x, 0, 0, 15, 0)
    size = row_sum(b, "norm", b.linear("abs", [(1, part.value), (1, part.below)]))  # type: ignore[list-item]
    size = nonzero(b, "n", size)
    return divide(b, "p", b.linear("num", [(32, x), (1, size)]), b.linear("twice", [(2, size)]), -32, 31, 0)


def _unguarded(plan: t.Plan) -> t.Plan:
    """Zero rows admitted: the divisor is the sum itself, which can be zero, and the remainder may reach it."""
    plan = w.both(w.drop("n.positive"), w.shift("p.room", 1))(plan)
    return w.first_terms("n.nonzero", 1)(plan)


def plan_mutants() -> list[Mutant]:
    many = [{"x": _row(*v)} for v in ((17, -100), (-28, 3), (35, 9), (127, -128), (26, 3))]
    wide = [{"x": _row(v)} for v in (5, (1 << 25) - 1, -(1 << 25), (1 << 13) - 1)]
    pairs = [{"n": _row(n), "d": _row(d)} for n, d in ((100, 3), (-7, -9), (511, -16), (0, 0))]
    ones = [{"x": _row(v)} for v in (5, -2, 0, 31, -32)]
    roots = [{"x": _row(v)} for v in (-512, 100, 511, 17)]
    triples = [{"x": _row(*v)} for v in ((3, 7, 7), (5, 5, 5), (-32, 31, 0), (9, 1, 2))]
    keys = [{"x": _row(v)} for v in (-4, 0, 3, 1)]
    logits = [{"x": _row(*v)} for v in ((15, -16), (3, 3), (2, 5))]
    vectors = [{"x": _row(*v)} for v in ((0, 0), (5, -7), (15, 0))]
    small = [{"x": _row(v)} for v in range(-16, 16)]
    rng, zero = t.Range, t.Zero
    return [
        _of_plan("clamp: the value's range dropped", _clamped, many, w.drop("/c", kind=rng)),
        _of_plan("clamp: the value's range a bit wider", _clamped, many, w.widen("/c")),
        _of_plan("clamp: the value's range from one below", _clamped, many, w.widen("/c", 0, -1)),
        _of_plan("clamp: only one side, the upper end dropped", _odd, many, w.drop("c.room")),
        _of_plan("clamp: the range of the excess below dropped", _clamped, many, w.drop("c.below", kind=rng)),
        _of_plan("clamp: the range of the excess above dropped", _clamped, many, w.drop("c.above", kind=rng)),
        _of_plan("clamp: below without (a - lo)·below = 0", _clamped, many, w.drop("only_below")),
        _of_plan("clamp: above without (hi - a)·above = 0", _clamped, many, w.drop("only_above")),
        _of_plan("clamp: sign unconstrained at zero (relu)", _plain, many, w.drop("only_below")),
        _of_plan("rescale: the remainder's range dropped", _clamped, many, w.drop("c.remainder")),
        _of_plan("rescale: the remainder a bit wider", _clamped, many, w.widen("c.remainder")),
        _of_plan("rescale: the rounding offset dropped", _clamped, many, w.shift("c.remainder", -4)),
        _of_plan("clamp without shift: a = Q dropped", _plain, many, w.drop("c.remainder", kind=zero)),
        _of_plan("indicator: excess·(1 - u) = 0 dropped", _beyond, wide, w.drop("no_excess")),
        _of_plan("indicator: room·u = 0 dropped", _beyond, wide, w.drop("no_room")),
        _of_plan("indicator: the range of u dropped", _beyond, wide, w.drop("is_beyond", kind=rng)),
        _of_plan("quotient: the remainder's lower bound dropped", _quotient, pairs, w.drop("q.remainder")),
        _of_plan("quotient: the remainder's upper bound dropped", _quotient, pairs, w.drop("q.room")),
        _of_plan("quotient: remainder up to the divisor", _quotient, pairs, w.shift("q.room", 1)),
        _of_plan("quotient: both bounds dropped", _quotient, pairs, w.drop("q.remainder", "q.room")),
        _of_plan("root: the upper side dropped", _root, roots, w.drop("r.room")),
        _of_plan("root: the lower side dropped", _root, roots, w.drop("r.remainder")),
        _of_plan("root: the root's range dropped", _small_root, small, w.drop("/r", kind=rng), field=_root_field(), toy=True),
        _of_plan("root: one more than 2y", _root, roots, w.shift("r.room", 1)),
        _of_plan("non-zero: z·x = 0 dropped", _nonzero, ones, w.drop("is_zero")),
        _of_plan("non-zero: x + z ≥ 1 dropped", _nonzero, ones, w.drop("positive", kind=rng)),
        _of_plan("row sum: equality dropped", _sum, triples, w.drop("s.equal")),
        _of_plan("row sum: a padding cell of the axis is free", _sum, triples, circuit=w.free_padding("s.equal")),
        _of_plan("maximum: is attained dropped", _maximum, triples, w.drop("is_max"), free=True),
        _of_plan("maximum: is upper bound dropped", _maximum, triples, w.drop("below_max"), free=True),
        _of_plan("maximum: one-hot without sum = 1", _maximum, triples, w.drop("one_chosen"), free=True),
        _of_plan("argmax: without the tie-break", _first, triples, w.first_terms("m.strict", 1)),
        _of_plan("argmax: ties break to any side", _first, triples, w.shift("m.strict", 1)),
        _of_plan("argmax: flags not boolean", _first, triples, w.drop("m.selector", kind=rng)),
        _of_plan("table: without tag", _two_tables, keys, circuit=without_tags),
        _of_plan("table: another function's entries", _table, keys, w.retable(lambda v: v[::-1].copy())),
        _of_plan("table: one entry off by one", _table, keys, w.retable(lambda v: v + (np.arange(8) == 4))),
        _of_plan("table: padded with the entry (0, 0)", _table, keys, circuit=w.zero_entry),
        _of_plan("table: the argument alone is looked up", _table, keys, circuit=w.index_only),
        _of_plan("table: lookup dropped", _two_tables, keys, w.drop("/u", kind=t.Lookup)),
        _of_plan("softmax: t·(room) = 0 dropped", _softmax, logits, w.drop("only_beyond"), free=True),
        _of_plan("softmax: the sum is any number", _softmax, logits, w.drop("s.equal"), free=True),
        _of_plan("softmax: the maximum need not be attained", _softmax, logits, w.drop("m.is_max"), free=True),
        _of_plan("normalise: a zero row admitted", _normalised, vectors, _unguarded),
        _of_plan("normalise: the guard z of zero rows unbound", _normalised, vectors, w.drop("n.is_zero")),
        _of_plan(
            "narrow range: the scaled lookup dropped", _clamped, many, circuit=w.without_scaled, range_bits=8
        ),
        _of_plan("narrow range: only the scaled lookup", _clamped, many, circuit=w.without_unscaled, range_bits=8),
        _of_plan("wide range: limbs not looked up", _clamped, many, circuit=w.without_limb_lookups, range_bits=3),
        _of_plan("wide range: the lowest limb not looked up", _clamped, many, circuit=w.without_low_limbs, range_bits=3),
    ]


def claim_mutants() -> list[Mutant]:
    """The predicates' relations, each weakened by one thing."""
    flags = lambda *o: np.array(o, dtype=np.bool_)  # noqa: E731
    rows = np.array([[3, -2, 3, 1], [0, 0, -5, 7]])  # outputs 7, -3, 7, 3 and 1, 1, -9, 15
    y0 = [7, 1]
    no = w.without_request
    off_by = _offset
    return [
        _of_claim(
            "at_least: the negation is not strict", rows, s.AtLeast(0, 0, y0[0], 0, flags(False, False)), off_by(1), "false for 7 >= 7"
        ),
        _of_claim(
            "at_least: threshold off by one", rows[:1], s.AtLeast(0, 0, y0[0] + 1, 0, flags(True)), off_by(1), "7 >= 8"
        ),
        _of_claim("at_most: threshold off by one", rows[:1], s.AtMost(0, 0, y0[0] - 1, 0, flags(True)), off_by(1), "7 <= 6"),
        _of_claim("at_least: the range dropped", rows[:1], s.AtLeast(0, 0, 50, 0, flags(True)), no(0), "7 >= 50"),
        _of_claim("between: the upper side dropped", rows[:1], s.Between(0, 0, -5, 6, 0, flags(True)), no(1), "7 in [-5, 6]"),
        _of_claim("between: selector not boolean", rows[:1], s.Between(0, 0, 5, 11, 0, flags(False)), no(0), "7 outside [5, 11]"),
        _of_claim(
            "between: mixed rows, the lower side dropped", rows, s.Between(0, 0, 3, 5, 0, flags(False, True)), no(2), "1 in [3, 5]"
        ),
        _of_claim("argmax: without the tie-break", rows[:1], s.ArgMax(0, np.array([2], dtype=np.uint32)), _no_earlier, "the first maximum is cell 2"),
        _of_claim("argmax: the range dropped", rows[:1], s.ArgMax(0, np.array([1], dtype=np.uint32)), no(0), "cell 1 is largest"),
        _of_claim("top_k: flags not boolean", rows[:1], s.TopK(0, 1, 1, flags(True)), no(0), "-3 is the largest"),
        _of_claim("top_k: the flags' inequality dropped", rows[:1], s.TopK(0, 1, 1, flags(True)), no(1), "-3 is the largest"),
        _of_claim("top_k: the count is not bounded", rows[:1], s.TopK(0, 1, 1, flags(True)), no(2), "-3 is the largest"),
        _of_claim("public output: the check dropped", rows[:1], s.PublicOutput(0, np.array([7, -3, 7, 4])), _no_public, "the output is 7, -3, 7, 4"),
    ]


def _offset(by: int) -> Callable[[Circuit], Circuit]:
    """The inequality of a half line admits ``by`` more."""
    from dataclasses import replace

    from .circuit import Sum, Tensor

    def change(c: Circuit) -> Circuit:
        target = next(r.tensor for r in c.requests if r.name.startswith("output:"))

        def kind(c: Circuit, x: Tensor) -> Sum:
            assert isinstance(x.kind, Sum)
            return replace(x.kind, constant=x.kind.constant + by)

        return w.edited(lambda c, i, x: i == target, kind)(c)

    return change


def _no_earlier(c: Circuit) -> Circuit:
    """C - Y - E without E."""
    from dataclasses import replace

    from .circuit import Sum, Tensor

    target = next(r.tensor for r in c.requests if r.name.startswith("output:"))

    def kind(c: Circuit, x: Tensor) -> Sum:
        assert isinstance(x.kind, Sum) and len(x.kind.terms) == 3
        return replace(x.kind, terms=x.kind.terms[:2])

    return w.edited(lambda c, i, x: i == target, kind)(c)


def _no_public(c: Circuit) -> Circuit:
    from dataclasses import replace

    assert c.publics
    return replace(c, publics=[])


def wrap_mutants() -> list[Mutant]:
    """What the bounds of spec 2 and the limit on leaves exclude: equal modulo p, different as integers."""

    def wraps(name: str, build: Callable[[Builder], int], prime: int, rows: list[Rows]) -> Mutant:
        def run() -> Found:
            plan = _plan(build, ToyField(prime), loose=True)
            found = [v.second for v in (audit_row(plan, {}, row, toy=True, range_bits=2) for row in rows) if v.second]
            best = next((x for x in found if x.changes_an_output), found[0] if found else None)
            return Found(name, best is not None, _refused(build, prime), str(best))

        return Mutant(name, run)

    small = [{"x": _row(v)} for v in range(-8, 8)]
    pairs = [{"n": _row(n), "d": _row(d)} for n in (-8, 0, 7) for d in (-4, 0, 3)]
    return [
        wraps("bounds do not close: clamp", lambda b: clamp(b, "c", b.linear("acc", [(3, b.input("x", (1,), 0, 4))]), 2, -4, 3, 0).value, 37, small),
        wraps("bounds do not close: root", lambda b: square_root(b, "r", b.linear("positive", [(1, b.input("x", (1,), 0, 4))], 8), 0), 13, small),
        wraps(
            "bounds do not close: quotient",
            lambda b: divide(b, "q", b.input("n", (1,), 0, 4), b.linear("den", [(1, b.input("d", (1,), 0, 3))], 5), -8, 7, 0),
            31,
            pairs,
        ),
        Mutant("input: one of the two ranges of an index dropped", _one_range_of_two),
        Mutant("multiplicities wrap: p equal lookups outside of the table", _multiplicities),
    ]


def _one_range_of_two() -> Found:
    """A list of three labels: two overlapping ranges leave the indices 0, 1 and 2; one alone leaves 3 as well."""
    from dataclasses import replace

    plan = _plan(_labels)
    on_input = [r for r in plan.relations if isinstance(r, t.Range) and r.tensor == plan.inputs[0].tensor]
    mutated = replace(plan, relations=tuple(r for r in plan.relations if r != on_input[-1]))
    before, after = admitted_inputs(plan), admitted_inputs(mutated)
    name = "input: one of the two ranges of an index dropped"
    return Found(name, 3 in after, before == [0, 1, 2], f"an unbound input may be {after}, honest {before}")


def _refused(build: Callable[[Builder], int], prime: int) -> bool:
    """The builder that checks bounds refuses the same block in this field."""
    from affidavit.plan import BoundsError

    try:
        _plan(build, ToyField(prime))
    except BoundsError:
        return True
    return False


def _multiplicities() -> Found:
    few, many = repeated_lookups(10), repeated_lookups(11)
    said = f"11 rows in a field of 11 elements all look up y = {many} where f(0) is 1" if many is not None else "none"
    return Found("multiplicities wrap: p equal lookups outside of the table", many is not None, few is None, said)


def mutants() -> list[Mutant]:
    return [*plan_mutants(), *claim_mutants(), *wrap_mutants()]
