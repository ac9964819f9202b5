"""Whether the relations of a plan force every Fresh tensor to its hint's value: reference of decision 011.

The plan is assumed to be valid (spec 2): then every relation holds over the integers and every declared interval is
enforced. Each rule looks for the relations that the blocks of spec 4 emit; the reasons are in the decision.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import prod

import numpy as np

from affidavit.plan import types as t
from affidavit.witness.check import define

from .affine import Form, Shape, mentioned, number

#: Cells that the rule for a first maximum may evaluate.
MOST_CELLS = 1 << 26


@dataclass(frozen=True)
class Unforced:
    tensor: str
    why: str


def unforced(plan: t.Plan) -> list[Unforced]:
    """Fresh tensors that no rule shows to equal their hint; empty: the plan is a function of its inputs and weights."""
    checker = _Checker(plan)
    found = []
    for index, tensor in enumerate(plan.tensors):
        if isinstance(tensor.body, t.Fresh):
            why = checker.why_not(index, tensor.body.hint)
            if why is not None:
                found.append(Unforced(tensor.name, why))
    return found


class _Checker:
    def __init__(self, plan: t.Plan) -> None:
        self.plan, self.shape = plan, Shape(plan)
        self.outputs = {port.tensor for port in plan.outputs}
        self.zeros: set[int] = {r.tensor for r in plan.relations if isinstance(r, t.Zero)}
        self.ranges = [r for r in plan.relations if isinstance(r, t.Range)]
        self.lookups = [r for r in plan.relations if isinstance(r, t.Lookup)]
        self.zero_forms = {(self.shape.forms[i], self.shape.dims(i)) for i in self.zeros}
        self.range_forms = {(self.shape.forms[r.tensor], self.shape.dims(r.tensor), r.lo, r.bits) for r in self.ranges}
        self.nonneg_forms = {(form, dims) for form, dims, lo, _ in self.range_forms if lo == 0}
        self.zero_products: set[tuple[frozenset[Form], tuple[int, ...]]] = set()
        for i in self.zeros:
            factors = self.shape.factors(i)
            if factors is not None:
                self.zero_products.add((frozenset(factors), self.shape.dims(i)))

    def why_not(self, index: int, hint: t.Hint) -> str | None:
        """None if forced."""
        match hint:
            case t.Clamp():
                return self._clamp(index, hint)
            case t.Below() | t.Above():
                return self._excess(index, hint)
            case t.TableValue(src, table):
                known = any((r.x, r.y, r.table) == (src, index, table) for r in self.lookups)
                return None if known else "it is not looked up with its argument"
            case t.RowMax(src):
                return self._extreme(index, src, 1)
            case t.RowMin(src):
                return self._extreme(index, src, -1)
            case t.RowArgMax():
                return self._selector(index, hint)
            case t.FloorDiv():
                return self._quotient(index, hint)
            case t.Isqrt(src):
                return self._root(index, src)
            case t.Bits():
                return self._bits(index, hint)

    # Facts

    def _form(self, tensor: int) -> Form:
        return self.shape.forms[tensor]

    def _nonneg(self, form: Form, dims: tuple[int, ...]) -> bool:
        return (form, dims) in self.nonneg_forms or self.shape.least(form) >= 0

    def _product_is_zero(self, a: Form, b: Form, dims: tuple[int, ...]) -> bool:
        return (frozenset((a, b)), dims) in self.zero_products

    def _exclusive(self, room: Form, excess: Form, dims: tuple[int, ...]) -> bool:
        """room·excess = 0, directly or by an indicator u in {0, 1}: room·u = 0 and excess·(1 - u) = 0."""
        if self._product_is_zero(room, excess, dims):
            return True
        return any(self._product_is_zero(room, u, dims) for u in self._indicators(excess, dims))

    def _indicators(self, excess: Form, dims: tuple[int, ...]) -> Iterator[Form]:
        """All u in {0, 1} with excess·(1 - u) = 0."""
        for index, tensor in enumerate(self.plan.tensors):
            if isinstance(tensor.body, t.Fresh) and tensor.dims == dims and self.shape.intervals[index] == (0, 1):
                u = self._form(index)
                if self._product_is_zero(excess, number(1) - u, dims):
                    yield u

    # Rules

    def _clamp(self, index: int, hint: t.Clamp) -> str | None:
        if self._is_indicator(index, hint):
            return None
        return None if any(self._groups(index, hint)) else "no relation ties it to its source, or a side is open"

    def _is_indicator(self, index: int, hint: t.Clamp) -> bool:
        """u = [e > 0] for e ≥ 0: e·(1 - u) = 0 and e - u ≥ 0."""
        dims, u, e = self.shape.dims(index), self._form(index), self._form(hint.src)
        return (
            (hint.shift, hint.lo, hint.hi) == (0, 0, 1)
            and self.shape.intervals[index] == (0, 1)
            and self.shape.intervals[hint.src][0] >= 0
            and self.shape.dims(hint.src) == dims
            and self._product_is_zero(e, number(1) - u, dims)
            and (e - u, dims) in self.nonneg_forms
        )

    def _groups(self, index: int, hint: t.Clamp) -> Iterator[tuple[int | None, int | None]]:
        """(below, above) of every complete rescale block whose value is this tensor."""
        dims, a, src = self.shape.dims(index), self._form(index), self._form(hint.src)
        if self.shape.dims(hint.src) != dims:
            return
        step = 1 << hint.shift
        start = src + number(step >> 1) - step * a
        if hint.shift:
            ties = [f for f, d, lo, bits in self.range_forms if (d, lo, bits) == (dims, 0, hint.shift)]
        else:
            # the sign of an equation is free
            ties = [g for f, d in self.zero_forms if d == dims for g in (f, -f)]
        for form in ties:
            rest = form - start
            below = [i for i, c in rest.terms if c == step]
            above = [i for i, c in rest.terms if c == -step]
            if rest.constant or len(below) + len(above) != len(rest.terms) or len(below) > 1 or len(above) > 1:
                continue
            pair = (below[0] if below else None, above[0] if above else None)
            if self._sides_closed(index, hint, *pair):
                yield pair

    def _sides_closed(self, index: int, hint: t.Clamp, below: int | None, above: int | None) -> bool:
        dims, a = self.shape.dims(index), self._form(index)
        m, M = (_rounded(v, hint.shift) for v in self.shape.intervals[hint.src])
        if below is not None and above is not None and not hint.lo < hint.hi:
            return False
        if below is None:
            if m < hint.lo:
                return False
        elif not (
            self._hint(below) == t.Below(hint.src, hint.shift, hint.lo)
            and self.shape.dims(below) == dims
            and self.shape.intervals[below][0] >= 0
            and self.shape.intervals[index][0] >= hint.lo
            and self._exclusive(a - number(hint.lo), self._form(below), dims)
        ):
            return False
        if above is None:
            return M <= hint.hi
        top = number(hint.hi) - a
        return (
            self._hint(above) == t.Above(hint.src, hint.shift, hint.hi)
            and self.shape.dims(above) == dims
            and self.shape.intervals[above][0] >= 0
            and self._nonneg(top, dims)
            and self._exclusive(top, self._form(above), dims)
        )

    def _hint(self, tensor: int) -> t.Hint | None:
        body = self.plan.tensors[tensor].body
        return body.hint if isinstance(body, t.Fresh) else None

    def _excess(self, index: int, hint: t.Below | t.Above) -> str | None:
        for other, tensor in enumerate(self.plan.tensors):
            if isinstance(tensor.body, t.Fresh) and isinstance(tensor.body.hint, t.Clamp):
                clamp = tensor.body.hint
                if (clamp.src, clamp.shift) == (hint.src, hint.shift):
                    if any(index in pair for pair in self._groups(other, clamp)):
                        return None
        if isinstance(hint, t.Below):
            return None if self._is_zero_guard(index, hint) else "it belongs to no complete rescale block or zero guard"
        return None if self._is_cut(index, hint) else "it belongs to no complete rescale block or cut"

    def _is_zero_guard(self, index: int, hint: t.Below) -> bool:
        """z = [x = 0] for x ≥ 0: z·x = 0 and x + z - 1 ≥ 0, z in {0, 1}."""
        dims, z, x = self.shape.dims(index), self._form(index), self._form(hint.src)
        return (
            (hint.shift, hint.lo) == (0, 1)
            and self.shape.intervals[index] == (0, 1)
            and self.shape.intervals[hint.src][0] >= 0
            and self.shape.dims(hint.src) == dims
            and self._product_is_zero(z, x, dims)
            and (x + z - number(1), dims) in self.nonneg_forms
        )

    def _is_cut(self, index: int, hint: t.Above) -> bool:
        """max(D - hi, 0) where D - above is an argument of a table that ends at hi."""
        dims, above = self.shape.dims(index), self._form(index)
        if hint.shift or self.shape.intervals[index][0] < 0 or self.shape.dims(hint.src) != dims:
            return False
        argument = self._form(hint.src) - above
        looked_up = any(
            self._form(r.x) == argument and self.shape.dims(r.x) == dims and _end(self.plan.tables[r.table]) <= hint.hi
            for r in self.lookups
        )
        return looked_up and self._exclusive(number(hint.hi) - argument, above, dims)

    def _extreme(self, index: int, src: int, sign: int) -> str | None:
        """Row maximum (minimum with sign -1): at least (at most) every cell, and one of the cells."""
        dims = self.shape.dims(src)
        if self.shape.dims(index) != (*dims[:-1], 1):
            return "it has not one cell for each row of its source"
        gap = sign * (self._form(index) - self._form(src))
        if not self._at_least_zero(gap, dims):
            return "nothing makes it a bound of all cells"
        for m in self._one_hots(dims):
            if self._product_is_zero(self._form(m), gap, dims):
                return None
        return "nothing makes it one of the cells"

    def _at_least_zero(self, gap: Form, dims: tuple[int, ...]) -> bool:
        """gap = (something enforced to be ≥ 0) + (something whose interval is ≥ 0)."""
        enforced = [form for form, d in self.nonneg_forms if d == dims]
        enforced += [
            self._form(r.x)
            for r in self.lookups
            if self.plan.tables[r.table].in_lo >= 0 and self.shape.dims(r.x) == dims
        ]
        return any(self.shape.least(gap - form) >= 0 for form in enforced)

    def _one_hots(self, dims: tuple[int, ...]) -> Iterator[int]:
        """Fresh tensors of zeros and ones with one 1 in every row."""
        for form, _ in self.zero_forms:
            for candidate in (form, -form):
                if candidate.constant == -1 and len(candidate.terms) == 1:
                    ((count, coef),) = candidate.terms
                    m = self.shape.row_total(count)
                    if coef == 1 and m is not None and self.shape.dims(m) == dims:
                        if self.shape.intervals[m] == (0, 1):
                            yield m

    def _selector(self, index: int, hint: t.RowArgMax) -> str | None:
        if self._is_idle(index):
            return None
        dims = self.shape.dims(index)
        if self.shape.dims(hint.src) != dims or index not in set(self._one_hots(dims)):
            return "it is no one-hot of each row, and something depends on it"
        for top, tensor in enumerate(self.plan.tensors):
            if not isinstance(tensor.body, t.Fresh) or tensor.body.hint != t.RowMax(hint.src):
                continue
            gap = self._form(top) - self._form(hint.src)
            if self._extreme(top, hint.src, 1) is None and self._product_is_zero(self._form(index), gap, dims):
                if self._is_first(index, gap, dims):
                    return None
        return "nothing makes it the first of the largest cells, and something depends on it"

    def _is_first(self, m: int, gap: Form, dims: tuple[int, ...]) -> bool:
        """gap - before ≥ 0 where before_j is the number of chosen cells after j."""
        for form, d in self.nonneg_forms:
            rest = gap - form
            if d == dims and rest.constant == 0 and rest.terms and self._counts_later(rest, m, dims):
                return True
        return False

    def _counts_later(self, form: Form, m: int, dims: tuple[int, ...]) -> bool:
        """Whether ``form`` is before(m): evaluated on all one-hot rows, on which it is linear."""
        n, leads = dims[-1], prod(dims[:-1])
        needed = self._made_of(form, m)
        if needed is None or leads * leads * n * n > MOST_CELLS:
            return False
        expected = np.tri(n, n, -1, dtype=np.int64)
        for lead in np.ndindex(*dims[:-1]):
            # one inference for each position of the 1, all other rows of the leading axes zero: they must not mix
            have = {m: np.zeros((n, *dims), dtype=np.int64)}
            have[m][(slice(None), *lead)] = np.eye(n, dtype=np.int64)
            for tensor in needed:
                have[tensor] = define(self.plan, self.plan.tensors[tensor], have, n)
            total, wanted = (np.zeros((n, *dims), dtype=np.int64) for _ in range(2))
            for tensor, coef in form.terms:
                total = total + coef * have[tensor]
            wanted[(slice(None), *lead)] = expected
            if not np.array_equal(total, wanted):
                return False
        return True

    def _made_of(self, form: Form, m: int) -> list[int] | None:
        """Tensors between ``m`` and the form, in order; None if they are not linear in ``m`` alone."""
        needed: set[int] = set()
        waiting = [i for i, _ in form.terms]
        while waiting:
            index = waiting.pop()
            if index == m or index in needed:
                continue
            body = self.plan.tensors[index].body
            if not isinstance(body, t.Linear | t.Contract | t.View | t.Constant) or _adds_constants(self.plan, body):
                return None
            needed.add(index)
            waiting += mentioned(body)
        return sorted(needed)

    def _is_idle(self, m: int) -> bool:
        """No output and no hint depends on it: which of several largest cells it points at has no effect."""
        reached, waiting = {m}, [m]
        while waiting:
            for user in self.shape.users(waiting.pop()):
                if user not in reached:
                    reached.add(user)
                    waiting.append(user)
        hints = (x.body.hint for x in self.plan.tensors if isinstance(x.body, t.Fresh))
        return not reached & ({source for hint in hints for source in sources_of(hint)} | self.outputs)

    def _quotient(self, index: int, hint: t.FloorDiv) -> str | None:
        dims, y = self.shape.dims(index), self._form(index)
        num, den = self._form(hint.num), self._form(hint.den)
        if self.shape.dims(hint.num) != dims:
            return "it has not its numerator's shape"
        for product in range(len(self.plan.tensors)):
            factors = self.shape.factors(product)
            if factors is None or self.shape.dims(product) != dims or set(factors) != {den, y}:
                continue
            remainder = num - self._form(product)
            room = den - remainder - number(1)
            if (remainder, dims) in self.nonneg_forms and (room, dims) in self.nonneg_forms:
                return None
        return "its remainder is not bounded on both sides"

    def _root(self, index: int, src: int) -> str | None:
        dims, y, x = self.shape.dims(index), self._form(index), self._form(src)
        if self.shape.dims(src) != dims or self.shape.intervals[index][0] < 0:
            return "it may be negative"
        for square in range(len(self.plan.tensors)):
            if self.shape.factors(square) != (y, y) or self.shape.dims(square) != dims:
                continue
            remainder = x - self._form(square)
            if (remainder, dims) in self.nonneg_forms and (2 * y - remainder, dims) in self.nonneg_forms:
                return None
        return "its remainder is not bounded on both sides"

    def _bits(self, index: int, hint: t.Bits) -> str | None:
        """(src - offset) >> shift, which then has only ``bits`` bits."""
        dims, f = self.shape.dims(index), self._form(index)
        low, high = self.shape.intervals[index]
        rest = self._form(hint.src) - number(hint.offset) - (1 << hint.shift) * f
        if self.shape.dims(hint.src) != dims or low < 0 or high >= 1 << hint.bits:
            return "it may have more bits"
        if hint.shift:
            return None if (rest, dims, 0, hint.shift) in self.range_forms else "the bits below it are not bounded"
        known = (rest, dims) in self.zero_forms or (-rest, dims) in self.zero_forms
        return None if known else "it does not equal its source"


def _rounded(v: int, shift: int) -> int:
    return (v + (1 << shift >> 1)) >> shift


def _end(table: t.FunctionTable) -> int:
    return table.in_lo + len(table.values) - 1


def _adds_constants(plan: t.Plan, body: t.Body) -> bool:
    """Whether a Linear would make its result affine in the selector, or a product quadratic."""
    kinds = [plan.tensors[i].body for i in mentioned(body)]
    if isinstance(body, t.Linear):
        return bool(body.constant) or any(isinstance(x, t.Constant) for x in kinds)
    if isinstance(body, t.Contract):
        return len(kinds) == 2 and not any(isinstance(x, t.Constant) for x in kinds)
    return isinstance(body, t.View) and any(isinstance(x, t.Constant) for x in kinds)


def sources_of(hint: t.Hint) -> tuple[int, ...]:
    """The tensors that a hint reads."""
    return (hint.num, hint.den) if isinstance(hint, t.FloorDiv) else (hint.src,)
