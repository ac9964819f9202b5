"""Spec 2: what a plan must satisfy, and the intervals that are proven on the way."""

from __future__ import annotations

from math import prod

from . import plan as t
from .errors import Broken, need
from .intervals import Interval, contract, linear, view

I64 = 1 << 63


def validate(plan: t.Plan) -> list[Interval]:
    """The interval of every tensor."""
    known: list[Interval] = []
    for i, tensor in enumerate(plan.tensors):
        try:
            known.append(_tensor(plan, tensor, i, known))
        except Broken as broken:
            raise Broken(f"tensor {tensor.name}: {broken}") from None
    need(sum(tensor.cells for tensor in plan.tensors) <= 1 << 31, "more than 2^31 cells")
    boxes = (prod(p.box_shape) for x in plan.tensors if isinstance(x.body, t.View) for p in x.body.parts)
    need(sum(boxes) <= 1 << 28, "more than 2^28 cells in the boxes of views")
    for table in plan.tables:
        need(table.in_lo + (1 << table.log_size) - 1 < I64, "a table's domain beyond i64")
    for relation in plan.relations:
        _relation(plan, relation, known)
    _enforced(plan)
    _ports(plan, known)
    return known


def _tensor(plan: t.Plan, tensor: t.Tensor, index: int, known: list[Interval]) -> Interval:
    p, before = plan.field.p, list(plan.tensors[:index])
    need(all(1 <= d <= 1 << 26 for d in tensor.dims) and tensor.cells <= 1 << 28, "dims out of bounds")

    def source(i: int) -> None:
        need(i < index, "a source that is not before it")

    match tensor.body:
        case t.Model(lo, hi):
            need(not tensor.batched, "a batched model tensor")
            need(lo <= hi, "an empty model range")
            width = (hi - lo + 1).bit_length() - 1
            forms = ((-(1 << width >> 1), (1 << width >> 1) - 1), (0, (1 << width) - 1))
            need(1 <= width <= 32 and (lo, hi) in forms and 4 << width < p, "a model range of another form")
            return lo, hi
        case t.Input(lo, hi, _):
            need(tensor.batched, "an input that is not batched")
        case t.Fresh(lo, hi, hint):
            for i in hint.sources:
                source(i)
            _hint(plan, tensor, hint)
        case t.Linear(terms, _) as body:
            for _, i in terms:
                source(i)
            return linear(body, tensor, before, known)
        case t.Contract() as body:
            for i in (body.a, *(() if body.b is None else (body.b,))):
                source(i)
            return contract(body, tensor, before, known)
        case t.View(parts) as body:
            for part in parts:
                source(part.src)
            return view(body, tensor, before, known)
        case t.Constant(values):
            need(not tensor.batched, "a batched constant")
            need(len(values) == tensor.cells, "another number of values than cells")
            return min(values), max(values)
    need(lo <= hi and 2 * max(-lo, hi) < p, "a declared range that is empty or too wide for the field")
    return lo, hi


def _hint(plan: t.Plan, tensor: t.Tensor, hint: t.Hint) -> None:
    source = plan.tensors[hint.sources[0]]
    dims = source.dims
    if hint.tag in (5, 10):
        need(len(dims) > 0, "a row hint of a scalar")
        dims = (*dims[:-1], 1)
    if hint.tag == 6:
        need(len(dims) > 0, "a row hint of a scalar")
    need((tensor.dims, tensor.batched) == (dims, source.batched), "a hint of another shape")
    match hint.tag, hint.numbers:
        case 1, (shift, lo, hi):
            need(shift <= 62 and lo <= hi, "a clamp out of bounds")
        case ((2 | 3), (shift, _)):
            need(shift <= 62, "a shift above 62")
        case 4, (table,):
            need(table < len(plan.tables), "a table that is not there")
        case 9, (_, shift, bits):
            need(shift <= 62 and 1 <= bits <= 62, "bits out of bounds")
        case 7, _:
            den = plan.tensors[hint.sources[1]]
            need(tensor.batched or not den.batched, "a batched den")
            need(len(den.dims) <= len(dims), "den has more axes")
            need(all(d in (1, e) for d, e in zip(den.dims[::-1], dims[::-1], strict=False)), "den does not broadcast")


