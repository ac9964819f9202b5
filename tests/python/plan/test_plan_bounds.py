"""What the builder refuses: identities that could wrap, always with the layer's name."""

from __future__ import annotations

import numpy as np
import pytest

from affidavit.errors import InputError, UnsupportedModel
from affidavit.plan import BoundsError, Builder, Field
from affidavit.plan.types import FunctionTable, Range
from affidavit.witness import quantise_inputs


def builder(field: Field = Field.KOALABEAR) -> Builder:
    b = Builder(field, "p")
    b.layer = "layer7"
    return b


def test_zero_must_not_wrap() -> None:
    b = builder()
    x = b.input("x", (), 0, 20)
    b.zero(b.linear("fits", [(1 << 11, x)]))
    with pytest.raises(BoundsError, match="layer7"):
        b.zero(b.linear("wraps", [(1 << 12, x)]))


def test_range_must_not_wrap() -> None:
    b = builder()
    x = b.input("x", (), 0, 20)
    b.range(b.linear("fits", [(1 << 10, x)]), 0, 10)
    with pytest.raises(BoundsError, match="layer7"):
        b.range(b.linear("wraps", [(1 << 12, x)]), 0, 10)


@pytest.mark.parametrize(("field", "bits"), [(Field.KOALABEAR, 29), (Field.GOLDILOCKS, 49)])
def test_range_bits_are_bounded(field: Field, bits: int) -> None:
    b = builder(field)
    x = b.input("x", (), 0, 4)
    b.range(b.linear("y", [(1, x)], 8), 0, bits - 1)
    with pytest.raises(BoundsError, match="layer7"):
        b.range(b.linear("y", [(1, x)], 8), 0, bits)


@pytest.mark.parametrize("span", [1 << 28, 3 << 28])
def test_tables_are_bounded_as_the_core_bounds_them(span: int) -> None:
    # 4 * (span of the values) < p as well as both differences: 3 * 2^28 < p, but not 4 times that.
    b = builder()
    x = b.input("x", (), 0, 2)
    y = b.linear("y", [(1, x)])
    fits = FunctionTable(-2, 2, np.array([0, 1, 2, (1 << 28) - 1]))
    b.lookup(x, y, b.table(fits))
    with pytest.raises(BoundsError, match="layer7"):
        b.lookup(x, y, b.table(FunctionTable(-2, 2, np.array([0, 1, 2, 2 * span]))))


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 16, 1000])
def test_an_index_input_is_enforced_exactly(size: int) -> None:
    b = builder()
    x = b.index_input("x", (2,), size)
    b.output("y", b.linear("y", [(2, x)]), (2,))
    plan, _ = b.finish()
    ranges = [(r.lo, r.lo + (1 << r.bits) - 1) for r in plan.relations if isinstance(r, Range)]
    top = size - 1
    assert max(lo for lo, _ in ranges) == 0 and min(hi for _, hi in ranges) == top
    assert quantise_inputs(plan, {"x": np.array([[0.0, top]])})["x"].tolist() == [[0, top]]
    for bad in (-1.0, top + 1.0):
        with pytest.raises(InputError):
            quantise_inputs(plan, {"x": np.array([[0.0, bad]])})


def test_outputs_are_bounded_and_batched() -> None:
    b = builder()
    x = b.input("x", (), 0, 16)
    b.output("fits", b.linear("y", [(1 << 12, x)]), ())
    with pytest.raises(BoundsError, match="wide"):
        b.output("wide", b.linear("y", [(1 << 14, x)]), ())
    with pytest.raises(BoundsError):
        b.output("constant", b.constant("c", np.arange(3)), (3,))


def test_weights_must_fit_their_declared_bits() -> None:
    b = builder()
    b.model("w", np.array([-128, 127]), 0, 8)
    with pytest.raises(BoundsError, match="layer7"):
        b.model("w", np.array([128]), 0, 8)


def test_tensors_beyond_64_bits_are_refused() -> None:
    b = builder(Field.GOLDILOCKS)
    x = b.input("x", (1024,), 0, 40)
    with pytest.raises(BoundsError, match="layer7"):
        b.contract("square", (), x, (0,), x, (0,))


def test_rank_is_bounded() -> None:
    b = builder()
    x = b.input("x", (2, 2, 2), 0, 4)
    with pytest.raises(UnsupportedModel, match="layer7"):
        b.linear("wide", [(1, x)], dims=(1, 1, 1, 1, 2, 2, 2))
