"""The search finds exactly the solutions that trying every assignment finds."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from audit.intervals import halves, meet, preimage, size
from audit.polynomial import Poly
from audit.solve import solve
from audit.system import Constraint, Entry, Member, Product, System, different, restricted


def value(poly: Poly, values: tuple[int, ...]) -> int:
    total = 0
    for monomial, coef in poly.terms.items():
        for v in monomial:
            coef *= values[v]
        total += coef
    return total


def holds(constraint: Constraint, values: tuple[int, ...], p: int) -> bool:
    match constraint:
        case Member(_, poly, low, high):
            return any((value(poly, values) - x) % p == 0 for x in range(low, high + 1))
        case Product(_, a, b):
            return value(a, values) * value(b, values) % p == 0
        case Entry(_, x, y, entries):
            return any(
                (value(x, values) - k) % p == 0 and (value(y, values) - v) % p == 0
                for k, vs in entries.items()
                for v in vs
            )


def random_system(rng: np.random.Generator, p: int, count: int) -> System:
    def poly(degree: int, terms: int) -> Poly:
        found = {}
        for _ in range(terms):
            monomial = tuple(sorted(int(v) for v in rng.integers(count, size=int(rng.integers(degree + 1)))))
            found[monomial] = int(rng.integers(-p, p + 1))
        return Poly(found).modulo(p)

    constraints: list[Constraint] = []
    for _ in range(int(rng.integers(1, 5))):
        match int(rng.integers(5)):
            case 0 | 1:
                low = int(rng.integers(-p, p))
                constraints.append(Member("m", poly(1, 3), low, low + int(rng.integers(p))))
            case 2:
                low = int(rng.integers(-p, p))
                constraints.append(Member("s", poly(2, 3), low, low + int(rng.integers(p // 2))))
            case 3:
                constraints.append(Product("p", poly(1, 3), poly(1, 2)))
            case _:
                first, n = int(rng.integers(-p, p)), int(rng.integers(1, p))
                ys = {first + i: tuple(int(v) for v in rng.integers(-p, p, size=rng.integers(1, 3))) for i in range(n)}
                constraints.append(Entry("t", poly(1, 2), poly(1, 2), ys))
    return System(p, [(0, i) for i in range(count)], constraints, [])


@pytest.mark.parametrize("p", [3, 5, 7, 11, 13])
def test_against_every_assignment(p: int) -> None:
    rng = np.random.default_rng(p)
    sizes = []
    for _ in range(120):
        count = int(rng.integers(1, 4))
        system = random_system(rng, p, count)
        every = itertools.product(range(p), repeat=count)
        expected = {x for x in every if all(holds(c, x, p) for c in system.constraints)}
        result = solve(system, limit=p**count + 1, nodes=1 << 20)
        found = {tuple(v % p for v in x) for x in result.solutions}
        assert result.complete and found == expected, system.constraints
        assert len(found) == len(result.solutions)
        sizes.append(len(expected))
        if expected:  # a cell that has to differ from one solution
            one = min(expected)
            goal = restricted(system, different(system, Poly.variable(0), one[0]))
            assert bool(solve(goal, limit=1).solutions) == any(x[0] != one[0] for x in expected)
    assert sizes.count(0) > 5 and max(sizes) > 3


def test_preimages() -> None:
    rng = np.random.default_rng(0)
    for _ in range(150):
        p = int(rng.choice([7, 11, 31, 101]))
        square, slope, constant = (int(v) for v in rng.integers(-p, p, size=3))
        low, first = int(rng.integers(-p, p)), int(rng.integers(-p, p))
        high, last = low + int(rng.integers(p)), first + int(rng.integers(2 * p))
        found = preimage(square, slope, constant, low, high, first, last, p, 1 << 20)
        inside = {v for v in range(first, last + 1) if ((square * v + slope) * v + constant - low) % p <= high - low}
        assert {v for a, b in found for v in range(a, b + 1)} == inside
        assert all(b + 1 < a for (_, b), (a, _) in itertools.pairwise(found))


def test_sets() -> None:
    s = ((-5, -3), (0, 0), (4, 9))
    small, large = halves(s)
    assert size(s) == 10 and size(small) == size(large) == 5 and max(b for _, b in small) < min(a for a, _ in large)
    assert meet(s, [(-4, 5)]) == ((-4, -3), (0, 0), (4, 5))
