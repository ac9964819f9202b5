"""``reshape``: the same cells in row-major order under another shape."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..ir.graph import Node
from ..quantise.value import Value
from .base import Consts, Operator, Shape, batched, mismatch

if TYPE_CHECKING:
    from ..quantise.context import Lowering


class Reshape(Operator):
    name = "reshape"

    def infer(self, node: Node, in_shapes: Sequence[Shape], consts: Consts) -> Shape:
        shape = tuple(int(n) for n in node.attrs["shape"])
        if math.prod(shape) != math.prod(in_shapes[0]):
            raise mismatch(node, f"{in_shapes[0]} cannot become {shape}")
        return shape

    def float(self, node: Node, args: Sequence[np.ndarray | None], consts: Consts) -> np.ndarray:
        x = batched(node, args, consts)
        return x.reshape((x.shape[0], *(int(n) for n in node.attrs["shape"])))

    def lower(self, node: Node, ctx: Lowering) -> None:
        shape = tuple(int(n) for n in node.attrs["shape"])
        ctx.bind(node.output, Value(ctx.builder.reshape("reshaped", ctx.settled(node.inputs[0]), shape)))
