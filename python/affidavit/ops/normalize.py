"""``normalize``: rows of the last axis over their l1, l2 or max norm (of absolute values); zero rows stay zero."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..ir.graph import Node
from ..plan.blocks.clamp import clamp
from ..plan.blocks.division import divide, nonzero, square_root
from ..plan.blocks.rows import row_max, row_sum
from ..quantise.value import Value
from .base import Consts, Operator, Shape, batched, mismatch

if TYPE_CHECKING:
    from ..quantise.context import Lowering


class Normalize(Operator):
    name = "normalize"

    def infer(self, node: Node, in_shapes: Sequence[Shape], consts: Consts) -> Shape:
        if node.attrs.get("norm") not in ("l1", "l2", "max"):
            raise mismatch(node, f"unknown norm {node.attrs.get('norm')!r}")
        if not in_shapes[0]:
            raise mismatch(node, "a scalar has no last axis")
        return in_shapes[0]

    def float(self, node: Node, args: Sequence[np.ndarray | None], consts: Consts) -> np.ndarray:
        x, norm = batched(node, args, consts), node.attrs["norm"]
        if norm == "l1":
            size = np.abs(x).sum(axis=-1, keepdims=True)
        elif norm == "l2":
            size = np.sqrt(np.square(x).sum(axis=-1, keepdims=True))
        else:
            size = np.abs(x).max(axis=-1, keepdims=True)
        return x / np.where(size == 0, 1.0, size)

    def lower(self, node: Node, ctx: Lowering) -> None:
        b, x, norm = ctx.builder, ctx.settled(node.inputs[0]), node.attrs["norm"]
        bits = ctx.precision.activation_bits - 2
        if norm == "l2":
            size = self._euclidean(ctx, x)
        else:
            magnitude = self._magnitude(ctx, x)
            size = row_sum(b, "norm", magnitude) if norm == "l1" else row_max(b, "norm", magnitude).value
        size = nonzero(b, "norm", size)
        # Half up: floor((2^(bits + 1 + extra) * x + size) / (2 * size)); extra: by how much the size's scale is finer.
        extra = b.scale(size) - b.scale(x)
        numerator = b.linear("numerator", [(2 << (bits + extra), x), (1, size)], scale=b.scale(size) + bits + 1)
        divisor = b.linear("twice_norm", [(2, size)], scale=b.scale(size) + 1)
        y = divide(b, "ratio", numerator, divisor, -(2 << bits), (2 << bits) - 1, bits)
        ctx.note(bits=bits + 2, scale=bits)
        ctx.bind(node.output, Value(y))

    @staticmethod
    def _magnitude(ctx: Lowering, x: int) -> int:
        """``|x|`` as the sum of the positive part and the excess below zero."""
        b = ctx.builder
        m, M = b.interval(x)
        if m >= 0:
            return x
        block = clamp(b, "positive_part", x, 0, 0, max(M, 1), b.scale(x))
        return b.linear("magnitude", [(1, block.value), (1, block.below)])  # type: ignore[list-item]

    @staticmethod
    def _euclidean(ctx: Lowering, x: int) -> int:
        """The root of the sum of squares, with as many extra bits as the field allows (at most 6)."""
        b, dims = ctx.builder, ctx.builder.dims(x)
        labels, o = tuple(range(len(dims))), len(dims)
        column = b.reshape("column", x, (*dims, 1))
        squares = b.contract("squares", (*labels[:-1], o), x, labels, column, (*labels, o))
        reach = b.interval(squares)[1]
        extra = next((k for k in range(6, 0, -1) if ctx.closes(0, 2 * reach << (2 * k))), 0)
        fine = b.linear("fine_squares", [(1 << (2 * extra), squares)], scale=b.scale(squares) + 2 * extra)
        return square_root(b, "norm", fine, b.scale(x) + extra)
