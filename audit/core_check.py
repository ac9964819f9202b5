"""The model against the core: for false witnesses on real plans both must name the same broken relations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from affidavit import core
from affidavit.bundle import statement as s
from affidavit.plan import encode
from affidavit.plan import types as t
from affidavit.witness import witness

from .circuit import elaborate
from .local import changes, forced_again
from .values import broken, broken_lookups, complete

LOOKUP_SUM = "lookup sum"


@dataclass
class Agreement:
    compared: int = 0
    satisfied: int = 0
    broken: int = 0
    differ: list[str] = field(default_factory=list)


class Proving:
    """A plan with its committed weights, ready to prove false witnesses of one statement after another."""

    def __init__(self, plan: t.Plan, weights: Mapping[int, np.ndarray]) -> None:
        self.plan, self.weights = plan, weights
        self.bytes = encode(plan)
        self.model = core.commit_model(self.bytes, dict(weights), 4, bytes(32))

    def statement(self, inputs: Mapping[str, np.ndarray], public: bool, claims: Sequence[s.OutputClaim]) -> s.Statement:
        rows = len(next(iter(inputs.values())))
        bindings = tuple(
            s.InputClaim(s.PUBLIC, np.ascontiguousarray(inputs[port.name]).reshape(-1))
            if public
            else s.InputClaim(s.UNBOUND)
            for port in self.plan.inputs
        )
        digest = core.digest("commitment", bytes(self.model.commitment))
        said = s.Statement(
            s.INFERENCE, core.digest("plan", self.bytes), s.NO_LAYOUT, rows, digest, None, bindings, tuple(claims)
        )
        layout = core.layout(self.bytes, said.encode(), bytes(self.model.commitment), None)
        return replace(said, layout=bytes.fromhex(layout["digest"]))

    def broken(self, said: s.Statement, given: Mapping[int, np.ndarray]) -> list[str]:
        """What the core's replay names."""
        arrays = {i: np.ascontiguousarray(a, dtype=np.int64) for i, a in given.items()}
        proof: Any = core.native().replay(self.bytes, said.encode(), self.model, None, arrays, bytes(32))
        return list(proof.broken)


def compare(
    proving: Proving,
    inputs: Mapping[str, np.ndarray],
    claims: Sequence[s.OutputClaim],
    count: int,
    *,
    public: bool = False,
    seed: int = 0,
) -> Agreement:
    """The honest witness and ``count`` changed ones, judged by both."""
    plan, rng, found = proving.plan, np.random.default_rng(seed), Agreement()
    said = proving.statement(inputs, public, claims)
    c = elaborate(plan, said, proving.weights, inputs)
    tensors = witness(plan, proving.weights, inputs)
    fresh = [i for i, x in enumerate(plan.tensors) if isinstance(x.body, t.Fresh)]
    ports = {port.tensor for port in plan.inputs}
    honest = {i: tensors[i].astype(object).reshape(c.tensors[i].dims) for i in fresh}
    start = complete(c, honest)
    for index in range(count + 1):
        changed = dict(honest)
        if index and fresh:
            touched = {}
            for i in rng.choice(fresh, size=int(rng.integers(1, 3))):
                touched[int(i)] = _in_64_bits(changes(rng, c.prime, honest[int(i)]), honest[int(i)])
            changed.update(touched)
            if rng.random() < 0.3:
                have = forced_again(plan, c, start, touched)
                changed = {i: _in_64_bits(have[i], honest[i]) for i in fresh}
        have = complete(c, changed)
        mine = set(broken(c, have))
        # Besides the lookup's name the core names the row that fails: the sum of all fractions is not zero.
        if any(broken_lookups(c, table, have) for table in range(len(c.tables))):
            mine.add(LOOKUP_SUM)
        given = dict(changed) | ({} if public else {i: tensors[i] for i in ports})
        theirs = set(proving.broken(said, given))
        found.compared += 1
        found.satisfied += not mine
        found.broken += bool(mine)
        if mine != theirs:
            found.differ.append(f"model: {sorted(mine)}; core: {sorted(theirs)}")
    return found


def _in_64_bits(cells: np.ndarray, honest: np.ndarray) -> np.ndarray:
    """The core takes int64."""
    inside = np.vectorize(lambda v: -(1 << 63) <= v < 1 << 63, otypes=[bool])(cells)
    return np.where(inside, cells, honest)
