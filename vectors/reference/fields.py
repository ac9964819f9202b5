"""Spec 6.1: both base fields F, their extensions K, and polynomials over K at points of F."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from .errors import need


@dataclass(frozen=True)
class Field:
    tag: int
    p: int
    width: int  # bytes of an element of F
    degree: int  # of K
    modulus: tuple[int, ...]  # X^degree = Σ modulus[i]·X^i
    generator: int
    log2_size: float  # of K, as formulas use it

    def root(self, log_order: int) -> int:
        """ω of order 2^log_order."""
        return pow(self.generator, (self.p - 1) >> log_order, self.p)

    def k(self, value: int) -> K:
        return K(self, (value % self.p, *(0,) * (self.degree - 1)))

    @cached_property
    def zero(self) -> K:
        return self.k(0)

    @cached_property
    def one(self) -> K:
        return self.k(1)

    @property
    def k_width(self) -> int:
        return self.width * self.degree

    def read_f(self, data: bytes) -> int:
        value = int.from_bytes(data, "little")
        need(value < self.p, "a value that is not below p")
        return value

    def read_fs(self, data: bytes) -> list[int]:
        return [self.read_f(data[i : i + self.width]) for i in range(0, len(data), self.width)]

    def read_ks(self, data: bytes) -> list[K]:
        cells, d = self.read_fs(data), self.degree
        return [K(self, tuple(cells[i : i + d])) for i in range(0, len(cells), d)]


class K:
    """An element of K by its coefficients in the basis 1, X, X², …"""

    __slots__ = ("c", "field")

    def __init__(self, field: Field, c: tuple[int, ...]) -> None:
        self.field, self.c = field, c

    def __add__(self, other: K) -> K:
        p = self.field.p
        return K(self.field, tuple((a + b) % p for a, b in zip(self.c, other.c, strict=True)))

    def __sub__(self, other: K) -> K:
        p = self.field.p
        return K(self.field, tuple((a - b) % p for a, b in zip(self.c, other.c, strict=True)))

    def __neg__(self) -> K:
        return self.field.zero - self

    def __mul__(self, other: K | int) -> K:
        p, d = self.field.p, self.field.degree
        if isinstance(other, int):
            return K(self.field, tuple(a * other % p for a in self.c))
        wide = [0] * (2 * d - 1)
        for i, a in enumerate(self.c):
            if a:
                for j, b in enumerate(other.c):
                    wide[i + j] += a * b
        for i in range(2 * d - 2, d - 1, -1):
            for j, m in enumerate(self.field.modulus):
                wide[i - d + j] += m * wide[i]
        return K(self.field, tuple(x % p for x in wide[:d]))

    def __pow__(self, exponent: int) -> K:
        result, square = self.field.one, self
        while exponent:
            if exponent & 1:
                result = result * square
            square, exponent = square * square, exponent >> 1
        return result

    def inverse(self) -> K:
        return self ** (self.field.p**self.field.degree - 2)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, K) and self.c == other.c

    def __hash__(self) -> int:
        return hash(self.c)

    def __bool__(self) -> bool:
        return any(self.c)

    def __repr__(self) -> str:
        return f"K{self.c}"

    def bytes(self) -> bytes:
        return b"".join(x.to_bytes(self.field.width, "little") for x in self.c)


KOALABEAR = Field(1, 2**31 - 2**24 + 1, 4, 5, (1, 0, -1), 3, 154.94)
GOLDILOCKS = Field(2, 2**64 - 2**32 + 1, 8, 3, (1, 1), 7, 191.99)
FIELDS = {1: KOALABEAR, 2: GOLDILOCKS}


def total(field: Field, values: Sequence[K]) -> K:
    if not values:
        return field.zero
    return K(field, tuple(sum(column) % field.p for column in zip(*(v.c for v in values), strict=True)))


def _combine(field: Field, powers: np.ndarray, coefficients: Sequence[K]) -> list[K]:
    cells = np.array([c.c for c in coefficients], dtype=object)
    return [K(field, tuple(int(x) for x in row)) for row in powers.dot(cells) % field.p]


def at_points(
    field: Field, coefficients: Sequence[K], log_order: int, exponents: Sequence[int], shift: int = 1
) -> list[K]:
    """The polynomial's values at shift·ω^i, ω of order 2^log_order, for the exponents i."""
    p, n, order = field.p, len(coefficients), 1 << log_order
    root, powers, factor = field.root(log_order), [1], 1
    for _ in range(order - 1):
        powers.append(powers[-1] * root % p)
    scaled = []
    for c in coefficients:
        scaled.append(c * factor)
        factor = factor * shift % p
    index = np.outer(np.array(exponents, dtype=np.int64), np.arange(n)) % order
    return _combine(field, np.array(powers, dtype=object)[index], scaled)


def interpolate(field: Field, values: Sequence[K]) -> list[K]:
    """Coefficients of the polynomial of degree < n with values[j] at ω_n^j."""
    n = len(values)
    log_n = n.bit_length() - 1
    backwards = [-i % n for i in range(n)]
    inverse = pow(n, -1, field.p)
    return [c * inverse for c in at_points(field, values, log_n, backwards)]
