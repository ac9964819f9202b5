"""Spec 6.8: all claims on committed tensors become one on the matrix of columns, which is opened."""

from __future__ import annotations

from . import expr as e
from .fields import K
from .layout import Chunk
from .multilinear import axes, eq_index, eq_table, restricted_eq, total
from .run import Run, SymbolicPoint


def claim_batching(run: Run) -> tuple[list[K], list[K]]:
    """The points x1, x2."""
    layout, f = run.layout, run.field
    claims = run.pending
    powers, claim = run.batch("claim batching", [run.claim_value(scalar) for _, _, scalar in claims])
    count = layout.column_bits + layout.log_rows
    xs: list[K] = []
    for _ in range(count):
        v0, v2 = run.read("batch round", 2)
        r = run.challenge("batch challenge")
        claim = e.quadratic(r, v0, claim - v0, v2)
        xs.append(r)
    run.rounds += count
    x1, x2 = xs[: layout.column_bits], xs[layout.column_bits :]
    where: dict[int, list[tuple[int, Chunk]]] = {}
    for oracle in layout.oracles:
        for chunk in oracle.chunks:
            where.setdefault(chunk.tensor, []).append((oracle.first + chunk.column, chunk))
    weights = [f.zero]
    for power, (tensor, point, _) in zip(powers, claims, strict=True):
        for column, chunk in where[tensor]:
            weights.append(power * eq_index(f, column, x1) * chunk_weight(run, tensor, point, chunk, x2))
    (y,) = run.read("oracle value")
    run.row(y * total(f, weights) - claim)
    opening(run, x1, x2, y)
    return x1, x2


def chunk_weight(run: Run, tensor: int, point: SymbolicPoint, chunk: Chunk, x2: list[K]) -> K:
    f, shape = run.field, run.circuit.nodes[tensor].shape
    head = len(x2) - chunk.log_size
    weight, at = eq_index(f, chunk.offset >> chunk.log_size, x2[:head]), head
    for d, part, (bits, prefix, free) in zip(shape, axes(shape, run.values(point)), chunk.pieces, strict=True):
        count = max(0, min(1 << free, d - (prefix << free)))
        weight = weight * eq_index(f, prefix, part[: bits - free])
        weight = weight * restricted_eq(f, count, part[bits - free :], x2[at : at + free])
        at += free
    return weight


def opening(run: Run, x1: list[K], x2: list[K], y: e.Expr) -> None:
    """The mask, and the combination u of all columns in clear."""
    f, layout = run.field, run.layout
    (masked,) = run.read("mask value")
    run.mask = run.transcript.nonzero("mask coefficient")
    run.opened = run.source.elements(1 << layout.log_rows)
    run.transcript.absorb_ks("opening", run.opened)
    table = eq_table(f, x2)
    value = total(f, [a * b for a, b in zip(table, run.opened, strict=True)])
    run.row((y + masked * run.mask).plus(-value))
