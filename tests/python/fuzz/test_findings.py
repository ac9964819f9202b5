"""What fuzzing has found, each as a model or file of its own."""

from __future__ import annotations

import numpy as np
import pytest
from onnx import ModelProto, TensorProto, helper

from affidavit.errors import Malformed
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
