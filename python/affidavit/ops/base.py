"""What every core operator provides: shapes, a float64 reference, and a lowering to the integer plan."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from ..errors import UnsupportedModel
from ..ir.graph import Node

if TYPE_CHECKING:
    from ..quantise.context import Lowering

Shape = tuple[int, ...]
Consts = Mapping[str, np.ndarray]


class Operator(ABC):
    """One core operator of the float graph.

    ``in_shapes`` and ``args`` are aligned with ``node.inputs``. Shapes never contain the batch axis. ``args`` holds
    ``[B, *shape]`` float64 arrays; where an input is a constant (its name is a key of ``consts``) the entry of ``args``
    is ignored and may be ``None``.
    """

    name: ClassVar[str]

    @abstractmethod
    def infer(self, node: Node, in_shapes: Sequence[Shape], consts: Consts) -> Shape:
        """The output's shape without the batch axis; raises ``UnsupportedModel`` where the shapes do not fit."""

    @abstractmethod
    def float(self, node: Node, args: Sequence[np.ndarray | None], consts: Consts) -> np.ndarray:
        """The reference meaning: ``[B, *shape]`` in float64."""

    @abstractmethod
    def lower(self, node: Node, ctx: Lowering) -> None:
        """Emit tensors and relations into ``ctx.builder`` and bind the node's output."""


def mismatch(node: Node, why: str) -> UnsupportedModel:
    """The error for shapes or attributes that do not fit, naming the model's own node."""
    return UnsupportedModel(f"{node.origin or node.name} ({node.op}): {why}")


def operand(node: Node, args: Sequence[np.ndarray | None], consts: Consts, index: int, rank: int) -> np.ndarray:
    """Input ``index`` as float64 with ``rank`` axes behind a leading batch axis (of size 1 for a constant)."""
    name = node.inputs[index]
    if name in consts:
        array = np.asarray(consts[name], dtype=np.float64)
        return array.reshape((1,) * (rank + 1 - array.ndim) + array.shape)
    array = np.asarray(args[index], dtype=np.float64)
    return array.reshape(array.shape[:1] + (1,) * (rank + 1 - array.ndim) + array.shape[1:])


def batched(node: Node, args: Sequence[np.ndarray | None], consts: Consts, index: int = 0) -> np.ndarray:
    """Input ``index``, which must be an activation, as float64."""
    if node.inputs[index] in consts or args[index] is None:
        raise mismatch(node, f"input {index} must be an activation")
    return np.asarray(args[index], dtype=np.float64)


def batch_size(args: Sequence[np.ndarray | None], node: Node, consts: Consts) -> int:
    """The leading axis of the first activation among the inputs."""
    for name, array in zip(node.inputs, args, strict=True):
        if name not in consts and array is not None:
            return int(array.shape[0])
    raise mismatch(node, "no input is an activation")


def broadcast_shapes(node: Node, in_shapes: Sequence[Shape]) -> Shape:
    """numpy broadcasting on shapes without the batch axis."""
    try:
        return tuple(np.broadcast_shapes(*in_shapes))
    except ValueError:
        raise mismatch(node, f"shapes {list(in_shapes)} do not broadcast") from None


def axis_of(node: Node, axis: int, rank: int) -> int:
    """``axis`` made non-negative, checked against ``rank``."""
    if not -rank <= axis < rank:
        raise mismatch(node, f"axis {axis} outside a value of rank {rank}")
    return axis % rank


def output_rank(node: Node, args: Sequence[np.ndarray | None], consts: Consts) -> int:
    """Rank (without the batch axis) of an element-wise operator's output."""
    return max(
        np.ndim(consts[name]) if name in consts or array is None else array.ndim - 1
        for name, array in zip(node.inputs, args, strict=True)
    )


def row_major(dims: Shape) -> tuple[int, ...]:
    """Strides, in cells, of a row-major array."""
    return tuple(math.prod(dims[i + 1 :]) for i in range(len(dims)))
