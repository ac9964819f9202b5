"""Cells of every tensor of a circuit, as integers or polynomials, and which relations they break modulo p."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import numpy as np

from .circuit import Boxes, Circuit, Einsum, Fixed, Free, Lookup, Multiplicities, Sum

Cells = list[np.ndarray]


def complete(c: Circuit, given: Mapping[int, np.ndarray]) -> Cells:
    """All tensors: Free ones as given, else their honest value; the multiplicities are left at zero."""
    have: Cells = []
    for index, tensor in enumerate(c.tensors):
        match tensor.kind:
            case Fixed(values):
                cells = values
            case Free(honest):
                if index not in given and honest is None:
                    raise KeyError(f"no values for {tensor.name}")
                cells = given[index] if index in given else honest(have)  # type: ignore[misc]
            case Multiplicities():
                cells = np.zeros(tensor.dims, dtype=object)
            case Sum() as kind:
                cells = _sum(c, tensor.dims, kind, have)
            case Einsum() as kind:
                cells = _einsum(c, kind, have)
            case Boxes() as kind:
                cells = _boxes(tensor.dims, kind, have)
        have.append(np.asarray(cells, dtype=object).reshape(tensor.dims))
    return have


def broken(c: Circuit, have: Cells) -> list[str]:
    """Names of the relations that a proof would not let pass, in order of first occurrence."""
    p, names = c.prime, list(c.refused)
    for table in range(len(c.tables)):
        names += broken_lookups(c, table, have)
    names += [name for name, tensor in c.zeros if any(v % p for v in have[tensor].reshape(-1))]
    names += [name for name, tensor, values in c.publics if any(v % p for v in (have[tensor] - values).reshape(-1))]
    return list(dict.fromkeys(names))


def broken_cells(c: Circuit, have: Cells) -> list[str]:
    """As ``broken``, but every value that is looked up must be an entry, however often it occurs."""
    p = c.prime
    names = broken(c, have)
    for look in c.lookups:
        if not all(is_entry(c, look.table, pair) for pair in _pairs(look, have, p)):
            names.append(look.name)
    return list(dict.fromkeys(names))


def is_entry(c: Circuit, table: int, pair: tuple[int, int]) -> bool:
    """Whether a pair of residues is in a table."""
    stored, (x, y) = c.tables[table], pair
    if stored.entries is None:
        return x < 1 << stored.log_size and y == 0
    first = min(stored.entries)
    ys = stored.entries.get(first + (x - first) % c.prime, ())
    return any((v - y) % c.prime == 0 for v in ys)


def broken_lookups(c: Circuit, table: int, have: Cells) -> list[str]:
    """The fraction identity of one table: Σ 1/(α − looked up) = Σ multiplicity/(α − entry) for every α.

    A value that is no entry must therefore be looked up a multiple of p times. Below p leaves that is: not at all.
    """
    p = c.prime
    seen: Counter[tuple[int, int]] = Counter()
    at: dict[tuple[int, int], list[str]] = {}
    for look in c.lookups:
        if look.table != table:
            continue
        for pair in _pairs(look, have, p):
            if not is_entry(c, table, pair):
                seen[pair] += 1
                at.setdefault(pair, []).append(look.name)
    return [name for pair, count in seen.items() if count % p for name in at[pair]]


def _pairs(look: Lookup, have: Cells, p: int) -> list[tuple[int, int]]:
    xs = have[look.x].reshape(-1)
    ys = [0] * len(xs) if look.y is None else have[look.y].reshape(-1)
    return [(x % p, y % p) for x, y in zip(xs, ys, strict=True)]


def _sum(c: Circuit, dims: tuple[int, ...], kind: Sum, have: Cells) -> np.ndarray:
    total = np.full(dims, kind.constant, dtype=object)
    for coef, source, axes in kind.terms:
        shape = [1] * len(dims)
        for axis, n in zip(axes, c.tensors[source].dims, strict=True):
            shape[axis] = n
        total = total + coef * have[source].reshape(shape)
    return total


def _einsum(c: Circuit, kind: Einsum, have: Cells) -> np.ndarray:
    summed = [x for x in dict.fromkeys((*kind.a_labels, *kind.b_labels)) if x not in kind.out]
    order = (*kind.out, *summed)

    def spread(tensor: int, labels: tuple[int, ...]) -> np.ndarray:
        """Axes in ``order``, those that the operand lacks with size 1."""
        own = sorted(labels, key=order.index)
        array = have[tensor].transpose([labels.index(x) for x in own])
        sizes = dict(zip(own, array.shape, strict=True))
        return array.reshape([sizes.get(x, 1) for x in order])

    product = spread(kind.a, kind.a_labels)
    if kind.b is not None:
        product = product * spread(kind.b, kind.b_labels)
    for _ in summed:
        product = product[..., 0] if product.shape[-1] == 1 else product.sum(axis=-1)
    return np.asarray(product, dtype=object)


def _boxes(dims: tuple[int, ...], kind: Boxes, have: Cells) -> np.ndarray:
    lead = dims[:1] if kind.batched else ()
    inner = dims[len(lead) :]
    out = np.zeros(dims, dtype=object)
    for part in kind.parts:
        index = np.full(part.box_shape, part.src_offset)
        for axis, stride in enumerate(part.src_strides):
            steps = np.arange(part.box_shape[axis]) * stride
            index = index + steps.reshape([-1 if i == axis else 1 for i in range(len(part.box_shape))])
        box = tuple(slice(o, o + n) for o, n in zip(part.box_offset, part.box_shape, strict=True))
        source = have[part.src].reshape(*lead, -1)
        assert len(box) == len(inner)
        out[(*(slice(None) for _ in lead), *box)] = source[..., index]
    return out
