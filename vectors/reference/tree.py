"""Spec 6.8: the fraction tree and the checks at one point."""

from __future__ import annotations

from . import expr as e
from .circuit import LookupBlock, TableBlock
from .expr import Expr
from .fields import K
from .multilinear import axes, eq_index, extension, ind
from .run import Degenerate, Run


def fraction_tree(run: Run, alpha: K, beta: K) -> None:
    f = run.field
    one = f.one
    n0, n1, d0, d1 = run.read("root fraction", 4)
    (d_root,) = run.read("root denominator")
    (inverse,) = run.read("root inverse")
    cross = run.product(n0, d1), run.product(n1, d0)
    below = run.product(d0, d1)
    unit = run.product(d_root, inverse)
    run.row(cross[0] + cross[1])
    run.row(below - d_root)
    run.row(unit.plus(-one))
    z = run.challenge("layer point")
    point = [z]
    n, d = n0 * (one - z) + n1 * z, d0 * (one - z) + d1 * z
    for _ in range(1, run.circuit.log_leaves):
        scale = run.challenge("layer lambda")
        claim, rs = n + d * scale, []
        for p in point:
            q0, q2 = run.read("layer round", 2)
            if not p:
                raise Degenerate("a coordinate of a layer's point is zero")
            q1 = (claim - q0 * (one - p)) * p.inverse()
            r = run.challenge("layer challenge")
            claim = q0 + (q1 - q0 - q2) * r + q2 * (r * r)
            rs.append(r)
        n0, n1, d0, d1 = run.read("layer end", 4)
        a, b, c = run.product(n0, d1), run.product(n1, d0), run.product(d0, d1)
        run.row(a + b + c * scale - claim)
        z = run.challenge("layer point")
        n, d = n0 * (one - z) + n1 * z, d0 * (one - z) + d1 * z
        point = [z, *rs]
    leaves(run, alpha, beta, run.vector(point), n, d)


def leaves(run: Run, alpha: K, beta: K, rho: int, n: Expr, d: Expr) -> None:
    """The blocks' extensions at ρ."""
    f, c = run.field, run.circuit
    big, point = c.log_leaves, run.vectors[rho]
    blocks: list[tuple[int, LookupBlock | TableBlock]] = [(c.nodes[b.x].vars, b) for b in c.lookups]
    blocks += [(b.log_size, b) for b in c.tables]
    start, starts = 0, {}
    for i in sorted(range(len(blocks)), key=lambda i: -blocks[i][0]):  # stable
        starts[i] = start
        start += 1 << blocks[i][0]
    sum_n = sum_d = e.zero(f)
    for i in sorted(starts, key=starts.__getitem__):
        s, block = blocks[i]
        weight = eq_index(f, starts[i] >> s, point[: big - s])
        symbols = tuple((rho, j) for j in range(big - s, big))
        if isinstance(block, LookupBlock):
            shape = c.nodes[block.x].shape
            real = weight
            for size, part in zip(shape, axes(shape, run.values(symbols)), strict=True):
                real = real * ind(f, size, part)
            sum_n = sum_n.plus(-real)
            leaf = e.constant(alpha) - run.eval(block.x, symbols)
            if block.y is not None:
                leaf = leaf - run.eval(block.y, symbols) * beta
            leaf = leaf.plus(-(beta * beta * c.tables[block.table].tag) - f.one)
            sum_d = sum_d + leaf * weight
        else:
            sum_n = sum_n + run.eval(block.multiplicity, symbols) * weight
            value = alpha - f.k(block.in_lo) - beta * beta * block.tag - f.one
            tail = run.values(symbols)
            for j, coordinate in enumerate(tail):
                value = value - coordinate * (1 << (s - 1 - j))
            if block.values is not None:
                value = value - beta * extension(f, (1 << s,), block.values, tail)
            sum_d = sum_d.plus(weight * value)
    run.row(sum_n - n)
    run.row(sum_d.plus(f.one) - d)


def checks(run: Run) -> None:
    """Zero and public checks at one point τ."""
    c = run.circuit
    tensors = [*c.zeros, *(tensor for tensor, _ in c.publics)]
    if not tensors:
        return
    count = max(c.nodes[i].vars for i in tensors)
    tau = run.vector([run.challenge("check point") for _ in range(count)])

    def suffix(tensor: int) -> tuple[tuple[int, int], ...]:
        return tuple((tau, j) for j in range(count - c.nodes[tensor].vars, count))

    for tensor in c.zeros:
        run.row(run.eval(tensor, suffix(tensor)))
    for tensor, values in c.publics:
        at = suffix(tensor)
        expected = extension(run.field, c.nodes[tensor].shape, values, run.values(at))
        run.row(run.eval(tensor, at).plus(-expected))
