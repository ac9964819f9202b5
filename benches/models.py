"""The benchmark models, and inputs to prove them on."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from affidavit.data import german_credit
from affidavit.demo.training import export, train


def credit(folder: Path, rows: int) -> None:
    """The demonstration's perceptron (64, 32) on one applicant, or on all."""
    table = german_credit.load()
    trained = train(table)
    export(trained, table.features[trained.train], folder / "model.onnx")
    np.savez(folder / "calibration.npz", X=table.features[trained.train].astype(np.float32))
    np.savez(folder / "input.npz", X=table.features[:rows].astype(np.float32))


def deep(folder: Path, layers: int = 14, width: int = 512) -> None:
    """A perceptron of 14 layers and 3.4 M parameters with He-initialised weights."""
    rng = np.random.default_rng(0)
    sizes = [*[width] * layers, 10]
    weights: list[onnx.TensorProto] = []
    nodes: list[onnx.NodeProto] = []
    name = "x"
    for i, (m, n) in enumerate(pairwise(sizes)):
        matrix = rng.normal(0, np.sqrt(2 / m), (m, n)).astype(np.float32)
        weights += [numpy_helper.from_array(matrix, f"w{i}"), numpy_helper.from_array(np.zeros(n, np.float32), f"b{i}")]
        last = i == layers - 1
        nodes.append(helper.make_node("Gemm", [name, f"w{i}", f"b{i}"], ["y" if last else f"h{i}"]))
        if not last:
            nodes.append(helper.make_node("Relu", [f"h{i}"], [f"r{i}"]))
        name = f"r{i}"
    graph = helper.make_graph(
        nodes,
        "deep",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["B", sizes[0]])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["B", sizes[-1]])],
        weights,
    )
    onnx.save(
        helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9), folder / "model.onnx"
    )
    samples = rng.normal(0, 1, (256, sizes[0])).astype(np.float32)
    np.savez(folder / "calibration.npz", x=samples)
    np.savez(folder / "input.npz", x=samples[:1])


MODELS: dict[str, Callable[[Path], None]] = {
    "credit": lambda folder: credit(folder, 1),
    "credit-1000": lambda folder: credit(folder, 1000),
    "deep-mlp": deep,
}
