"""Leaves out tensors that no relation, output or kept hint mentions, and renumbers the rest."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from . import types as t
from .decode import sources

if TYPE_CHECKING:
    from .builder import Builder


def prune(builder: Builder) -> tuple[t.Plan, dict[int, int]]:
    """The builder's plan without unused virtual tensors and constants, and old id -> new id; weights go along."""
    tensors = builder.tensors
    needed = {port.tensor for port in (*builder.inputs, *builder.outputs)}
    for relation in builder.relations:
        needed |= {relation.x, relation.y} if isinstance(relation, t.Lookup) else {relation.tensor}
    for index in range(len(tensors) - 1, -1, -1):
        if index in needed:
            needed.update(sources(tensors[index].body))
    new = {old: i for i, old in enumerate(sorted(needed))}
    builder.weights = {new[old]: values for old, values in builder.weights.items() if old in new}
    plan = t.Plan(
        builder.field,
        builder.name,
        tuple(builder.tables),
        tuple(replace(tensors[old], body=_renumber(tensors[old].body, new)) for old in new),
        tuple(_relation(r, new) for r in builder.relations),
        tuple(replace(p, tensor=new[p.tensor]) for p in builder.inputs),
        tuple(replace(p, tensor=new[p.tensor]) for p in builder.outputs),
    )
    return plan, new


def _relation(relation: t.Relation, new: dict[int, int]) -> t.Relation:
    if isinstance(relation, t.Lookup):
        return replace(relation, x=new[relation.x], y=new[relation.y])
    return replace(relation, tensor=new[relation.tensor])


def _renumber(body: t.Body, new: dict[int, int]) -> t.Body:
    match body:
        case t.Fresh(_, _, t.FloorDiv(num, den)):
            return replace(body, hint=t.FloorDiv(new[num], new[den]))
        case t.Fresh(_, _, hint):
            return replace(body, hint=replace(hint, src=new[hint.src]))  # type: ignore[union-attr,arg-type]
        case t.Linear(terms, _):
            return replace(body, terms=tuple((coef, new[source]) for coef, source in terms))
        case t.Contract(_, a, _, b, _):
            return replace(body, a=new[a], b=None if b is None else new[b])
        case t.View(parts):
            return replace(body, parts=tuple(replace(p, src=new[p.src]) for p in parts))
        case _:
            return body
