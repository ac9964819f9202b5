"""Spec 6.1: extensions of indices, indicators and public tensors."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from .fields import Field, K, total

Point = Sequence[K]


def log2_ceil(n: int) -> int:
    """The least a with 2^a ≥ n."""
    return max(n - 1, 0).bit_length()


def bits(x: int, n: int) -> list[int]:
    """The n low bits, most significant first."""
    return [x >> (n - 1 - i) & 1 for i in range(n)]


def eq(field: Field, a: Point, b: Point) -> K:
    result = field.one
    for x, y in zip(a, b, strict=True):
        xy = x * y
        result = result * (field.one - x - y + xy + xy)
    return result


def eq_index(field: Field, index: int, a: Point) -> K:
    """eq(bits(index), a)."""
    result = field.one
    for bit, x in zip(bits(index, len(a)), a, strict=True):
        result = result * (x if bit else field.one - x)
    return result


def eq_table(field: Field, a: Point, count: int | None = None) -> list[K]:
    """eq(bits(i), a) for every i below count (all by default)."""
    table = [field.one]
    for x in a:
        table = [entry * side for entry in table for side in (field.one - x, x)]
    return table if count is None else table[:count]


def ind(field: Field, n: int, a: Point) -> K:
    return field.one if n == 1 << len(a) else total(field, eq_table(field, a, n))


def restricted_eq(field: Field, e: int, a: Point, b: Point) -> K:
    """R(e, a, b)."""
    if e == 1 << len(a):
        return eq(field, a, b)
    pairs = zip(eq_table(field, a, e), eq_table(field, b, e), strict=True)
    return total(field, [x * y for x, y in pairs])


def axes(shape: Sequence[int], point: Point) -> list[Point]:
    """The coordinates of each axis."""
    cuts = [0]
    for d in shape:
        cuts.append(cuts[-1] + log2_ceil(d))
    assert cuts[-1] == len(point)
    return [point[i:j] for i, j in pairwise(cuts)]


def cell_table(field: Field, shape: Sequence[int], point: Point) -> list[K]:
    """eq of every real cell of the shape, row-major."""
    table = [field.one]
    for d, coordinates in zip(shape, axes(shape, point), strict=True):
        axis = eq_table(field, coordinates, d)
        table = [x * y for x in table for y in axis]
    return table


def extension(field: Field, shape: Sequence[int], values: Sequence[int], point: Point) -> K:
    """A public tensor's extension: the sum over its real cells."""
    cells = zip(cell_table(field, shape, point), values, strict=True)
    return total(field, [e * (v % field.p) for e, v in cells if v])
