"""``softmax``: over the last axis."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..ir.graph import Node
from ..plan.blocks.clamp import exclusive, range_bits
from ..plan.blocks.division import divide
from ..plan.blocks.rows import row_max, row_sum
from ..plan.blocks.table import apply_table, function_table
from ..plan.types import Above
from ..quantise.scales import ceil_log2
from ..quantise.value import Value
from .base import Consts, Operator, Shape, batched, mismatch

if TYPE_CHECKING:
    from ..quantise.context import Lowering


class Softmax(Operator):
    name = "softmax"

    def infer(self, node: Node, in_shapes: Sequence[Shape], consts: Consts) -> Shape:
        if not in_shapes[0]:
            raise mismatch(node, "a scalar has no last axis")
        return in_shapes[0]

    def float(self, node: Node, args: Sequence[np.ndarray | None], consts: Consts) -> np.ndarray:
        x = batched(node, args, consts)
        e = np.exp(x - x.max(axis=-1, keepdims=True))
        return np.asarray(e / e.sum(axis=-1, keepdims=True))

    def lower(self, node: Node, ctx: Lowering) -> None:
        b, acc = ctx.builder, ctx.plain(node.inputs[0])
        size = ctx.precision.table_bits
        bits = min(16, ctx.precision.activation_bits)
        # Differences reach 2^size steps. A finer step than 2^-(size - 4) gains nothing (exp(-16) is below 2^-23), so
        # wider logits keep that step, and differences beyond the table's end count as the end.
        peak = ceil_log2(ctx.calibration.peak(node.inputs[0])) + 1
        scale = min(max(size - 1 - peak, size - 4), b.scale(acc))
        half = 1 << max(peak + scale, 1)
        x = ctx.fit("logits", acc, scale, -half, half - 1)
        found = row_max(b, "softmax", x, bounded_elsewhere=True)
        argument = self._argument(ctx, x, found.below, (1 << size) - 1)
        table = function_table(lambda v: (-v).exp(), 0, size, scale, bits, 0, 1 << bits)
        e = apply_table(b, "exponential", argument, table, bits)
        total = row_sum(b, "sum", e)
        numerator = b.linear("numerator", [(2 << bits, e), (1, total)], scale=2 * bits + 1)
        divisor = b.linear("twice_sum", [(2, total)], scale=bits + 1)
        y = divide(b, "probability", numerator, divisor, 0, 1 << bits, bits)
        ctx.note(bits=bits, scale=bits)
        ctx.bind(node.output, Value(y))

    @staticmethod
    def _argument(ctx: Lowering, x: int, difference: int, top: int) -> int:
        """``min(difference, top)``; the table's domain [0, top] enforces both signs."""
        b = ctx.builder
        span = b.interval(x)[1] - b.interval(x)[0]
        if span <= top:
            return difference
        width = range_bits(span - top + 1)
        above = b.fresh(
            "beyond", b.dims(difference), b.scale(difference), 0, (1 << width) - 1, Above(difference, 0, top)
        )
        b.range(above, 0, width)
        argument = b.linear("argument", [(1, difference), (-1, above)])
        exclusive(b, "only_beyond", b.linear("room", [(-1, argument)], top), above)
        return argument
