"""``dense``: ``x[..., k] @ weight[k, n] + bias[n]``."""

from __future__ import annotations

import builtins
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..ir.graph import Node
from ..plan import BoundsError
from ..quantise.scales import weight_scale
from ..quantise.value import Value
from .base import Consts, Operator, Shape, batched, mismatch

if TYPE_CHECKING:
    from ..quantise.context import Lowering


class Dense(Operator):
    name = "dense"

    def infer(self, node: Node, in_shapes: Sequence[Shape], consts: Consts) -> Shape:
        x, weight = in_shapes[0], in_shapes[1]
        if any(name not in consts for name in node.inputs[1:]):
            raise mismatch(node, "weight and bias must be constants")
        if not x or len(weight) != 2 or x[-1] != weight[0]:
            raise mismatch(node, f"input {x} does not match weight {weight}")
        if len(in_shapes) > 2 and in_shapes[2] != (weight[1],):
            raise mismatch(node, f"bias {in_shapes[2]} does not match weight {weight}")
        return (*x[:-1], weight[1])

    def float(self, node: Node, args: Sequence[np.ndarray | None], consts: Consts) -> np.ndarray:
        y = batched(node, args, consts) @ np.asarray(consts[node.inputs[1]], dtype=np.float64)
        return y + np.asarray(consts[node.inputs[2]], dtype=np.float64) if len(node.inputs) > 2 else y

    def lower(self, node: Node, ctx: Lowering) -> None:
        b, name, weight = ctx.builder, node.inputs[1], ctx.const(node.inputs[1])
        raw = ctx.raw(node.inputs[0])
        if raw.exponents is None:
            x = ctx.settled(node.inputs[0])
        else:
            # Features with scales of their own: the weights of a row take its power of two.
            x, weight = raw.tensor, np.ldexp(weight, np.array(raw.exponents)[:, None])
        bias = ctx.const(node.inputs[2]) if len(node.inputs) > 2 else np.zeros(1)
        bits = self._bits(node, ctx, x, weight, float(np.max(np.abs(bias))))
        axes = tuple(range(len(b.dims(x))))
        w = ctx.weights(name, weight, bits, tag=repr(raw.exponents))
        acc = b.contract("product", (*axes[:-1], len(axes)), x, axes, w, (axes[-1], len(axes)))
        if len(node.inputs) > 2:
            acc = b.linear("sum", [(1, acc), ctx.addend(node.inputs[2], bias, b.scale(acc))])
        ctx.note(weight_bits=bits)
        ctx.bind(node.output, Value(ctx.require_closing(acc), wide=True))

    @staticmethod
    def _bits(node: Node, ctx: Lowering, x: int, weight: np.ndarray, bias: builtins.float) -> int:
        """The widest weights whose accumulator closes."""
        reach = weight.shape[0] * max(map(abs, ctx.builder.interval(x)))
        for bits in ctx.weight_menu():
            scale = ctx.builder.scale(x) + weight_scale(weight, bits)
            # A bias is declared on the next even width, at most four times its size.
            total = (reach << (bits - 1)) + 4 * math.ceil(math.ldexp(bias, min(scale, 900)))
            if ctx.closes(-total, total):
                return bits
        raise BoundsError(
            f"{ctx.builder.layer}: {weight.shape[0]} products of 8-bit weights do not close in"
            f" {ctx.builder.field.label}",
            hint="use fewer activation bits or the other field",
        )
