"""The honest blocks that the mutants are copies of, at widths that the real fields have."""

from __future__ import annotations

import numpy as np

from affidavit.plan import Builder
from affidavit.plan import types as t
from affidavit.plan.blocks.clamp import clamp, exclusive
from affidavit.plan.blocks.division import divide, nonzero, square_root
from affidavit.plan.blocks.rows import first_max, row_max, row_sum
from affidavit.plan.blocks.table import apply_table

from .mutant import plan_of
from .toy import ToyField, tightest


def clamped(b: Builder, shift: int = 3, lo: int = -16, hi: int = 15) -> int:
    return clamp(b, "c", b.linear("acc", [(5, b.input("x", (2,), 0, 8))], 3), shift, lo, hi, 0).value


def plain(b: Builder) -> int:
    return clamped(b, 0, 0, 63)


def odd(b: Builder) -> int:
    """Bounds whose distance is no power of two: both ends have a Range."""
    return clamped(b, 2, -3, 40)


def quotient(b: Builder) -> int:
    den = b.linear("den", [(1, b.input("d", (1,), 0, 5))], 17)
    return divide(b, "q", b.input("n", (1,), 0, 10), den, -512, 511, 0)


def root(b: Builder) -> int:
    return square_root(b, "r", b.linear("positive", [(1, b.input("x", (1,), 0, 10))], 512), 0)


def small_root(b: Builder) -> int:
    return square_root(b, "r", b.linear("positive", [(1, b.input("x", (1,), 0, 5))], 16), 0)


def root_field() -> ToyField:
    """The smallest field for it: what a range alone excludes is rare in a large one."""

    def make(field: ToyField) -> ToyField:
        plan_of(small_root, field)
        return field

    return tightest(make)


def zero_guard(b: Builder) -> int:
    return nonzero(b, "z", b.linear("positive", [(1, b.input("x", (1,), 0, 6))], 32))


def maximum(b: Builder) -> int:
    return row_max(b, "m", b.input("x", (3,), 0, 6)).value


def first(b: Builder) -> int:
    chosen = first_max(b, "m", b.input("x", (3,), 0, 6)).selector
    return b.contract("index", (), chosen, (0,), b.constant("positions", np.arange(3)), (0,), scale=0)


def sum(b: Builder) -> int:
    x = clamp(b, "c", b.linear("acc", [(3, b.input("x", (3,), 0, 6))]), 1, -16, 15, 0).value
    return row_sum(b, "s", x)


VALUES = np.array([5, 9, 7, 3, 1, 6, 4, 2])


def table(b: Builder) -> int:
    return apply_table(b, "t", b.input("x", (1,), 0, 3), t.FunctionTable(-4, 3, VALUES), 0)


def two_tables(b: Builder) -> int:
    x = b.input("x", (1,), 0, 3)
    first = apply_table(b, "t", x, t.FunctionTable(-4, 3, VALUES), 0)
    other = apply_table(b, "u", x, t.FunctionTable(-4, 3, VALUES[::-1].copy()), 0)
    return b.linear("y", [(1, first), (16, other)])


def labels(b: Builder) -> int:
    """A table that an index input selects from."""
    return apply_table(b, "t", b.index_input("x", (1,), 3), t.FunctionTable(0, 2, np.array([4, 1, 6, 6])), 0)


def beyond(b: Builder) -> int:
    """A room and an excess whose product would wrap, as a clamp of a wide accumulator has them."""
    acc = b.linear("acc", [(1, b.input("x", (1,), 0, 26))])
    return clamp(b, "c", acc, 0, -(1 << 13), (1 << 13) - 1, 0).value


def softmax(b: Builder) -> int:
    x = b.input("x", (2,), 0, 5)
    found = row_max(b, "m", x, bounded_elsewhere=True)
    above = b.fresh("beyond", (2,), 0, 0, 31, t.Above(found.below, 0, 7))
    b.range(above, 0, 5)
    argument = b.linear("argument", [(1, found.below), (-1, above)])
    exclusive(b, "only_beyond", b.linear("room", [(-1, argument)], 7), above)
    e = apply_table(b, "e", argument, t.FunctionTable(0, 3, np.array([64, 24, 9, 3, 1, 0, 0, 0])), 0)
    total = row_sum(b, "s", e)
    return divide(b, "p", b.linear("num", [(32, e), (1, total)]), b.linear("twice", [(2, total)]), 0, 16, 0)


def normalised(b: Builder) -> int:
    x = b.input("x", (2,), 0, 5)
    part = clamp(b, "positive", x, 0, 0, 15, 0)
    size = row_sum(b, "norm", b.linear("abs", [(1, part.value), (1, part.below)]))  # type: ignore[list-item]
    size = nonzero(b, "n", size)
    return divide(b, "p", b.linear("num", [(32, x), (1, size)]), b.linear("twice", [(2, size)]), -32, 31, 0)
