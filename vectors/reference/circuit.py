"""Spec 6.2: the tensors, lookups and checks that one proof is about."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from math import prod

from . import plan as t
from .fields import Field
from .multilinear import log2_ceil

MODEL, INPUT, FRESH = 0, 1, 2  # oracles; a renewed commitment stands where an input's stands
BATCH_LABEL = 255


@dataclass(frozen=True)
class Committed:
    oracle: int


@dataclass(frozen=True)
class Public:
    values: tuple[int, ...]  # row-major, the batch first


Body = Committed | Public | t.Linear | t.Contract | t.View


@dataclass(frozen=True)
class Node:
    shape: tuple[int, ...]  # real shape, the batch in front
    batched: bool
    body: Body

    @property
    def vars(self) -> int:
        return sum(map(log2_ceil, self.shape))

    @property
    def cells(self) -> int:
        return prod(self.shape)


@dataclass(frozen=True)
class LookupBlock:
    x: int
    y: int | None
    table: int  # an index of `tables`


@dataclass(frozen=True)
class TableBlock:
    tag: int
    in_lo: int
    log_size: int
    values: tuple[int, ...] | None
    multiplicity: int


@dataclass
class Circuit:
    field: Field
    batch: int
    nodes: list[Node] = field(default_factory=list)
    lookups: list[LookupBlock] = field(default_factory=list)
    tables: list[TableBlock] = field(default_factory=list)
    requests: list[tuple[int, int, int]] = field(default_factory=list)  # tensor, lo, bits
    zeros: list[int] = field(default_factory=list)
    publics: list[tuple[int, tuple[int, ...]]] = field(default_factory=list)
    range_bits: int = 0
    looked_at: int = 0  # cells of the argmax and top_k claims so far

    def add(self, dims: tuple[int, ...], body: Body, batched: bool = True) -> int:
        self.nodes.append(Node(((self.batch,) if batched else ()) + dims, batched, body))
        return len(self.nodes) - 1

    def like(self, node: int, body: Body) -> int:
        """A tensor of another one's shape."""
        self.nodes.append(replace(self.nodes[node], body=body))
        return len(self.nodes) - 1

    def dims(self, node: int) -> tuple[int, ...]:
        """Without the batch."""
        return self.nodes[node].shape[1 if self.nodes[node].batched else 0 :]

    def leaves(self) -> int:
        return sum(1 << self.nodes[b.x].vars for b in self.lookups) + sum(1 << b.log_size for b in self.tables)

    @property
    def log_leaves(self) -> int:
        return max(1, log2_ceil(self.leaves())) if self.lookups or self.tables else 0
