"""What one proof enforces: plan and statement → tensors and relations over F_p, after spec 6.2.

Written from the specification and independent of the core: no code is shared with ``crates/relations`` nor with the
witness, only the data types of plans and statements. Cells are Python integers or polynomials (``polynomial``), so the
same definitions serve to check a witness and to search for one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import prod

import numpy as np

from affidavit.bundle import statement as s
from affidavit.plan import types as t
from affidavit.plan.intervals import Interval, interval_of

BATCH = 255
#: The widest range table of a field: scaling a value of one bit up to the table must not wrap, 2^(2w - 1) < p.
WIDEST = {2**31 - 2**24 + 1: 15, 2**64 - 2**32 + 1: 16}


@dataclass(frozen=True)
class Fixed:
    """Inputs, weights and public values: nothing that a prover may choose once the statement is said."""

    values: np.ndarray


@dataclass(frozen=True)
class Free:
    """The prover's choice. ``honest`` computes the honest cells from smaller tensors where elaboration added it."""

    honest: Callable[[Sequence[np.ndarray]], np.ndarray] | None = None


@dataclass(frozen=True)
class Multiplicities:
    """Free too, but forced by the lookups: the number of times each entry is looked up, modulo p."""

    table: int


@dataclass(frozen=True)
class Sum:
    """``axes[i]``: the axis of the result along which axis i of the term lies; an axis of size 1 repeats."""

    terms: tuple[tuple[int, int, tuple[int, ...]], ...]
    constant: int


@dataclass(frozen=True)
class Einsum:
    out: tuple[int, ...]
    a: int
    a_labels: tuple[int, ...]
    b: int | None
    b_labels: tuple[int, ...]


@dataclass(frozen=True)
class Boxes:
    parts: tuple[t.Part, ...]
    batched: bool


Kind = Fixed | Free | Multiplicities | Sum | Einsum | Boxes


@dataclass(frozen=True)
class Tensor:
    name: str
    dims: tuple[int, ...]
    kind: Kind
    batched: bool


@dataclass(frozen=True)
class Table:
    """``entries``: x → all y with (x, y) in the table; None for the range table ``[0, 2^log_size)``, whose y is 0."""

    tag: int
    log_size: int
    in_lo: int = 0
    entries: Mapping[int, tuple[int, ...]] | None = None


@dataclass(frozen=True)
class Lookup:
    name: str
    x: int
    y: int | None
    table: int


@dataclass(frozen=True)
class Request:
    name: str
    tensor: int
    lo: int
    bits: int


@dataclass
class Circuit:
    prime: int
    batch: int
    tensors: list[Tensor] = field(default_factory=list)
    lookups: list[Lookup] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    zeros: list[tuple[str, int]] = field(default_factory=list)
    publics: list[tuple[str, int, np.ndarray]] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    range_bits: int = 0
    #: Public inputs outside of their ranges: the statement itself is refused.
    refused: list[str] = field(default_factory=list)

    def add(self, name: str, dims: Sequence[int], kind: Kind, batched: bool = True) -> int:
        self.tensors.append(Tensor(name, tuple(dims), kind, batched))
        return len(self.tensors) - 1

    def linear(self, name: str, terms: Sequence[tuple[int, int]], constant: int = 0) -> int:
        """Terms of equal dimensions."""
        dims = self.tensors[terms[0][1]].dims
        axes = tuple(range(len(dims)))
        kind = Sum(tuple((coef, tensor, axes) for coef, tensor in terms), constant)
        return self.add(name, dims, kind, self.tensors[terms[0][1]].batched)

    def leaves(self) -> int:
        padded = [1 << sum(_log2_ceil(d) for d in self.tensors[look.x].dims) for look in self.lookups]
        return sum(padded) + sum(1 << table.log_size for table in self.tables)


def _log2_ceil(n: int) -> int:
    return max(n - 1, 0).bit_length()


def widest(p: int) -> int:
    """The widest range table of a field; for a toy field by the reason that the real ones have."""
    return WIDEST.get(p, max(w for w in range(1, 16) if w == 1 or 1 << (2 * w - 1) < p))


def elaborate(
    plan: t.Plan,
    statement: s.Statement,
    weights: Mapping[int, np.ndarray],
    inputs: Mapping[str, np.ndarray],
    *,
    range_bits: int | None = None,
    free_inputs: bool = False,
) -> Circuit:
    """The circuit of a statement over given inputs and weights. ``range_bits`` replaces the formula's choice.

    ``free_inputs``: unbound inputs are the prover's choice, as they are in the fresh oracle; else they are given.
    """
    c = Circuit(plan.field.prime, statement.batch)
    intervals: list[Interval] = []
    public = set()
    for index, tensor in enumerate(plan.tensors):
        intervals.append(interval_of(tensor, plan.tensors, intervals))
        dims = ((c.batch,) if tensor.batched else ()) + tensor.dims
        body = tensor.body
        kind: Kind
        match body:
            case t.Model():
                kind = Fixed(_exact(weights[index], dims))
            case t.Input():
                claim = statement.inputs[body.index].kind
                if free_inputs and claim == s.UNBOUND:
                    kind = Free()
                else:
                    kind = Fixed(_exact(inputs[plan.inputs[body.index].name], dims))
                if claim == s.PUBLIC:
                    public.add(index)
            case t.Fresh():
                kind = Free()
            case t.Constant():
                kind = Fixed(_exact(np.array(body.values, dtype=object), dims))
            case t.Linear():
                kind = Sum(tuple((f, i, _aligned(plan.tensors[i], tensor)) for f, i in body.terms), body.constant)
            case t.Contract():
                kind = Einsum(
                    ((BATCH,) if tensor.batched else ()) + body.out,
                    body.a,
                    _labels(plan, body.a, body.a_labels),
                    body.b,
                    () if body.b is None else _labels(plan, body.b, body.b_labels),
                )
            case t.View():
                kind = Boxes(body.parts, tensor.batched)
        c.add(tensor.name, dims, kind, tensor.batched)
    _relations(c, plan, public)
    for claim in statement.outputs:
        from .predicates import add_claim

        add_claim(c, plan, intervals, claim)
    if c.requests:
        c.range_bits = range_bits or _width(c)
        _ranges(c)
    return c


