"""``slice``: ``shape[i]`` cells along axis ``i`` from ``starts[i]`` in steps of ``steps[i]`` (may be negative)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..ir.graph import Node
from ..plan.types import Part
from ..quantise.value import Value
from .base import Consts, Operator, Shape, batched, mismatch, row_major

if TYPE_CHECKING:
    from ..quantise.context import Lowering


class Slice(Operator):
    name = "slice"

    def infer(self, node: Node, in_shapes: Sequence[Shape], consts: Consts) -> Shape:
        starts, steps, shape = node.attrs["starts"], node.attrs["steps"], tuple(int(n) for n in node.attrs["shape"])
        if not len(starts) == len(steps) == len(shape) == len(in_shapes[0]):
            raise mismatch(node, "starts, steps and shape need one entry per axis")
        for size, start, step, count in zip(in_shapes[0], starts, steps, shape, strict=True):
            if count < 1 or step == 0 or not (0 <= start < size and 0 <= start + step * (count - 1) < size):
                raise mismatch(node, f"{count} cells from {start} in steps of {step} leave an axis of {size}")
        return shape

    def float(self, node: Node, args: Sequence[np.ndarray | None], consts: Consts) -> np.ndarray:
        x = batched(node, args, consts)
        for axis, (start, step, count) in enumerate(
            zip(node.attrs["starts"], node.attrs["steps"], node.attrs["shape"], strict=True)
        ):
            x = x.take(start + step * np.arange(count), axis=axis + 1)
        return x

    def lower(self, node: Node, ctx: Lowering) -> None:
        b, x = ctx.builder, ctx.settled(node.inputs[0])
        strides, dims = row_major(b.dims(x)), ctx.shape(node.output)
        offset = sum(int(start) * stride for start, stride in zip(node.attrs["starts"], strides, strict=True))
        steps = tuple(int(step) * stride for step, stride in zip(node.attrs["steps"], strides, strict=True))
        ctx.bind(
            node.output, Value(b.view("slice", dims, [Part(x, (0,) * len(dims), dims, offset, steps)], b.scale(x)))
        )
