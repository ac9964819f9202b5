"""The independent check notices any single wrong cell."""

from __future__ import annotations

import numpy as np
import pytest
from graphs import random_graph

from affidavit.plan import types as t
from affidavit.quantise import Options, compile_graph
from affidavit.witness import WitnessProgram, broken_relations, quantise_inputs


@pytest.mark.parametrize("seed", range(2000, 2030))
def test_every_wrong_cell_breaks_a_relation(seed: int) -> None:
    graph = random_graph(seed)
    x = np.random.default_rng(seed).normal(size=(16, *graph.inputs[0].shape))
    compiled = compile_graph(graph, {"x": x}, Options(field="goldilocks"))
    plan = compiled.plan
    honest = WitnessProgram(plan, compiled.weights).run(quantise_inputs(plan, {"x": x[:2]}))
    assert broken_relations(plan, honest) == []
    committed = {i: a for i, a in honest.items() if isinstance(plan.tensors[i].body, t.Model | t.Input | t.Fresh)}
    r = np.random.default_rng(seed)
    for index, array in committed.items():
        if not isinstance(plan.tensors[index].body, t.Fresh):
            continue
        for change in (1, -1, 1 << 20):
            wrong = array.copy()
            cell = tuple(int(r.integers(n)) for n in array.shape)
            wrong[cell] += change
            assert broken_relations(plan, committed | {index: wrong}), plan.tensors[index].name


def test_wrong_virtual_value_is_named() -> None:
    graph = random_graph(3)
    x = np.random.default_rng(3).normal(size=(16, *graph.inputs[0].shape))
    compiled = compile_graph(graph, {"x": x})
    tensors = WitnessProgram(compiled.plan, compiled.weights).run(quantise_inputs(compiled.plan, {"x": x[:2]}))
    index = next(i for i, y in enumerate(compiled.plan.tensors) if isinstance(y.body, t.Linear | t.Contract | t.View))
    tensors[index] = tensors[index] + 1
    assert broken_relations(compiled.plan, tensors) == [f"value {compiled.plan.tensors[index].name}"]
