"""A prover who computes with a false witness: what the checked replay names, and what the verifier answers.

Input and output are public, so the lie is in the open: the proof says "this input gives that output", and it does not.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from graphs import GraphMaker

import affidavit as af
from affidavit import core
from affidavit.bundle.statement import (
    INFERENCE,
    NO_LAYOUT,
    PUBLIC,
    Context,
    InputClaim,
    OutputClaim,
    PublicOutput,
    Statement,
)
from affidavit.errors import AffidavitError
from affidavit.ir.graph import Graph
from affidavit.model import CompiledModel
from affidavit.plan import encode
from affidavit.plan import types as t
from affidavit.quantise import Options, compile_graph
from affidavit.witness.check import define

#: Tensor name -> its cells from the honest ones, all tensors by name.
Change = Callable[[np.ndarray, dict[str, np.ndarray]], np.ndarray]


@dataclass(frozen=True)
class Verdict:
    """Constraints that the real values break, and the verifier's error (None: accepted)."""

    broken: frozenset[str]
    error: str | None


class Subject:
    """A committed model of one graph."""

    def __init__(self, graph: Graph, calibration: np.ndarray, **options: Any) -> None:
        compiled = compile_graph(graph, {"x": calibration}, Options(**options))
        self.plan = compiled.plan
        self.model = af.commit(CompiledModel(encode(compiled.plan), compiled.weights), uses=1)
        self.ids = {tensor.name: i for i, tensor in enumerate(self.plan.tensors)}
        self.port = self.plan.outputs[0]

    def honest(self, rows: np.ndarray) -> dict[int, np.ndarray]:
        result: dict[int, np.ndarray] = self.model.program.run({"x": rows})
        return result

    def named(self, tensors: Mapping[int, np.ndarray]) -> dict[str, np.ndarray]:
        return {self.plan.tensors[i].name: a for i, a in tensors.items()}

    def false(self, rows: np.ndarray, changes: Mapping[str, Change]) -> dict[int, np.ndarray]:
        """The honest tensors with some Fresh ones changed; everything that is computed from them follows."""
        tensors = dict(self.honest(rows))
        honest = self.named(tensors)
        for name, change in changes.items():
            assert isinstance(self.plan.tensors[self.ids[name]].body, t.Fresh), name
            tensors[self.ids[name]] = np.asarray(change(honest[name].copy(), honest), dtype=np.int64)
        for i, tensor in enumerate(self.plan.tensors):
            if isinstance(tensor.body, t.Linear | t.Contract | t.View):
                tensors[i] = define(self.plan, tensor, tensors, len(rows))
        return tensors

    def judge(
        self, rows: np.ndarray, tensors: Mapping[int, np.ndarray], outputs: tuple[OutputClaim, ...] | None = None
    ) -> Verdict:
        """Replay and verify the proof that these tensors are the model's on these public rows."""
        shown = np.asarray(tensors[self.port.tensor], dtype=np.int64).reshape(-1)
        card = self.model.card
        statement = Statement(
            purpose=INFERENCE,
            plan=core.digest("plan", card.plan),
            layout=NO_LAYOUT,
            batch=len(rows),
            model=core.digest("commitment", card.commitment),
            input_commitment=None,
            inputs=(InputClaim(PUBLIC, rows.reshape(-1).astype(np.int64)),),
            outputs=outputs or (PublicOutput(0, shown),),
            context=Context(b"", "", 0),
        )
        try:
            layout = core.layout(card.plan, statement.encode(), card.commitment, None)["digest"]
            sealed = statement.with_layout(bytes.fromhex(layout)).encode()
            witness = {
                i: np.ascontiguousarray(a, dtype=np.int64) for i, a in tensors.items() if i not in self.model.given
            }
            proof = core.native().replay(card.plan, sealed, self.model.oracle, None, witness, bytes(32))
            broken = frozenset(proof.broken)
            core.verify(card.plan, sealed, card.commitment, None, bytes(proof.proof), 128.0)
        except AffidavitError as error:
            return Verdict(locals().get("broken", frozenset()), error.code)
        return Verdict(broken, None)

    def tamper(self, rows: np.ndarray, changes: Mapping[str, Change]) -> Verdict:
        return self.judge(rows, self.false(rows, changes))


def graph(shape: tuple[int, ...], *steps: Callable[[GraphMaker, str], str]) -> Graph:
    maker = GraphMaker(shape)
    return maker.graph(functools.reduce(lambda x, step: step(maker, x), steps, "x"))


def at(cell: tuple[int, ...], value: int | Callable[[int], int]) -> Change:
    """One cell replaced."""

    def change(cells: np.ndarray, _: dict[str, np.ndarray]) -> np.ndarray:
        cells[cell] = value(int(cells[cell])) if callable(value) else value
        return cells

    return change
