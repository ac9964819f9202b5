"""The plan means what spec 4 says, at the ends of every range and for every weight, and the core takes it."""

from __future__ import annotations

import numpy as np
import pytest
from graphs import GraphMaker, random_graph

from affidavit.errors import AffidavitError, InputError
from affidavit.ir.graph import Graph, Value
from affidavit.plan import encode
from affidavit.plan import types as t
from affidavit.quantise import Options, compile_graph
from affidavit.witness import WitnessProgram, broken_relations, dequantise_outputs, quantise_inputs


def accepted(plan: t.Plan) -> None:
    core = pytest.importorskip("affidavit._core")
    core.plan_check(encode(plan))


@pytest.mark.parametrize("seed", range(0, 60))
def test_every_declared_input_and_weight_has_a_witness(seed: int) -> None:
    graph, r = random_graph(seed), np.random.default_rng(seed)
    x = r.normal(size=(24, *graph.inputs[0].shape))
    c = compile_graph(graph, {"x": x}, Options(field=("koalabear", "goldilocks")[seed % 2]))
    port = c.plan.inputs[0]
    body = c.plan.tensors[port.tensor].body
    shape = (12, *port.shape)
    rows = np.concatenate(
        [
            np.full((1, *port.shape), body.lo),
            np.full((1, *port.shape), body.hi),
            np.zeros((1, *port.shape), dtype=np.int64),
            r.integers(body.lo, body.hi, size=shape, endpoint=True),
            r.choice([body.lo, body.hi, 0, 1, -1], size=shape),
        ]
    ).astype(np.int64)
    ends = {i: (c.plan.tensors[i].body.lo, c.plan.tensors[i].body.hi) for i in c.weights}
    for weights in (
        c.weights,
        {i: np.zeros_like(w) for i, w in c.weights.items()},
        {i: np.full(w.shape, ends[i][0]) for i, w in c.weights.items()},
        {i: np.where(r.random(w.shape) < 0.5, *ends[i]) for i, w in c.weights.items()},
    ):
        assert broken_relations(c.plan, WitnessProgram(c.plan, weights).run({"x": rows})) == []


def test_one_constant_added_to_two_inputs_with_scales_of_their_own() -> None:
    m = GraphMaker((2,))
    m.values["z"] = Value("z", (2,))
    shared, mix = m.const(np.array([0.5, 300.0])), m.const(np.array([[1.0, 0.5], [0.01, 0.02]]))
    outputs = [m.add("dense", m.add("add", name, shared), mix) for name in ("x", "z")]
    inputs = (m.values["x"], m.values["z"])
    graph = Graph("g", inputs, tuple(m.values[o] for o in outputs), tuple(m.nodes), m.constants, m.values)
    r = np.random.default_rng(0)
    rows = {"x": r.uniform(-1, 1, size=(64, 2)) * [1, 500], "z": r.uniform(-1, 1, size=(64, 2)) * [500, 1]}
    report = compile_graph(graph, rows, Options(field="goldilocks")).report
    assert report.max_error < 1e-2, "the second sum takes the first one's integers"


def select_graph(values: list[float]) -> Graph:
    m = GraphMaker(())
    return m.graph(m.add("select", "x", m.const(np.array(values)), integer=True))


def test_a_plan_that_compiles_is_a_plan_that_the_core_takes() -> None:
    m = GraphMaker(())
    chosen = m.add("select", "x", m.const(np.array([0.0, 6e8, 1.0])), integer=True)
    graph, rows = m.graph(m.add("clamp", chosen, lo=0.0, hi=1e6)), np.array([0.0, 1.0, 2.0] * 5)
    try:
        compiled = compile_graph(graph, {"x": rows}, Options(field="koalabear"))
    except AffidavitError:
        return  # named by the builder: right
    accepted(compiled.plan)


@pytest.mark.parametrize("index", [3, -1, 5])
def test_an_index_outside_of_the_list_is_refused_before_anything_is_computed(index: int) -> None:
    # Spec 9.5: a witness outside the enforced ranges can only come from inputs outside of the declared range.
    compiled = compile_graph(select_graph([5.0, 7.0, 9.0]), {"x": np.array([0.0, 1.0, 2.0] * 5)}, Options())
    try:
        integers = quantise_inputs(compiled.plan, {"x": np.array([float(index)])})
    except InputError:
        return
    tensors = WitnessProgram(compiled.plan, compiled.weights).run(integers)
    assert broken_relations(compiled.plan, tensors) == [], "an input inside its declared range has no witness"
    got = dequantise_outputs(compiled.plan, tensors)["v0"]
    assert index >= 0 and got.tolist() != [9.0], "an index beyond the list is answered with the last entry"


@pytest.mark.parametrize("value", [0.49999999999999994, -0.5000000000000001, 1.5, -2.5])
def test_inputs_round_half_up_exactly(value: float) -> None:
    m = GraphMaker(())
    compiled = compile_graph(m.graph(m.add("neg", "x")), {"x": np.array([1.0, -3.0, 2.0])}, Options())
    assert compiled.plan.inputs[0].scale == 0
    from fractions import Fraction
    from math import floor

    got = quantise_inputs(compiled.plan, {"x": np.array([value])})["x"].tolist()
    assert got == [floor(Fraction(value) + Fraction(1, 2))]
