"""Pairs of secrets that one statement must not tell apart, written for the core's test ``hiding::corpus``.

A case is a folder: ``plan``, ``statement`` (its digests are filled in by the core), ``class0`` and ``class1`` (every
tensor of the plan as 64-bit words: id, length, cells) and ``leaks``, the provers to sample next.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import affidavit
from affidavit.bundle.statement import COMMITTED, INFERENCE, NO_LAYOUT, UNBOUND, AtLeast, InputClaim, Statement
from affidavit.core import PlanInfo
from affidavit.data import german_credit
from affidavit.demo.training import train
from affidavit.plan import decode
from affidavit.plan import types as t
from affidavit.witness import WitnessProgram, broken_relations
from affidavit.witness.ports import quantise_inputs

HONEST = "None"
PLANTED = ("ClearScalar", "SharedPad", "HalfPads", "MaskCells", "SaltBit")
PAST_BUDGET = "PastBudget"


@dataclass(frozen=True)
class Model:
    """A compiled model with its prepared plan."""

    plan: bytes
    info: PlanInfo
    parsed: t.Plan
    weights: dict[int, np.ndarray]

    @staticmethod
    def of(compiled: affidavit.CompiledModel) -> Model:
        return Model(compiled.plan, compiled.info, decode(compiled.plan), dict(compiled.weights))

    def tensors(self, row: np.ndarray, weights: dict[int, np.ndarray] | None = None) -> dict[int, np.ndarray]:
        """All tensors of one inference; an honest witness."""
        chosen = self.weights if weights is None else weights
        tensors = WitnessProgram(self.parsed, chosen).run({self.info.inputs[0].name: row})
        assert not broken_relations(self.parsed, tensors)
        return tensors

    def bounds(self) -> tuple[np.ndarray, np.ndarray]:
        """The least and the greatest input that the plan allows."""
        port = self.info.inputs[0]
        lo, hi = port.lo, port.hi
        for relation in self.parsed.relations:
            if isinstance(relation, t.Range) and relation.tensor == port.tensor:
                lo, hi = max(lo, relation.lo), min(hi, relation.lo + (1 << relation.bits) - 1)
        shape = (1, *port.shape)
        return np.full(shape, lo, np.int64), np.full(shape, hi, np.int64)

    def score(self, tensors: dict[int, np.ndarray]) -> int:
        """The cell of the last output that the statements ask about."""
        return int(np.asarray(tensors[self.info.outputs[-1].tensor]).reshape(-1)[-1])


def credit() -> tuple[Model, np.ndarray]:
    """The demonstration's model and its applicants as integers."""
    table = german_credit.load()
    trained = train(table)
    compiled = affidavit.compile(trained.model, table.features[trained.train].astype(np.float32))
    model = Model.of(compiled)
    name = model.info.inputs[0].name
    rows = quantise_inputs(model.parsed, {name: table.features[trained.train]})[name]
    return model, rows


def small() -> Model:
    """Four inputs, three hidden units."""
    from sklearn.neural_network import MLPClassifier

    rng = np.random.default_rng(1)
    data = rng.normal(0, 1, (200, 4))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        net = MLPClassifier((3,), max_iter=50, random_state=0).fit(data, data.sum(axis=1) > 0)
    return Model.of(affidavit.compile(net, data.astype(np.float32)))


def write(
    folder: Path,
    model: Model,
    classes: tuple[dict[int, np.ndarray], dict[int, np.ndarray]],
    kind: int,
    leaks: tuple[str, ...],
) -> None:
    """One case; the statement asks whether the score reaches the lower of the two, which both do."""
    info, output = model.info, len(model.info.outputs) - 1
    cell = info.outputs[output].cells - 1
    threshold = min(model.score(c) for c in classes)
    claim = AtLeast(output, cell, threshold, info.outputs[output].scale, np.ones(1, np.bool_))
    inputs = tuple(InputClaim(kind) for _ in info.inputs)
    statement = Statement(INFERENCE, info.digest, NO_LAYOUT, 1, bytes(32), None, inputs, (claim,))
    folder.mkdir(parents=True)
    (folder / "plan").write_bytes(model.plan)
    # The core adds the input commitment, which differs from sample to sample.
    (folder / "statement").write_bytes(statement.encode())
    for name, tensors in zip(("class0", "class1"), classes, strict=True):
        words = [np.concatenate([[i, a.size], np.asarray(a).reshape(-1)]) for i, a in sorted(tensors.items())]
        (folder / name).write_bytes(np.concatenate(words).astype("<i8").tobytes())
    # run.py makes ``leaks`` of it: honest provers and leaking ones are sampled apart
    (folder / "all-leaks").write_text("\n".join(leaks))
    (folder / "leaks").touch()


def write_all(folder: Path) -> None:
    """Every case."""
    model, rows = credit()
    low, high = model.bounds()
    write(folder / "credit-inputs", model, (model.tensors(low), model.tensors(high)), COMMITTED, (HONEST,))
    scores = [model.score(model.tensors(row[None])) for row in rows[:300]]
    ends = (rows[int(np.argmin(scores))][None], rows[int(np.argmax(scores))][None])
    outputs = (model.tensors(ends[0]), model.tensors(ends[1]))
    write(folder / "credit-outputs", model, outputs, UNBOUND, (HONEST,))
    zero = {i: np.zeros_like(w) for i, w in model.weights.items()}
    weights = (model.tensors(rows[:1]), model.tensors(rows[:1], zero))
    write(folder / "credit-weights", model, weights, UNBOUND, (HONEST, PAST_BUDGET))
    tiny = small()
    low, high = tiny.bounds()
    leaks = (HONEST, *PLANTED)
    write(folder / "small-inputs", tiny, (tiny.tensors(low), tiny.tensors(high)), COMMITTED, leaks)
