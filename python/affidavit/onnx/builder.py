"""Collects core nodes, values and constants under unique names while a graph is translated."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np

from affidavit.ir.graph import Graph, Node
from affidavit.ir.graph import Value as GraphValue

from .limits import MAX_AXIS, MAX_CELLS, MAX_INTEGER_BITS, MAX_RANK
from .refusal import Refuse
from .values import Tensor


def check_shape(shape: tuple[int, ...]) -> None:
    """Refuse shapes that no plan can hold."""
    if len(shape) > MAX_RANK:
        raise Refuse(f"a tensor with {len(shape)} axes besides the batch ({MAX_RANK} at most)")
    if any(d < 1 for d in shape):
        raise Refuse(f"an empty tensor of shape {list(shape)}")
    if any(d > MAX_AXIS for d in shape) or math.prod(shape) > MAX_CELLS:
        raise Refuse(f"a tensor of shape {list(shape)}, beyond {MAX_CELLS} cells")


class Builder:
    """Mutable draft of a :class:`Graph`."""

    def __init__(self, reserved: set[str]) -> None:
        self._taken = set(reserved)
        self.nodes: list[Node] = []
        self.tensors: dict[str, Tensor] = {}
        self.constants: dict[str, np.ndarray] = {}
        #: Cells that constant folding made beyond what it read.
        self.folded_cells = 0

    def fresh_name(self, stem: str) -> str:
        """A name that nothing in the ONNX graph and nothing built so far has."""
        name, i = stem, 1
        while name in self._taken:
            i += 1
            name = f"{stem}.{i}"
        self._taken.add(name)
        return name

    def input(self, tensor: Tensor) -> Tensor:
        """Declare a graph input."""
        check_shape(tensor.shape)
        self.tensors[tensor.name] = tensor
        return tensor

    def constant(self, array: np.ndarray, stem: str) -> str:
        """Store data as float64; refuses NaN, infinities and integers that a weight cannot hold exactly."""
        if array.dtype.kind not in "fiub":
            raise Refuse(f"the constant '{stem}' is no number")
        if array.dtype.kind in "iu" and array.size:
            biggest = max(abs(int(array.max())), abs(int(array.min())))
            if biggest >= 2**MAX_INTEGER_BITS:
                raise Refuse(
                    f"the integer constant '{stem}' reaches {biggest}, which the integer model cannot hold exactly",
                    f"keep integers used as data below 2^{MAX_INTEGER_BITS}",
                )
        data = array.astype(np.float64)
        if not np.isfinite(data).all():
            raise Refuse(f"the constant '{stem}' holds NaN or infinity", "train or export the model again")
        check_shape(data.shape)
        name = self.fresh_name(stem)
        self.constants[name] = data
        return name

    def emit(self, op: str, inputs: tuple[str, ...], result: Tensor, attrs: dict[str, Any], origin: str) -> Tensor:
        """Append a node; ``result.name`` is a stem that is made unique."""
        check_shape(result.shape)
        result = replace(result, name=self.fresh_name(result.name))
        self.nodes.append(Node(op, result.name, inputs, result.name, attrs, origin))
        self.tensors[result.name] = result
        return result

    def rename(self, old: str, new: str) -> Tensor:
        """Give the value ``old`` (no graph input) the ONNX name ``new``, wherever it is used."""
        self.nodes = [_renamed(n, old, new) if old in (*n.inputs, n.output) else n for n in self.nodes]
        tensor = replace(self.tensors.pop(old), name=new)
        self.tensors[new] = tensor
        return tensor

    def build(
        self, name: str, inputs: list[Tensor], outputs: list[Tensor], has_batch: bool, dropped: dict[str, str]
    ) -> Graph:
        """The finished graph."""
        values = {t.name: GraphValue(t.name, t.shape, t.integer) for t in self.tensors.values()}
        return Graph(
            name=name,
            inputs=tuple(values[t.name] for t in inputs),
            outputs=tuple(values[t.name] for t in outputs),
            nodes=tuple(self.nodes),
            constants=dict(self.constants),
            values=values,
            onnx_has_batch_axis=has_batch,
            dropped=dropped,
        )


def _renamed(node: Node, old: str, new: str) -> Node:
    inputs = tuple(new if i == old else i for i in node.inputs)
    if node.output == old:
        return replace(node, name=new, inputs=inputs, output=new)
    return replace(node, inputs=inputs)
