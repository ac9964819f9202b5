"""Spec 6.7: affine expressions in the scalars of a run and in products of two of them."""

from __future__ import annotations

from .fields import Field, K


class Expr:
    """constant + Σ scalars[i]·v_i + Σ products[j]·(the j-th registered product)."""

    def __init__(self, constant: K, scalars: dict[int, K] | None = None, products: dict[int, K] | None = None) -> None:
        self.constant, self.scalars, self.products = constant, scalars or {}, products or {}

    def __add__(self, other: Expr) -> Expr:
        return Expr(
            self.constant + other.constant,
            _merge(self.scalars, other.scalars),
            _merge(self.products, other.products),
        )

    def __mul__(self, factor: K) -> Expr:
        return Expr(
            self.constant * factor,
            {i: c * factor for i, c in self.scalars.items()},
            {j: c * factor for j, c in self.products.items()},
        )

    def __sub__(self, other: Expr) -> Expr:
        return self + other * -self.constant.field.one

    def plus(self, value: K) -> Expr:
        return Expr(self.constant + value, self.scalars, self.products)

    @property
    def is_constant(self) -> bool:
        return not self.scalars and not self.products


def _merge(a: dict[int, K], b: dict[int, K]) -> dict[int, K]:
    result = dict(a)
    for key, value in b.items():
        result[key] = result[key] + value if key in result else value
    return result


def constant(value: K) -> Expr:
    return Expr(value)


def zero(field: Field) -> Expr:
    return Expr(field.zero)


def quadratic(at: K, v0: Expr, v1: Expr, v2: Expr) -> Expr:
    """The polynomial of degree 2 with these values at 0, 1, 2."""
    f, half = at.field, pow(2, -1, at.field.p)
    a, b, c = at, at - f.one, at - f.k(2)
    return v0 * (b * c * half) + v1 * (a * c * -1) + v2 * (a * b * half)


def cubic(at: K, v0: Expr, v1: Expr, v2: Expr, v3: Expr) -> Expr:
    f = at.field
    half, sixth = pow(2, -1, f.p), pow(6, -1, f.p)
    a, b, c, d = (at - f.k(i) for i in range(4))
    return v0 * (b * c * d * -sixth) + v1 * (a * c * d * half) + v2 * (a * b * d * -half) + v3 * (a * b * c * sixth)
