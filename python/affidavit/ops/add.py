"""``add``: and ``sub``: element-wise, numpy broadcasting on the shapes without batch axis."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..ir.graph import Node
from ..plan.blocks.clamp import aligned
from ..quantise.scales import weight_scale
from ..quantise.value import Value
from .base import Consts, Operator, Shape, broadcast_shapes, operand, output_rank

if TYPE_CHECKING:
    from ..quantise.context import Lowering


class Add(Operator):
    name = "add"
    sign = 1

    def infer(self, node: Node, in_shapes: Sequence[Shape], consts: Consts) -> Shape:
        return broadcast_shapes(node, in_shapes)

    def float(self, node: Node, args: Sequence[np.ndarray | None], consts: Consts) -> np.ndarray:
        rank = output_rank(node, args, consts)
        return np.asarray(operand(node, args, consts, 0, rank) + self.sign * operand(node, args, consts, 1, rank))

    def lower(self, node: Node, ctx: Lowering) -> None:
        b = ctx.builder
        signs = (1, self.sign)
        consts = [ctx.is_const(name) for name in node.inputs]
        if not any(consts):
            x, y = ctx.aligned("operand", node.inputs)
            ctx.bind(node.output, ctx.finished(b.linear("sum", [(signs[0], x), (signs[1], y)])))
            return
        at = consts.index(False)
        name, constant = node.inputs[at], node.inputs[1 - at]
        values, raw, shape = ctx.const(constant), ctx.raw(name), ctx.shape(node.output)
        exponents = raw.exponents
        if exponents is not None and ctx.shape(name) == shape:
            # Features with scales of their own keep them: the constant is divided by each feature's power of two.
            values = np.ldexp(np.broadcast_to(values, shape), -np.array(exponents))
            x = raw.tensor
        else:
            exponents = None
            x = self._refined(ctx, ctx.plain(name), values)
        coef, tensor = ctx.addend(constant, values, b.scale(x))
        total = b.linear("sum", [(signs[at], x), (signs[1 - at] * coef, tensor)], dims=shape)
        if exponents is not None:
            ctx.bind(node.output, Value(total, exponents=exponents))
        else:
            wide = raw.wide or ctx.finished(total).wide
            ctx.bind(node.output, Value(ctx.require_closing(total), wide=wide))

    @staticmethod
    def _refined(ctx: Lowering, x: int, values: np.ndarray) -> int:
        """``x`` at a finer scale, exactly, if the constant has more fraction bits than ``x`` would keep of it."""
        b = ctx.builder
        m, M = b.interval(x)
        extra = min(weight_scale(values, 16), ctx.precision.activation_bits) - b.scale(x)
        while extra > 0 and not ctx.closes(2 * m << extra, 2 * M << extra):
            extra -= 1
        return aligned(b, "refined", x, b.scale(x) + extra) if extra > 0 else x


class Sub(Add):
    name = "sub"
    sign = -1
