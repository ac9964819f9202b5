"""Spec 6.8: stages, which reduce claims on Contract and View tensors to claims on their operands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from math import prod

from . import expr as e
from . import plan as t
from .circuit import Circuit, Public
from .expr import Expr
from .fields import K
from .multilinear import axes, cell_table, eq, log2_ceil, total
from .run import Run, SymbolicPoint


@dataclass
class Term:
    """coefficient·weight·(a, or a·b) over `vars` variables; the rest of a stage's variables lead."""

    vars: int
    cubic: bool
    weight: Callable[[list[K]], K]  # of the term's own variables
    operands: Callable[[SymbolicPoint], list[tuple[int, SymbolicPoint]]]


def depths(c: Circuit) -> list[int]:
    depth = [0] * len(c.nodes)
    for i in range(len(c.nodes) - 1, -1, -1):
        body, sources, more = c.nodes[i].body, [], 1
        if isinstance(body, t.Linear):
            sources, more = [source for _, source in body.terms], 0
        elif isinstance(body, t.Contract):
            sources = [body.a] if body.b is None else [body.a, body.b]
        elif isinstance(body, t.View):
            sources = [part.src for part in body.parts]
        for source in sources:
            depth[source] = max(depth[source], depth[i] + more)
    return depth


def run_stages(run: Run) -> None:
    depth = depths(run.circuit)
    for level in range(max(depth, default=0) + 1):
        virtual = [
            claim
            for claim in run.pending
            if isinstance(run.circuit.nodes[claim[0]].body, t.Contract | t.View) and depth[claim[0]] == level
        ]
        if virtual:
            run.pending = [claim for claim in run.pending if claim not in virtual]
            stage(run, virtual)
    left = [run.circuit.nodes[tensor].body for tensor, _, _ in run.pending]
    assert not any(isinstance(body, t.Contract | t.View) for body in left)


def stage(run: Run, claims: list[tuple[int, SymbolicPoint, int]]) -> None:
    f = run.field
    run.stages += 1
    powers, claim = run.batch("stage batching", [run.claim_value(scalar) for _, _, scalar in claims])
    terms: list[tuple[K, Term]] = []
    for power, (tensor, point, _) in zip(powers, claims, strict=True):
        make = contract if isinstance(run.circuit.nodes[tensor].body, t.Contract) else view
        terms += [(power, term) for term in make(run, tensor, point)]
    count = max(term.vars for _, term in terms)
    cubic = any(term.cubic for _, term in terms)
    rs: list[K] = []
    for _ in range(count):
        values = run.read("stage round", 3 if cubic else 2)
        value1 = claim - values[0]
        r = run.challenge("stage challenge")
        rs.append(r)
        claim = e.cubic(r, values[0], value1, *values[1:]) if cubic else e.quadratic(r, values[0], value1, values[1])
    run.rounds += count
    vector, sum_ = run.vector(rs), e.zero(f)
    for power, term in terms:
        lead = count - term.vars
        weight = power * term.weight(rs[lead:])
        for r in rs[:lead]:
            weight = weight * (f.one - r)
        operands = term.operands(tuple((vector, j) for j in range(lead, count)))
        sum_ = sum_ + end(run, operands) * weight
    run.row(sum_ - claim)


def end(run: Run, operands: list[tuple[int, SymbolicPoint]]) -> Expr:
    values = [run.eval(tensor, point) for tensor, point in operands]
    if len(values) == 1:
        return values[0]
    a, b = values
    if a.is_constant:
        return b * a.constant
    if b.is_constant:
        return a * b.constant
    factors = []
    for value, (tensor, _) in zip(values, operands, strict=True):
        if isinstance(run.circuit.nodes[tensor].body, t.Linear | Public):
            (sent,) = run.read("factor")
            run.row(value - sent)
            value = sent
        factors.append(value)
    return run.product(*factors)


def contract(run: Run, tensor: int, point: SymbolicPoint) -> list[Term]:
    f, nodes = run.field, run.circuit.nodes
    body = nodes[tensor].body
    operands = [(body.a, body.a_labels)] + ([] if body.b is None else [(body.b, body.b_labels)])
    sizes = {label: d for i, labels in operands for label, d in zip(labels, nodes[i].shape, strict=True)}
    bound = dict(zip(body.out, axes(nodes[tensor].shape, point), strict=True))
    shared = [x for x in body.out if all(x in labels for _, labels in operands) and len(operands) == 2]
    summed = [*shared]
    for _, labels in operands:
        summed += [x for x in labels if x not in body.out and x not in summed]
    widths = [log2_ceil(sizes[x]) for x in summed]

    def split(own: list | tuple) -> dict[int, list | tuple]:
        at, result = 0, {}
        for label, width in zip(summed, widths, strict=True):
            result[label] = own[at : at + width]
            at += width
        return result

    def weight(own: list[K]) -> K:
        parts, result = split(own), f.one
        for label in shared:
            result = result * eq(f, run.values(tuple(bound[label])), parts[label])
        return result

    def ends(own: SymbolicPoint) -> list[tuple[int, SymbolicPoint]]:
        where = {**bound, **split(own)}
        return [(i, tuple(x for label in labels for x in where[label])) for i, labels in operands]

    return [Term(sum(widths), bool(shared), weight, ends)]


def view(run: Run, tensor: int, point: SymbolicPoint) -> list[Term]:
    """One term a part."""
    f, nodes = run.field, run.circuit.nodes
    node = nodes[tensor]
    skip = 1 if node.batched else 0
    parts = axes(node.shape, point)
    batch = tuple(parts[0]) if node.batched else ()
    dims = node.shape[skip:]
    inner = [x for part in parts[skip:] for x in part]
    for part in node.body.parts:
        run.spend(prod(part.box_shape) + min(prod(nodes[part.src].shape[skip:]), 1 << 16))
    out_table = cell_table(f, dims, run.values(tuple(inner)))

    def term(part: t.Part) -> Term:
        source = nodes[part.src].shape[skip:]

        def weight(own: list[K]) -> K:
            table, products = cell_table(f, source, own), []
            for o in product(*map(range, part.box_shape)):
                out = 0
                for d, start, i in zip(dims, part.box_offset, o, strict=True):
                    out = out * d + start + i
                at = part.src_offset + sum(s * i for s, i in zip(part.src_strides, o, strict=True))
                products.append(out_table[out] * table[at])
            return total(f, products)

        def ends(own: SymbolicPoint) -> list[tuple[int, SymbolicPoint]]:
            return [(part.src, batch + own)]

        return Term(sum(map(log2_ceil, source)), False, weight, ends)

    return [term(part) for part in node.body.parts]
