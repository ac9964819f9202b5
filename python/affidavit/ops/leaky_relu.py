"""``leaky_relu``: ``x`` where ``x >= 0``, else ``alpha * x``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..ir.graph import Node
from ..plan.blocks.clamp import clamp, rounded
from ..quantise.scales import quantise_array
from ..quantise.value import Value
from .base import Consts, Operator, Shape, batched

if TYPE_CHECKING:
    from ..quantise.context import Lowering


class LeakyRelu(Operator):
    name = "leaky_relu"

    def infer(self, node: Node, in_shapes: Sequence[Shape], consts: Consts) -> Shape:
        return in_shapes[0]

    def float(self, node: Node, args: Sequence[np.ndarray | None], consts: Consts) -> np.ndarray:
        x = batched(node, args, consts)
        return np.where(x >= 0, x, node.attrs["alpha"] * x)

    def lower(self, node: Node, ctx: Lowering) -> None:
        b, alpha, x = ctx.builder, float(node.attrs["alpha"]), node.inputs[0]
        acc, bits = ctx.plain(x), ctx.precision.activation_bits
        scale = ctx.output_scale(x, acc, nonnegative=False)
        shift = b.scale(acc) - scale
        top = rounded(b.interval(acc)[1], shift)
        high, saturates = ctx.high(max(top, 1), None, scale, False, bits)
        block = clamp(b, "positive_part", acc, shift, 0, high, scale)
        ctx.note(bits=bits, scale=scale, excess=(block.above,) if saturates and block.above is not None else ())
        if block.below is None:
            ctx.bind(node.output, Value(block.value))
            return
        # x = positive - below; alpha is a public hyper-parameter, so the rest is linear, with `fraction` bits of alpha.
        for fraction in range(16, -1, -1):
            slope = int(quantise_array(np.array(alpha), fraction))
            value = b.linear("leaky", [(1 << fraction, block.value), (-slope, block.below)], scale=scale + fraction)
            if ctx.closes(*b.interval(value)):
                break
        ctx.bind(node.output, Value(ctx.require_closing(value), wide=True))
