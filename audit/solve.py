"""Every solution of a system, by propagation and case distinction: complete wherever it does not say ``undecided``.

Nothing here knows what a block is. A variable's domain is a set of integers, at first all residues of least absolute
value. Three rules shrink domains: the exact preimage where a constraint has one variable left; bounds where an
interval of values allows a single multiple of p; and "a·b = 0 in a field, so a = 0 or b = 0". Then cases are split.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from .intervals import Set, halves, meet, merged, preimage, size
from .polynomial import Monomial, Poly
from .system import Constraint, Entry, Member, Product, System

#: Pieces of a preimage, and multiples of p, that are written out; beyond, the domain is halved first.
PIECES = 256
TRIED = 16


class Undecided(Exception):
    """The search met its bound on nodes before it was complete."""


@dataclass
class Result:
    """``complete``: there is no solution besides ``solutions`` (unless the limit stopped the search)."""

    solutions: list[list[int]] = field(default_factory=list)
    complete: bool = True
    nodes: int = 0


def solve(system: System, *, limit: int = 2, nodes: int = 20_000) -> Result:
    """Up to ``limit`` different solutions."""
    search, result, seen = _Search(system, nodes), Result(), set()
    try:
        for solution in search.run():
            if tuple(solution) not in seen:
                seen.add(tuple(solution))
                result.solutions.append(solution)
            if len(result.solutions) >= limit:
                result.complete = False
                break
    except Undecided:
        result.complete = False
    result.nodes = search.nodes
    return result


class _Contradiction(Exception):
    pass


@dataclass
class _State:
    domains: list[Set]
    constraints: list[Constraint]
    by_variable: list[list[int]]
    done: set[int]

    def copy(self) -> _State:
        return _State(list(self.domains), list(self.constraints), self.by_variable, set(self.done))


class _Search:
    def __init__(self, system: System, most: int) -> None:
        self.p = system.prime
        self.most = most
        self.nodes = 0
        half = self.p // 2
        count = len(system.cells)
        self.start = _State([((half + 1 - self.p, half),)] * count, [], [[] for _ in range(count)], set())
        for constraint in system.constraints:
            self._append(self.start, constraint)

    def run(self) -> Iterator[list[int]]:
        stack: list[tuple[_State, list[int]]] = [(self.start, list(range(len(self.start.constraints))))]
        while stack:
            state, queue = stack.pop()
            self.nodes += 1
            if self.nodes > self.most:
                raise Undecided
            try:
                self._propagate(state, queue)
            except _Contradiction:
                continue
            cases = self._cases(state)
            if cases is None:
                yield [domain[0][0] for domain in state.domains]
            else:
                stack.extend(reversed(cases))

    # Constraints

    def _append(self, state: _State, constraint: Constraint) -> int:
        index = len(state.constraints)
        state.constraints.append(constraint)
        polys = [constraint.poly] if isinstance(constraint, Member) else _both(constraint)
        # a new list for each touched variable: states share the others
        for v in {v for poly in polys for monomial in poly.terms for v in monomial}:
            state.by_variable[v] = [*state.by_variable[v], index]
        return index

    def _reduce(self, state: _State, poly: Poly) -> tuple[int, dict[Monomial, int]]:
        """(constant, rest): assigned variables put in."""
        p, half, constant = self.p, self.p // 2, 0
        rest: dict[Monomial, int] = {}
        for monomial, coef in poly.terms.items():
            left: list[int] = []
            for v in monomial:
                domain = state.domains[v]
                if len(domain) == 1 and domain[0][0] == domain[0][1]:
                    coef = coef * domain[0][0]
                else:
                    left.append(v)
            if left:
                key = tuple(left)
                rest[key] = rest.get(key, 0) + coef
            else:
                constant += coef
        return (constant + half) % p - half, {m: (c + half) % p - half for m, c in rest.items() if c % p}

    # Propagation

    def _propagate(self, state: _State, queue: list[int]) -> None:
        waiting, order = set(queue), list(queue)
        while order:
            index = order.pop(0)
            waiting.discard(index)
            if index in state.done:
                continue
            for v in self._visit(state, index, state.constraints[index]):
                for other in state.by_variable[v]:
                    if other not in waiting and other not in state.done:
                        waiting.add(other)
                        order.append(other)

    def _visit(self, state: _State, index: int, constraint: Constraint) -> list[int]:
        match constraint:
            case Member(_, poly, low, high):
                return self._member(state, index, *self._reduce(state, poly), low, high)
            case Product(_, a, b):
                return self._product(state, index, a, b)
            case Entry():
                return self._entry(state, index, constraint)

    def _member(
        self, state: _State, index: int, constant: int, rest: dict[Monomial, int], low: int, high: int
    ) -> list[int]:
        p = self.p
        if not rest:
            if (constant - low) % p > high - low:
                raise _Contradiction
            state.done.add(index)
            return []
        variables = {v for monomial in rest for v in monomial}
        if len(variables) == 1 and max(map(len, rest)) <= 2:
            (v,) = variables
            found = self._preimage(state.domains[v], rest.get((v, v), 0), rest.get((v,), 0), constant, low, high)
            if found is not None:
                state.done.add(index)
                return self._narrow(state, v, meet(state.domains[v], found))
        return self._bounds(state, constant, rest, low, high)

    def _preimage(
        self, domain: Set, square: int, slope: int, constant: int, low: int, high: int
    ) -> list[tuple[int, int]] | None:
        if high - low + 1 >= self.p:
            return list(domain)
        first, last = domain[0][0], domain[-1][1]
        if len(domain) > 1 and size(domain) * 4 < last - first and len(domain) <= TRIED:
            parts = [preimage(square, slope, constant, low, high, a, b, self.p, PIECES) for a, b in domain]
            return None if any(x is None for x in parts) else merged([i for x in parts for i in x or ()])
        return preimage(square, slope, constant, low, high, first, last, self.p, PIECES)

    def _bounds(self, state: _State, constant: int, rest: dict[Monomial, int], low: int, high: int) -> list[int]:
        p = self.p
        hull = {v: (state.domains[v][0][0], state.domains[v][-1][1]) for m in rest for v in m}
        ranges = {m: _scaled(_hull(m, hull), coef) for m, coef in rest.items()}
        least = constant + sum(r[0] for r in ranges.values())
        most = constant + sum(r[1] for r in ranges.values())
        first, last = -((high - least) // p), (most - low) // p
        if first > last:
            raise _Contradiction
        if first < last:
            return []
        low, high = low + first * p, high + first * p
        if low <= least and most <= high:
            return []
        changed: list[int] = []
        for v, (a, b) in hull.items():
            mine = [m for m in rest if v in m]
            if any(m.count(v) > 1 for m in mine):
                changed += self._square_bounds(state, v, mine, rest, ranges, (least, most), (low, high))
                continue
            others = (least - sum(ranges[m][0] for m in mine), most - sum(ranges[m][1] for m in mine))
            factor = (0, 0)
            for m in mine:
                part = _scaled(_hull(tuple(u for u in m if u != v), hull), rest[m])
                factor = (factor[0] + part[0], factor[1] + part[1])
            bound = _quotient(low - others[1], high - others[0], factor)
            if bound is not None and (bound[0] > a or bound[1] < b):
                changed += self._narrow(state, v, meet(state.domains[v], [bound] if bound[0] <= bound[1] else []))
        return changed

    def _square_bounds(
        self,
        state: _State,
        v: int,
        mine: list[Monomial],
        rest: dict[Monomial, int],
        ranges: dict[Monomial, tuple[int, int]],
        total: tuple[int, int],
        target: tuple[int, int],
    ) -> list[int]:
        """square·v² + slope·v + (an interval) in [low, high] over the integers."""
        if any(m not in ((v,), (v, v)) for m in mine):
            return []
        low = target[0] - (total[1] - sum(ranges[m][1] for m in mine))
        high = target[1] - (total[0] - sum(ranges[m][0] for m in mine))
        domain = state.domains[v]
        a, b = domain[0][0], domain[-1][1]
        # a modulus beyond all values: no multiple of it but zero
        found = preimage(rest[v, v], rest.get((v,), 0), 0, low, high, a, b, 1 << 400, 1)
        return [] if found is None else self._narrow(state, v, meet(domain, found))

    def _product(self, state: _State, index: int, a: Poly, b: Poly) -> list[int]:
        reduced = [self._reduce(state, x) for x in (a, b)]
        for (constant, rest), other in zip(reduced, reversed(reduced), strict=True):
            if not rest and constant == 0:
                state.done.add(index)
                return []
            if self._never_zero(state, constant, rest):
                return self._member(state, index, *other, 0, 0)
        return []

    def _never_zero(self, state: _State, constant: int, rest: dict[Monomial, int]) -> bool:
        if not rest:
            return True
        hull = {v: (state.domains[v][0][0], state.domains[v][-1][1]) for m in rest for v in m}
        ranges = [_scaled(_hull(m, hull), coef) for m, coef in rest.items()]
        least, most = constant + sum(r[0] for r in ranges), constant + sum(r[1] for r in ranges)
        return -(-least // self.p) > most // self.p

    def _entry(self, state: _State, index: int, entry: Entry) -> list[int]:
        (x, x_rest), (y, y_rest) = self._reduce(state, entry.x), self._reduce(state, entry.y)
        keys = entry.entries
        first, last = min(keys), max(keys)
        if x_rest:
            changed = self._member_only(state, x, x_rest, first, last)
            if y_rest:
                values = [v for ys in keys.values() for v in ys]
                changed += self._member_only(state, y, y_rest, min(values), max(values))
            return changed
        values_at = keys.get(first + (x - first) % self.p)
        if values_at is None:
            raise _Contradiction
        if len(values_at) == 1:
            return self._member(state, index, y, y_rest, values_at[0], values_at[0])
        if not y_rest:
            if y % self.p not in {v % self.p for v in values_at}:
                raise _Contradiction
            state.done.add(index)
            return []
        return self._member_only(state, y, y_rest, min(values_at), max(values_at))

    def _member_only(self, state: _State, constant: int, rest: dict[Monomial, int], low: int, high: int) -> list[int]:
        """A consequence of a constraint that is not done with."""
        index = len(state.constraints)
        changed = self._member(state, index, constant, rest, low, high)
        state.done.discard(index)
        return changed

    def _narrow(self, state: _State, v: int, domain: Set) -> list[int]:
        if not domain:
            raise _Contradiction
        if domain == state.domains[v]:
            return []
        state.domains[v] = domain
        return [v]

    # Cases

    def _cases(self, state: _State) -> list[tuple[_State, list[int]]] | None:
        """The cases that follow, or None where every variable has one value and every constraint was checked."""
        for index, constraint in enumerate(state.constraints):
            if isinstance(constraint, Product) and index not in state.done:
                cases = []
                for poly in (constraint.a, constraint.b):
                    case = state.copy()
                    case.by_variable = list(case.by_variable)
                    case.done.add(index)
                    cases.append((case, [self._append(case, Member(constraint.name, poly, 0, 0))]))
                return cases
        open_ = [v for v, domain in enumerate(state.domains) if domain[0][0] != domain[-1][1]]
        if not open_:
            return None
        v = min(open_, key=lambda v: (size(state.domains[v]), v))
        domain = state.domains[v]
        if size(domain) <= TRIED:
            parts: list[Set] = [((x, x),) for a, b in domain for x in range(a, b + 1)]
        else:
            parts = list(halves(domain))
        cases = []
        for part in parts:
            case = state.copy()
            case.domains[v] = part
            cases.append((case, list(state.by_variable[v])))
        return cases


def _both(constraint: Product | Entry) -> list[Poly]:
    return [constraint.a, constraint.b] if isinstance(constraint, Product) else [constraint.x, constraint.y]


def _hull(monomial: Monomial, hull: dict[int, tuple[int, int]]) -> tuple[int, int]:
    low = high = 1
    for i, v in enumerate(monomial):
        a, b = hull[v]
        if monomial.count(v) == 2 and i == monomial.index(v):
            a, b = (0 if a <= 0 <= b else min(a * a, b * b)), max(a * a, b * b)
        elif monomial.count(v) == 2:
            continue
        ends = (low * a, low * b, high * a, high * b)
        low, high = min(ends), max(ends)
    return low, high


def _scaled(interval: tuple[int, int], coef: int) -> tuple[int, int]:
    a, b = interval[0] * coef, interval[1] * coef
    return (a, b) if a <= b else (b, a)


def _quotient(low: int, high: int, factor: tuple[int, int]) -> tuple[int, int] | None:
    """Bounds of v with factor·v in [low, high] for some factor of an interval without 0."""
    a, b = factor
    if a <= 0 <= b:
        return None
    least = min(-(-low // f) if f > 0 else -(-high // f) for f in (a, b))
    most = max(high // f if f > 0 else low // f for f in (a, b))
    return least, most
