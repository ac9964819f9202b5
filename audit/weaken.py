"""Ways to weaken a plan or circuit by one thing; each refuses to change nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from affidavit.plan import types as t

from .circuit import Circuit, Free, Lookup, Sum, Tensor

PlanChange = Callable[[t.Plan], t.Plan]
CircuitChange = Callable[[Circuit], Circuit]


def _target(relation: t.Relation) -> int:
    return relation.y if isinstance(relation, t.Lookup) else relation.tensor


def drop(*suffixes: str, kind: type = object) -> PlanChange:
    """Without the relations of this kind on tensors whose names end so."""

    def change(plan: t.Plan) -> t.Plan:
        kept = tuple(
            r for r in plan.relations if not (isinstance(r, kind) and plan.tensors[_target(r)].name.endswith(suffixes))
        )
        assert len(kept) < len(plan.relations), f"no relation on {suffixes}"
        return replace(plan, relations=kept)

    return change


def widen(suffix: str, bits: int = 1, lo: int = 0) -> PlanChange:
    """The Range has more bits, or starts elsewhere."""

    def change(plan: t.Plan) -> t.Plan:
        found = tuple(
            replace(r, bits=r.bits + bits, lo=r.lo + lo)
            if isinstance(r, t.Range) and plan.tensors[r.tensor].name.endswith(suffix)
            else r
            for r in plan.relations
        )
        assert found != plan.relations, f"no range on {suffix}"
        return replace(plan, relations=found)

    return change


def shift(suffix: str, constant: int) -> PlanChange:
    """``constant`` is added to a Linear tensor."""

    def change(plan: t.Plan) -> t.Plan:
        tensors = tuple(
            replace(x, body=replace(x.body, constant=x.body.constant + constant))
            if x.name.endswith(suffix) and isinstance(x.body, t.Linear)
            else x
            for x in plan.tensors
        )
        assert any(a is not b for a, b in zip(tensors, plan.tensors, strict=True)), f"no linear tensor {suffix}"
        return replace(plan, tensors=tensors)

    return change


def first_terms(suffix: str, count: int) -> PlanChange:
    """A Linear tensor keeps its first terms alone."""

    def change(plan: t.Plan) -> t.Plan:
        tensors = tuple(
            replace(x, body=replace(x.body, terms=x.body.terms[:count]))
            if x.name.endswith(suffix) and isinstance(x.body, t.Linear) and len(x.body.terms) > count
            else x
            for x in plan.tensors
        )
        assert any(a is not b for a, b in zip(tensors, plan.tensors, strict=True)), f"no linear tensor {suffix}"
        return replace(plan, tensors=tensors)

    return change


def retable(values: Callable[[np.ndarray], np.ndarray]) -> PlanChange:
    """Other entries in the first table."""

    def change(plan: t.Plan) -> t.Plan:
        table = plan.tables[0]
        return replace(plan, tables=(replace(table, values=values(table.values)), *plan.tables[1:]))

    return change


def both(*changes: PlanChange) -> PlanChange:
    def change(plan: t.Plan) -> t.Plan:
        for one in changes:
            plan = one(plan)
        return plan

    return change


# Circuits


def is_scaled(c: Circuit, look: Lookup) -> bool:
    """The second lookup of a narrow range: the value times a power of two."""
    kind = c.tensors[look.x].kind
    return (
        look.y is None
        and isinstance(kind, Sum)
        and len(kind.terms) == 1
        and kind.constant == 0
        and kind.terms[0][0] > 1
    )


def without_lookups(unwanted: Callable[[Circuit, int, Lookup], bool]) -> CircuitChange:
    def change(c: Circuit) -> Circuit:
        kept = [look for i, look in enumerate(c.lookups) if not unwanted(c, i, look)]
        assert len(kept) < len(c.lookups)
        return replace(c, lookups=kept)

    return change


def without_scaled(c: Circuit) -> Circuit:
    return without_lookups(lambda c, i, look: is_scaled(c, look))(c)


def without_unscaled(c: Circuit) -> Circuit:
    """Of every narrow range only the scaled value is looked up."""
    return without_lookups(lambda c, i, look: i + 1 < len(c.lookups) and is_scaled(c, c.lookups[i + 1]))(c)


def without_limb_lookups(c: Circuit) -> Circuit:
    """Limbs are committed but not looked up."""
    return without_lookups(lambda c, i, look: _is_limb(c, look.x))(c)


def without_low_limbs(c: Circuit) -> Circuit:
    """The virtual lowest limb is not looked up."""
    return without_lookups(
        lambda c, i, look: (
            isinstance(kind := c.tensors[look.x].kind, Sum) and any(_is_limb(c, x) for _, x, _ in kind.terms[1:])
        )
    )(c)


def _is_limb(c: Circuit, tensor: int) -> bool:
    return "(limb" in c.tensors[tensor].name


def without_request(position: int) -> CircuitChange:
    """The ``position``-th range request of the output claims is left out: its lookups, not its tensors."""

    def change(c: Circuit) -> Circuit:
        names = [r for r in c.requests if r.name.startswith("output:")]
        gone = _looked_up(c, names[position].tensor)
        return without_lookups(lambda c, i, look: look.x in gone)(c)

    return change


def _looked_up(c: Circuit, tensor: int) -> set[int]:
    """Everything that is looked up because of a request on ``tensor``."""
    names = {look.x for look in c.lookups}
    reached = {tensor}
    for index, x in enumerate(c.tensors):
        if isinstance(x.kind, Sum) and any(source in reached for _, source, _ in x.kind.terms):
            reached.add(index)
    return reached & names


def edited(index: Callable[[Circuit, int, Tensor], bool], kind: Callable[[Circuit, Tensor], object]) -> CircuitChange:
    """Tensors that fit get another definition."""

    def change(c: Circuit) -> Circuit:
        tensors = [
            replace(x, kind=kind(c, x)) if index(c, i, x) else x  # type: ignore[arg-type]
            for i, x in enumerate(c.tensors)
        ]
        assert any(a is not b for a, b in zip(tensors, c.tensors, strict=True))
        return replace(c, tensors=tensors)

    return change


def index_only(c: Circuit) -> Circuit:
    """A function table whose leaves hold the argument but not the value."""
    lookups = [replace(look, y=None) for look in c.lookups]
    assert lookups != c.lookups
    tables = [
        table if table.entries is None else replace(table, entries=dict.fromkeys(table.entries, (0,)))
        for table in c.tables
    ]
    return replace(c, lookups=lookups, tables=tables)


def zero_entry(c: Circuit) -> Circuit:
    """Function tables are padded with the entry (0, 0)."""
    tables = []
    for table in c.tables:
        if table.entries is not None:
            entries: Mapping[int, tuple[int, ...]] = {**table.entries, 0: (*table.entries.get(0, ()), 0)}
            table = replace(table, entries=entries)
        tables.append(table)
    return replace(c, tables=tables)


def free_padding(name: str) -> CircuitChange:
    """A sum over an axis whose padding cells are committed and counted: one free cell per row more."""

    def change(c: Circuit) -> Circuit:
        c = replace(c, tensors=list(c.tensors))
        zeros = []
        for zero, tensor in c.zeros:
            if zero.endswith(name):
                dims = c.tensors[tensor].dims
                axes = tuple(range(len(dims)))
                padding = c.add("padding cell", dims, Free(lambda have, dims=dims: np.zeros(dims, dtype=object)))
                tensor = c.add(f"{zero} with padding", dims, Sum(((1, tensor, axes), (1, padding, axes)), 0))
            zeros.append((zero, tensor))
        assert zeros != c.zeros
        return replace(c, zeros=zeros)

    return change
