"""Spec 6.7 and 6.8: what a verifier reads and records; nothing is tested here that concerns a value."""

from __future__ import annotations

from typing import Protocol

from . import expr as e
from .circuit import Circuit, Public
from .errors import Broken
from .expr import Expr
from .fields import K
from .layout import Layout
from .multilinear import axes, extension, ind
from .plan import Linear
from .transcript import Transcript

SymbolicPoint = tuple[tuple[int, int], ...]  # (challenge vector, index) of every coordinate
WORK = 1 << 26


class Degenerate(Broken):
    """A check of step 17: a coordinate of a layer's point is zero, or the run takes too much work."""


class Source(Protocol):
    """Where messages come from: a proof's bytes."""

    def elements(self, count: int) -> list[K]: ...


class Run:
    def __init__(self, circuit: Circuit, layout: Layout, transcript: Transcript, source: Source) -> None:
        self.circuit, self.layout, self.transcript, self.source = circuit, layout, transcript, source
        self.field = circuit.field
        self.scalars: list[K] = []
        self.products: list[tuple[int, int]] = []
        self.rows: list[Expr] = []
        self.vectors: list[list[K]] = []
        self.claims: dict[tuple[int, SymbolicPoint], int] = {}
        self.pending: list[tuple[int, SymbolicPoint, int]] = []
        self.work = 0
        self.most_claims = 0
        self.rounds = 0  # of sumchecks
        self.stages = 0
        self.mask = self.field.zero  # c_μ
        self.opened: list[K] = []  # u

    # Messages and challenges

    def read(self, label: str, count: int = 1) -> list[Expr]:
        """Masked scalars, each absorbed on its own."""
        out = []
        for value in self.source.elements(count):
            self.transcript.absorb(label, value.bytes())
            self.scalars.append(value)
            out.append(Expr(self.field.zero, {len(self.scalars) - 1: self.field.one}))
        return out

    def challenge(self, label: str) -> K:
        return self.transcript.challenge(label)

    def vector(self, coordinates: list[K]) -> int:
        """Number a challenge vector, by which symbolic points name it."""
        self.vectors.append(coordinates)
        return len(self.vectors) - 1

    def values(self, point: SymbolicPoint) -> list[K]:
        return [self.vectors[vector][i] for vector, i in point]

    # Expressions

    def row(self, expression: Expr) -> None:
        self.rows.append(expression)

    def product(self, a: Expr, b: Expr) -> Expr:
        """Of two expressions that are one scalar each."""
        (i,), (k,) = a.scalars, b.scalars
        self.products.append((i, k))
        return Expr(self.field.zero, {}, {len(self.products) - 1: self.field.one})

    def spend(self, work: int) -> None:
        self.work += work
        if self.work > WORK:
            raise Degenerate("the run takes more work than 2^26")

    def batch(self, label: str, values: list[Expr]) -> tuple[list[K], Expr]:
        """Powers of a challenge, and the combination of the values by them."""
        gamma, powers, claim = self.challenge(label), [], e.zero(self.field)
        power = self.field.one
        for value in values:
            powers.append(power)
            claim = claim + value * power
            power = power * gamma
        self.most_claims = max(self.most_claims, len(values))
        return powers, claim

    def claim_value(self, scalar: int) -> Expr:
        return Expr(self.field.zero, {scalar: self.field.one})

    def eval(self, tensor: int, point: SymbolicPoint) -> Expr:
        """A tensor at a point, as an expression in claims on committed, Contract and View tensors."""
        f, nodes = self.field, self.circuit.nodes
        result = e.zero(f)
        todo: dict[tuple[int, SymbolicPoint], K] = {(tensor, point): f.one}
        while todo:
            key = max(todo)
            factor = todo.pop(key)
            node, at = nodes[key[0]], key[1]
            if isinstance(node.body, Public):
                self.spend(node.cells)
                result = result.plus(factor * extension(f, node.shape, node.body.values, self.values(at)))
            elif isinstance(node.body, Linear):
                self.spend(len(node.body.terms) + 1)
                result = result.plus(factor * self._expand(key, factor, todo))
            else:
                if key not in self.claims:
                    self.read("tensor value")
                    self.claims[key] = len(self.scalars) - 1
                    self.pending.append((*key, len(self.scalars) - 1))
                result = result + self.claim_value(self.claims[key]) * factor
        return result

    def _expand(self, key: tuple[int, SymbolicPoint], factor: K, todo: dict[tuple[int, SymbolicPoint], K]) -> K:
        """Put a Linear's terms on the list; its constant's extension."""
        f, nodes = self.field, self.circuit.nodes
        node, point = nodes[key[0]], key[1]
        parts = axes(node.shape, point)
        indicators = [ind(f, d, self.values(part)) for d, part in zip(node.shape, parts, strict=True)]
        for coefficient, source in node.body.terms:
            term = nodes[source]
            weight, kept = factor * (coefficient % f.p), []
            for axis, (d, part) in enumerate(zip(node.shape, parts, strict=True)):
                if self._size(node, term, axis) == d:
                    kept.extend(part)
                else:
                    weight = weight * indicators[axis]
            entry = (source, tuple(kept))
            todo[entry] = todo[entry] + weight if entry in todo else weight
        value = f.k(node.body.constant)
        for indicator in indicators:
            value = value * indicator
        return value

    @staticmethod
    def _size(node, term, axis: int) -> int | None:
        """The term's size along an axis of the result; None where it has none."""
        if node.batched and axis == 0:
            return term.shape[0] if term.batched else None
        from_right = len(node.shape) - axis
        dims = term.shape[1:] if term.batched else term.shape
        return dims[-from_right] if from_right <= len(dims) else None
