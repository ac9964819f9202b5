"""An ONNX graph in the making: values with their shapes, operators in the form that the operator set asks for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from onnx import ModelProto, NodeProto, TensorProto, numpy_helper
from onnx_harness import model, node

F32 = np.float32


class Draft:
    """``shapes`` leave out the batch axis. Without ``batched`` a tensor is one sample and has no such axis."""

    def __init__(self, seed: int, *, batched: bool) -> None:
        self.rng = np.random.default_rng(seed)
        self.batched = batched
        self.opset = int(self.rng.integers(9, 22))
        self.shapes: dict[str, tuple[int, ...]] = {}
        self.inputs: list[str] = []
        self.nodes: list[NodeProto] = []
        self.constants: dict[str, np.ndarray] = {}
        self.operators: list[str] = []

    @property
    def lead(self) -> int:
        """Axes before those in ``shapes``."""
        return int(self.batched)

    def rank(self, value: str) -> int:
        return len(self.shapes[value]) + self.lead

    def input(self, name: str, shape: tuple[int, ...]) -> str:
        self.shapes[name] = shape
        self.inputs.append(name)
        return name

    def flip(self, share: float = 0.5) -> bool:
        return bool(self.rng.random() < share)

    def pick(self, choices: Sequence[Any]) -> Any:
        return choices[int(self.rng.integers(len(choices)))]

    def axis(self, value: str, inner: int) -> int:
        """The axis number of inner axis ``inner``; counted from the end now and then, where that is allowed."""
        axis = inner + self.lead
        return axis - self.rank(value) if self.opset >= 13 and self.flip() else axis

    def const(self, array: Any, *, node_share: float = 0.3) -> str:
        """A constant as an initializer, or (counted as an operator) as a Constant node."""
        array, name = np.asarray(array), f"c{len(self.constants) + len(self.nodes)}"
        if self.flip(node_share):
            self.nodes.append(node("Constant", [], [name], value=numpy_helper.from_array(array)))
            self.operators.append("Constant")
        else:
            self.constants[name] = array
        return name

    def ints(self, values: Sequence[int]) -> str:
        return self.const(np.array(values, dtype=np.int64))

    def normal(self, *shape: int, scale: float = 1.0) -> np.ndarray:
        return np.asarray(self.rng.normal(size=shape) * scale, dtype=F32)

    def add(self, op: str, inputs: Sequence[str], shape: tuple[int, ...], **attrs: Any) -> str:
        out = f"v{len(self.nodes)}"
        self.nodes.append(node(op, inputs, [out], **attrs))
        self.operators.append(op)
        self.shapes[out] = shape
        return out

    def proto(self, outputs: dict[str, int]) -> ModelProto:
        """The model; ``outputs`` maps values to element types."""
        lead = ["N"] if self.batched else []
        ports = {name: [*lead, *self.shapes[name]] for name in self.inputs}
        return model(self.nodes, ports, outputs, self.constants, self.opset, TensorProto.FLOAT)