def _exact(values: np.ndarray, dims: tuple[int, ...]) -> np.ndarray:
    """Python integers in the tensor's shape."""
    return np.array([int(v) for v in np.asarray(values).reshape(-1)], dtype=object).reshape(dims)


def _aligned(source: t.Tensor, target: t.Tensor) -> tuple[int, ...]:
    """Axes of a term along those of a plan's Linear: aligned right, the batch axis with the batch axis."""
    lead = int(target.batched)
    own = tuple(lead + len(target.dims) - len(source.dims) + i for i in range(len(source.dims)))
    return ((0,) if source.batched else ()) + own


def _labels(plan: t.Plan, tensor: int, labels: tuple[int, ...]) -> tuple[int, ...]:
    return ((BATCH,) if plan.tensors[tensor].batched else ()) + labels


def _relations(c: Circuit, plan: t.Plan, public: set[int]) -> None:
    block: dict[int, int] = {}
    for relation in plan.relations:
        match relation:
            case t.Range(tensor, lo, bits):
                name = f"range:{c.tensors[tensor].name}"
                if tensor not in public:
                    c.requests.append(Request(name, tensor, lo, bits))
                    continue
                values = c.tensors[tensor].kind.values  # type: ignore[union-attr]
                if any(not lo <= v < lo + (1 << bits) for v in values.reshape(-1)):
                    c.refused.append(name)
            case t.Lookup(x, y, index):
                if index not in block:
                    stored = plan.tables[index]
                    entries = {stored.in_lo + i: (int(v),) for i, v in enumerate(stored.values)}
                    block[index] = len(c.tables)
                    c.add(f"multiplicities of table {index}", (len(entries),), Multiplicities(len(c.tables)), False)
                    c.tables.append(Table(1 + index, stored.log_size, stored.in_lo, entries))
                c.lookups.append(Lookup(f"table:{c.tensors[y].name}", x, y, block[index]))
            case t.Zero(tensor):
                c.zeros.append((f"zero:{c.tensors[tensor].name}", tensor))


def _width(c: Circuit) -> int:
    """range_bits by the formula of spec 6.2."""
    others = c.leaves()

    def cost(w: int) -> int:
        leaves, committed = others + (1 << w), 1 << w
        for request in c.requests:
            dims = c.tensors[request.tensor].dims
            limbs = -(-request.bits // w)
            leaves += (limbs + (request.bits % w != 0)) << sum(map(_log2_ceil, dims))
            committed += (limbs - 1) * prod(dims)
        return 4 * (1 << _log2_ceil(leaves)) + 8 * committed

    return min(range(widest(c.prime), min(4, widest(c.prime)) - 1, -1), key=cost)  # the first of equals


def _ranges(c: Circuit) -> None:
    w, table = c.range_bits, len(c.tables)
    c.add("multiplicities of the range table", (1 << w,), Multiplicities(table), False)
    c.tables.append(Table(0, w))

    def look(name: str, x: int, bits: int) -> None:
        c.lookups.append(Lookup(name, x, None, table))
        if bits < w:
            c.lookups.append(Lookup(name, c.linear(name, [(1 << (w - bits), x)]), None, table))

    for request in c.requests:
        name = request.name
        v = request.tensor if request.lo == 0 else c.linear(name, [(1, request.tensor)], -request.lo)
        n = -(-request.bits // w)
        terms = [(1, v)]
        for i in range(1, n):
            bits = w if i < n - 1 else request.bits - w * (n - 1)
            honest = _limb(v, w * i, bits, c.prime)
            limb = c.add(f"{name} (limb {i})", c.tensors[v].dims, Free(honest), c.tensors[v].batched)
            terms.append((-(1 << (w * i)), limb))
            look(name, limb, bits)
        look(name, c.linear(name, terms) if n > 1 else v, w if n > 1 else request.bits)


def _limb(src: int, shift: int, bits: int, p: int) -> Callable[[Sequence[np.ndarray]], np.ndarray]:
    return lambda have: (have[src] % p >> shift) % (1 << bits)


def without_tags(c: Circuit) -> Circuit:
    """A weakened copy: every lookup may be answered by any table (the term with the tag left out of the leaves)."""
    union: dict[int, tuple[int, ...]] = {}
    for table in c.tables:
        pairs = table.entries if table.entries is not None else {x: (0,) for x in range(1 << table.log_size)}
        for x, ys in pairs.items():
            union[x] = tuple(dict.fromkeys((*union.get(x, ()), *ys)))
    return replace(c, tables=[replace(table, entries=union) for table in c.tables])
