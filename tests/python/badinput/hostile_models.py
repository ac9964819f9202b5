"""ONNX files that must be refused, with the exit code and a word of the message."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import onnx
from onnx import TensorProto
from onnx_harness import model, node

F32 = np.float32
W = np.eye(3, dtype=F32)


def _external(location: str) -> onnx.ModelProto:
    proto = model([node("MatMul", ["x", "w"])], {"x": ["N", 3]}, constants={"w": W})
    tensor = proto.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value=location)
    return proto


def _relu(shape: list[int | str]) -> onnx.ModelProto:
    return model([node("Relu", ["x"])], {"x": shape})


def _bytes(proto: onnx.ModelProto) -> bytes:
    return proto.SerializeToString()


def _cycle() -> onnx.ModelProto:
    nodes = [node("Add", ["x", "b"], ["a"]), node("Relu", ["a"], ["b"]), node("Relu", ["b"])]
    return model(nodes, {"x": ["N", 3]})


def _vendor() -> bytes:
    proto = model([node("Frobnicate", ["x"], domain="com.example")], {"x": ["N", 3]})
    proto.opset_import.append(onnx.helper.make_opsetid("com.example", 1))
    return _bytes(proto)


def _nested(depth: int) -> onnx.ModelProto:
    """If inside of If, ``depth`` levels deep."""
    graph = onnx.helper.make_graph([node("Identity", ["x"], ["y0"])], "g", [], [_out("y0")])
    for level in range(1, depth + 1):
        branch = node("If", ["c"], [f"y{level}"], then_branch=graph, else_branch=graph)
        graph = onnx.helper.make_graph([branch], "g", [], [_out(f"y{level}")])
    return model(
        [node("If", ["c"], ["y"], then_branch=graph, else_branch=graph)],
        {"x": ["N", 3]},
        constants={"c": np.array(True)},
    )


def _out(name: str) -> onnx.ValueInfoProto:
    return onnx.helper.make_tensor_value_info(name, TensorProto.FLOAT, None)


def _huge_initializer() -> bytes:
    """A tensor that announces 2^60 cells and holds twelve bytes."""
    proto = model([node("Add", ["x", "c"])], {"x": ["N", 3]}, constants={"c": np.zeros(3, dtype=F32)})
    del proto.graph.initializer[0].dims[:]
    proto.graph.initializer[0].dims.extend([2**30, 2**30])
    return _bytes(proto)


def _weights_of(value: float) -> bytes:
    weight = np.full((3, 2), value, dtype=F32)
    return _bytes(model([node("MatMul", ["x", "w"])], {"x": ["N", 3]}, constants={"w": weight}))


#: name -> (bytes of net.onnx, exit code, word of the message)
MODELS: dict[str, tuple[Callable[[], bytes], int, str]] = {
    "empty": (lambda: b"", 4, "empty"),
    "text": (lambda: b"this is no model\n" * 20, 4, "onnx"),
    "truncated": (lambda: _bytes(_external("w.bin"))[:60], 4, "onnx"),
    "cycle": (lambda: _bytes(_cycle()), 4, "cycle"),
    "undefined name": (lambda: _bytes(model([node("Relu", ["ghost"])], {"x": ["N", 3]})), 4, "ghost"),
    # ONNX says which operators its own domain has; a file with another one is broken
    "unknown operator of ONNX": (
        lambda: _bytes(model([node("Frobnicate", ["x"])], {"x": ["N", 3]})),
        4,
        "frobnicate",
    ),
    "unknown operator of a vendor": (_vendor, 6, "com.example.frobnicate"),
    "unsupported operator": (lambda: _bytes(model([node("Cos", ["x"])], {"x": ["N", 3]})), 6, "cos"),
    "control flow": (lambda: _bytes(_nested(3)), 6, "if"),
    "external data above": (lambda: _bytes(_external("../w.bin")), 4, "outside"),
    "external data absolute": (lambda: _bytes(_external("/etc/hostname")), 4, "outside"),
    "external data absent": (lambda: _bytes(_external("absent.bin")), 8, "absent.bin"),
    "huge axis": (lambda: _bytes(_relu(["N", 2**62])), 6, "cells"),
    "huge shape": (lambda: _bytes(_relu(["N", 2**20, 2**20])), 6, "cells"),
    "huge rank": (lambda: _bytes(_relu(["N", *[1] * 40])), 6, "axes"),
    "huge initializer": (_huge_initializer, 4, ""),
    "nan weights": (lambda: _weights_of(float("nan")), 6, "nan"),
    "infinite weights": (lambda: _weights_of(float("inf")), 6, "infinity"),
    "no inputs": (lambda: _bytes(model([node("Constant", [], value_float=1.0)], {})), 6, "input"),
    "integer input as text": (
        lambda: _bytes(
            model([node("Identity", ["x"])], {"x": ["N", 3]}, {"y": TensorProto.STRING}, input_type=TensorProto.STRING)
        ),
        6,
        "numbers",
    ),
}
