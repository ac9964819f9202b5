"""Random graphs of all core operators: sound witness, error as reported, same bytes every time."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from graphs import random_graph

from affidavit import ops
from affidavit.plan import decode, encode
from affidavit.quantise import Options, compile_graph
from affidavit.quantise.calibrate import calibrate
from affidavit.witness import WitnessProgram, broken_relations, dequantise_outputs, quantise_inputs

SEEDS = range(220)
ERRORS: dict[int, float] = {}


@pytest.mark.parametrize("seed", SEEDS)
def test_random_graph(seed: int) -> None:
    graph = random_graph(seed)
    x = np.random.default_rng(seed + 10**6).normal(size=(24, *graph.inputs[0].shape))
    field = (None, "koalabear", "goldilocks")[seed % 3]
    options = Options(name="random", field=field)
    compiled = compile_graph(graph, {"x": x}, options)
    assert decode(compiled.plan_bytes) == compiled.plan
    tensors = WitnessProgram(compiled.plan, compiled.weights).run(quantise_inputs(compiled.plan, {"x": x}))
    assert broken_relations(compiled.plan, tensors) == []
    got = dequantise_outputs(compiled.plan, tensors)
    want = calibrate(graph, {"x": x}, 10**6).values
    for output in compiled.report.outputs:
        error = np.abs(got[output.name] - want[output.name])
        assert error.max() == pytest.approx(output.max_error, abs=1e-12)
    if field != "koalabear":
        ERRORS[seed] = compiled.report.max_error
    if seed % 10 == 0:
        again = compile_graph(graph, {"x": x.copy()}, options)
        assert again.plan_bytes == compiled.plan_bytes == encode(compiled.plan)
        assert all(np.array_equal(again.weights[i], w) for i, w in compiled.weights.items())


def test_the_random_graphs_are_accurate_and_cover_every_operator() -> None:
    seen = Counter(node.op for seed in SEEDS for node in random_graph(seed).nodes)
    assert set(seen) == set(ops.names())
    if len(ERRORS) > 100:
        assert np.median(list(ERRORS.values())) < 1e-3
        assert max(ERRORS.values()) < 1e-2
