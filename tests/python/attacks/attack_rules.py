"""Rules 1 to 3 of spec 2, written a second time from the page: which mutants of a well-formed plan must be refused."""

from __future__ import annotations

from affidavit.plan import types as t
from affidavit.plan.intervals import Interval, interval_of


def accepts(plan: t.Plan) -> bool:
    """Whether no rule about ranges is broken. The structure (ids, shapes, ports) is taken as well formed."""
    p = plan.field.prime
    intervals: list[Interval] = []
    for tensor in plan.tensors:
        intervals.append(interval_of(tensor, plan.tensors, intervals))
        low, high = intervals[-1]
        if max(-low, high) > 1 << 120:
            return False
        if isinstance(tensor.body, t.Model | t.Input | t.Fresh) and 2 * max(abs(low), abs(high)) >= p:
            return False
    forced: set[int] = set()
    for relation in plan.relations:
        for tensor, low, high in _sides(plan, relation):
            m, M = intervals[tensor]
            if 4 * (high - low + 1) >= p or M - low >= p or high - m >= p:
                return False
            if m <= low and high <= M:
                forced.add(tensor)
        if isinstance(relation, t.Zero) and max(map(abs, intervals[relation.tensor])) >= p:
            return False
        if isinstance(relation, t.Range) and not 1 <= relation.bits <= 48:
            return False
    needed = {i for i, x in enumerate(plan.tensors) if isinstance(x.body, t.Input | t.Fresh)}
    outputs = (intervals[port.tensor] for port in plan.outputs)
    return needed <= forced and all(2 * (M - m) < p and 4 * m > -p and 4 * M < p for m, M in outputs)


def _sides(plan: t.Plan, relation: t.Relation) -> list[tuple[int, int, int]]:
    match relation:
        case t.Range(tensor, lo, bits):
            return [(tensor, lo, lo + (1 << bits) - 1)]
        case t.Lookup(x, y, table):
            stored = plan.tables[table]
            values = (int(stored.values.min()), int(stored.values.max()))
            return [(x, stored.in_lo, stored.in_lo + len(stored.values) - 1), (y, *values)]
    return []
