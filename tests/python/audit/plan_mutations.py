"""Random edits of a plan that keep it well formed: what a hostile owner may write instead of the compiler's plan."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from affidavit.plan import types as t


def mutated(plan: t.Plan, rng: np.random.Generator) -> t.Plan:
    """One to three edits."""
    for _ in range(int(rng.integers(1, 4))):
        plan = _edit(plan, rng)
    return plan


def _edit(plan: t.Plan, rng: np.random.Generator) -> t.Plan:
    choice = int(rng.integers(6))
    if choice < 3 and plan.relations:
        at = int(rng.integers(len(plan.relations)))
        changed = _relation(plan, plan.relations[at], rng)
        kept = list(plan.relations)
        kept[at : at + 1] = [] if changed is None else [changed]
        return replace(plan, relations=tuple(kept))
    at = int(rng.integers(len(plan.tensors)))
    body = _body(plan, at, rng)
    tensors = list(plan.tensors)
    tensors[at] = replace(tensors[at], body=body)
    return replace(plan, tensors=tuple(tensors))


def _like(plan: t.Plan, tensor: int, below: int, rng: np.random.Generator) -> int:
    """Another tensor of the same shape, with an id below ``below``."""
    about = plan.tensors[tensor]
    same = [i for i in range(below) if plan.tensors[i].dims == about.dims and plan.tensors[i].batched == about.batched]
    return int(rng.choice(same)) if same else tensor


def _relation(plan: t.Plan, relation: t.Relation, rng: np.random.Generator) -> t.Relation | None:
    count = len(plan.tensors)
    step = int(rng.choice([-1, 1]))
    match relation:
        case t.Range(tensor, lo, bits):
            options = [
                replace(relation, bits=max(1, bits + step)),
                replace(relation, lo=lo + step),
                replace(relation, tensor=_like(plan, tensor, count, rng)),
                t.Zero(tensor),
                None,
            ]
        case t.Zero(tensor):
            options = [t.Zero(_like(plan, tensor, count, rng)), t.Range(tensor, 0, 1), None]
        case t.Lookup(x, _, table):
            options = [replace(relation, x=_like(plan, x, count, rng)), t.Lookup(x, x, table), None]
    return options[int(rng.integers(len(options)))]  # type: ignore[return-value]


def _body(plan: t.Plan, at: int, rng: np.random.Generator) -> t.Body:
    body, step = plan.tensors[at].body, int(rng.choice([-1, 1]))
    match body:
        case t.Linear(terms, constant):
            where = int(rng.integers(len(terms) + 1))
            if where == len(terms) or not terms:
                return replace(body, constant=constant + step)
            coef, source = terms[where]
            new: list[tuple[int, int]] = list(terms)
            new[where] = [
                (-coef, source),
                (coef + step or 1, source),
                (2 * coef, source),
                (coef, _like(plan, source, at, rng)),
            ][int(rng.integers(4))]
            return replace(body, terms=tuple(new))
        case t.Contract(_, a, _, b, _) if b is not None:
            if rng.random() < 0.5:
                return replace(body, a=_like(plan, a, at, rng))
            return replace(body, b=_like(plan, b, at, rng))
        case t.Fresh(lo, hi, hint):
            if rng.random() < 0.3:
                return replace(body, lo=lo - (rng.random() < 0.5), hi=2 * hi + 1)
            return replace(body, hint=_hint(plan, at, hint, rng))
    return body


def _hint(plan: t.Plan, at: int, hint: t.Hint, rng: np.random.Generator) -> t.Hint:
    step = int(rng.choice([-1, 1]))
    source = hint.num if isinstance(hint, t.FloorDiv) else hint.src
    match hint:
        case t.Clamp(_, shift, lo, hi):
            options: list[t.Hint] = [
                replace(hint, lo=min(lo + step, hi)),
                replace(hint, hi=max(hi + step, lo)),
                replace(hint, shift=max(0, shift + step)),
                replace(hint, lo=hi),
                t.Bits(source, lo, shift, max(1, (hi - lo).bit_length())),
            ]
        case t.Below(_, shift, lo):
            options = [replace(hint, lo=lo + step), t.Above(source, shift, lo)]
        case t.Above(_, shift, hi):
            options = [replace(hint, hi=hi + step), t.Below(source, shift, hi)]
        case t.RowMax():
            options = [t.RowMin(source)]
        case _:
            options = []
    if not isinstance(hint, t.FloorDiv | t.RowMax):
        options.append(replace(hint, src=_like(plan, source, at, rng)))
    return options[int(rng.integers(len(options)))] if options else hint
