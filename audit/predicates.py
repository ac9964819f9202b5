"""Output claims as spec 6.2's table says: public values, and predicates on hidden outputs."""

from __future__ import annotations

from math import prod

import numpy as np

from affidavit.bundle import statement as s
from affidavit.plan import types as t
from affidavit.plan.intervals import Interval

from .circuit import BATCH, Boxes, Circuit, Einsum, Fixed, Free, Request, Sum


def add_claim(c: Circuit, plan: t.Plan, intervals: list[Interval], claim: s.OutputClaim) -> None:
    """The tensors and relations of one claim."""
    port = plan.outputs[claim.output]
    low, high = intervals[port.tensor]
    name = f"output:{port.name}"
    # the statement's own integers are compared with the interval before they enter the field (spec 3)
    if any(not low - 1 <= v <= high + 1 for v in _integers(claim)):
        c.refused.append(name)
    if isinstance(claim, s.PublicOutput):
        dims = c.tensors[port.tensor].dims
        c.publics.append((name, port.tensor, np.array([int(v) for v in claim.values], dtype=object).reshape(dims)))
        return
    width = high - low + 4
    assert width < c.prime / 16 and width < 1 << 45, "the statement would be refused: the output is too wide"
    adding = _Claim(c, name, port.tensor, width)
    if isinstance(claim, s.ArgMax):
        adding.argmax([int(k) for k in claim.classes])
        return
    outcomes = [bool(o) for o in claim.outcomes]
    match claim:
        case s.AtLeast():
            adding.half_line(adding.cell(claim.cell), claim.threshold, True, outcomes)
        case s.AtMost():
            adding.half_line(adding.cell(claim.cell), claim.threshold, False, outcomes)
        case s.Between():
            adding.between(claim.cell, claim.low, claim.high, outcomes)
        case s.TopK():
            adding.top_k(claim.cell, claim.k, outcomes)


def _integers(claim: s.OutputClaim) -> list[int]:
    """Public values and thresholds."""
    match claim:
        case s.PublicOutput():
            return [int(v) for v in claim.values]
        case s.AtLeast() | s.AtMost():
            return [claim.threshold]
        case s.Between():
            return [claim.low, claim.high]
    return []


class _Claim:
    def __init__(self, c: Circuit, name: str, tensor: int, width: int) -> None:
        self.c, self.name, self.tensor, self.width = c, name, tensor, width
        self.rows = c.batch

    def request(self, tensor: int, bits: int) -> None:
        self.c.requests.append(Request(self.name, tensor, 0, bits))

    def nonneg(self, tensor: int, spans: int = 1) -> None:
        self.request(tensor, (spans * self.width).bit_length())

    def cell(self, cell: int) -> int:
        part = t.Part(self.tensor, (), (), cell, ())
        return self.c.add(self.name, (self.rows,), Boxes((part,), True))

    def flat(self) -> int:
        dims = self.c.tensors[self.tensor].dims
        if len(dims) == 2:
            return self.tensor
        n = prod(dims[1:])
        part = t.Part(self.tensor, (0,), (n,), 0, (1,))
        return self.c.add(self.name, (self.rows, n), Boxes((part,), True))

    def public(self, values: list[int]) -> int:
        return self.c.add(self.name, (self.rows,), Fixed(np.array(values, dtype=object)))

    def scaled(self, factors: list[int], x: int, offsets: list[int]) -> int:
        """``factors[b] * x + offsets[b]`` in row b."""
        dims, coef = self.c.tensors[x].dims, factors[0]
        if len(set(factors)) > 1:
            labels = (BATCH, *range(1, len(dims)))
            x = self.c.add(self.name, dims, Einsum(labels, x, labels, self.public(factors), (BATCH,)))
            coef = 1
        terms = [(coef, x, tuple(range(len(dims))))]
        constant = offsets[0]
        if len(set(offsets)) > 1:
            terms.append((1, self.public(offsets), (0,)))
            constant = 0
        return self.c.add(self.name, dims, Sum(tuple(terms), constant))

    def half_line(self, y: int, threshold: int, at_least: bool, outcomes: list[bool]) -> None:
        factors = [1 if o == at_least else -1 for o in outcomes]
        below, above = (-threshold, threshold - 1) if at_least else (-threshold - 1, threshold)
        offsets = [(below if f > 0 else above) for f in factors]
        self.nonneg(self.scaled(factors, y, offsets))

    def between(self, cell: int, low: int, high: int, outcomes: list[bool]) -> None:
        y = self.cell(cell)
        if all(outcomes):
            self.half_line(y, low, True, outcomes)
            self.half_line(y, high, False, outcomes)
            return
        p = self.c.prime
        u = self.c.add(
            f"{self.name} u", (self.rows,), Free(lambda have: (_signed(have[y], p) > high).astype(object) + 0)
        )
        self.request(u, 1)
        uy = self.c.add(self.name, (self.rows,), Einsum((BATCH,), u, (BATCH,), y, (BATCH,)))
        outside = self.c.linear(self.name, [(-1, y), (2, uy), (-(high + low), u)], low - 1)
        inside = [int(o) for o in outcomes]
        for factors, x, offsets in (
            ([1 - o for o in inside], outside, [0] * self.rows),
            (inside, y, [-o * low for o in inside]),
            ([-o for o in inside], y, [o * high for o in inside]),
        ):
            self.nonneg(self.scaled(factors, x, offsets))

    def argmax(self, classes: list[int]) -> None:
        y = self.flat()
        n = self.c.tensors[y].dims[1]
        chosen = np.array([[int(j == k) for j in range(n)] for k in classes], dtype=object)
        earlier = np.array([[int(j < k) for j in range(n)] for k in classes], dtype=object)
        one_hot = self.c.add(self.name, (self.rows, n), Fixed(chosen))
        before = self.c.add(self.name, (self.rows, n), Fixed(earlier))
        value = self.c.add(self.name, (self.rows,), Einsum((BATCH,), y, (BATCH, 1), one_hot, (BATCH, 1)))
        terms = ((1, value, (0,)), (-1, y, (0, 1)), (-1, before, (0, 1)))
        self.nonneg(self.c.add(self.name, (self.rows, n), Sum(terms, 0)))

    def top_k(self, cell: int, k: int, outcomes: list[bool]) -> None:
        flat, p = self.flat(), self.c.prime
        y = self.cell(cell)
        n = self.c.tensors[flat].dims[1]
        flags = Free(lambda have: (_signed(have[flat], p) > _signed(have[y], p)[:, None]).astype(object) + 0)
        g = self.c.add(f"{self.name} g", (self.rows, n), flags)
        self.request(g, 1)
        terms = ((1, y, (0,)), (-1, flat, (0, 1)), (self.width, g, (0, 1)))
        difference = self.c.add(self.name, (self.rows, n), Sum(terms, 0))
        signs = [1 if o else -1 for o in outcomes]
        self.nonneg(self.scaled(signs, difference, [0 if o else self.width - 1 for o in outcomes]), 2)
        count = self.c.add(self.name, (self.rows,), Einsum((BATCH,), g, (BATCH, 1), None, ()))
        left = self.scaled([-f for f in signs], count, [k - 1 if o else -k for o in outcomes])
        self.request(left, n.bit_length() + 1)


def _signed(values: np.ndarray, p: int) -> np.ndarray:
    """The representative of least absolute value."""
    return (values + p // 2) % p - p // 2
