"""Circuit and layout as spec 6.2 to 6.4 say; shares nothing with the core, and only data types with the package.

Only what a layout digest depends on is kept: shapes, oracles, lookups, and the order of everything.
"""

from __future__ import annotations

import struct
from collections import defaultdict
from dataclasses import dataclass, field
from itertools import product
from math import prod

from affidavit.bundle import statement as s
from affidavit.plan import types as t

MODEL, INPUT, FRESH, VIRTUAL = 0, 1, 2, 3
PRIMES = {1: 2**31 - 2**24 + 1, 2: 2**64 - 2**32 + 1}


def log2_ceil(n: int) -> int:
    return max(n - 1, 0).bit_length()


@dataclass
class Circuit:
    batch: int
    tensors: list[tuple[int, tuple[int, ...]]] = field(default_factory=list)  # oracle, real shape
    lookups: list[int] = field(default_factory=list)  # the tensor x
    tables: list[int] = field(default_factory=list)  # log size
    requests: list[tuple[int, int, int]] = field(default_factory=list)  # tensor, lo, bits
    range_bits: int = 0

    def add(self, oracle: int, shape: tuple[int, ...]) -> int:
        self.tensors.append((oracle, shape))
        return len(self.tensors) - 1

    def shape(self, tensor: int) -> tuple[int, ...]:
        return self.tensors[tensor][1]

    def vars(self, tensor: int) -> int:
        return sum(log2_ceil(d) for d in self.shape(tensor))

    def leaves(self) -> int:
        return sum(1 << self.vars(x) for x in self.lookups) + sum(1 << size for size in self.tables)

    def log_leaves(self) -> int:
        return max(1, log2_ceil(self.leaves())) if self.lookups or self.tables else 0


def certificate_plan(plan: t.Plan) -> t.Plan:
    models = [(x, x.body) for x in plan.tensors if isinstance(x.body, t.Model)]
    ranges = tuple(t.Range(i, body.lo, (body.hi - body.lo).bit_length()) for i, (_, body) in enumerate(models))
    return t.Plan(plan.field, "certificate", (), tuple(x for x, _ in models), ranges, (), ())


def elaborate(plan: t.Plan, intervals: list[tuple[int, int]], statement: s.Statement) -> Circuit:
    c = Circuit(statement.batch)
    public = set()
    for index, tensor in enumerate(plan.tensors):
        oracle = VIRTUAL
        if isinstance(tensor.body, t.Model):
            oracle = MODEL
        elif isinstance(tensor.body, t.Fresh):
            oracle = FRESH
        elif isinstance(tensor.body, t.Input):
            kind = statement.inputs[tensor.body.index].kind
            oracle = {s.PUBLIC: VIRTUAL, s.COMMITTED: INPUT, s.UNBOUND: FRESH}[kind]
            if kind == s.PUBLIC:
                public.add(index)
        c.add(oracle, ((statement.batch,) if tensor.batched else ()) + tensor.dims)
    seen = set()
    for relation in plan.relations:
        if isinstance(relation, t.Range) and relation.tensor not in public:
            c.requests.append((relation.tensor, relation.lo, relation.bits))
        elif isinstance(relation, t.Lookup):
            if relation.table not in seen:
                seen.add(relation.table)
                size = plan.tables[relation.table].log_size
                c.add(FRESH, (1 << size,))
                c.tables.append(size)
            c.lookups.append(relation.x)
    for claim in statement.outputs:
        output(c, plan, intervals, claim)
    ranges(c, int(plan.field))
    return c


def output(c: Circuit, plan: t.Plan, intervals: list[tuple[int, int]], claim: s.OutputClaim) -> None:
    if isinstance(claim, s.PublicOutput):
        return
    tensor = plan.outputs[claim.output].tensor
    low, high = intervals[tensor]
    width, b = high - low + 4, c.batch
    n = prod(c.shape(tensor)[1:])
    assert width < PRIMES[int(plan.field)] // 16 and width < 1 << 45

    def nonneg(v: int, spans: int) -> None:
        c.requests.append((v, 0, (spans * width).bit_length()))

    def cell() -> int:
        return c.add(VIRTUAL, (b,))

    def flat() -> int:
        return tensor if len(c.shape(tensor)) == 2 else c.add(VIRTUAL, (b, n))

    def scaled(factors: list[int], v: int, offsets: list[int]) -> int:
        shape = c.shape(v)
        if len(set(factors)) > 1:
            c.add(VIRTUAL, (b,))
            c.add(VIRTUAL, shape)
        if len(set(offsets)) > 1:
            c.add(VIRTUAL, (b,))
        return c.add(VIRTUAL, shape)

    def half_line(y: int, threshold: int, at_least: bool, outcomes: list[bool]) -> None:
        offset = {
            (True, True): -threshold,
            (True, False): threshold - 1,
            (False, True): threshold,
            (False, False): -threshold - 1,
        }
        nonneg(scaled([1 if o == at_least else -1 for o in outcomes], y, [offset[at_least, o] for o in outcomes]), 1)

    if isinstance(claim, s.ArgMax):
        flat()
        for shape in ((b, n), (b, n), (b,)):
            c.add(VIRTUAL, shape)
        nonneg(c.add(VIRTUAL, (b, n)), 1)
        return
    outcomes = [bool(o) for o in claim.outcomes]
    match claim:
        case s.AtLeast() | s.AtMost():
            half_line(cell(), claim.threshold, isinstance(claim, s.AtLeast), outcomes)
        case s.Between() if all(outcomes):
            y = cell()
            half_line(y, claim.low, True, outcomes)
            half_line(y, claim.high, False, outcomes)
        case s.Between():
            y = cell()
            u = c.add(FRESH, (b,))
            c.requests.append((u, 0, 1))
            c.add(VIRTUAL, (b,))
            outside = c.add(VIRTUAL, (b,))
            inside = [int(o) for o in outcomes]
            parts = (
                scaled([1 - o for o in inside], outside, [0] * b),
                scaled(inside, y, [-o * claim.low for o in inside]),
                scaled([-o for o in inside], y, [o * claim.high for o in inside]),
            )
            for v in parts:
                nonneg(v, 1)
        case s.TopK():
            flat()
            cell()
            g = c.add(FRESH, (b, n))
            c.requests.append((g, 0, 1))
            difference = c.add(VIRTUAL, (b, n))
            signs = [1 if o else -1 for o in outcomes]
            nonneg(scaled(signs, difference, [0 if o else width - 1 for o in outcomes]), 2)
            count = c.add(VIRTUAL, (b,))
            left = scaled([-x for x in signs], count, [claim.k - 1 if o else -claim.k for o in outcomes])
            c.requests.append((left, 0, n.bit_length() + 1))


