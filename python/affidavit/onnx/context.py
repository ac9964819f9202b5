"""What a translator sees of its node: inputs, attributes, the batch axis, and a way to emit core operators."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from .builder import Builder
from .model import OnnxNode
from .refusal import Refuse, TouchesBatch
from .values import BATCH, FLOAT, INT, Tensor, Value


class Context:
    """One node under translation.

    ``lead`` is 1 if ONNX tensors carry the batch as leading axis, else 0; an ONNX tensor has ``lead + len(shape)``
    axes. ``batch`` is that axis' declared size, None if it is symbolic (or if there is none).
    """

    def __init__(
        self, builder: Builder, node: OnnxNode, inputs: Sequence[Value | None], lead: int, batch: int | None
    ) -> None:
        self.builder, self.node, self.inputs, self.lead, self.batch = builder, node, tuple(inputs), lead, batch
        self.version = node.version

    # -- inputs and attributes ----------------------------------------------------------------------------------
    def attr(self, name: str, default: Any = None) -> Any:
        """An attribute, or its ONNX default."""
        return self.node.attrs.get(name, default)

    def value(self, index: int) -> Value | None:
        """Input ``index``; None if it is left out."""
        return self.inputs[index] if index < len(self.inputs) else None

    def tensor(self, index: int, *, batch_last: bool = False) -> Tensor:
        """An input that has to be an activation."""
        value = self.value(index)
        if isinstance(value, Tensor):
            if value.batch_last and not batch_last:
                raise TouchesBatch(self.node.op)
            return value
        if isinstance(value, np.ndarray):
            raise Refuse(f"input {index} has to be computed from the model's inputs, it is constant")
        raise Refuse(f"input {index} is missing")

    def constant(self, index: int, what: str) -> np.ndarray:
        """An input that has to be known at compile time."""
        value = self.optional(index, what)
        if value is None:
            raise Refuse(f"{what} (input {index}) is missing")
        return value

    def optional(self, index: int, what: str) -> np.ndarray | None:
        """Like :meth:`constant`, None if it is left out."""
        value = self.value(index)
        if value is None or isinstance(value, np.ndarray):
            return value
        raise Refuse(
            f"{what} (input {index}) depends on the model's inputs", "export the model with constant parameters"
        )

    def integers(self, name: str, index: int, what: str) -> list[int] | None:
        """A list given as attribute (older operator sets) or as constant input (newer ones); None if left out."""
        if name in self.node.attrs:
            value = self.node.attrs[name]
            return [int(v) for v in (value if isinstance(value, list) else [value])]
        array = self.optional(index, what)
        if array is None:
            return None
        return self.whole(array, what)

    def whole(self, array: np.ndarray, what: str) -> list[int]:
        """The cells of a constant that ONNX wants to be integers; others would be rounded without a word."""
        if array.dtype == object:
            raise TouchesBatch(self.node.op)
        if array.dtype.kind not in "iu":
            raise Refuse(f"{what} are no integers")
        return [int(v) for v in array.ravel()]

    def input_name(self, index: int) -> str:
        """ONNX name of an input: a stem for constants derived from it."""
        return self.node.inputs[index]

    # -- axes ---------------------------------------------------------------------------------------------------
    def rank(self, tensor: Tensor) -> int:
        """Number of axes that ONNX sees."""
        return len(tensor.shape) + self.lead

    def axis(self, axis: int, rank: int) -> int:
        """An ONNX axis of a tensor with ``rank`` ONNX axes, as axis without the batch."""
        if not -rank <= axis < rank:
            raise Refuse(f"axis {axis} does not exist in a tensor with {rank} axes")
        axis = axis % rank - self.lead
        if axis < 0:
            raise TouchesBatch(self.node.op)
        return axis

    def onnx_shape(self, tensor: Tensor) -> np.ndarray:
        """The tensor's ONNX shape as constant; holds :data:`BATCH` where the batch size is unknown."""
        if not self.lead:
            return np.array(tensor.shape, dtype=np.int64)
        if self.batch is not None:
            return np.array((self.batch, *tensor.shape), dtype=np.int64)
        shape = np.empty(1 + len(tensor.shape), dtype=object)
        shape[:] = [BATCH, *tensor.shape]
        return shape

    def without_batch(self, array: np.ndarray, rank: int) -> np.ndarray:
        """A constant that is broadcast against a tensor of ``rank`` ONNX axes, without its axis for the batch."""
        if not self.lead or array.ndim < rank:
            return array
        if array.ndim > rank or array.shape[0] != 1:
            raise TouchesBatch(self.node.op)
        return np.asarray(array[0])

    # -- emitting -----------------------------------------------------------------------------------------------
    @property
    def stem(self) -> str:
        """Stem of the names of intermediate values."""
        return f"{next((o for o in self.node.outputs if o), self.node.name)}/{self.node.op}"

    def emit(
        self,
        op: str,
        inputs: Sequence[Tensor | str],
        shape: Sequence[int],
        /,
        *,
        dtype: np.dtype[Any] = FLOAT,
        integer: bool = False,
        **attrs: Any,
    ) -> Tensor:
        """Append one core operator; string inputs name constants. Returns its output."""
        names = tuple(i if isinstance(i, str) else i.name for i in inputs)
        shape = tuple(int(d) for d in shape)
        result = Tensor(self.stem, shape, dtype, integer or dtype == INT)
        return self.builder.emit(op, names, result, attrs, self.node.name)

    def store(self, array: np.ndarray, stem: str | None = None) -> str:
        """Store a constant and return its name."""
        return self.builder.constant(array, stem or f"{self.stem}.const")

    def reshape(self, x: Tensor, shape: Sequence[int]) -> Tensor:
        """``reshape``, left out if it changes nothing."""
        shape = tuple(int(d) for d in shape)
        if math.prod(shape) != math.prod(x.shape):
            raise Refuse(f"cannot reshape {list(x.shape)} to {list(shape)}")
        if shape == x.shape:
            return x
        return self.emit("reshape", [x], shape, dtype=x.dtype, integer=x.integer, shape=shape)

    def transpose(self, x: Tensor, perm: Sequence[int]) -> Tensor:
        """``transpose``, left out if it changes nothing."""
        perm = tuple(int(p) for p in perm)
        if perm == tuple(range(len(perm))):
            return x
        shape = tuple(x.shape[p] for p in perm)
        return self.emit("transpose", [x], shape, dtype=x.dtype, integer=x.integer, perm=perm)
