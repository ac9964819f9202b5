"""Contractions and hints against Python integers."""

from __future__ import annotations

import math

import numpy as np
import pytest

from affidavit.plan import types as t
from affidavit.witness import hints
from affidavit.witness.contract import ContractKernel
from affidavit.witness.views import compile_view

CASES = [
    ((0, 2), (0, 1), (1, 2)),
    ((2, 0), (0, 1), (2, 1)),
    ((0, 1), (0, 1), (0, 1)),
    ((0,), (0, 1), (0, 1)),
    ((), (0, 1), (1, 0)),
    ((0, 2), (0, 1), (0, 2)),
    ((2, 1), (0, 1), (2,)),
    ((0, 1, 3), (0, 1, 2), (0, 2, 3)),
    ((0, 1), (0, 1), ()),
]


@pytest.mark.parametrize(("out", "la", "lb"), CASES)
@pytest.mark.parametrize("bits", [(8, 8), (31, 20), (40, 16), (50, 9)])
@pytest.mark.parametrize("batched", [(True, False), (True, True), (False, True), (False, False)])
def test_contract_is_exact(out, la, lb, bits, batched) -> None:
    r = np.random.default_rng(hash((out, la, lb, bits)) % 2**32)
    sizes = {0: 3, 1: 4, 2: 2, 3: 5}
    made = []
    for labels, width, has_batch in zip((la, lb), bits, batched, strict=True):
        dims = tuple(sizes[x] for x in labels)
        low, high = -(1 << (width - 1)), (1 << (width - 1)) - 1
        array = r.integers(low, high, size=((6,) if has_batch else ()) + dims, endpoint=True)
        made.append((t.Tensor("x", has_batch, dims, 0, t.Fresh(low, high, t.RowMax(0))), array, -low))
    (a, x, reach_a), (b, y, reach_b) = made
    kernel = ContractKernel(t.Contract(out, 0, la, 1, lb), a, b, reach_a, reach_b)
    letters = lambda labels, has: ("Z" if has else "") + "".join("abcd"[i] for i in labels)  # noqa: E731
    form = f"{letters(la, batched[0])},{letters(lb, batched[1])}->{letters(out, any(batched))}"
    expected = np.einsum(form, x.astype(object), y.astype(object))
    assert np.array_equal(kernel(x, kernel.right(y)), expected)


def test_long_sums_stay_exact() -> None:
    k = 1 << 16
    x = np.full((1, k), (1 << 20) - 1, dtype=np.int64)
    y = np.full((k, 1), -(1 << 24), dtype=np.int64)
    a, b = t.Tensor("a", True, (k,), 0, t.RowMax(0)), t.Tensor("b", False, (k, 1), 0, t.RowMax(0))  # type: ignore[arg-type]
    kernel = ContractKernel(t.Contract((1,), 0, (0,), 1, (0, 1)), a, b, 1 << 20, 1 << 24)
    assert int(kernel(x, kernel.right(y))[0, 0]) == -((1 << 20) - 1) * (1 << 24) * k


def test_one_operand_sums() -> None:
    a = t.Tensor("a", True, (2, 3, 4), 0, t.RowMax(0))  # type: ignore[arg-type]
    x = np.arange(5 * 24).reshape(5, 2, 3, 4)
    assert np.array_equal(
        ContractKernel(t.Contract((7, 5), 0, (5, 6, 7)), a, None, 9, 0)(x), x.sum(axis=2).transpose(0, 2, 1)
    )


def test_square_roots_near_squares() -> None:
    bases = [1, 2, 3, 1000, 2**26 - 1, 2**26 + 1, 94906265, 94906267, 2**31 - 1, 3037000498, 3037000499]
    values = [b * b + d for b in bases for d in (-1, 0, 1)] + [0, 2**63 - 1]
    values = [v for v in values if v < 2**63]
    assert hints.isqrt(np.array(values)).tolist() == [math.isqrt(v) for v in values]


def test_rounding_is_half_up() -> None:
    assert hints.rounded(np.array([-3, -2, -1, 0, 1, 2, 3, 5, 6]), 2).tolist() == [-1, 0, 0, 0, 0, 1, 1, 1, 2]


def test_arg_max_takes_the_first() -> None:
    assert hints.row_arg_max(np.array([[3, 5, 5], [0, 0, 0]])).tolist() == [[0, 1, 0], [1, 0, 0]]


def test_view_boxes() -> None:
    source = t.Tensor("s", True, (2, 3), 0, t.Fresh(0, 9, t.RowMax(0)))
    parts = (t.Part(0, (0, 1), (3, 2), 2, (-1, 3)), t.Part(0, (3, 0), (1, 1), 5, (0, 0)))
    view = compile_view(t.Tensor("v", True, (4, 4), 0, t.View(parts)), lambda _: source)
    x = np.arange(1, 13).reshape(2, 2, 3)
    got = view(lambda _: x)
    assert got[0].tolist() == [[0, 3, 6, 0], [0, 2, 5, 0], [0, 1, 4, 0], [6, 0, 0, 0]]
    assert got.shape == (2, 4, 4)
