"""Check every relation of a plan on given tensors, over the integers: the meaning of spec 2, written a second time.

Nothing here is shared with the witness: contractions are plain ``einsum`` over Python integers wherever int64 could
overflow, and virtual tensors are always recomputed from the committed ones.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from ..plan import types as t


def broken_relations(plan: t.Plan, tensors: Mapping[int, np.ndarray]) -> list[str]:
    """Names of what is broken; empty for an honest witness.

    ``tensors`` holds at least Model, Input and Fresh tensors. A virtual tensor that is given and differs from its
    definition is broken too (``value NAME``). Relations are ``range NAME``, ``table X -> Y``, ``zero NAME``.
    """
    have = {
        i: np.asarray(a) for i, a in tensors.items() if isinstance(plan.tensors[i].body, t.Model | t.Input | t.Fresh)
    }
    rows = next(have[i].shape[0] for i, x in enumerate(plan.tensors) if x.batched and i in have)
    broken = []
    for index, tensor in enumerate(plan.tensors):
        if index not in have:
            have[index] = define(plan, tensor, have, rows)
            if index in tensors and not np.array_equal(have[index], np.asarray(tensors[index])):
                broken.append(f"value {tensor.name}")
        elif isinstance(tensor.body, t.Model | t.Input) and not np.all(
            _inside(have[index], tensor.body.lo, tensor.body.hi)
        ):
            broken.append(f"declared {tensor.name}")
    return broken + [_name(plan, relation) for relation in plan.relations if not np.all(holds(plan, relation, have))]


def holds(plan: t.Plan, relation: t.Relation, have: Mapping[int, np.ndarray]) -> np.ndarray:
    """Cell by cell: whether a relation is satisfied."""
    match relation:
        case t.Range(tensor, lo, bits):
            return _inside(have[tensor], lo, lo + (1 << bits) - 1)
        case t.Lookup(x, y, table):
            stored, argument = plan.tables[table], have[x]
            known = _inside(argument, stored.in_lo, stored.in_lo + len(stored.values) - 1)
            index = np.where(known, argument - stored.in_lo, 0).astype(np.int64)
            return np.asarray(known & (stored.values[index] == have[y]))
        case t.Zero(tensor):
            return np.asarray(have[tensor] == 0)


def _name(plan: t.Plan, relation: t.Relation) -> str:
    def name(index: int) -> str:
        return plan.tensors[index].name

    match relation:
        case t.Range(tensor):
            return f"range {name(tensor)}"
        case t.Lookup(x, y):
            return f"table {name(x)} -> {name(y)}"
        case t.Zero(tensor):
            return f"zero {name(tensor)}"


def _inside(array: np.ndarray, low: int, high: int) -> np.ndarray:
    return np.asarray((array >= low) & (array <= high))


def define(plan: t.Plan, tensor: t.Tensor, have: Mapping[int, np.ndarray], rows: int) -> np.ndarray:
    """A Constant or virtual tensor from the tensors before it."""
    shape = ((rows,) if tensor.batched else ()) + tensor.dims
    match tensor.body:
        case t.Constant(values):
            return np.array(values, dtype=np.int64).reshape(shape)
        case t.Linear(terms, constant):
            total = np.full(shape, constant, dtype=object)
            for coef, source in terms:
                total = total + coef * _spread(have[source], plan.tensors[source], tensor)
            return _narrow(total)
        case t.Contract() as body:
            return _einsum(plan, body, have)
        case t.View(parts):
            out = np.zeros(shape, dtype=np.int64)
            for part in parts:
                index = part.src_offset + sum(
                    o * s for o, s in zip(np.indices(part.box_shape), part.src_strides, strict=True)
                ) * np.ones(part.box_shape, dtype=np.int64)
                box = tuple(slice(o, o + n) for o, n in zip(part.box_offset, part.box_shape, strict=True))
                flat = have[part.src].reshape(*shape[: len(shape) - len(tensor.dims)], -1)
                out[(slice(None),) * (len(shape) - len(tensor.dims)) + box] = flat[..., index.astype(np.int64)]
            return out
    raise KeyError(f"no values for {tensor.name!r}")


def _spread(array: np.ndarray, source: t.Tensor, target: t.Tensor) -> np.ndarray:
    if source.batched:
        array = array.reshape(array.shape[:1] + (1,) * (len(target.dims) - len(source.dims)) + array.shape[1:])
    return array.astype(object)


def _einsum(plan: t.Plan, body: t.Contract, have: Mapping[int, np.ndarray]) -> np.ndarray:
    operands: list[object] = []
    reach = 1
    labels: dict[int, int] = {}
    sizes: dict[int, int] = {}
    batched = False
    for source, names in ((body.a, body.a_labels), (body.b, body.b_labels)):
        if source is None:
            continue
        tensor, array = plan.tensors[source], have[source]
        batched |= tensor.batched
        axes = ([0] if tensor.batched else []) + [labels.setdefault(n, len(labels) + 1) for n in names]
        sizes.update(zip(axes, array.shape, strict=True))
        operands += [array, axes]
        reach *= max(1, *(abs(int(v)) for v in (array.min(), array.max()))) if array.size else 1
    out = ([0] if batched else []) + [labels[n] for n in body.out]
    reach *= math.prod(n for axis, n in sizes.items() if axis not in out)
    # Floats are exact below 2^53 and fast; int64 below 2^63; Python integers always.
    dtype = np.float64 if reach < 1 << 53 else np.int64 if reach < 1 << 63 else object
    operands = [x.astype(dtype) if isinstance(x, np.ndarray) else x for x in operands]
    return _narrow(np.asarray(np.einsum(*operands, out, optimize=dtype is np.float64)))  # type: ignore[call-overload]


def _narrow(array: np.ndarray) -> np.ndarray:
    """int64 where the values fit, else Python integers."""
    if array.dtype != object:
        return array.astype(np.int64)
    if array.size and (min(array.flat) < -(1 << 63) or max(array.flat) >= 1 << 63):
        return array
    return array.astype(np.int64)
