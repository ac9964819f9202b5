"""Interval arithmetic over exact integers: what the enforced ranges imply for each tensor (spec 2, ``validate``)."""

from __future__ import annotations

from collections.abc import Sequence

from . import types as t

Interval = tuple[int, int]


def interval_of(tensor: t.Tensor, tensors: Sequence[t.Tensor], known: Sequence[Interval]) -> Interval:
    """The interval of ``tensor`` from those of the tensors before it."""
    match tensor.body:
        case t.Model(lo, hi) | t.Input(lo, hi, _) | t.Fresh(lo, hi, _):
            return lo, hi
        case t.Constant(values):
            return min(values), max(values)
        case t.Linear(terms, constant):
            lo = hi = constant
            for coef, source in terms:
                m, M = known[source]
                lo += min(coef * m, coef * M)
                hi += max(coef * m, coef * M)
            return lo, hi
        case t.Contract() as body:
            return _contract(body, tensors, known)
        case t.View(parts):
            lo = min(known[p.src][0] for p in parts)
            hi = max(known[p.src][1] for p in parts)
            covered = sum(_product(p.box_shape) for p in parts)
            return (lo, hi) if covered == tensor.cells else (min(lo, 0), max(hi, 0))
    raise TypeError(f"unknown tensor body {tensor.body!r}")


def _contract(body: t.Contract, tensors: Sequence[t.Tensor], known: Sequence[Interval]) -> Interval:
    sizes = dict(zip(body.a_labels, tensors[body.a].dims, strict=True))
    lo, hi = known[body.a]
    if body.b is not None:
        sizes.update(zip(body.b_labels, tensors[body.b].dims, strict=True))
        m, M = known[body.b]
        products = (lo * m, lo * M, hi * m, hi * M)
        lo, hi = min(products), max(products)
    terms = _product([n for label, n in sizes.items() if label not in body.out])
    return lo * terms, hi * terms


def _product(sizes: Sequence[int]) -> int:
    product = 1
    for size in sizes:
        product *= size
    return product
