"""Each building block has exactly one witness, found by exhaustive search, and it is the function that it claims."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from solutions import solutions

from affidavit.plan import Builder, Field
from affidavit.plan import layout as L
from affidavit.plan.blocks.clamp import clamp, exclusive
from affidavit.plan.blocks.division import divide, nonzero, square_root
from affidavit.plan.blocks.rows import before, first_max, row_max, row_sum
from affidavit.plan.blocks.table import apply_table
from affidavit.plan.types import FunctionTable
from affidavit.witness import broken_relations, witness


def grid(bits: int, cells: int) -> np.ndarray:
    """All rows of ``cells`` signed integers of ``bits``."""
    half = 1 << (bits - 1)
    return np.array(list(itertools.product(range(-half, half), repeat=cells)), dtype=np.int64)


def unique(builder: Builder, inputs: dict[str, np.ndarray], output: int) -> np.ndarray:
    """Assert that every input row has one witness, the honest one; its output values."""
    builder.output("y", output, (int(np.prod(builder.dims(output), dtype=int)),))
    plan, ids = builder.finish()
    origin, found = solutions(plan, inputs)
    rows = len(next(iter(inputs.values())))
    assert np.array_equal(np.sort(origin), np.arange(rows)), "not exactly one witness"
    honest = witness(plan, {}, inputs)
    assert broken_relations(plan, honest) == []
    order = np.argsort(origin)
    for index, tensor in enumerate(plan.tensors):
        if tensor.batched:
            assert np.array_equal(found[index][order], honest[index]), tensor.name
    return honest[ids[output]]


@pytest.mark.parametrize(
    ("shift", "lo", "hi"),
    [
        (0, -4, 3),
        (0, 0, 7),
        (2, -4, 3),
        (1, 0, 3),
        (2, 0, 5),
        (1, -2, 4),
        (2, -16, 15),
        (3, 0, 31),
        (0, -16, 2),
        (1, 1, 2),
    ],
)
@pytest.mark.parametrize("field", list(Field))
def test_clamp(shift: int, lo: int, hi: int, field: Field) -> None:
    b = Builder(field, "test")
    x = b.input("x", (), 0, 5)
    block = clamp(b, "c", x, shift, lo, hi, 0)
    values = grid(5, 1).reshape(-1)
    got = unique(b, {"x": values}, block.value)
    expected = np.clip(np.floor(values / 2**shift + 0.5), lo, hi)
    assert np.array_equal(got, expected)


def test_excess_with_indicator() -> None:
    b = Builder(Field.KOALABEAR, "test")
    room = b.linear("room", [(1, b.input("room", (), 0, 20))], 1 << 19)
    excess = b.linear("excess", [(1, b.input("excess", (), 0, 20))], 1 << 19)
    exclusive(b, "exclusive", room, excess)
    plan, _ = b.finish()
    assert any(x.name.endswith("is_beyond") for x in plan.tensors), "the product fits: nothing is tested"
    pairs = np.array([(r, e) for r in (0, 1, 5) for e in (0, 1, 7)], dtype=np.int64)
    origin, found = solutions(plan, {"room": pairs[:, 0] - (1 << 19), "excess": pairs[:, 1] - (1 << 19)})
    assert sorted(origin) == [i for i, (r, e) in enumerate(pairs) if r * e == 0]
    indicator = next(i for i, x in enumerate(plan.tensors) if x.name.endswith("is_beyond"))
    assert np.array_equal(found[indicator], pairs[origin][:, 1] > 0)


def test_row_sum() -> None:
    b = Builder(Field.GOLDILOCKS, "test")
    total = row_sum(b, "s", b.input("x", (3,), 0, 3))
    rows = grid(3, 3)
    assert np.array_equal(unique(b, {"x": rows}, total), rows.sum(axis=1, keepdims=True))


def test_row_max_value_is_unique_at_ties() -> None:
    b = Builder(Field.GOLDILOCKS, "test")
    top = row_max(b, "m", b.input("x", (3,), 0, 2))
    plan, ids = b.finish()
    rows = grid(2, 3)
    origin, found = solutions(plan, {"x": rows})
    assert np.array_equal(found[ids[top.value]][:, 0], rows[origin].max(axis=1))
    # One witness for each cell that has the maximum: which one is chosen has no effect on anything else.
    assert np.array_equal(np.bincount(origin), (rows == rows.max(axis=1, keepdims=True)).sum(axis=1))


@pytest.mark.parametrize("grouped", [False, True])
def test_first_max_takes_the_first(grouped: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if grouped:
        monkeypatch.setattr(L, "MAX_CONSTANT_CELLS", 8)
    b = Builder(Field.GOLDILOCKS, "test")
    found = first_max(b, "m", b.input("x", (4,), 0, 2))
    rows = grid(2, 4)
    got = unique(b, {"x": rows}, found.selector)
    assert np.array_equal(got.argmax(axis=1), rows.argmax(axis=1))


@pytest.mark.parametrize("cells", [3, 4, 5, 6, 7, 9, 10])
def test_before_in_groups(cells: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(L, "MAX_CONSTANT_CELLS", 16)
    b = Builder(Field.GOLDILOCKS, "test")
    x = b.input("x", (2, cells), 0, 2)
    y = before(b, "b", x)
    b.output("y", y, (2, cells))
    plan, ids = b.finish()
    rows = np.random.default_rng(0).integers(-2, 2, size=(5, 2, cells))
    expected = rows[..., ::-1].cumsum(axis=-1)[..., ::-1] - rows
    assert np.array_equal(witness(plan, {}, {"x": rows})[ids[y]], expected)


def test_divide() -> None:
    b = Builder(Field.KOALABEAR, "test")
    num = b.input("n", (2,), 0, 4)
    den = b.linear("positive", [(1, b.input("d", (1,), 0, 3))], 5)
    y = divide(b, "q", num, den, -8, 7, 0)
    cases = [(n, m, d) for n, m, d in itertools.product(range(-8, 8), range(-8, 8), range(-4, 4))]
    n, d = np.array([c[:2] for c in cases]), np.array([c[2:] for c in cases])
    assert np.array_equal(unique(b, {"n": n, "d": d}, y), n // (d + 5))


def test_square_root_and_nonzero() -> None:
    b = Builder(Field.GOLDILOCKS, "test")
    x = b.linear("x", [(1, b.input("x", (), 0, 9))], 256)
    y = b.linear("y", [(1, nonzero(b, "z", square_root(b, "r", x, 0)))])
    values = np.arange(-256, 256)
    expected = [math.isqrt(v + 256) or 1 for v in values.tolist()]
    assert unique(b, {"x": values}, y).tolist() == expected


def test_table() -> None:
    b = Builder(Field.KOALABEAR, "test")
    y = apply_table(b, "t", b.input("x", (), 0, 3), FunctionTable(-4, 3, np.array([5, -2, 7, 0, 1, 1, -3, 2])), 0)
    assert unique(b, {"x": np.arange(-4, 4)}, y).tolist() == [5, -2, 7, 0, 1, 1, -3, 2]
