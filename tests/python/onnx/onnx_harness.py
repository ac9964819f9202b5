"""Build small ONNX models and hold the imported graph against ONNX Runtime."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import onnxruntime
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper

from affidavit.inputs import prepare_inputs
from affidavit.ir.evaluate import evaluate
from affidavit.ir.graph import Graph
from affidavit.onnx import load

ML = "ai.onnx.ml"
onnxruntime.set_default_logger_severity(4)


def node(op: str, inputs: Sequence[str], outputs: Sequence[str] = ("y",), domain: str = "", **attrs: Any) -> NodeProto:
    return helper.make_node(op, list(inputs), list(outputs), domain=domain, **attrs)


def model(
    nodes: Sequence[NodeProto],
    inputs: Mapping[str, Sequence[int | str | None]],
    outputs: Mapping[str, int] | Sequence[str] = ("y",),
    constants: Mapping[str, np.ndarray] | None = None,
    opset: int = 17,
    input_type: int = TensorProto.FLOAT,
    ml: int = 3,
) -> ModelProto:
    """``outputs`` maps names to element types; a plain list means float."""
    types = dict(outputs) if isinstance(outputs, Mapping) else dict.fromkeys(outputs, TensorProto.FLOAT)
    graph = helper.make_graph(
        list(nodes),
        "test",
        [helper.make_tensor_value_info(n, input_type, list(s)) for n, s in inputs.items()],
        [helper.make_tensor_value_info(n, t, None) for n, t in types.items()],
        [numpy_helper.from_array(np.asarray(a), n) for n, a in (constants or {}).items()],
    )
    opsets = [helper.make_opsetid("", opset), helper.make_opsetid(ML, ml)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=8)


def runtime(proto: ModelProto, feeds: Mapping[str, np.ndarray]) -> dict[str, Any]:
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(proto.SerializeToString(), options)
    return dict(zip([o.name for o in session.get_outputs()], session.run(None, dict(feeds)), strict=True))


def agree(
    proto: ModelProto, feeds: Mapping[str, np.ndarray], *, batch: bool | None = None, atol: float = 1e-5, **options: Any
) -> Graph:
    """Every output of the imported graph equals ONNX Runtime's, shape included; gives the graph."""
    graph = load(proto, **options)
    if batch is not None:
        assert graph.onnx_has_batch_axis is batch
    expected = runtime(proto, feeds)
    found = evaluate(graph, prepare_inputs(graph, feeds))
    assert found, "no output to compare"
    for name, array in found.items():
        if not graph.onnx_has_batch_axis:
            assert len(array) == 1
            array = array[0]
        assert array.shape == expected[name].shape, f"{name}: {array.shape} instead of {expected[name].shape}"
        np.testing.assert_allclose(array, expected[name], atol=atol, rtol=1e-4, err_msg=name)
    return graph
