"""A prover without the core, for one trivial truth: all weights are zero. It can lie in the finish in chosen ways.

With zero weights every scalar of a run but the mask's value is zero, so no sumcheck has to be computed.
"""

from __future__ import annotations

import random
import struct

from edits import Parts
from reference.batching import claim_batching
from reference.fields import Field, K, at_points, interpolate
from reference.finish import Finish, Sizes, dot, sizes
from reference.merkle import leaf, node
from reference.multilinear import eq_table
from reference.proof import Session, open_transcript, session
from reference.run import Run
from reference.stages import run_stages
from reference.transcript import Transcript, good_nonce
from reference.tree import checks


class Tree:
    """All rows of an oracle, which any positions can be opened of."""

    def __init__(self, rng: random.Random, field: Field, columns: list[list[int]]) -> None:
        width = len(columns)
        self.rows = [b"".join(v.to_bytes(field.width, "little") for v in row) for row in zip(*columns, strict=True)]
        self.salts = [rng.randbytes(32) for _ in self.rows]
        cells = zip(self.salts, self.rows, strict=True)
        self.levels = [[leaf(width, field.width, salt, row) for salt, row in cells]]
        while len(self.levels[-1]) > 1:
            below = self.levels[-1]
            self.levels.append([node(below[i], below[i + 1]) for i in range(0, len(below), 2)])
        self.root = self.levels[-1][0]

    def open(self, positions: list[int]) -> bytes:
        out = b"".join(self.rows[i] for i in positions) + b"".join(self.salts[i] for i in positions)
        known = positions
        for level in self.levels[:-1]:
            out += b"".join(level[i ^ 1] for i in known if i ^ 1 not in known)
            known = sorted({i >> 1 for i in known})
        return out


MASKED = 8
LIES = ("row", "pads", "operands", "product")  # steps 26, 27, 27, 27


class Prover(Run):
    """A run that makes its messages instead of reading them."""

    def __init__(
        self, x: Session, transcript: Transcript, rng: random.Random, pads: list[K] | None, mask: list[K]
    ) -> None:
        super().__init__(x.circuit, x.layout, transcript, self)
        self.rng, self.pads, self.mu, self.x2, self.label = rng, pads, mask, [], ""
        self.queue: list[list[K]] = []

    def read(self, label: str, count: int = 1) -> list:
        self.label = label
        return super().read(label, count)

    def challenge(self, label: str) -> K:
        value = super().challenge(label)
        if label == "batch challenge":
            self.x2 = [*self.x2, value][-self.layout.log_rows :]
        return value

    def elements(self, count: int) -> list[K]:
        if count == 1 << self.layout.log_rows and not self.opened:
            return [m * self.mask for m in self.mu]  # every other column is zero
        at = len(self.scalars)
        value = self.field.zero
        if self.label == "mask value":
            value = dot(self.field, eq_table(self.field, self.x2), self.mu)
        pads = self.pads[at : at + count] if self.pads else [self.field.zero] * count
        return [value + pad for pad in pads]


class Finisher:
    """The honest finish for given pads; what it sends can be changed by a lie."""

    def __init__(self, rng: random.Random, field: Field, size: Sizes, pairs: list[tuple[int, int]]) -> None:
        self.rng, self.field, self.size = rng, field, size
        f, s, q, n = field, size.s, size.q, size.n
        h = self.random(s)
        z = [h[i] * h[k] for i, k in pairs]
        self.h = h + z + self.random(size.n_h - s - q)
        self.r_h = self.random(size.n_h)
        firsts = ([h[i] for i, _ in pairs], [h[k] for _, k in pairs], z)
        self.values = [first + self.random(n - q) for first in firsts]
        self.y = self.random(n)
        self.a, self.b, self.c = (interpolate(f, v) for v in self.values)
        self.r_y = interpolate(f, self.y)
        vanishing = [f.one]
        for j in range(q):
            root = pow(f.root(n.bit_length() - 1), j, f.p)
            vanishing = times(f, vanishing, [f.k(-root), f.one])
        self.r_x = times(f, vanishing, self.random(2 * n - 1 - q))

    def random(self, n: int) -> list[K]:
        f = self.field
        return [K(f, tuple(self.rng.randrange(f.p) for _ in range(f.degree))) for _ in range(n)]

    def columns(self, log_domain: int) -> list[list[int]]:
        f, g, out = self.field, self.field.generator, []
        for coefficients, shift in (
            (self.h, 1),
            (self.r_h, 1),
            (self.a, g),
            (self.b, g),
            (self.c, g),
            (self.r_y, g),
            (self.r_x, g),
        ):
            out += evaluated(f, coefficients, log_domain, shift)
        return out


def times(field: Field, a: list[K], b: list[K]) -> list[K]:
    out = [field.zero] * (len(a) + len(b) - 1)
    for i, x in enumerate(a):
        for j, y in enumerate(b):
            out[i + j] = out[i + j] + x * y
    return out


