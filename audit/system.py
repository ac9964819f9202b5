"""A circuit as constraints on single cells: variables over F_p, and what a proof demands of polynomials in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from .circuit import Circuit, Free
from .polynomial import Poly
from .values import Cells, complete


@dataclass(frozen=True)
class Member:
    """The polynomial, modulo p, lies in [low, high]."""

    name: str
    poly: Poly
    low: int
    high: int


@dataclass(frozen=True)
class Product:
    """One of the two is zero modulo p."""

    name: str
    a: Poly
    b: Poly


@dataclass(frozen=True)
class Entry:
    """(x, y) is in a table: ``entries`` maps every x to its y."""

    name: str
    x: Poly
    y: Poly
    entries: Mapping[int, tuple[int, ...]]


Constraint = Member | Product | Entry


@dataclass
class System:
    """``cells[i]``: the tensor and flat cell that variable i stands for. ``tensors``: every cell as a polynomial."""

    prime: int
    cells: list[tuple[int, int]] = field(default_factory=list)
    constraints: list[Constraint] = field(default_factory=list)
    tensors: Cells = field(default_factory=list)


def system_of(c: Circuit, *, toy: bool = False) -> System:
    """All constraints of a circuit, each lookup on its own.

    That needs fewer leaves than p: only then must every single value be in its table (``values.broken_lookups``). A
    ``toy`` field stands for one that has enough elements.
    """
    p = c.prime
    assert toy or c.leaves() < p, "multiplicities could wrap: lookups cannot be taken one by one"
    system = System(p)
    given = {}
    for index, tensor in enumerate(c.tensors):
        if isinstance(tensor.kind, Free):
            count = int(np.prod(tensor.dims, dtype=int))
            cells = np.empty(count, dtype=object)
            for flat in range(count):
                cells[flat] = Poly.variable(len(system.cells))
                system.cells.append((index, flat))
            given[index] = cells.reshape(tensor.dims)
    system.tensors = complete(c, given)
    _lookups(c, system)
    for name, tensor in c.zeros:
        for cell in system.tensors[tensor].reshape(-1):
            poly = Poly.of(cell)
            if poly.factors is not None:
                system.constraints.append(Product(name, poly.factors[0].modulo(p), poly.factors[1].modulo(p)))
            else:
                system.constraints.append(Member(name, poly.modulo(p), 0, 0))
    for name, tensor, values in c.publics:
        for cell, value in zip(system.tensors[tensor].reshape(-1), values.reshape(-1), strict=True):
            system.constraints.append(Member(name, (Poly.of(cell) - value).modulo(p), 0, 0))
    return system


def _lookups(c: Circuit, system: System) -> None:
    p = c.prime
    for look in c.lookups:
        table, xs = c.tables[look.table], system.tensors[look.x].reshape(-1)
        ys = [0] * len(xs) if look.y is None else system.tensors[look.y].reshape(-1)
        for x, y in zip(xs, ys, strict=True):
            px, py = Poly.of(x).modulo(p), Poly.of(y).modulo(p)
            if table.entries is None:
                system.constraints.append(Member(look.name, px, 0, (1 << table.log_size) - 1))
            else:
                system.constraints.append(Entry(look.name, px, py, table.entries))


def assigned(c: Circuit, system: System, values: list[int]) -> Cells:
    """All tensors for values of the variables, as integers."""
    given: dict[int, np.ndarray] = {}
    for (tensor, flat), value in zip(system.cells, values, strict=True):
        if tensor not in given:
            given[tensor] = np.zeros(c.tensors[tensor].dims, dtype=object)
        given[tensor].reshape(-1)[flat] = value
    return complete(c, given)


def restricted(system: System, *more: Constraint) -> System:
    """The same system with further constraints."""
    return System(system.prime, system.cells, [*system.constraints, *more], system.tensors)


def different(system: System, cell: Poly, honest: int) -> Member:
    """The cell has another value modulo p: the complement of one residue is an interval of residues."""
    return Member("different", cell.modulo(system.prime), honest + 1, honest + system.prime - 1)
