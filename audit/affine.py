"""Plan tensors as affine forms of the tensors that are not Linear, and as products: what relations are compared by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from affidavit.plan import types as t
from affidavit.plan.intervals import Interval, interval_of


@dataclass(frozen=True)
class Form:
    """Σ coefficient·tensor + constant, terms aligned right as numpy does; equal forms have equal cells."""

    terms: frozenset[tuple[int, int]]
    constant: int

    def __add__(self, other: Form) -> Form:
        total: dict[int, int] = dict(self.terms)
        for tensor, coef in other.terms:
            total[tensor] = total.get(tensor, 0) + coef
        return Form(frozenset((i, c) for i, c in total.items() if c), self.constant + other.constant)

    def __rmul__(self, factor: int) -> Form:
        return Form(frozenset((i, factor * c) for i, c in self.terms if factor), factor * self.constant)

    def __neg__(self) -> Form:
        return -1 * self

    def __sub__(self, other: Form) -> Form:
        return self + -other


def number(constant: int) -> Form:
    return Form(frozenset(), constant)


class Shape:
    """A plan with the form and the proven interval of each tensor."""

    def __init__(self, plan: t.Plan) -> None:
        self.plan = plan
        self.forms: list[Form] = []
        self.intervals: list[Interval] = []
        for index, tensor in enumerate(plan.tensors):
            self.intervals.append(interval_of(tensor, plan.tensors, self.intervals))
            if isinstance(tensor.body, t.Linear):
                form = number(tensor.body.constant)
                for coef, source in tensor.body.terms:
                    form = form + coef * self.forms[source]
            else:
                form = Form(frozenset({(index, 1)}), 0)
            self.forms.append(form)

    def dims(self, tensor: int) -> tuple[int, ...]:
        return self.plan.tensors[tensor].dims

    def factors(self, tensor: int) -> tuple[Form, Form] | None:
        """The two factors of a cell-by-cell product of equal dimensions."""
        body = self.plan.tensors[tensor].body
        if not isinstance(body, t.Contract) or body.b is None:
            return None
        same = body.out == body.a_labels == body.b_labels
        if not same or self.dims(body.a) != self.dims(tensor) or self.dims(body.b) != self.dims(tensor):
            return None
        return self.forms[body.a], self.forms[body.b]

    def row_total(self, tensor: int) -> int | None:
        """The tensor whose last axis this Contract sums, if that is all it does."""
        body = self.plan.tensors[tensor].body
        if isinstance(body, t.Contract) and body.b is None and body.out == body.a_labels[:-1]:
            return body.a
        return None

    def least(self, form: Form) -> int:
        """A lower bound by interval arithmetic."""
        return form.constant + sum(min(c * v for v in self.intervals[i]) for i, c in form.terms)

    def users(self, tensor: int) -> list[int]:
        return [i for i, x in enumerate(self.plan.tensors) if tensor in mentioned(x.body)]


def mentioned(body: t.Body) -> Sequence[int]:
    """Tensors that a body is made of; a hint's sources are not."""
    match body:
        case t.Linear(terms, _):
            return [source for _, source in terms]
        case t.Contract(_, a, _, b, _):
            return [a] if b is None else [a, b]
        case t.View(parts):
            return [part.src for part in parts]
    return []
