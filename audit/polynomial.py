"""Polynomials in the free cells of a circuit, over the integers; constants stay Python integers."""

from __future__ import annotations

from typing import Any

Monomial = tuple[int, ...]


class Poly:
    """``terms``: sorted variables of each monomial → coefficient; ``factors``: the two factors of a plain product."""

    __slots__ = ("factors", "terms")

    def __init__(self, terms: dict[Monomial, int], factors: tuple[Poly, Poly] | None = None) -> None:
        self.terms = terms
        self.factors = factors

    @staticmethod
    def variable(index: int) -> Poly:
        return Poly({(index,): 1})

    @staticmethod
    def of(value: Any) -> Poly:
        """A cell as a polynomial, whether it is one or a constant."""
        return value if isinstance(value, Poly) else Poly({(): int(value)} if value else {})

    def __add__(self, other: Any) -> Poly:
        if not isinstance(other, Poly):
            if other == 0:
                return self
            other = Poly({(): int(other)})
        small, large = (self, other) if len(self.terms) < len(other.terms) else (other, self)
        terms = dict(large.terms)
        for monomial, coef in small.terms.items():
            total = terms.get(monomial, 0) + coef
            if total:
                terms[monomial] = total
            else:
                terms.pop(monomial, None)
        return Poly(terms)

    __radd__ = __add__

    def __mul__(self, other: Any) -> Poly:
        if not isinstance(other, Poly):
            if other == 1:
                return self
            return Poly({m: c * int(other) for m, c in self.terms.items()} if other else {})
        terms: dict[Monomial, int] = {}
        for m, c in self.terms.items():
            for n, d in other.terms.items():
                monomial = tuple(sorted(m + n))
                terms[monomial] = terms.get(monomial, 0) + c * d
        return Poly({m: c for m, c in terms.items() if c}, (self, other))

    __rmul__ = __mul__

    def __neg__(self) -> Poly:
        return self * -1

    def __sub__(self, other: Any) -> Poly:
        return self + (other * -1)

    def modulo(self, p: int) -> Poly:
        """The same function modulo p, with coefficients of least absolute value."""
        half = p // 2
        terms = {m: (c + half) % p - half for m, c in self.terms.items() if c % p}
        return Poly(terms, self.factors)
