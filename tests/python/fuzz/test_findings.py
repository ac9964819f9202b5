"""What fuzzing has found, each as a model or file of its own."""

from __future__ import annotations

import numpy as np
import pytest
from onnx import ModelProto, TensorProto, helper

from affidavit.errors import Malformed, UnsupportedModel
from affidavit.onnx import load


def model(*nodes: object, **constants: np.ndarray) -> ModelProto:
    graph = helper.make_graph(
        list(nodes),
        "found",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["B", 3])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        [helper.make_tensor(n, TensorProto.FLOAT, a.shape, a.ravel()) for n, a in constants.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)


def test_an_attribute_that_refers_to_none_is_refused() -> None:
    node = helper.make_node("LeakyRelu", ["x"], ["y"], alpha=0.5)
    load(model(node).SerializeToString())
    node.attribute[0].ref_attr_name = "slope"
    with pytest.raises(Malformed, match=r"alpha.*refers to an attribute"):
        load(model(node).SerializeToString())


@pytest.mark.parametrize("index", [float("nan"), float("inf"), 0.5])
@pytest.mark.parametrize("op", ["Gather", "Squeeze"])
def test_indices_that_are_no_integers_are_refused(op: str, index: float) -> None:
    """NaN raised ValueError, infinity OverflowError; 0.5 was rounded without a word."""
    node = helper.make_node(op, ["x", "i"], ["y"], **({"axis": 1} if op == "Gather" else {}))
    with pytest.raises(UnsupportedModel, match="no integers"):
        load(model(node, i=np.array([index], dtype=np.float32)).SerializeToString())


def test_folded_indices_that_are_no_integers_are_refused() -> None:
    gather = helper.make_node("Gather", ["c", "i"], ["picked"], axis=0)
    add = helper.make_node("Add", ["x", "picked"], ["y"])
    constants = {"c": np.arange(3, dtype=np.float32), "i": np.array([0.5], dtype=np.float32)}
    with pytest.raises(UnsupportedModel, match="no integers"):
        load(model(gather, add, **constants).SerializeToString())
