"""Blocks and operators in the tightest field that their bounds accept: one witness modulo p, the honest one."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np
import pytest
from attack_field_search import solutions, tightest

from affidavit.ir.graph import Graph
from affidavit.plan import Builder, Field
from affidavit.plan.blocks.clamp import clamp, exclusive
from affidavit.plan.blocks.division import divide, nonzero, square_root
from affidavit.plan.blocks.rows import first_max, row_max, row_sum
from affidavit.quantise.calibrate import calibrate
from affidavit.quantise.context import Lowering
from affidavit.quantise.inputs import lower_inputs
from affidavit.quantise.options import Precision
from affidavit.witness import witness


def grid(*widths: int) -> np.ndarray:
    """All rows of signed integers of these widths."""
    return np.array(list(itertools.product(*(range(-(1 << w - 1), 1 << w - 1) for w in widths))), dtype=np.int64)


def assert_unique(plan, inputs, weights, p, *, free: frozenset[int] = frozenset()) -> None:
    """Each input row has a witness, and only the honest one, but for tensors in ``free``."""
    origin, found = solutions(plan, inputs, weights, p)
    rows = len(next(iter(inputs.values())))
    honest = witness(plan, weights, inputs)
    assert set(origin) == set(range(rows)), f"p = {p}: rows without a witness"
    for index, tensor in enumerate(plan.tensors):
        if tensor.batched and index not in free:
            off = ((found[index] - honest[index][origin]) % p).reshape(len(origin), -1).any(axis=1)
            assert not off.any(), (
                f"p = {p}: {tensor.name} of row {origin[off][0]} can be {found[index][off][0].tolist()},"
                f" honest {honest[index][origin[off][0]].tolist()}"
            )
    if not free:
        assert len(origin) == rows


CLAMPS = [
    (shift, lo, hi, coef)
    for shift in (0, 1, 2, 3)
    for lo, hi in ((-4, 3), (0, 7), (0, 5), (-3, 2), (-1, 0), (1, 2), (-8, 7), (0, 15), (-16, 3), (2, 6))
    for coef in (1, 3, -2)
]


@pytest.mark.parametrize(("shift", "lo", "hi", "coef"), CLAMPS)
def test_clamp(shift: int, lo: int, hi: int, coef: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def build(b: Builder) -> int:
        acc = b.linear("acc", [(coef, b.input("x", (), 0, 4))], 1)
        return clamp(b, "c", acc, shift, lo, hi, 0).value

    p, b, _ = tightest(monkeypatch, build)
    assert_unique(b.finish()[0], {"x": grid(4).reshape(-1)}, {}, p)


@pytest.mark.parametrize("prime", [67, 127, 257])
def test_excess_with_an_indicator(prime: int, monkeypatch: pytest.MonkeyPatch) -> None:
    # The product of room and excess wraps, so the indicator is needed; the sum of both does not.
    monkeypatch.setattr(Field, "prime", property(lambda self: prime))
    b = Builder(Field.KOALABEAR, "toy")
    room = b.linear("room", [(1, b.input("r", (), 0, 4))], 8)
    excess = b.linear("excess", [(1, b.input("e", (), 0, 4))], 8)
    exclusive(b, "exclusive", room, excess)
    plan, _ = b.finish()
    assert any(x.name.endswith("is_beyond") for x in plan.tensors) == (prime <= 225)
    pairs = grid(4, 4)
    origin, _ = solutions(plan, {"r": pairs[:, 0], "e": pairs[:, 1]}, {}, prime)
    wanted = [i for i, (r, e) in enumerate(pairs + 8) if r * e == 0]
    assert origin.tolist() == wanted


@pytest.mark.parametrize(("low", "numerator"), [(0, 4), (1, 4), (1, 5), (3, 3)])
def test_divide(low: int, numerator: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def build(b: Builder) -> int:
        den = b.linear("den", [(1, b.input("d", (1,), 0, 3))], 4 + low)
        half = 1 << numerator - 1
        return divide(b, "q", b.input("n", (1,), 0, numerator), den, -half, half - 1, 0)

    p, b, _ = tightest(monkeypatch, build)
    rows = grid(numerator, 3)
    inputs = {"n": rows[:, :1], "d": rows[:, 1:]}
    plan, _ = b.finish()
    if low == 0:  # the denominator can be 0: those rows, and only those, have no witness
        origin, _ = solutions(plan, inputs, {}, p)
        assert set(origin) == set(np.flatnonzero(rows[:, 1] + 4))
        rows = rows[rows[:, 1] + 4 > 0]
        inputs = {"n": rows[:, :1], "d": rows[:, 1:]}
    assert_unique(plan, inputs, {}, p)


@pytest.mark.parametrize("bits", [2, 3, 5, 6, 7])
def test_root_and_nonzero(bits: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def build(b: Builder) -> int:
        x = b.linear("x", [(1, b.input("x", (), 0, bits))], 1 << bits - 1)
        return nonzero(b, "z", square_root(b, "r", x, 0))

    p, b, _ = tightest(monkeypatch, build)
    assert_unique(b.finish()[0], {"x": grid(bits).reshape(-1)}, {}, p)


@pytest.mark.parametrize("cells", [1, 2, 3])
def test_rows(cells: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def first(b: Builder) -> int:
        return first_max(b, "m", b.input("x", (cells,), 0, 2)).selector

    p, b, _ = tightest(monkeypatch, first)
    assert_unique(b.finish()[0], {"x": grid(*[2] * cells)}, {}, p)

    p, b, _ = tightest(monkeypatch, lambda b: row_sum(b, "s", b.input("x", (cells,), 0, 3)))
    assert_unique(b.finish()[0], {"x": grid(*[3] * cells)}, {}, p)

    found = []
    p, b, _ = tightest(monkeypatch, lambda b: found.append(row_max(b, "m", b.input("x", (cells,), 0, 2))) or 0)
    plan, new = b.finish()
    selector = new[found[-1].selector]
    free = {i for i, x in enumerate(plan.tensors) if i == selector or "chosen" in x.name or x.name.endswith("is_max")}
    assert_unique(plan, {"x": grid(*[2] * cells)}, {}, p, free=frozenset(free))


def make(shape: tuple[int, ...], *steps: Callable) -> Graph:
    from graphs import GraphMaker

    maker = GraphMaker(shape)
    current = "x"
    for step in steps:
        current = step(maker, current)
    return maker.graph(current)


MUL = {c: (lambda m, x, c=c: m.add("mul", x, m.const(np.array(c)))) for c in (1.7, -0.7, 1.9)}
OPERATORS: dict[str, tuple[Graph, int]] = {
    "relu": (make((), MUL[1.7], lambda m, x: m.add("clamp", x, lo=0.0, hi=None)), 4),
    "clip": (make((), MUL[-0.7], lambda m, x: m.add("clamp", x, lo=-0.3, hi=0.6)), 4),
    "leaky": (make((), lambda m, x: m.add("leaky_relu", x, alpha=0.25)), 4),
    "tanh": (make((), MUL[1.9], lambda m, x: m.add("unary", x, fn="tanh")), 4),
    "square": (make((), lambda m, x: m.add("mul", x, x)), 4),
    "argmax": (make((3,), lambda m, x: m.add("argmax", x, integer=True)), 3),
    "select": (
        make((2,), lambda m, x: m.add("select", m.add("argmax", x, integer=True), m.const(np.array([3.0, -2.0])))),
        3,
    ),
    "softmax": (make((2,), lambda m, x: m.add("softmax", x)), 3),
    "l1": (make((2,), lambda m, x: m.add("normalize", x, norm="l1")), 4),
    "l2": (make((2,), lambda m, x: m.add("normalize", x, norm="l2")), 4),
    "max": (make((2,), lambda m, x: m.add("normalize", x, norm="max")), 4),
}


@pytest.mark.parametrize("name", OPERATORS)
def test_operator(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    graph, bits = OPERATORS[name]
    shape = graph.inputs[0].shape
    calibration = calibrate(graph, {"x": np.random.default_rng(0).uniform(-0.9, 0.9, size=(64, *shape))}, 64)
    precision = Precision(Field.KOALABEAR, 8, bits, bits, 3, 0)

    def build(b: Builder) -> int:
        ctx = Lowering(b, graph, calibration, precision)
        lower_inputs(ctx)
        for node in graph.nodes:
            ctx.lower(node)
        b.output("y", ctx.settled(graph.outputs[0].name), graph.outputs[0].shape)
        return 0

    p, b, _ = tightest(monkeypatch, build)
    plan, _ = b.finish()
    width = (plan.tensors[plan.inputs[0].tensor].body.hi + 1).bit_length()
    rows = grid(*[width] * int(np.prod(shape, dtype=int))).reshape(-1, *shape)
    if len(rows) > 64:
        rows = np.concatenate([rows[:8], rows[-8:], np.random.default_rng(1).permutation(rows)[:48]])
    free = frozenset(
        i
        for i, x in enumerate(plan.tensors)
        if name in ("softmax", "max") and x.name.endswith((".selector", "chosen", ".is_max"))
    )
    assert_unique(plan, {"x": rows}, b.weights, p, free=free)


@pytest.mark.parametrize("block", ["clamp", "divide", "root"])
def test_the_search_finds_the_second_witness_that_wrapping_admits(block: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # Negative control: the same blocks without the builder's bounds, in fields below the tightest one.
    from affidavit.plan import types as t

    def build(b: Builder) -> int:
        x = b.input("x", (1,), 0, 4)
        if block == "clamp":
            return clamp(b, "c", b.linear("acc", [(3, x)]), 2, -4, 3, 0).value
        if block == "divide":
            return divide(b, "q", x, b.linear("den", [(1, b.input("d", (1,), 0, 3))], 5), -8, 7, 0)
        return square_root(b, "r", b.linear("positive", [(1, x)], 8), 0)

    tight, _, _ = tightest(monkeypatch, build)
    monkeypatch.setattr(Builder, "range", lambda b, x, lo, bits: b.relations.append(t.Range(x, lo, bits)))
    monkeypatch.setattr(Builder, "zero", lambda b, x: b.relations.append(t.Zero(x)))
    surplus = {}
    for p in (11, 13, 17, 19, 23, 29, 31, 37):
        monkeypatch.setattr(Field, "prime", property(lambda self, p=p: p * 1000))
        b = Builder(Field.KOALABEAR, "toy")
        build(b)
        plan, _ = b.finish()
        rows = grid(4, 3) if block == "divide" else grid(4)
        inputs = {"x": rows[:, :1], "d": rows[:, 1:]} if block == "divide" else {"x": rows}
        origin, _ = solutions(plan, inputs, {}, p)
        surplus[p] = len(origin) - len(rows)
    assert tight > 37 and any(n > 0 for n in surplus.values()), (tight, surplus)


BLOCKS: dict[str, tuple[Callable[[Builder], int], int]] = {
    "clamp": (lambda b: clamp(b, "c", b.linear("acc", [(3, b.input("x", (1,), 0, 4))]), 2, -4, 3, 0).value, 1),
    "clip": (lambda b: clamp(b, "c", b.linear("acc", [(3, b.input("x", (1,), 0, 4))]), 1, -2, 3, 0).value, 1),
    "relu": (lambda b: clamp(b, "c", b.input("x", (1,), 0, 4), 0, 0, 7, 0).value, 1),
    "root": (lambda b: square_root(b, "r", b.linear("positive", [(1, b.input("x", (1,), 0, 4))], 8), 0), 1),
    "nonzero": (lambda b: nonzero(b, "z", b.linear("positive", [(1, b.input("x", (1,), 0, 4))], 8)), 1),
    "sum": (lambda b: row_sum(b, "s", b.input("x", (2,), 0, 4)), 2),
    "first": (lambda b: first_max(b, "m", b.input("x", (2,), 0, 4)).selector, 2),
}


@pytest.mark.parametrize("name", BLOCKS)
def test_each_relation_of_a_block_is_needed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # Nothing in a plan is there twice: without any one relation on a virtual tensor some input has a second witness.
    from dataclasses import replace

    build, cells = BLOCKS[name]
    p, b, _ = tightest(monkeypatch, build)
    plan, rows = b.finish()[0], grid(*[4] * cells)
    own = {i for i, x in enumerate(plan.tensors) if type(x.body).__name__ in ("Input", "Fresh")}
    tried = 0
    for index, relation in enumerate(plan.relations):
        if relation.tensor in own or plan.tensors[relation.tensor].name.endswith("beyond_by"):
            continue  # without beyond_by the indicator alone is free, and only where room and excess are both 0
        tried += 1
        loose = replace(plan, relations=plan.relations[:index] + plan.relations[index + 1 :])
        origin, _ = solutions(loose, {"x": rows}, {}, p)
        assert len(origin) > len(rows), f"{plan.tensors[relation.tensor].name} is redundant"
    assert tried
