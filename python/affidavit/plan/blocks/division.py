"""Division and square root with both remainder bounds, so that the answer is unique."""

from __future__ import annotations

from math import isqrt

from .. import types as t
from ..builder import Builder
from .clamp import range_bits


def divide(b: Builder, name: str, num: int, den: int, lo: int, hi: int, scale: int) -> int:
    """``floor(num / den)`` for ``den >= 1``, known to lie in ``[lo, hi]``; ``den`` has size 1 in the last axis.

    ``num = den * y + r`` with ``0 <= r`` and ``r <= den - 1`` has one solution.
    """
    dims = b.dims(num)
    bits = range_bits(hi - lo + 1)
    wide = b.linear(f"{name}.divisor", [(1, den)], dims=dims)
    y = b.fresh(name, dims, scale, lo, lo + (1 << bits) - 1, t.FloorDiv(num, den))
    b.range(y, lo, bits)
    remainder = b.linear(f"{name}.remainder", [(1, num), (-1, b.product(f"{name}.multiple", wide, y))])
    width = range_bits(b.interval(den)[1])
    b.range(remainder, 0, width)
    b.range(b.linear(f"{name}.room", [(1, den), (-1, remainder)], -1, scale=b.scale(num), dims=dims), 0, width)
    return y


def square_root(b: Builder, name: str, x: int, scale: int) -> int:
    """``floor(sqrt(x))`` for ``x >= 0``: ``0 <= x - y^2 <= 2y`` has one solution ``y >= 0``."""
    dims, top = b.dims(x), max(1, isqrt(max(b.interval(x)[1], 0)))
    bits = range_bits(top + 1)
    y = b.fresh(name, dims, scale, 0, (1 << bits) - 1, t.Isqrt(x))
    b.range(y, 0, bits)
    remainder = b.linear(f"{name}.remainder", [(1, x), (-1, b.product(f"{name}.square", y, y))], scale=b.scale(x))
    b.range(remainder, 0, bits + 1)
    b.range(b.linear(f"{name}.room", [(2, y), (-1, remainder)], scale=b.scale(x)), 0, bits + 1)
    return y


def nonzero(b: Builder, name: str, x: int) -> int:
    """``x`` where ``x > 0`` and 1 where ``x = 0``, for ``x >= 0``.

    ``z >= 0``, ``z * x = 0`` and ``x + z - 1 >= 0`` leave ``z`` no choice where ``x > 0`` (0), and ``1 <= z <= 1`` (its
    range is one bit) where ``x = 0``.
    """
    z = b.fresh(f"{name}.zero", b.dims(x), b.scale(x), 0, 1, t.Below(x, 0, 1))
    b.range(z, 0, 1)
    b.zero(b.product(f"{name}.is_zero", z, x))
    total = b.linear(f"{name}.nonzero", [(1, x), (1, z)])
    b.range(b.linear(f"{name}.positive", [(1, total)], -1), 0, range_bits(b.interval(x)[1] + 1))
    return total
