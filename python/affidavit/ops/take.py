"""``take``: the cells at constant ``indices`` (any shape) of ``axis``, as numpy's ``take``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..ir.graph import Node
from ..plan.types import Part
from ..quantise.value import Value
from .base import Consts, Operator, Shape, axis_of, batched, mismatch, row_major

if TYPE_CHECKING:
    from ..quantise.context import Lowering


class Take(Operator):
    name = "take"

    def infer(self, node: Node, in_shapes: Sequence[Shape], consts: Consts) -> Shape:
        axis = axis_of(node, int(node.attrs["axis"]), len(in_shapes[0]))
        indices = np.asarray(node.attrs["indices"], dtype=np.int64)
        size = in_shapes[0][axis]
        if indices.size == 0 or indices.min() < -size or indices.max() >= size:
            raise mismatch(node, f"indices outside an axis of {size}")
        return (*in_shapes[0][:axis], *indices.shape, *in_shapes[0][axis + 1 :])

    def float(self, node: Node, args: Sequence[np.ndarray | None], consts: Consts) -> np.ndarray:
        x = batched(node, args, consts)
        axis = axis_of(node, int(node.attrs["axis"]), x.ndim - 1) + 1
        return np.take(x, np.asarray(node.attrs["indices"], dtype=np.int64), axis=axis)

    def lower(self, node: Node, ctx: Lowering) -> None:
        b, x, shape = ctx.builder, ctx.settled(node.inputs[0]), ctx.shape(node.output)
        source = b.dims(x)
        axis = axis_of(node, int(node.attrs["axis"]), len(source))
        indices = (np.asarray(node.attrs["indices"], dtype=np.int64) % source[axis]).reshape(-1)
        strides = row_major(source)
        flat = (*source[:axis], len(indices), *source[axis + 1 :])
        parts = []
        for start, count, step in runs(indices.tolist()):
            box = (*source[:axis], count, *source[axis + 1 :])
            offset = (0,) * axis + (start,) + (0,) * (len(source) - axis - 1)
            moved = (*strides[:axis], step * strides[axis], *strides[axis + 1 :])
            parts.append(Part(x, offset, box, int(indices[start]) * strides[axis], moved))
        taken = b.view("taken", flat, parts, b.scale(x))
        ctx.bind(node.output, Value(b.reshape("shaped", taken, shape)))


def runs(indices: list[int]) -> list[tuple[int, int, int]]:
    """Cut a list of indices into arithmetic progressions: (position, length, step)."""
    found, at = [], 0
    while at < len(indices):
        step = indices[at + 1] - indices[at] if at + 1 < len(indices) else 0
        end = at + 1
        while end < len(indices) and indices[end] - indices[end - 1] == step:
            end += 1
        found.append((at, end - at, step))
        at = end
    return found
