"""Spec 2: shapes and exact intervals of virtual tensors."""

from __future__ import annotations

from itertools import product
from math import prod

import numpy as np

from . import plan as t
from .errors import need

BOUND = 1 << 120
Interval = tuple[int, int]


def bounded(lo: int, hi: int) -> Interval:
    need(-BOUND <= lo and hi <= BOUND, "an interval beyond 2^120")
    return lo, hi


def times(a: Interval, b: Interval) -> Interval:
    corners = [x * y for x, y in product(a, b)]
    return bounded(min(corners), max(corners))


def linear(body: t.Linear, tensor: t.Tensor, before: list[t.Tensor], known: list[Interval]) -> Interval:
    lo = hi = body.constant
    for coefficient, source in body.terms:
        term = before[source]
        need(tensor.batched or not term.batched, "a batched term of a tensor that is not")
        need(len(term.dims) <= len(tensor.dims), "a term with more axes than the result")
        for d, target in zip(term.dims[::-1], tensor.dims[::-1], strict=False):
            need(d in (1, target), "a term that does not broadcast")
        x, y = times((coefficient, coefficient), known[source])
        lo, hi = bounded(lo + x, hi + y)
    return bounded(lo, hi)


def contract(body: t.Contract, tensor: t.Tensor, before: list[t.Tensor], known: list[Interval]) -> Interval:
    operands = [(body.a, body.a_labels)]
    if body.b is None:
        need(not body.b_labels, "labels of an operand that is not there")
    else:
        operands.append((body.b, body.b_labels))
    sizes: dict[int, int] = {}
    for source, labels in operands:
        dims = before[source].dims
        need(len(labels) == len(dims), "another number of labels than axes")
        need(
            len(set(labels)) == len(labels) and all(label < 250 for label in labels), "labels that repeat or above 249"
        )
        for label, d in zip(labels, dims, strict=True):
            need(sizes.setdefault(label, d) == d, "one label of two sizes")
    need(len(set(body.out)) == len(body.out), "an output label that repeats")
    need(all(label in sizes for label in body.out), "an output label that no operand has")
    need(tensor.dims == tuple(sizes[label] for label in body.out), "dims that the labels do not give")
    need(tensor.batched == any(before[source].batched for source, _ in operands), "batched unlike its operands")
    count = prod(d for label, d in sizes.items() if label not in body.out)
    value = known[body.a] if body.b is None else times(known[body.a], known[body.b])
    return bounded(value[0] * count, value[1] * count)


def view(body: t.View, tensor: t.Tensor, before: list[t.Tensor], known: list[Interval]) -> Interval:
    covered = np.zeros(tensor.dims, dtype=bool)
    lo, hi = [], []
    for part in body.parts:
        source, n = before[part.src], len(tensor.dims)
        need(source.batched == tensor.batched, "a source that is batched and a view that is not, or the reverse")
        need(len(part.box_offset) == len(part.box_shape) == len(part.src_strides) == n, "a box of other axes")
        need(all(size >= 1 for size in part.box_shape), "an empty box")
        ends = [o + size for o, size in zip(part.box_offset, part.box_shape, strict=True)]
        need(all(end <= d for end, d in zip(ends, tensor.dims, strict=True)), "a box beyond the view")
        steps = [s * (size - 1) for s, size in zip(part.src_strides, part.box_shape, strict=True)]
        least = part.src_offset + sum(min(x, 0) for x in steps)
        most = part.src_offset + sum(max(x, 0) for x in steps)
        need(0 <= least and most < source.cells, "an index outside the source")
        box = tuple(slice(o, end) for o, end in zip(part.box_offset, ends, strict=True))
        need(not covered[box].any(), "boxes that meet")
        covered[box] = True
        lo.append(known[part.src][0])
        hi.append(known[part.src][1])
    if not covered.all():
        lo, hi = [*lo, 0], [*hi, 0]
    return min(lo), max(hi)
