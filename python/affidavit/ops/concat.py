"""``concat``: inputs side by side along ``axis``; constants are repeated for every row of the batch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..ir.graph import Node
from ..plan.types import Part
from ..quantise.value import Value
from .base import Consts, Operator, Shape, axis_of, batch_size, mismatch, operand, output_rank, row_major

if TYPE_CHECKING:
    from ..quantise.context import Lowering


class Concat(Operator):
    name = "concat"

    def infer(self, node: Node, in_shapes: Sequence[Shape], consts: Consts) -> Shape:
        axis = axis_of(node, int(node.attrs["axis"]), len(in_shapes[0]))
        rest = {(*s[:axis], *s[axis + 1 :]) for s in in_shapes}
        if len({len(s) for s in in_shapes}) != 1 or len(rest) != 1:
            raise mismatch(node, f"shapes {list(in_shapes)} cannot be joined along axis {axis}")
        first = in_shapes[0]
        return (*first[:axis], sum(s[axis] for s in in_shapes), *first[axis + 1 :])

    def float(self, node: Node, args: Sequence[np.ndarray | None], consts: Consts) -> np.ndarray:
        rows = batch_size(args, node, consts)
        rank = output_rank(node, args, consts)
        parts = [operand(node, args, consts, i, rank) for i in range(len(node.inputs))]
        axis = axis_of(node, int(node.attrs["axis"]), rank) + 1
        return np.concatenate([np.broadcast_to(p, (rows, *p.shape[1:])) for p in parts], axis=axis)

    def lower(self, node: Node, ctx: Lowering) -> None:
        b, shape = ctx.builder, ctx.shape(node.output)
        axis = axis_of(node, int(node.attrs["axis"]), len(shape))
        names = [name for name in node.inputs if not ctx.is_const(name)]
        for name in names:
            ctx.bind(name, Value(ctx.settled(name)))
        tensors = iter(ctx.aligned("part", names))
        parts, fixed, at = [], np.zeros(shape), 0
        for name in node.inputs:
            box = ctx.shape(name)
            offset = (0,) * axis + (at,) + (0,) * (len(shape) - axis - 1)
            if ctx.is_const(name):
                fixed[tuple(slice(o, o + n) for o, n in zip(offset, box, strict=True))] = ctx.const(name)
            else:
                parts.append(Part(next(tensors), offset, box, 0, row_major(box)))
            at += box[axis]
        joined = b.view("joined", shape, parts, b.scale(parts[0].src))
        if len(names) < len(node.inputs):
            # A View cannot mix batched and other sources: the constants are added in, zero elsewhere.
            joined = b.linear("filled", [(1, joined), ctx.addend(f"{node.name} constants", fixed, b.scale(joined))])
        ctx.bind(node.output, ctx.finished(ctx.require_closing(joined)))
