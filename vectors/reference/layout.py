"""Spec 6.4: which cell of which column holds which cell of a tensor, and the digest of it all."""

from __future__ import annotations

import struct
from collections import defaultdict
from dataclasses import dataclass
from itertools import product
from math import prod

from . import statement as s
from .circuit import FRESH, INPUT, MODEL, Circuit, Committed
from .codec import digest
from .commitment import Commitment
from .errors import need
from .multilinear import log2_ceil

Piece = tuple[int, int, int]  # bits of the axis, prefix, free


@dataclass(frozen=True)
class Chunk:
    column: int
    offset: int
    tensor: int
    log_size: int
    pieces: tuple[Piece, ...]


@dataclass(frozen=True)
class Oracle:
    which: int
    first: int  # its first column
    columns: int
    chunks: tuple[Chunk, ...]


@dataclass(frozen=True)
class Layout:
    log_rows: int
    queries: int
    grinding: int
    oracles: tuple[Oracle, ...]
    digest: bytes

    @property
    def column_bits(self) -> int:
        return log2_ceil(sum(o.columns for o in self.oracles))

    @property
    def log_domain(self) -> int:
        return self.log_rows + 2


def axis_pieces(d: int) -> list[Piece]:
    pieces, start = [], 0
    while start < d:
        rest = d - start
        up = log2_ceil(rest)
        free = up if (1 << up) - rest <= d // 8 else up - 1
        pieces.append((log2_ceil(d), start >> free, free))
        start += 1 << free
    return pieces


def place(shapes: list[tuple[int, tuple[int, ...]]], log_rows: int, pads: int) -> tuple[int, list[Chunk]]:
    """Columns, and chunks in order. ``shapes`` are tensors with their real shapes."""
    usable = (1 << log_rows) - pads
    largest = usable.bit_length() - 1
    free: dict[int, list[tuple[int, int]]] = defaultdict(list)
    columns = 0
    chunks = [(tensor, pieces) for tensor, dims in shapes for pieces in product(*map(axis_pieces, dims))]
    stack = sorted(chunks[::-1], key=lambda chunk: sum(p[2] for p in chunk[1]))
    placed = []

    def take(m: int) -> tuple[int, int] | None:
        size = min((size for size, slots in free.items() if size >= m and slots), default=None)
        if size is None:
            return None
        column, offset = free[size].pop(0)
        for smaller in range(size - 1, m - 1, -1):
            free[smaller].insert(0, (column, offset + (1 << smaller)))
        return column, offset

    while stack:
        tensor, pieces = stack.pop()
        m = sum(p[2] for p in pieces)
        slot = take(m) if m <= largest else None
        if slot is not None:
            placed.append(Chunk(*slot, tensor, m, pieces))
        elif m > largest or (m > 3 and sum(len(free[i]) << i for i in range(max(m - 3, 0), m)) >= 1 << m):
            at = next(i for i, p in enumerate(pieces) if p[2])
            bits, prefix, size = pieces[at]
            for bit in (1, 0):
                stack.append((tensor, (*pieces[:at], (bits, 2 * prefix + bit, size - 1), *pieces[at + 1 :])))
        else:
            offset = 0
            for i in range(largest, -1, -1):
                if usable >> i & 1:
                    free[i].append((columns, offset))
                    offset += 1 << i
            columns += 1
            stack.append((tensor, pieces))
    return max(columns, 1), sorted(placed, key=lambda chunk: (chunk.column, chunk.offset))


def _shape_bounds(m: Commitment, second: Commitment | None) -> None:
    need(12 <= m.log_rows <= 20 and m.log_blowup == 2, "a height or rate out of bounds")
    need(1 <= m.queries <= 1 << (m.log_rows - 1) and m.grinding <= 20, "queries or grinding out of bounds")
    need(m.queries <= m.pads < 1 << m.log_rows, "pads out of bounds")
    if second is not None:
        same = ("field", "log_rows", "log_blowup", "queries", "grinding")
        need(all(getattr(m, x) == getattr(second, x) for x in same), "commitments of different shapes")
        need(second.queries <= second.pads < 1 << second.log_rows, "pads out of bounds")


RENEWED = 3  # in the layout's words alone: elsewhere it stands where an input's stands


def make(c: Circuit, st: s.Statement, m: Commitment, second: Commitment | None) -> Layout:
    """``second`` is the input commitment, or the renewed one."""
    _shape_bounds(m, second)
    pads = {MODEL: m.pads, INPUT: second.pads if second else 0, FRESH: m.queries}
    words = [c.batch, m.log_rows, m.log_blowup, m.queries, m.grinding, pads[MODEL], pads[INPUT]]
    words += [c.range_bits, c.log_leaves, len(c.nodes), len(c.lookups)]
    oracles, first = [], 0
    for which in (MODEL, INPUT, FRESH):
        if which == INPUT and second is None:
            continue
        shapes = [(i, x.shape) for i, x in enumerate(c.nodes) if x.body == Committed(which)]
        need(sum(prod(len(axis_pieces(d)) for d in shape) for _, shape in shapes) <= 1 << 18, "too many chunks")
        usable = (1 << m.log_rows) - pads[which]
        need(sum(prod(shape) for _, shape in shapes) // usable <= 1 << 16, "too many columns")
        columns, chunks = place(shapes, m.log_rows, pads[which])
        oracles.append(Oracle(which, first, columns, tuple(chunks)))
        words += [RENEWED if which == INPUT and st.purpose == s.RENEWAL else which, first, columns, len(chunks)]
        for x in chunks:
            words += [x.tensor, x.column, x.offset, x.log_size, *(word for piece in x.pieces for word in piece)]
        first += columns
    need(first <= 1 << 16, "too many columns")
    need(oracles[0].columns == m.columns, "the model commitment has another number of columns")
    need(second is None or oracles[1].columns == second.columns, "the second commitment has other columns")
    raw = st.plan + bytes([st.purpose]) + struct.pack(f"<{len(words)}Q", *words)
    return Layout(m.log_rows, m.queries, m.grinding, tuple(oracles), digest("layout", raw))
