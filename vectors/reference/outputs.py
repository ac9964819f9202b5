"""Spec 6.2: what a statement's outputs add to the circuit."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from . import plan as t
from . import statement as s
from .circuit import BATCH_LABEL, FRESH, Circuit, Committed, Public
from .errors import need
from .intervals import Interval

B = BATCH_LABEL


def append(c: Circuit, plan: t.Plan, known: list[Interval], claim: s.OutputClaim) -> None:
    tensor = plan.outputs[claim.output].tensor
    if claim.kind == s.OUT_PUBLIC:
        c.publics.append((tensor, claim.values))
        return
    low, high = known[tensor]
    predicate = Predicate(c, tensor, high - low + 4)
    n = prod(c.dims(tensor))
    need(16 * predicate.width < c.field.p and predicate.width < 1 << 45, "a port too wide for a predicate")
    need(c.batch * n <= 1 << 22, "a port of too many cells for a predicate")
    if claim.kind in (s.ARGMAX, s.TOP_K):
        c.looked_at += c.batch * n
        need(c.looked_at <= 1 << 22, "argmax and top_k over too many cells together")
    match claim.kind:
        case s.AT_LEAST:
            predicate.half_line(predicate.cell(claim.cell), claim.low, True, claim.outcomes)
        case s.AT_MOST:
            predicate.half_line(predicate.cell(claim.cell), claim.high, False, claim.outcomes)
        case s.BETWEEN:
            predicate.between(claim)
        case s.ARGMAX:
            predicate.argmax(claim.values)
        case s.TOP_K:
            predicate.top_k(claim)


class Predicate:
    def __init__(self, c: Circuit, tensor: int, width: int) -> None:
        self.c, self.tensor, self.width = c, tensor, width

    def nonneg(self, v: int, spans: int) -> None:
        self.c.requests.append((v, 0, (spans * self.width).bit_length()))

    def cell(self, index: int) -> int:
        return self.c.add((), t.View((t.Part(self.tensor, (), (), index, ()),)))

    def flat(self) -> int:
        dims = self.c.dims(self.tensor)
        if len(dims) == 1:
            return self.tensor
        n = prod(dims)
        return self.c.add((n,), t.View((t.Part(self.tensor, (0,), (n,), 0, (1,)),)))

    def public(self, dims: tuple[int, ...], values: Sequence[int]) -> int:
        return self.c.add(dims, Public(tuple(values)))

    def scaled(self, factors: Sequence[int], v: int, offsets: Sequence[int]) -> int:
        """factors_b·v + offsets_b in every row b."""
        c, coefficient, offset = self.c, factors[0], offsets[0]
        if len(set(factors)) > 1:
            labels = (B, *range(len(c.dims(v))))
            f = self.public((), factors)
            v, coefficient = c.like(v, t.Contract(labels, v, labels, f, (B,))), 1
        if len(set(offsets)) == 1:
            return c.like(v, t.Linear(((coefficient, v),), offset))
        o = self.public((), offsets)
        return c.like(v, t.Linear(((coefficient, v), (1, o)), 0))

    def half_line(self, y: int, threshold: int, at_least: bool, outcomes: Sequence[bool]) -> None:
        if at_least:
            factors, offsets = {True: 1, False: -1}, {True: -threshold, False: threshold - 1}
        else:
            factors, offsets = {True: -1, False: 1}, {True: threshold, False: -threshold - 1}
        self.nonneg(self.scaled([factors[o] for o in outcomes], y, [offsets[o] for o in outcomes]), 1)

    def between(self, claim: s.OutputClaim) -> None:
        c, low, high, outcomes = self.c, claim.low, claim.high, claim.outcomes
        y = self.cell(claim.cell)
        if all(outcomes):
            self.half_line(y, low, True, outcomes)
            self.half_line(y, high, False, outcomes)
            return
        u = c.add((), Committed(FRESH))
        c.requests.append((u, 0, 1))
        uy = c.add((), t.Contract((B,), u, (B,), y, (B,)))
        outside = c.add((), t.Linear(((-1, y), (2, uy), (-(high + low), u)), low - 1))
        inside = [int(o) for o in outcomes]
        parts = (
            self.scaled([1 - o for o in inside], outside, [0] * c.batch),
            self.scaled(inside, y, [-o * low for o in inside]),
            self.scaled([-o for o in inside], y, [o * high for o in inside]),
        )
        for v in parts:
            self.nonneg(v, 1)

    def argmax(self, classes: Sequence[int]) -> None:
        c, flat = self.c, self.flat()
        (n,) = c.dims(flat)
        one_hot = self.public((n,), [int(j == k) for k in classes for j in range(n)])
        earlier = self.public((n,), [int(j < k) for k in classes for j in range(n)])
        chosen = c.add((), t.Contract((B,), flat, (B, 0), one_hot, (B, 0)))
        self.nonneg(c.add((n,), t.Linear(((1, chosen), (-1, flat), (-1, earlier)), 0)), 1)

    def top_k(self, claim: s.OutputClaim) -> None:
        c, flat, k = self.c, self.flat(), claim.k
        (n,) = c.dims(flat)
        y = self.cell(claim.cell)
        g = c.add((n,), Committed(FRESH))
        c.requests.append((g, 0, 1))
        difference = c.add((n,), t.Linear(((1, y), (-1, flat), (self.width, g)), 0))
        signs = [1 if o else -1 for o in claim.outcomes]
        self.nonneg(self.scaled(signs, difference, [0 if o else self.width - 1 for o in claim.outcomes]), 2)
        count = c.add((), t.Contract((B,), g, (B, 0), None, ()))
        left = self.scaled([-x for x in signs], count, [k - 1 if o else -k for o in claim.outcomes])
        c.requests.append((left, 0, n.bit_length() + 1))
