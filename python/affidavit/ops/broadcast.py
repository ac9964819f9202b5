"""``broadcast``: repeats axes of size 1 (and missing leading axes) up to ``shape``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..ir.graph import Node
from ..quantise.value import Value
from .base import Consts, Operator, Shape, batched, mismatch

if TYPE_CHECKING:
    from ..quantise.context import Lowering


class Broadcast(Operator):
    name = "broadcast"

    def infer(self, node: Node, in_shapes: Sequence[Shape], consts: Consts) -> Shape:
        shape = tuple(int(n) for n in node.attrs["shape"])
        try:
            fits = np.broadcast_shapes(in_shapes[0], shape) == shape
        except ValueError:
            fits = False
        if not fits:
            raise mismatch(node, f"{in_shapes[0]} does not broadcast to {shape}")
        return shape

    def float(self, node: Node, args: Sequence[np.ndarray | None], consts: Consts) -> np.ndarray:
        x, shape = batched(node, args, consts), tuple(int(n) for n in node.attrs["shape"])
        x = x.reshape((x.shape[0], *((1,) * (len(shape) + 1 - x.ndim)), *x.shape[1:]))
        return np.broadcast_to(x, (x.shape[0], *shape)).copy()

    def lower(self, node: Node, ctx: Lowering) -> None:
        shape = tuple(int(n) for n in node.attrs["shape"])
        ctx.bind(node.output, Value(ctx.builder.linear("repeated", [(1, ctx.settled(node.inputs[0]))], dims=shape)))
