"""The question of the audit: is the honest witness the only one?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from affidavit.bundle import statement as s
from affidavit.plan import types as t
from affidavit.witness import witness

from .circuit import Circuit, Free, elaborate
from .polynomial import Poly
from .solve import solve
from .system import System, assigned, different, restricted, system_of
from .values import Cells, broken, broken_cells, complete

UNIQUE, SECOND, UNDECIDED, NONE = "unique", "second witness", "undecided", "no witness"


@dataclass(frozen=True)
class Second:
    """Another witness: one free cell that differs, and the outputs of both."""

    tensor: str
    cell: int
    honest: int | None
    found: int
    outputs_before: dict[str, list[int]]
    outputs_after: dict[str, list[int]]

    @property
    def changes_an_output(self) -> bool:
        return self.outputs_before != self.outputs_after

    def __str__(self) -> str:
        ports = [
            f"{name} {self.outputs_before[name]} -> {after}"
            for name, after in self.outputs_after.items()
            if after != self.outputs_before[name]
        ]
        what = "; output " + ", ".join(ports) if ports else "; outputs unchanged"
        return f"{self.tensor}[{self.cell}] {self.honest} -> {self.found}{what}"


@dataclass
class Verdict:
    """Of one statement, or of several added up: the worst status, and what was examined."""

    status: str = UNIQUE
    inputs: int = 0
    nodes: int = 0
    free_cells: int = 0
    second: Second | None = None
    #: Rows for which no assignment satisfies the relations, the honest one included.
    impossible: int = 0
    notes: list[str] = field(default_factory=list)

    def add(self, other: Verdict) -> None:
        worst = [UNIQUE, NONE, UNDECIDED, SECOND]
        if worst.index(other.status) > worst.index(self.status):
            self.status = other.status
        self.inputs += other.inputs
        self.nodes += other.nodes
        self.free_cells = max(self.free_cells, other.free_cells)
        self.second = self.second or other.second
        self.impossible += other.impossible
        self.notes += [note for note in other.notes if note not in self.notes]


def inference(plan: t.Plan, rows: int, *claims: s.OutputClaim) -> s.Statement:
    """A statement about unbound inputs; without claims nothing is said of the outputs."""
    bindings = tuple(s.InputClaim(s.UNBOUND) for _ in plan.inputs)
    return s.Statement(s.INFERENCE, bytes(32), s.NO_LAYOUT, rows, bytes(32), None, bindings, tuple(claims))


def honest_cells(c: Circuit, plan: t.Plan, tensors: Mapping[int, np.ndarray]) -> Cells:
    """The witness program's Fresh tensors in the model's circuit."""
    fresh = {i: tensors[i].astype(object) for i, x in enumerate(plan.tensors) if isinstance(x.body, t.Fresh)}
    return complete(c, {i: a.reshape(c.tensors[i].dims) for i, a in fresh.items()})


def audit_row(
    plan: t.Plan,
    weights: Mapping[int, np.ndarray],
    inputs: Mapping[str, np.ndarray],
    *,
    choice: Callable[[str], bool] = lambda name: False,
    range_bits: int | None = None,
    change: Callable[[Circuit], Circuit] = lambda c: c,
    toy: bool = False,
    reference: t.Plan | None = None,
    nodes: int = 20_000,
) -> Verdict:
    """Search all witnesses for given inputs, most often of one inference (a batch of one row).

    ``choice``: names of free tensors in which the specification leaves a choice that nothing depends on. ``change``
    weakens the circuit and ``reference`` is the plan that the honest values come from (mutants).
    """
    said = inference(plan, len(next(iter(inputs.values()))))
    c = change(elaborate(plan, said, weights, inputs, range_bits=range_bits))
    tensors = witness(reference or plan, weights, inputs)
    have = honest_cells(c, plan, tensors)
    system = system_of(c, toy=toy)
    verdict = Verdict(inputs=1, free_cells=len(system.cells))
    ports = {port.name: port.tensor for port in plan.outputs}
    before = {port.name: _flat(tensors[port.tensor]) for port in (reference or plan).outputs}
    honest_breaks = broken(c, have)
    if honest_breaks:
        verdict.notes.append(f"the honest witness breaks {', '.join(honest_breaks)}")

    def second(values: list[int]) -> Second | None:
        found = assigned(c, system, values)
        # in a toy field, lookups one by one as the system has them: it may have fewer elements than the tree has leaves
        assert not (broken_cells if toy else broken)(c, found), "the search gave an assignment that the check refuses"
        after = {name: _flat(found[tensor]) for name, tensor in ports.items()}
        differ = []
        for index, tensor in enumerate(c.tensors):
            if isinstance(tensor.kind, Free) and not choice(tensor.name):
                pairs = zip(_flat(have[index]), _flat(found[index]), strict=True)
                differ += [(tensor.name, i, a, b) for i, (a, b) in enumerate(pairs) if (a - b) % c.prime]
        if not differ and after != before:
            differ = [("(a choice)", 0, 0, 0)]
        return Second(*differ[0], before, after) if differ else None

    result = solve(system, limit=16, nodes=nodes)
    verdict.nodes += result.nodes
    seconds = [x for x in map(second, result.solutions) if x is not None]
    if not result.complete and not any(x.changes_an_output for x in seconds):
        seconds += _one_by_one(c, system, have, verdict, second, choice, ports, before, nodes)
    if seconds:
        verdict.status = SECOND
        verdict.second = next((x for x in seconds if x.changes_an_output), seconds[0])
    elif verdict.status != UNDECIDED and not result.solutions:
        verdict.status, verdict.impossible = NONE, 1
    return verdict


def admitted_inputs(plan: t.Plan, *, limit: int = 64, range_bits: int | None = None) -> list[int]:
    """The values of an unbound input of one cell (the plan's only one) for which there is a witness, sorted."""
    c = elaborate(plan, inference(plan, 1), {}, {}, range_bits=range_bits, free_inputs=True)
    system = system_of(c)
    tensor = plan.inputs[0].tensor
    values = {int(assigned(c, system, x)[tensor].reshape(-1)[0]) for x in solve(system, limit=limit).solutions}
    return sorted(values)


def _one_by_one(
    c: Circuit,
    system: System,
    have: Cells,
    verdict: Verdict,
    second: Callable[[list[int]], Second | None],
    choice: Callable[[str], bool],
    ports: dict[str, int],
    before: dict[str, list[int]],
    nodes: int,
) -> list[Second]:
    """For every output cell and then every free cell: a witness in which this cell has another value."""
    goals: list[tuple[Any, int]] = []
    for name, tensor in ports.items():
        goals += list(zip(system.tensors[tensor].reshape(-1), before[name], strict=True))
    for index, tensor in enumerate(c.tensors):
        if isinstance(tensor.kind, Free) and not choice(tensor.name):
            goals += list(zip(system.tensors[index].reshape(-1), _flat(have[index]), strict=True))
    found = []
    for cell, value in goals:
        result = solve(restricted(system, different(system, Poly.of(cell), int(value))), limit=1, nodes=nodes)
        verdict.nodes += result.nodes
        if result.solutions:
            found += [x for x in map(second, result.solutions) if x is not None]
            if found:
                return found
        elif not result.complete:
            verdict.status = UNDECIDED
    return found


def _flat(values: np.ndarray) -> list[int]:
    return [int(v) for v in np.asarray(values).reshape(-1)]
