"""Particular points of the integer semantics: ties, zero, saturation, ranges, fields, refusals."""

from __future__ import annotations

import numpy as np
import pytest
from graphs import GraphMaker

from affidavit.errors import InputError, UnsupportedModel, UsageError
from affidavit.ir.graph import Graph, Value
from affidavit.plan import BoundsError
from affidavit.plan import types as t
from affidavit.quantise import Compiled, Options, compile_graph
from affidavit.quantise.scales import ceil_log2, quantise_array, signed_bits, weight_scale
from affidavit.witness import WitnessProgram, broken_relations, dequantise_outputs, quantise_inputs

FIELDS = ["koalabear", "goldilocks"]


def run(compiled: Compiled, x: np.ndarray) -> dict[str, np.ndarray]:
    """Outputs for new rows, with every relation checked."""
    tensors = WitnessProgram(compiled.plan, compiled.weights).run(quantise_inputs(compiled.plan, {"x": x}))
    assert broken_relations(compiled.plan, tensors) == []
    return dequantise_outputs(compiled.plan, tensors)


@pytest.mark.parametrize("field", FIELDS)
def test_argmax_ties_take_the_first_index(field: str) -> None:
    m = GraphMaker((4,))
    graph = m.graph(m.add("argmax", "x", integer=True))
    x = np.array([[1, 1, 0, 1], [0, 0, 0, 0], [-1, 2, 2, 2], [3, 1, 3, -3.0]])
    compiled = compile_graph(graph, {"x": x}, Options(field=field))
    assert run(compiled, x)["v0"].tolist() == [0, 0, 1, 0]
    assert compiled.report.outputs[0].top1_agreement == 1.0


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("classes", [2, 3, 300])
def test_argmax_and_labels(field: str, classes: int) -> None:
    m = GraphMaker((classes,))
    labels = np.random.default_rng(0).permutation(classes) + 5
    index = m.add("argmax", "x", integer=True)
    graph = m.graph(index, m.add("select", index, m.const(labels), integer=True))
    x = np.random.default_rng(1).integers(-20, 20, size=(30, classes)) / 4
    got = run(compile_graph(graph, {"x": x}, Options(field=field)), x)
    assert np.array_equal(got["v0"], x.argmax(axis=1))
    assert np.array_equal(got["v1"], labels[x.argmax(axis=1)])


@pytest.mark.parametrize("field", FIELDS)
def test_relu_and_softmax_at_zero_and_equality(field: str) -> None:
    m = GraphMaker((3,))
    graph = m.graph(m.add("clamp", "x", lo=0.0, hi=None), m.add("softmax", "x"))
    x = np.array([[0, 0, 0], [-1, 1, 1], [1, -1, 0], [-0.0, 0.5, -0.5]])
    got = run(compile_graph(graph, {"x": x}, Options(field=field)), x)
    assert np.array_equal(got["v0"], np.maximum(x, 0))
    assert len(set(got["v1"][0])) == 1 and abs(got["v1"][0, 0] - 1 / 3) < 2e-3
    assert got["v1"][1, 1] == got["v1"][1, 2]


@pytest.mark.parametrize("norm", ["l1", "l2", "max"])
def test_zero_rows_stay_zero(norm: str) -> None:
    m = GraphMaker((4,))
    graph = m.graph(m.add("normalize", "x", norm=norm))
    x = np.array([[0, 0, 0, 0], [1, -2, 0, 3], [0, 0, -4, 0], [0.001, 0, 0, 0]])
    got = run(compile_graph(graph, {"x": x}, Options(field="goldilocks")), x)["v0"]
    assert got[0].tolist() == [0, 0, 0, 0]
    assert got[2, 2] == -1.0


def test_inputs_beyond_the_declared_range_are_refused_and_activations_saturate() -> None:
    # The sum of 256 equal features is far beyond what the calibration saw of alternating ones: it saturates.
    m = GraphMaker((256,))
    signs = np.tile([1.0, -1.0], 128)
    graph = m.graph(m.add("dense", "x", m.const(np.ones((256, 1)))))
    x = np.random.default_rng(0).normal(size=(50, 1)) * signs
    x[:, 0] += 0.5
    compiled = compile_graph(graph, {"x": x}, Options(field="goldilocks", activation_bits=8))
    assert compiled.report.saturated == 0
    extreme = run(compiled, np.full((1, 256), 2.0))["v0"][0, 0]
    assert extreme < 256
    with pytest.raises(InputError, match="declared range"):
        quantise_inputs(compiled.plan, {"x": np.full((1, 256), 100.0)})


