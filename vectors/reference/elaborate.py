"""Spec 6.2: from a plan and a statement to a circuit."""

from __future__ import annotations

from dataclasses import replace

from . import outputs
from . import plan as t
from . import statement as s
from .circuit import BATCH_LABEL, FRESH, INPUT, MODEL, Circuit, Committed, LookupBlock, Public, TableBlock
from .errors import need
from .intervals import Interval
from .multilinear import log2_ceil


def certificate_plan(plan: t.Plan) -> t.Plan:
    models = tuple(x for x in plan.tensors if isinstance(x.body, t.Model))
    ranges = tuple(t.Range(i, x.body.lo, (x.body.hi - x.body.lo).bit_length()) for i, x in enumerate(models))
    return replace(plan, name="certificate", tables=(), tensors=models, relations=ranges, inputs=(), outputs=())


def elaborate(plan: t.Plan, known: list[Interval], st: s.Statement) -> Circuit:
    """``plan`` is the certificate plan for purpose 2, the plan itself otherwise."""
    c = Circuit(plan.field, st.batch)
    if st.purpose == s.RENEWAL:
        _renewal(c, plan)
    else:
        _plan(c, plan, st)
        for claim in st.outputs:
            outputs.append(c, plan, known, claim)
        _ranges(c)
    need(sum(1 << node.vars for node in c.nodes) <= 1 << 31, "tensors of more than 2^31 padded cells")
    need(c.log_leaves <= 27, "more than 2^27 leaves")
    views = [node.body for node in c.nodes if isinstance(node.body, t.View)]
    need(all(view.parts for view in views), "a view without parts")
    return c


def _renewal(c: Circuit, plan: t.Plan) -> None:
    shapes = [x.dims for x in plan.tensors if isinstance(x.body, t.Model)]
    old = [c.add(dims, Committed(MODEL), batched=False) for dims in shapes]
    new = [c.add(dims, Committed(INPUT), batched=False) for dims in shapes]
    for dims, a, b in zip(shapes, old, new, strict=True):
        c.zeros.append(c.add(dims, t.Linear(((1, a), (-1, b)), 0), batched=False))


def _plan(c: Circuit, plan: t.Plan, st: s.Statement) -> None:
    for tensor in plan.tensors:
        body = tensor.body
        match body:
            case t.Model():
                body = Committed(MODEL)
            case t.Input(_, _, index):
                claim = st.inputs[index]
                body = (
                    Public(claim.values)
                    if claim.kind == s.PUBLIC
                    else Committed(INPUT if claim.kind == s.COMMITTED else FRESH)
                )
            case t.Fresh():
                body = Committed(FRESH)
            case t.Constant(values):
                body = Public(values)
            case t.Contract(out, a, a_labels, b, b_labels):

                def front(i: int, labels: tuple[int, ...]) -> tuple[int, ...]:
                    return ((BATCH_LABEL,) if plan.tensors[i].batched else ()) + labels

                b_full = b_labels if b is None else front(b, b_labels)
                out_full = ((BATCH_LABEL,) if tensor.batched else ()) + out
                body = t.Contract(out_full, a, front(a, a_labels), b, b_full)
        c.add(tensor.dims, body, tensor.batched)
    seen: dict[int, int] = {}
    for relation in plan.relations:
        match relation:
            case t.Range(tensor, lo, bits):
                body = c.nodes[tensor].body
                if isinstance(body, Public):
                    need(all(lo <= v < lo + (1 << bits) for v in body.values), "a public value outside its range")
                else:
                    c.requests.append((tensor, lo, bits))
            case t.Lookup(x, y, index):
                if index not in seen:
                    table = plan.tables[index]
                    multiplicity = c.add((1 << table.log_size,), Committed(FRESH), batched=False)
                    seen[index] = len(c.tables)
                    c.tables.append(TableBlock(1 + index, table.in_lo, table.log_size, table.values, multiplicity))
                c.lookups.append(LookupBlock(x, y, seen[index]))
            case t.Zero(tensor):
                c.zeros.append(tensor)


def _range_width(c: Circuit) -> int:
    others = c.leaves()

    def cost(w: int) -> int:
        leaves, committed = others + (1 << w), 1 << w
        for tensor, _, bits in c.requests:
            limbs = -(-bits // w)
            leaves += (limbs + (bits % w != 0)) << c.nodes[tensor].vars
            committed += (limbs - 1) * c.nodes[tensor].cells
        return 4 * (1 << log2_ceil(leaves)) + 8 * committed

    widest = 15 if c.field.tag == 1 else 16
    return min(range(widest, 3, -1), key=cost)  # min keeps the first of equals


def _ranges(c: Circuit) -> None:
    if not c.requests:
        return
    w = c.range_bits = _range_width(c)
    multiplicity = c.add((1 << w,), Committed(FRESH), batched=False)
    table = len(c.tables)
    c.tables.append(TableBlock(0, 0, w, None, multiplicity))

    def look(x: int, bits: int) -> None:
        c.lookups.append(LookupBlock(x, None, table))
        if bits < w:
            shifted = c.like(x, t.Linear(((1 << (w - bits), x),), 0))
            c.lookups.append(LookupBlock(shifted, None, table))

    for tensor, lo, bits in c.requests:
        v = tensor if lo == 0 else c.like(tensor, t.Linear(((1, tensor),), -lo))
        n = -(-bits // w)
        limbs = []
        for i in range(1, n):
            limb = c.like(v, Committed(FRESH))
            limbs.append((-(1 << (w * i)), limb))
            look(limb, w if i < n - 1 else bits - w * (n - 1))
        if n > 1:
            look(c.like(v, t.Linear(((1, v), *limbs), 0)), w)
        else:
            look(v, bits)
