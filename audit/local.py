"""Random false witnesses near the honest one, tested with the relations alone: a second method, next to ``solve``.

One or two free cells are changed, what the plan's hints make of that is computed anew, and the relations must break. It
shares the circuit with the search and nothing else, and is quick enough for plans of thousands of cells.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from affidavit.plan import types as t
from affidavit.witness import hints, witness

from .circuit import Circuit, Free, elaborate
from .search import inference
from .values import Cells, broken, complete


@dataclass
class Tried:
    changes: int = 0
    #: Changes after which nothing broke although a forced tensor differed.
    passed: list[str] = field(default_factory=list)


def changes(rng: np.random.Generator, p: int, row: np.ndarray) -> np.ndarray:
    """A changed copy of a tensor's cells: one step, one bit, one half of the field, an exchange, or a new value."""
    cells = row.copy()
    flat = cells.reshape(-1)
    at = int(rng.integers(len(flat)))
    match int(rng.integers(6)):
        case 0:
            flat[at] += int(rng.choice([-1, 1]))
        case 1:
            flat[at] += int(rng.choice([-1, 1])) << int(rng.integers(p.bit_length() - 1))
        case 2:
            flat[at] += (p + 1) // 2
        case 3:
            other = int(rng.integers(len(flat)))
            flat[at], flat[other] = flat[other], flat[at]
        case 4:
            flat[at] = 1 - flat[at]
        case _:
            flat[at] = -flat[at]
    return cells


def search_near(
    plan: t.Plan,
    weights: Mapping[int, np.ndarray],
    inputs: Mapping[str, np.ndarray],
    count: int,
    *,
    choice: Callable[[str], bool] = lambda name: False,
    seed: int = 0,
) -> Tried:
    """``count`` false witnesses of one row."""
    rng, tried = np.random.default_rng(seed), Tried()
    c = elaborate(plan, inference(plan, 1), weights, inputs)
    tensors = witness(plan, weights, inputs)
    fresh = [i for i, x in enumerate(plan.tensors) if isinstance(x.body, t.Fresh)]
    honest = complete(c, {i: tensors[i].astype(object) for i in fresh})
    assert not broken(c, honest), "the honest witness must satisfy its own relations"
    free = [i for i, x in enumerate(c.tensors) if isinstance(x.kind, Free)]
    for _ in range(count if free else 0):
        changed = {}
        for index in rng.choice(free, size=int(rng.integers(1, 3))):
            changed[int(index)] = changes(rng, c.prime, honest[int(index)])
        if all(not ((changed[i] - honest[i]) % c.prime).any() for i in changed):
            continue
        tried.changes += 1
        # what follows is forced again (hints), or stays as it was: two ways to go on
        have = forced_again(plan, c, honest, changed) if rng.random() < 0.5 else _kept(c, honest, changed)
        if not broken(c, have):
            differ = [
                c.tensors[i].name
                for i in free
                if not choice(c.tensors[i].name) and ((have[i] - honest[i]) % c.prime).any()
            ]
            if differ or _outputs(plan, have) != _outputs(plan, honest):
                tried.passed.append(", ".join(differ) or "an output")
    return tried


def _outputs(plan: t.Plan, have: Cells) -> list[list[int]]:
    return [have[port.tensor].reshape(-1).tolist() for port in plan.outputs]


def _kept(c: Circuit, honest: Cells, changed: Mapping[int, np.ndarray]) -> Cells:
    """Every other free tensor of the plan keeps its value; the limbs follow."""
    given = {i: honest[i] for i, x in enumerate(c.tensors) if isinstance(x.kind, Free) and x.kind.honest is None}
    return complete(c, given | dict(changed))


def forced_again(plan: t.Plan, c: Circuit, honest: Cells, changed: Mapping[int, np.ndarray]) -> Cells:
    """Every Fresh tensor after a change takes its hint's value again."""
    given = dict(changed)
    for index, tensor in enumerate(plan.tensors):
        if not isinstance(tensor.body, t.Fresh) or index in given:
            continue
        # the honest value as a stand-in for those that come later
        later = {i: given.get(i, honest[i]) for i, x in enumerate(plan.tensors) if isinstance(x.body, t.Fresh)}
        have = complete(_until(c, index), later)

        def get(source: int, have: Cells = have) -> np.ndarray:
            half = c.prime // 2
            residues = (have[source] + half) % c.prime - half
            return np.clip(residues, -(1 << 62), 1 << 62).astype(np.int64)

        given[index] = hints.evaluate(tensor.body.hint, plan.tables, get).astype(object)
    return complete(c, given)


def _until(c: Circuit, index: int) -> Circuit:
    return Circuit(c.prime, c.batch, c.tensors[:index])