def ranges(c: Circuit, field_id: int) -> None:
    if not c.requests:
        return
    before = c.leaves()

    def cost(w: int) -> int:
        leaves, committed = before + (1 << w), 1 << w
        for tensor, _, bits in c.requests:
            limbs = -(-bits // w)
            leaves += (limbs + (bits % w != 0)) << c.vars(tensor)
            committed += (limbs - 1) * prod(c.shape(tensor))
        return 4 * (1 << log2_ceil(leaves)) + 8 * committed

    w = min(range(15 if field_id == 1 else 16, 3, -1), key=cost)  # min keeps the first of equals
    c.range_bits = w
    c.add(FRESH, (1 << w,))
    c.tables.append(w)

    def look(x: int, bits: int) -> None:
        c.lookups.append(x)
        if bits < w:
            c.lookups.append(c.add(VIRTUAL, c.shape(x)))

    for tensor, lo, bits in c.requests:
        v = tensor if lo == 0 else c.add(VIRTUAL, c.shape(tensor))
        n = -(-bits // w)
        for i in range(1, n):
            look(c.add(FRESH, c.shape(v)), w if i < n - 1 else bits - w * (n - 1))
        look(c.add(VIRTUAL, c.shape(v)) if n > 1 else v, w if n > 1 else bits)


Piece = tuple[int, int, int]  # bits of the axis, prefix, free


def axis_pieces(d: int) -> list[Piece]:
    pieces, start = [], 0
    while start < d:
        rest = d - start
        up = log2_ceil(rest)
        free = up if (1 << up) - rest <= d // 8 else up - 1
        pieces.append((log2_ceil(d), start >> free, free))
        start += 1 << free
    return pieces


def place(
    shapes: list[tuple[int, tuple[int, ...]]], log_rows: int, pads: int
) -> tuple[int, list[tuple[int, int, int, int, tuple[Piece, ...]]]]:
    """Columns, and chunks (column, offset, tensor, log size, pieces) in order."""
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
            placed.append((*slot, tensor, m, pieces))
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
    return max(columns, 1), sorted(placed)


@dataclass(frozen=True)
class Shape:
    """What a layout takes from a commitment (spec 3)."""

    log_rows: int
    log_blowup: int
    columns: int
    queries: int
    grinding: int
    pads: int

    @classmethod
    def read(cls, commitment: bytes) -> Shape:
        return cls(*struct.unpack_from("<BBIHBI", commitment, 42))


def layout_bytes(
    plan: t.Plan, intervals: list[tuple[int, int]], statement: s.Statement, model: bytes, committed: bytes | None
) -> bytes:
    """What the layout digest is taken of. ``intervals`` are those of the given plan's tensors."""
    circuit = elaborate(certificate_plan(plan) if statement.purpose == s.CERTIFICATE else plan, intervals, statement)
    m = Shape.read(model)
    pads = [m.pads, Shape.read(committed).pads if committed else 0, m.queries]
    words = [circuit.batch, m.log_rows, m.log_blowup, m.queries, m.grinding, *pads[:2]]
    words += [circuit.range_bits, circuit.log_leaves(), len(circuit.tensors), len(circuit.lookups)]
    first = 0
    for oracle in (MODEL, INPUT, FRESH):
        if oracle == INPUT and committed is None:
            continue
        shapes = [(i, shape) for i, (of, shape) in enumerate(circuit.tensors) if of == oracle]
        columns, chunks = place(shapes, m.log_rows, pads[oracle])
        words += [oracle, first, columns, len(chunks)]
        for column, offset, tensor, size, pieces in chunks:
            words += [tensor, column, offset, size, *(word for piece in pieces for word in piece)]
        first += columns
    return statement.plan + bytes([statement.purpose]) + struct.pack(f"<{len(words)}Q", *words)
