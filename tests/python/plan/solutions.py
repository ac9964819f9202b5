"""Every assignment of fresh tensors that satisfies a small plan's relations, by exhaustive search."""

from __future__ import annotations

import itertools

import numpy as np

from affidavit.plan import types as t
from affidavit.witness.check import define, holds

_MOST_ROWS = 4_000_000


def solutions(plan: t.Plan, inputs: dict[str, np.ndarray]) -> tuple[np.ndarray, dict[int, np.ndarray]]:
    """(input row of each solution, all tensors of each solution).

    Tensors are extended in order; a relation cuts as soon as all its tensors are there.
    """
    rows = len(next(iter(inputs.values())))
    origin = np.arange(rows)
    have: dict[int, np.ndarray] = {}
    for index, tensor in enumerate(plan.tensors):
        match tensor.body:
            case t.Input(_, _, port):
                have[index] = inputs[plan.inputs[port].name].reshape(rows, *tensor.dims)[origin]
            case t.Fresh(lo, hi, _):
                origin, have = _extend(origin, have, plan, index, lo, hi)
            case t.Model():
                raise AssertionError("blocks are tested without weights")
            case _:
                have[index] = define(plan, tensor, have, len(origin))
        for relation in plan.relations:
            about = {relation.x, relation.y} if isinstance(relation, t.Lookup) else {relation.tensor}
            if max(about) == index:
                kept = holds(plan, relation, have).reshape(len(origin), -1).all(axis=1)
                origin = origin[kept]
                have = {i: a[kept] if plan.tensors[i].batched else a for i, a in have.items()}
    return origin, have


def _extend(origin, have, plan, index, lo, hi):
    tensor = plan.tensors[index]
    values = np.array(list(itertools.product(range(lo, hi + 1), repeat=tensor.cells)), dtype=np.int64)
    assert len(values) * len(origin) <= _MOST_ROWS, f"{tensor.name}: {len(values)} x {len(origin)} cases"
    grown = {i: np.repeat(a, len(values), axis=0) if plan.tensors[i].batched else a for i, a in have.items()}
    count = len(origin)
    grown[index] = np.tile(values, (count, 1)).reshape(count * len(values), *tensor.dims)
    return np.repeat(origin, len(values)), grown
