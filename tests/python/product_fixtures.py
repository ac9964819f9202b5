"""Small models and a complete proven case, shared by the tests of files, policies and the command line."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

import affidavit as af
from affidavit.keys import keygen


def tiny_onnx(seed: int = 0) -> onnx.ModelProto:
    """x[B,3] -> Gemm -> Relu -> Gemm -> score[B,2]."""
    rng = np.random.default_rng(seed)
    shapes = {"w1": (3, 4), "b1": (4,), "w2": (4, 2), "b2": (2,)}
    weights = [numpy_helper.from_array(rng.normal(0, 0.5, s).astype(np.float32), n) for n, s in shapes.items()]
    nodes = [
        helper.make_node("Gemm", ["x", "w1", "b1"], ["h"]),
        helper.make_node("Relu", ["h"], ["r"]),
        helper.make_node("Gemm", ["r", "w2", "b2"], ["score"]),
    ]
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["B", 3])],
        [helper.make_tensor_value_info("score", TensorProto.FLOAT, ["B", 2])],
        weights,
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)


def samples(rows: int = 64, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).uniform(-1, 1, (rows, 3)).astype(np.float32)


@dataclass
class Case:
    """A saved model, a signed input, and a bundle that answers ``predicate`` with true."""

    folder: Path
    model: Any
    card: Path
    inputs: np.ndarray
    committed: Any
    value: float
    predicate: Any
    bundle: Any

    @property
    def issuer(self) -> Path:
        return self.folder / "issuer.pub.pem"

    def policy(self, **changes: Any) -> Any:
        options: dict[str, Any] = {"issuer": self.issuer} | changes
        return af.policy.Model(options.pop("card", self.card), **options)


def score(model: Any, inputs: np.ndarray) -> np.ndarray:
    """The integer model's outputs as reals [B, 2]."""
    from affidavit.proving import integers

    port = model.info.outputs[0]
    tensors = model.program.run(integers(model.card.plan, {"x": inputs}))
    return np.ldexp(tensors[port.tensor].reshape(len(inputs), -1).astype(np.float64), -port.scale)


def make_case(folder: Path, uses: int = 4) -> Case:
    model = af.commit(af.compile(tiny_onnx(), calibration={"x": samples()}), uses=uses)
    _, card = model.save(folder / "net")
    keygen(folder / "issuer")
    inputs = samples(1, seed=2)
    committed = af.commit_input({"x": inputs}, card, key=folder / "issuer.pem", records="anna")
    committed.save(folder / "record")
    value = float(score(model, inputs)[0, 1])
    predicate = af.at_least("score[1]", f"{value - 0.1:.3f}")
    bundle = af.prove(model, input=committed, predicate=predicate, policy_id="p", time=1_000_000)
    bundle.save(folder / "decision.affidavit")
    return Case(folder, model, card, inputs, committed, value, predicate, bundle)