def test_saturation_on_calibration_is_counted() -> None:
    # exp saturates beyond the table only outside calibration; a Clip is the operator's own bound and not counted.
    m = GraphMaker((2,))
    graph = m.graph(m.add("clamp", "x", lo=-0.1, hi=0.1))
    compiled = compile_graph(graph, {"x": np.random.default_rng(0).normal(size=(50, 2))})
    assert compiled.report.saturated == 0
    assert any(isinstance(x.body, t.Fresh) and isinstance(x.body.hint, t.Above) for x in compiled.plan.tensors)


def features() -> np.ndarray:
    r = np.random.default_rng(0)
    return np.stack([r.integers(18, 75, 200), r.lognormal(7, 1, 200), r.integers(0, 2, 200), r.random(200) * 0.01], 1)


@pytest.mark.parametrize("scaler", [True, False])
def test_features_of_very_different_magnitude(scaler: bool) -> None:
    x = features()
    mean, std, w = x.mean(0), x.std(0), np.array([[0.7], [-1.1], [0.4], [0.9]])
    m = GraphMaker((4,))
    if scaler:
        scaled = m.add("mul", m.add("sub", "x", m.const(mean)), m.const(1 / std))
        out = m.add("dense", scaled, m.const(w))
    else:
        out = m.add("dense", "x", m.const(w / std[:, None]), m.const(-(mean / std) @ w))
    compiled = compile_graph(m.graph(out), {"x": x})
    assert compiled.report.max_error < 1e-3
    run(compiled, x[:5])


def test_field_choice_and_refusal() -> None:
    m = GraphMaker((8,))
    r = np.random.default_rng(0)
    graph = m.graph(m.add("dense", "x", m.const(r.normal(size=(8, 3)))))
    x = {"x": r.normal(size=(64, 8))}
    loose = compile_graph(graph, x, Options(fidelity=0.05))
    assert loose.report.field == "koalabear"
    strict = compile_graph(graph, x, Options(fidelity=2e-4))
    assert strict.report.field == "goldilocks"
    assert strict.report.rejected and strict.report.max_error < 2e-4
    m = GraphMaker((60000,))
    wide = m.graph(m.add("dense", "x", m.const(np.ones((60000, 1)))))
    with pytest.raises(BoundsError, match="dense0"):
        compile_graph(wide, {"x": r.normal(size=(4, 60000))}, Options(field="koalabear", activation_bits=14))


def test_learned_numbers_are_not_in_the_plan() -> None:
    r = np.random.default_rng(5)
    x = {"x": r.normal(size=(32, 4))}
    w, b = r.normal(size=(4, 3)), r.normal(size=3)
    nudge = w * (1 + r.random(w.shape) * 1e-4)

    def plan_of(weight: np.ndarray) -> bytes:
        maker = GraphMaker((4,))
        hidden = maker.add("clamp", maker.add("dense", "x", maker.const(weight), maker.const(b)), lo=0.0, hi=None)
        return compile_graph(maker.graph(hidden), x, Options(field="goldilocks")).plan_bytes

    assert plan_of(w) == plan_of(nudge)


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("size", [1, 2, 3, 4, 5])
def test_an_input_selects_inside_its_list_and_nowhere_else(field: str, size: int) -> None:
    m, labels = GraphMaker((2,)), np.arange(10, 10 + size) * 3
    graph = m.graph(m.add("select", m.add("reshape", "x", shape=(2, 1)), m.const(labels), integer=True))
    rows = np.arange(12).reshape(6, 2) % size
    compiled = compile_graph(graph, {"x": rows}, Options(field=field))
    every = np.repeat(np.arange(size), 2).reshape(-1, 2)
    assert run(compiled, every)["v1"].reshape(-1, 2).tolist() == labels[every].tolist()
    for bad in (-1, size, size + 5):
        with pytest.raises(InputError):
            run(compiled, np.array([[0, bad]]))
    with pytest.raises(InputError, match="list"):
        compile_graph(graph, {"x": rows + size}, Options(field=field))


