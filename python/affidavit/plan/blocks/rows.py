"""Blocks over the last axis: sums, the maximum with its selector, the first index of the maximum."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from .. import layout as L
from .. import types as t
from ..builder import Builder
from .clamp import range_bits


@dataclass(frozen=True)
class Maximum:
    """``value`` has size 1 in the last axis; ``below = value - x``."""

    value: int
    selector: int
    below: int


def row_sum(b: Builder, name: str, x: int) -> int:
    """``sum_j x[.., j]`` as a fresh tensor of size 1 in the last axis (forced by equality with the Contract)."""
    dims = b.dims(x)
    rows, j, o = tuple(range(len(dims) - 1)), len(dims), len(dims) + 1
    ones = b.constant("ones", np.ones((dims[-1], 1), dtype=np.int64))
    total = b.contract(f"{name}.total", (*rows, o), x, (*rows, j), ones, (j, o))
    m, M = b.interval(total)
    bits = range_bits(M - m + 1)
    value = b.fresh(name, b.dims(total), b.scale(x), m, m + (1 << bits) - 1, t.Clamp(total, 0, m, M))
    b.range(value, m, bits)
    b.zero(b.linear(f"{name}.equal", [(1, total), (-1, value)]))
    return value


def row_max(b: Builder, name: str, x: int, *, bounded_elsewhere: bool = False) -> Maximum:
    """The maximum of every row and a selector of a cell that has it.

    ``value - x >= 0`` makes ``value`` an upper bound; ``sum selector = 1`` and ``selector * (value - x) = 0`` make it
    one of the cells. ``bounded_elsewhere``: the caller enforces ``below >= 0``.
    """
    dims = b.dims(x)
    m, M = b.interval(x)
    bits = range_bits(M - m + 1)
    value = b.fresh(f"{name}.max", (*dims[:-1], 1), b.scale(x), m, m + (1 << bits) - 1, t.RowMax(x))
    b.range(value, m, bits)
    selector = one_hot(b, name, x)
    below = b.linear(f"{name}.below_max", [(1, value), (-1, x)])
    b.zero(b.product(f"{name}.is_max", selector, below))
    if not bounded_elsewhere:
        b.range(below, 0, bits)
    return Maximum(value, selector, below)


def one_hot(b: Builder, name: str, x: int) -> int:
    """A fresh 0/1 tensor with exactly one 1 in every row; which one is the caller's to force."""
    dims = b.dims(x)
    selector = b.fresh(f"{name}.selector", dims, 0, 0, 1, t.RowArgMax(x))
    b.range(selector, 0, 1)
    labels = tuple(range(len(dims)))
    count = b.contract(f"{name}.chosen", labels[:-1], selector, labels)
    b.zero(b.linear(f"{name}.one_chosen", [(1, count)], -1))
    return selector


def first_max(b: Builder, name: str, x: int) -> Maximum:
    """``row_max`` whose selector is the *first* cell that has the maximum.

    Let ``before[j] = sum_{k > j} selector[k]``, which is 1 for the cells before the chosen one and 0 elsewhere. Then
    ``value - x - before >= 0`` says that every earlier cell is strictly smaller.
    """
    found = row_max(b, name, x, bounded_elsewhere=True)
    m, M = b.interval(x)
    strict = b.linear(f"{name}.strict", [(1, found.below), (-1, before(b, name, found.selector))])
    b.range(strict, 0, range_bits(M - m + 1))
    return found


def before(b: Builder, name: str, selector: int) -> int:
    """``before[j] = sum_{k > j} selector[k]`` by products with public triangular matrices.

    A matrix of n x n entries must fit a Constant; longer rows are cut into groups: later cells of the same group, plus
    all cells of later groups.
    """
    dims = b.dims(selector)
    n, rows = dims[-1], tuple(range(len(dims) - 1))
    j, k, g, h, o = (len(dims) + i for i in range(5))
    if n * n <= L.MAX_CONSTANT_CELLS:
        return b.contract(f"{name}.before", (*rows, k), selector, (*rows, j), _later(b, n), (j, k), scale=0)
    width = math.isqrt(n - 1) + 1
    groups = -(-n // width)
    grouped = _regroup(b, name, selector, (*dims[:-1], groups, width))
    inside = b.contract(
        f"{name}.before_inside", (*rows, g, k), grouped, (*rows, g, j), _later(b, width), (j, k), scale=0
    )
    later = b.constant("later_groups", np.tri(groups, groups, -1, dtype=np.int64).reshape(groups, groups, 1))
    outside = b.contract(f"{name}.before_outside", (*rows, h, o), grouped, (*rows, g, j), later, (g, h, o), scale=0)
    return _regroup(b, name, b.linear(f"{name}.before", [(1, inside), (1, outside)]), dims)


def _later(b: Builder, n: int) -> int:
    """``T[k, j] = 1`` where ``k > j``."""
    return b.constant("later", np.tri(n, n, -1, dtype=np.int64))


def _regroup(b: Builder, name: str, src: int, dims: tuple[int, ...]) -> int:
    """Rows of n cells as groups x width cells (zero-filled at the end), or back; the leading axes agree.

    One axis of the longer form is the axis of the shorter: the boxes follow the groups.
    """
    source = b.dims(src)
    lead = min(len(source), len(dims)) - 1
    width = dims[-1] if len(dims) > len(source) else source[-1]
    n = source[-1] if len(dims) > len(source) else dims[-1]
    parts = []
    full = n // width
    pieces = ([(0, full, width)] if full else []) + ([(full, 1, n - full * width)] if n % width else [])
    strides = tuple(math.prod(source[i + 1 :]) for i in range(lead))
    for start, count, size in pieces:
        if len(dims) > len(source):
            parts.append(
                t.Part(src, (0,) * lead + (start, 0), (*dims[:lead], count, size), start * width, (*strides, width, 1))
            )
        else:
            parts.append(
                t.Part(src, (0,) * lead + (start * width,), (*dims[:lead], count * size), start * width, (*strides, 1))
            )
    return b.view(f"{name}.regrouped", dims, parts, b.scale(src))
