"""``mul``: element-wise product, numpy broadcasting on the shapes without batch axis."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..ir.graph import Node
from ..quantise.value import Value
from .base import Consts, Operator, Shape, broadcast_shapes, operand, output_rank

if TYPE_CHECKING:
    from ..quantise.context import Lowering


class Mul(Operator):
    name = "mul"

    def infer(self, node: Node, in_shapes: Sequence[Shape], consts: Consts) -> Shape:
        return broadcast_shapes(node, in_shapes)

    def float(self, node: Node, args: Sequence[np.ndarray | None], consts: Consts) -> np.ndarray:
        rank = output_rank(node, args, consts)
        return np.asarray(operand(node, args, consts, 0, rank) * operand(node, args, consts, 1, rank))

    def lower(self, node: Node, ctx: Lowering) -> None:
        b, shape = ctx.builder, ctx.shape(node.output)
        consts = [ctx.is_const(name) for name in node.inputs]
        if not any(consts):
            x, y = (b.linear("operand", [(1, ctx.settled(name))], dims=shape) for name in node.inputs)
            ctx.bind(node.output, Value(ctx.require_closing(b.product("product", x, y)), wide=True))
            return
        at = consts.index(False)
        name, constant = node.inputs[at], node.inputs[1 - at]
        values, raw, tag = ctx.const(constant), ctx.raw(name), ""
        if raw.exponents is not None and ctx.shape(name) == shape:
            # Features with scales of their own: the constant takes each feature's power of two.
            values = np.ldexp(np.broadcast_to(values, shape[-1:] if values.ndim <= 1 else shape), raw.exponents)
            x, tag = raw.tensor, repr(raw.exponents)
        else:
            x = ctx.settled(name)
        if b.dims(x) != shape[len(shape) - len(b.dims(x)) :]:
            x = b.linear("operand", [(1, x)], dims=shape)
        axes = tuple(range(len(shape)))
        own = axes[len(shape) - len(b.dims(x)) :]
        # An axis of size 1 of the constant only repeats it: it is dropped, unless the output's axis comes from there.
        used = [
            (axis, n)
            for axis, n in zip(axes[len(shape) - values.ndim :], values.shape, strict=True)
            if n > 1 or axis not in own
        ]
        values = values.reshape([n for _, n in used])
        bits = self._bits(ctx, x)
        c = ctx.weights(constant, values, bits, tag=tag)
        acc = b.contract("product", axes, x, own, c, tuple(axis for axis, _ in used))
        ctx.note(weight_bits=bits)
        ctx.bind(node.output, Value(ctx.require_closing(acc), wide=True))

    @staticmethod
    def _bits(ctx: Lowering, x: int) -> int:
        """The widest constants whose product closes (the narrowest, to be refused by name, if none does)."""
        reach = max(map(abs, ctx.builder.interval(x)))
        for bits in ctx.weight_menu():
            if ctx.closes(-reach << (bits - 1), reach << (bits - 1)):
                return bits
        return ctx.weight_menu()[-1]
