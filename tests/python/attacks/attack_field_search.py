"""Every witness of a small plan in a small prime field: relations are tested modulo p, as a proof does.

A plan built for the smallest prime that its bounds accept is the tightest case of spec 2's rules: if they let one
integer stand for another anywhere, the search finds a second witness.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np
import pytest

from affidavit.plan import BoundsError, Builder, Field
from affidavit.plan import types as t
from affidavit.witness.check import define

_MOST_ROWS = 3_000_000
Arrays = dict[int, np.ndarray]


def primes(start: int = 11, stop: int = 1 << 22, factor: float = 1.0):
    """Primes from ``start``, each at least ``factor`` times the one before."""
    candidate = start | 1
    while candidate < stop:
        if all(candidate % d for d in range(3, int(candidate**0.5) + 1, 2)):
            yield candidate
            candidate = int(candidate * factor)
        candidate = (candidate + 2) | 1


def tightest(
    monkeypatch: pytest.MonkeyPatch, build: Callable[[Builder], int], factor: float = 1.0
) -> tuple[int, Builder, int]:
    """The smallest prime for which ``build`` closes, its builder, and what ``build`` returned."""
    for p in primes(factor=factor):
        monkeypatch.setattr(Field, "prime", property(lambda self, p=p: p))
        builder = Builder(Field.KOALABEAR, "toy")
        try:
            return p, builder, build(builder)
        except BoundsError:
            continue
    raise AssertionError("nothing closes")


def solutions(plan: t.Plan, inputs: dict[str, np.ndarray], weights: Arrays, p: int) -> tuple[np.ndarray, Arrays]:
    """(input row, tensors) of every assignment of Fresh tensors that satisfies the relations modulo ``p``.

    A Fresh tensor takes every residue where that is affordable, else every value of its declared range.
    """
    rows = len(next(iter(inputs.values())))
    origin, have = np.arange(rows), {}
    for index, tensor in enumerate(plan.tensors):
        match tensor.body:
            case t.Input(_, _, port):
                have[index] = inputs[plan.inputs[port].name].reshape(rows, *tensor.dims)[origin]
            case t.Model():
                have[index] = weights[index]
            case t.Fresh(lo, hi, _):
                if p**tensor.cells * len(origin) <= _MOST_ROWS // 100:
                    lo, hi = lo, lo + p - 1
                origin, have = _extend(plan, origin, have, index, lo, hi, p)
            case _:
                have[index] = _define(plan, tensor, have, len(origin))
        for relation in plan.relations:
            if max(_about(relation)) == index:
                origin, have = _cut(plan, relation, origin, have, p)
    return origin, have


def holds_modulo(plan: t.Plan, relation: t.Relation, have: Arrays, p: int) -> np.ndarray:
    """Cell by cell, as field elements."""
    match relation:
        case t.Range(tensor, lo, bits):
            return (have[tensor] - lo) % p < 1 << bits
        case t.Lookup(x, y, table):
            stored = plan.tables[table]
            index = (have[x] - stored.in_lo) % p
            inside = index < len(stored.values)
            return inside & ((have[y] - stored.values[np.where(inside, index, 0)]) % p == 0)
        case t.Zero(tensor):
            return have[tensor] % p == 0


def _about(relation: t.Relation) -> set[int]:
    return {relation.x, relation.y} if isinstance(relation, t.Lookup) else {relation.tensor}


def _cut(plan, relation, origin, have, p):
    kept = holds_modulo(plan, relation, have, p).reshape(len(origin), -1).all(axis=1)
    return origin[kept], {i: a[kept] if plan.tensors[i].batched else a for i, a in have.items()}


def _extend(plan, origin, have, index, lo, hi, p):
    """All values of one cell after the other; the tensor's own Range cuts at once."""
    tensor = plan.tensors[index]
    column = np.arange(lo, hi + 1)
    for relation in plan.relations:
        if isinstance(relation, t.Range) and relation.tensor == index:
            column = column[(column - relation.lo) % p < 1 << relation.bits]
    assert len(column) ** tensor.cells * len(origin) <= _MOST_ROWS, f"{tensor.name}: {len(column)} values"
    values = np.array(list(itertools.product(column.tolist(), repeat=tensor.cells)), dtype=np.int64)
    count = len(origin)
    grown = {i: np.repeat(a, len(values), axis=0) if plan.tensors[i].batched else a for i, a in have.items()}
    grown[index] = np.tile(values, (count, 1)).reshape(count * len(values), *tensor.dims)
    return np.repeat(origin, len(values)), grown


def _define(plan: t.Plan, tensor: t.Tensor, have: Arrays, rows: int) -> np.ndarray:
    """As ``witness.check.define``, in int64 where that is slow in Python integers (the toy fields fit)."""
    if not isinstance(tensor.body, t.Linear):
        return define(plan, tensor, have, rows)
    total = np.full(((rows,) if tensor.batched else ()) + tensor.dims, tensor.body.constant, dtype=np.int64)
    for coef, source in tensor.body.terms:
        array, about = have[source], plan.tensors[source]
        if about.batched:
            array = array.reshape(rows, *(1,) * (len(tensor.dims) - len(about.dims)), *about.dims)
        total = total + coef * array
    return total