@pytest.mark.parametrize("size", [3, 4])
def test_a_computed_index_takes_the_entry_at_the_nearer_end(size: int) -> None:
    m, labels = GraphMaker((2,)), np.array([5, 7, 11, 13])[:size]
    twice = m.add("add", m.add("slice", "x", starts=[0], steps=[1], shape=[1]), m.const(np.array([1.0])))
    graph = m.graph(m.add("select", twice, m.const(labels), integer=True))
    compiled = compile_graph(graph, {"x": np.array([[0.0, 9.0], [1.0, -9.0], [-1.0, 3.0]])}, Options())
    got = run(compiled, np.array([[-9.0, 0], [-1, 0], [0, 0], [1, 0], [9, 0]]))
    assert got[graph.outputs[0].name].ravel().tolist() == [5, 5, 7, 11, labels[-1]]


def test_fractions_are_no_labels() -> None:
    m = GraphMaker((3,))
    graph = m.graph(m.add("select", m.add("argmax", "x", integer=True), m.const(np.array([0.5, 1.0, 2.0]))))
    with pytest.raises(UnsupportedModel, match="whole numbers"):
        compile_graph(graph, {"x": np.eye(3)})


def test_one_constant_multiplied_with_and_without_scales_of_features() -> None:
    # The first product takes each feature's power of two into the constant, the second has one scale for all features.
    m = GraphMaker((3, 2))
    m.values["z"] = Value("z", (2,))
    shared = m.const(np.array([[0.5, 3.0], [0.25, 2.0], [1.5, 1.0]]))
    outputs = [m.add("sum", m.add("mul", name, shared), axes=[0]) for name in ("x", "z")]
    inputs = (m.values["x"], m.values["z"])
    graph = Graph("g", inputs, tuple(m.values[o] for o in outputs), tuple(m.nodes), m.constants, m.values)
    r = np.random.default_rng(0)
    rows = {name: r.uniform(-1, 1, size=(64, *m.values[name].shape)) * [1, 500] for name in ("x", "z")}
    assert compile_graph(graph, rows, Options(field="goldilocks")).report.max_error < 1e-2


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize(("lo", "hi"), [(None, 0.0), (None, -1.0), (0.0, None)])
def test_a_bound_beyond_everything_its_argument_can_be(field: str, lo: float | None, hi: float | None) -> None:
    m = GraphMaker((3,))
    one_sided = m.add("clamp", "x", lo=0.0 if lo is None else None, hi=None if lo is None else -0.5)
    graph = m.graph(m.add("clamp", one_sided, lo=lo, hi=hi))
    x = np.linspace(-1, 1, 24).reshape(8, 3)
    assert np.all(run(compile_graph(graph, {"x": x}, Options(field=field)), x)["v1"] == (hi if lo is None else lo))


def test_options_are_checked() -> None:
    for bad in ({"field": "bn254"}, {"fidelity": 0.0}, {"weight_bits": 9}, {"activation_bits": 11}, {"max_rows": 0}):
        with pytest.raises(UsageError):
            Options(**bad)


def test_calibration_is_checked() -> None:
    m = GraphMaker((2,))
    graph = m.graph(m.add("neg", "x"))
    for bad in ({}, {"x": np.zeros((0, 2))}, {"x": np.zeros((3, 3))}, {"x": np.array([[np.nan, 0.0]])}):
        with pytest.raises(InputError):
            compile_graph(graph, bad)


def test_scales() -> None:
    assert [ceil_log2(v) for v in (0.0, 0.5, 1.0, 1.0 + 1e-12, 1.1, 2.0, 3.0)] == [0, -1, 0, 0, 1, 1, 2]
    assert quantise_array(np.array([0.5, -0.5, 0.25, -0.75]), 1).tolist() == [1, -1, 1, -1]
    for peak in (1.0, 0.99999, 1.5, 3e-7, 1234.5):
        values = np.array([peak, -peak, peak / np.pi])
        integers = quantise_array(values, weight_scale(values, 12))
        assert signed_bits(integers, (8, 10, 12, 14, 16)) <= 12
        assert np.abs(integers).max() >= 2**10 - 1 or np.array_equal(values, np.floor(values))