def evaluated(field: Field, coefficients: list[K], log_domain: int, shift: int = 1) -> list[list[int]]:
    """The values on the whole domain, one column a coefficient of K."""
    values = at_points(field, coefficients, log_domain, range(1 << log_domain), shift)
    return [list(column) for column in zip(*(v.c for v in values), strict=True)]


def add(field: Field, a: list[K], b: list[K], factor: K) -> list[K]:
    return [x * factor + y for x, y in zip(a, b, strict=True)]


class LyingFinish(Finish):
    """Sends what the finisher has, or what the lie needs so that step 21 and 22 still hold."""

    def __init__(self, prover: Prover, finisher: Finisher, lie: str) -> None:
        super().__init__(prover)
        self.run.source, self.make, self.lie, self.sent = self, finisher, lie, 0

    def elements(self, count: int) -> list[K]:
        self.sent += 1
        return [self.beta_value, self.x_h_value, self.x_y_value, self.phi_value][self.sent - 1]()

    def beta_value(self) -> list[K]:
        m = self.make
        left = dot(self.f, self.l_h, m.r_h[: len(self.l_h)])
        return [left - dot(self.f, self.l_y, m.y[: len(self.l_y)])]

    def x_h_value(self) -> list[K]:
        m, one = self.make, self.f.one
        values = add(self.f, m.h, m.r_h, self.rho)
        if self.lie == "pads":  # orthogonal to the form
            values[0], values[1] = values[0] + self.l_h[1], values[1] - self.l_h[0]
        if self.lie == "row":  # what the rows with a changed u are off by
            y = [v * self.lam for v in m.values[1]]
            operands = [a + b + c * self.lam * self.lam for a, b, c in zip(m.values[0], y, m.values[2], strict=True)]
            right = (
                self.rho * self.b
                + self.beta
                + dot(self.f, self.l_y, add(self.f, operands, m.y, self.rho)[: len(self.l_y)])
            )
            off = right - dot(self.f, self.l_h, values[: len(self.l_h)])
            at = next(i for i, c in enumerate(self.l_h) if c)
            values[at] = values[at] + off * self.l_h[at].inverse() * one
        return values

    def x_y_value(self) -> list[K]:
        m = self.make
        y = [v * self.lam for v in m.values[1]]
        operands = [a + b + c * self.lam * self.lam for a, b, c in zip(m.values[0], y, m.values[2], strict=True)]
        values = add(self.f, operands, m.y, self.rho)
        if self.lie == "operands":  # a value that no product is about
            values[-1] = values[-1] + self.f.one
        return values

    def phi_value(self) -> list[K]:
        m, n = self.make, self.make.size.n
        product = times(self.f, m.a, m.b)
        difference = [x - y for x, y in zip(product, [*m.c, *[self.f.zero] * (n - 1)], strict=True)]
        values = add(self.f, difference, m.r_x, self.sigma)
        if self.lie == "product":  # X^n - 1 vanishes wherever Φ has to
            values[0], values[n] = values[0] - self.f.one, values[n] + self.f.one
        return values


def prove(parts: Parts, trees: list[Tree], seed: int, lie: str = "") -> Parts:
    """``trees`` are those of the persistent oracles, all of whose cells are zero."""
    rng = random.Random(seed)
    x = session(parts.plan, parts.statement, parts.model, parts.input)
    f, layout = x.plan.field, x.layout
    rows = 1 << layout.log_rows
    assert not x.circuit.log_leaves and layout.oracles[-1].columns == 1
    dry = run(Prover(x, open_transcript(x), rng, None, [f.zero] * rows))
    finisher = Finisher(rng, f, sizes(dry), dry.products)
    mask = [*finisher.random(MASKED), *[f.zero] * (rows - MASKED)]  # enough for a truth with nothing to hide
    columns = [[0] * (4 * rows)]  # the one witness column
    columns += evaluated(f, mask[:MASKED], layout.log_domain) + finisher.columns(layout.log_domain)
    fresh = Tree(rng, f, columns)

    transcript = open_transcript(x)
    transcript.absorb("fresh root", fresh.root)
    transcript.grind("lookup grinding", 0, 0)
    prover = Prover(x, transcript, rng, finisher.h, mask)
    if lie == "row":
        prover.mu = [mask[0] + f.one, *mask[1:]]
    run(prover)
    finish = LyingFinish(prover, finisher, lie)
    finish.read()
    nonce = 0

    def search(state: bytes) -> int:
        nonlocal nonce
        while not good_nonce(state, layout.grinding, nonce):
            nonce += 1
        return nonce

    transcript.grind("query grinding", layout.grinding, search)
    positions = sorted(set(transcript.positions("query positions", layout.queries, layout.log_domain)))
    sent = [*prover.scalars, *prover.opened, finish.beta, *finish.x_h, *finish.x_y, *finish.phi]
    proof = fresh.root + bytes(8) + b"".join(e.bytes() for e in sent) + struct.pack("<Q", nonce)
    for tree in (*trees, fresh):
        proof += tree.open(positions)
    return Parts(parts.plan, parts.statement, parts.model, parts.input, proof)


def run(prover: Prover) -> Prover:
    checks(prover)
    run_stages(prover)
    claim_batching(prover)
    return prover
