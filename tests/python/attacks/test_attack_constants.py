"""Attacks by constants that a converter rounds: in float32 16777217 is 16777216, and 0.59 a neighbour that no == meets.

At import a constant is exact or refused. What quantisation does to it afterwards is in the report.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from onnx import TensorProto
from onnx_harness import ML, model, node

import affidavit as af
from affidavit.errors import UnsupportedModel
from affidavit.onnx import load
from affidavit.proving import integers

pytestmark = pytest.mark.core
FIRST = 2**24 + 1  # the first integer that float32 does not hold
X = np.repeat(np.array([[0.0], [1.0], [2.0], [3.0]]), 8, axis=0)
TYPES = {np.int64: TensorProto.INT64, np.float64: TensorProto.DOUBLE}


def add(value: Any, dtype: type) -> Any:
    constant = np.array([value], dtype=dtype)
    return model(
        [node("Add", ["x", "c"])], {"x": ["N", 1]}, {"y": TYPES[dtype]}, {"c": constant}, input_type=TYPES[dtype]
    )


@pytest.mark.parametrize(
    ("value", "dtype"),
    [(v, d) for d in TYPES for v in (FIRST, -FIRST, 2**31 - 1)] + [(v, np.float64) for v in (2**31 + 1, 2**53 - 1)],
)
def test_a_constant_that_float32_would_round_is_imported_exactly(value: int, dtype: type) -> None:
    graph = load(add(value, dtype).SerializeToString())
    assert [int(c) for a in graph.constants.values() for c in a.reshape(-1)] == [value]


@pytest.mark.parametrize("value", [0.59, 0.1, 1 / 3, 2.0**-60])
def test_a_double_is_imported_to_its_last_bit(value: float) -> None:
    graph = load(add(value, np.float64).SerializeToString())
    assert [c for a in graph.constants.values() for c in a.reshape(-1).tolist()] == [value]
    assert value != float(np.float32(value)) or value == 2.0**-60


@pytest.mark.parametrize("value", [2**31, -(2**31) - 1, 2**53 + 1, 2**63 - 1])
def test_an_integer_that_no_weight_holds_is_refused(value: int) -> None:
    with pytest.raises(UnsupportedModel, match="exactly"):
        af.compile(add(value, np.int64), calibration={"x": X.astype(np.int64)})


def test_an_integer_that_only_folding_reaches_is_refused() -> None:
    constants = {"k": np.array([2**53], np.int64), "one": np.array([1], np.int64)}
    nodes = [node("Add", ["k", "one"], ["c"]), node("Add", ["x", "c"], ["a"]), node("Sub", ["a", "k"])]
    proto = model(nodes, {"x": ["N", 1]}, {"y": TensorProto.INT64}, constants, input_type=TensorProto.INT64)
    with pytest.raises(UnsupportedModel, match="exactly"):
        af.compile(proto, calibration={"x": X.astype(np.int64)})


def test_labels_are_exact_to_the_output() -> None:
    nodes = [node("ArgMax", ["x"], ["i"], axis=1, keepdims=0), node("Gather", ["labels", "i"])]
    labels = np.array([FIRST, FIRST + 1, 2 * FIRST + 1], dtype=np.int64)
    proto = model(nodes, {"x": ["N", 3]}, {"y": TensorProto.INT64}, {"labels": labels})
    rows = np.eye(3, dtype=np.float32)
    owned = af.commit(af.compile(proto, calibration={"x": rows.repeat(8, 0)}), uses=1)
    bundle = af.prove(owned, {"x": rows}, reveal="y")
    assert af.verify(bundle, af.policy.Model(owned.card)).outputs["y"].tolist() == labels.tolist()


@pytest.mark.parametrize("dtype", [np.int64, np.float64])
def test_what_quantisation_rounds_the_report_says(dtype: type) -> None:
    """The sum x + 16777217 does not fit an activation: the report has the integer model's own error, row by row."""
    if dtype is np.int64:  # rounded whole numbers are another function, never a small error
        with pytest.raises(UnsupportedModel, match="100%") as refused:
            af.compile(add(FIRST, dtype), calibration={"x": X.astype(dtype)})
        assert refused.value.code == "integers"
        return
    compiled = af.compile(add(FIRST, dtype), calibration={"x": X.astype(dtype)})
    owned = af.commit(compiled, uses=1)
    port = owned.info.outputs[0]
    tensor = owned.program.run(integers(owned.card.plan, {"x": X}))[port.tensor]
    error = np.abs(np.ldexp(tensor.astype(np.float64), -port.scale).reshape(-1) - (X[:, 0] + FIRST))
    said = compiled.report.outputs[0]
    assert said.max_error == error.max() and said.median_error == np.median(error)
    assert compiled.report.max_error == error.max() / 3


TREE = {
    "nodes_treeids": [0, 0, 0],
    "nodes_nodeids": [0, 1, 2],
    "nodes_featureids": [0, 0, 0],
    "nodes_values": [0.59, 0.0, 0.0],
    "nodes_truenodeids": [1, 0, 0],
    "nodes_falsenodeids": [2, 0, 0],
    "target_treeids": [0, 0],
    "target_nodeids": [1, 2],
    "target_ids": [0, 0],
    "target_weights": [1.0, 2.0],
    "n_targets": 1,
}


@pytest.mark.parametrize("mode", ["BRANCH_EQ", "BRANCH_NEQ", "BRANCH_LT", "BRANCH_LEQ", "BRANCH_GT", "BRANCH_GTE"])
def test_forests_are_refused_whatever_they_compare(mode: str) -> None:
    """No comparison with a rounded 0.59 can be off where there is none: this version compiles no trees."""
    tree = node("TreeEnsembleRegressor", ["x"], domain=ML, nodes_modes=[mode, "LEAF", "LEAF"], **TREE)
    with pytest.raises(UnsupportedModel, match="TreeEnsembleRegressor"):
        af.compile(model([tree], {"x": ["N", 1]}), calibration={"x": X.astype(np.float32)})


@pytest.mark.parametrize("operator", ["Equal", "Less", "Greater", "LessOrEqual", "GreaterOrEqual"])
def test_comparisons_are_refused(operator: str) -> None:
    proto = model(
        [node(operator, ["x", "c"])],
        {"x": ["N", 1]},
        {"y": TensorProto.BOOL},
        {"c": np.array([0.59], np.float32)},
    )
    with pytest.raises(UnsupportedModel, match=operator):
        af.compile(proto, calibration={"x": X.astype(np.float32)})