def _side(plan: t.Plan, known: list[Interval], index: int, lo: int, hi: int) -> None:
    """Rule 2: two integers, one of each interval, that agree modulo p are equal."""
    p, (m, top) = plan.field.p, known[index]
    need(top - lo < p and hi - m < p, f"tensor {plan.tensors[index].name}: a range that could wrap")


def _relation(plan: t.Plan, relation: t.Range | t.Lookup | t.Zero, known: list[Interval]) -> None:
    p = plan.field.p
    mentioned = (relation.x, relation.y) if isinstance(relation, t.Lookup) else (relation.tensor,)
    need(all(i < len(plan.tensors) for i in mentioned), "a relation on a tensor that is not there")
    bodies = [plan.tensors[i].body for i in mentioned]
    if not isinstance(relation, t.Zero):
        need(not any(isinstance(body, t.Constant) for body in bodies), "a range or table on a constant")
        all_model = all(isinstance(x.body, t.Model) for x in plan.tensors) and not plan.inputs and not plan.outputs
        need(all_model or not any(isinstance(body, t.Model) for body in bodies), "a range or table on a model tensor")
    match relation:
        case t.Range(tensor, lo, bits):
            need(1 <= bits <= 48, "a range of no bits or above 48")
            need(lo > -I64, "a range from -2^63")
            need(4 << bits < p, "a range too wide for the field")
            _side(plan, known, tensor, lo, lo + (1 << bits) - 1)
        case t.Lookup(x, y, table):
            need(table < len(plan.tables), "a table that is not there")
            a, b = plan.tensors[x], plan.tensors[y]
            need((a.dims, a.batched) == (b.dims, b.batched), "x and y of different shapes")
            of = plan.tables[table]
            span = max(of.values) - min(of.values) + 1
            need(4 * span < p and 4 << of.log_size < p, "a table too wide for the field")
            _side(plan, known, x, of.in_lo, of.in_lo + (1 << of.log_size) - 1)
            _side(plan, known, y, min(of.values), max(of.values))
        case t.Zero(tensor):
            need(max(map(abs, known[tensor])) < p, "a zero tensor that could wrap")


def _enforced(plan: t.Plan) -> None:
    """Rule 1: every Input and Fresh tensor lies in its declared range."""
    sides: dict[int, list[Interval]] = {}
    for relation in plan.relations:
        if isinstance(relation, t.Range):
            sides.setdefault(relation.tensor, []).append((relation.lo, relation.lo + (1 << relation.bits) - 1))
        elif isinstance(relation, t.Lookup):
            table = plan.tables[relation.table]
            sides.setdefault(relation.x, []).append((table.in_lo, table.in_lo + (1 << table.log_size) - 1))
            sides.setdefault(relation.y, []).append((min(table.values), max(table.values)))
    for i, tensor in enumerate(plan.tensors):
        if isinstance(tensor.body, t.Input | t.Fresh):
            lo, hi = tensor.body.lo, tensor.body.hi
            inside = any(lo <= a and b <= hi for a, b in sides.get(i, []))
            need(inside, f"tensor {tensor.name}: nothing enforces its range")


def _ports(plan: t.Plan, known: list[Interval]) -> None:
    p = plan.field.p
    for ports in (plan.inputs, plan.outputs):
        need(len({port.name for port in ports}) == len(ports), "two ports of one name")
        for port in ports:
            need(port.tensor < len(plan.tensors), "a port of a tensor that is not there")
            tensor = plan.tensors[port.tensor]
            need(prod(port.shape) == tensor.cells, f"port {port.name}: a shape of other cells")
            need(port.scale == tensor.scale and abs(port.scale) <= 256, f"port {port.name}: its scale")
    for port in plan.outputs:
        low, high = known[port.tensor]
        need(plan.tensors[port.tensor].batched, f"port {port.name}: not batched")
        need(2 * (high - low) < p and 4 * max(abs(low), abs(high)) < p, f"port {port.name}: too wide for the field")
    inputs = {i: x.body.index for i, x in enumerate(plan.tensors) if isinstance(x.body, t.Input)}
    need(sorted(inputs.values()) == list(range(len(plan.inputs))), "input indices that are not 0, 1, …")
    need(all(plan.inputs[index].tensor == i for i, index in inputs.items()), "an input that its port does not name")
