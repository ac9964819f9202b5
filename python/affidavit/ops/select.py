"""``select``: ``values[x]`` for an integer ``x`` in ``[0, n)`` (class labels)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..ir.graph import Node
from ..plan.blocks.clamp import range_bits
from ..plan.blocks.table import apply_table
from ..plan.types import FunctionTable
from ..quantise.value import Value
from .base import Consts, Operator, Shape, batched, mismatch

if TYPE_CHECKING:
    from ..quantise.context import Lowering


class Select(Operator):
    name = "select"

    def infer(self, node: Node, in_shapes: Sequence[Shape], consts: Consts) -> Shape:
        if node.inputs[1] not in consts or len(in_shapes[1]) != 1 or in_shapes[1][0] < 1:
            raise mismatch(node, "the list of values must be a constant vector")
        return in_shapes[0]

    def float(self, node: Node, args: Sequence[np.ndarray | None], consts: Consts) -> np.ndarray:
        index = batched(node, args, consts).astype(np.int64)
        return np.asarray(consts[node.inputs[1]], dtype=np.float64)[index]

    def lower(self, node: Node, ctx: Lowering) -> None:
        b, values, raw = ctx.builder, ctx.const(node.inputs[1]), ctx.raw(node.inputs[0])
        scale = self._scale(node, values)
        listed = np.ldexp(values, scale).astype(np.int64)
        if raw.one_hot is not None:
            if scale == 0 and np.array_equal(listed, np.arange(len(listed))):
                ctx.bind(node.output, raw)
                return
            labels = tuple(range(len(b.dims(raw.one_hot))))
            constant = b.constant("values", listed, scale)
            ctx.bind(
                node.output,
                Value(b.contract("selected", labels[:-1], raw.one_hot, labels, constant, labels[-1:], scale=scale)),
            )
            return
        x = ctx.plain(node.inputs[0])
        if b.scale(x) != 0 or len(listed) > 1 << 16:
            raise mismatch(node, "only whole numbers below 2^16 can select")
        bits = range_bits(len(listed))
        padded = np.concatenate([listed, np.full((1 << bits) - len(listed), listed[-1])])
        ctx.bind(node.output, Value(apply_table(b, "selected", x, FunctionTable(0, bits, padded), scale)))

    @staticmethod
    def _scale(node: Node, values: np.ndarray) -> int:
        """Fraction bits that hold every value exactly; labels are structure, not learned, and public."""
        for scale in range(21):
            scaled = np.ldexp(values, scale)
            if np.all(scaled == np.floor(scaled)) and np.all(np.abs(scaled) < 2**31):
                return scale
        raise mismatch(node, "its values are no multiples of 2^-20 below 2^31")
