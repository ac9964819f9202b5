"""Spec 6.9: all recorded rows and products, shown on committed masks; then the opened rows."""

from __future__ import annotations

from dataclasses import dataclass

from .codec import Reader
from .errors import Broken, need
from .fields import K, at_points, interpolate, total
from .merkle import Opening
from .multilinear import eq_table
from .run import Run


def dot(field, a: list[K], b: list[K]) -> K:
    return total(field, [x * y for x, y in zip(a, b, strict=True)])


@dataclass
class Sizes:
    s: int
    q: int
    n_h: int
    n: int


def sizes(run: Run) -> Sizes:
    s, q, t = len(run.scalars), len(run.products), run.layout.queries
    n = 1
    while n < q + t:
        n *= 2
    return Sizes(s, q, s + q + t, n)


class Finish:
    def __init__(self, run: Run) -> None:
        self.run, self.f, self.sizes = run, run.field, sizes(run)

    def check_sizes(self) -> None:
        rows = 1 << self.run.layout.log_rows
        need(self.sizes.n_h <= rows and 2 * self.sizes.n - 1 <= rows, "too many scalars or products for a column")

    def read(self) -> None:
        """β, X_H, X_Y, Φ with their challenges; then the linear form of all rows."""
        source, transcript, z = self.run.source, self.run.transcript, self.sizes
        self.lam = transcript.challenge("finish lambda")
        self.x = transcript.challenge("finish x")
        self.form()
        (self.beta,) = source.elements(1)
        transcript.absorb_ks("finish beta", [self.beta])
        self.rho = transcript.nonzero("finish rho")
        self.sigma = transcript.nonzero("finish sigma")
        self.x_h = source.elements(z.n_h)
        transcript.absorb_ks("finish X_H", self.x_h)
        self.x_y = source.elements(z.n)
        transcript.absorb_ks("finish X_Y", self.x_y)
        self.phi = source.elements(2 * z.n - 1)
        transcript.absorb_ks("finish Phi", self.phi)

    def form(self) -> None:
        """ℓ_H, ℓ_Y and B. A recorded row a_0 + Σ a_i·v_i + Σ b_j·v_i·v_k = 0 is ⟨A, (h, z)⟩ = b."""
        f, s = self.f, self.sizes.s
        m, products = self.run.scalars, self.run.products
        self.l_h, self.l_y, self.b = [f.zero] * (s + self.sizes.q), [], f.zero
        power = f.one
        for row in self.run.rows:
            right = row.constant
            for i, a in row.scalars.items():
                right = right + a * m[i]
                self.l_h[i] = self.l_h[i] + power * a
            for j, a in row.products.items():
                i, k = products[j]
                right = right + a * m[i] * m[k]
                self.l_h[k] = self.l_h[k] + power * a * m[i]
                self.l_h[i] = self.l_h[i] + power * a * m[k]
                self.l_h[s + j] = self.l_h[s + j] - power * a
            self.b = self.b + power * right
            power = power * self.x
        for j, (i, k) in enumerate(products):
            self.l_y.append(power)
            self.l_h[i] = self.l_h[i] + power
            self.l_h[k] = self.l_h[k] + power * self.lam
            self.l_h[s + j] = self.l_h[s + j] + power * self.lam * self.lam
            power = power * self.x

    def check_claim(self) -> None:
        left = dot(self.f, self.l_h, self.x_h[: len(self.l_h)]) - dot(self.f, self.l_y, self.x_y[: len(self.l_y)])
        need(left == self.rho * self.b + self.beta, "the rows do not hold")

    def check_product(self) -> None:
        n = self.sizes.n
        values = at_points(self.f, self.phi, n.bit_length() - 1, range(self.sizes.q)) if self.sizes.q else []
        need(not any(values), "Φ does not vanish where products are")

    def expected(self, positions: list[int]) -> None:
        """What the opened rows must show."""
        f, log_domain = self.f, self.run.layout.log_domain
        self.u = at_points(f, self.run.opened, log_domain, positions)
        self.h_at = at_points(f, self.x_h, log_domain, positions)
        self.y_at = at_points(f, interpolate(f, self.x_y), log_domain, positions, f.generator)
        self.phi_at = at_points(f, self.phi, log_domain, positions, f.generator)

    def check_row(self, i: int, rows: list[list[int]], weights: list[K]) -> tuple[K, ...]:
        """The combination of the columns; returns the fresh oracle's other cells."""
        f, d = self.f, self.f.degree
        cells = [cell for row in rows[:-1] for cell in row]
        witness = len(rows[-1]) - 8 * d
        tail = rows[-1][witness:]
        cells += rows[-1][:witness]
        mask, *others = (K(f, tuple(tail[j : j + d])) for j in range(0, len(tail), d))
        value = total(f, [w * cell for w, cell in zip(weights, cells, strict=True)])
        need(value + self.run.mask * mask == self.u[i], "a row that u does not agree with")
        return tuple(others)

    def check_masks(self, i: int, cells: tuple[K, ...]) -> None:
        h, r_h, a, b, c, r_y, r_x = cells
        need(self.rho * h + r_h == self.h_at[i], "PadRow: pads that X_H does not agree with")
        operands = a + self.lam * b + self.lam * self.lam * c
        need(self.rho * operands + r_y == self.y_at[i], "OperandRow: operands that X_Y does not agree with")
        need(self.sigma * (a * b - c) + r_x == self.phi_at[i], "ProductRow: products that Φ does not agree with")


def open_rows(run: Run, reader: Reader, positions: list[int], roots: list[bytes]) -> list[Opening]:
    """Of every oracle; ``Broken`` of a root comes as RootBroken."""
    openings = []
    for oracle, root in zip(run.layout.oracles, roots, strict=True):
        width = oracle.columns + (8 * run.field.degree if oracle is run.layout.oracles[-1] else 0)
        opening = Opening(reader, run.field, positions, width, run.layout.log_domain)
        try:
            opening.check(root)
        except Broken as broken:
            raise RootBroken(str(broken)) from broken
        openings.append(opening)
    return openings


class RootBroken(Exception):
    """Step 25, which alternates with step 24 oracle by oracle."""


def column_weights(run: Run, x1: list[K]) -> list[K]:
    columns = sum(o.columns for o in run.layout.oracles)
    return eq_table(run.field, x1, columns)
