"""Softmax over one axis, or (before operator set 13) over everything from the axis on."""

from __future__ import annotations

import math

from ..context import Context
from ..refusal import TouchesBatch
from ..registry import translates
from ..values import Tensor


@translates("", "Softmax")
def softmax(ctx: Context) -> Tensor:
    x = ctx.tensor(0)
    if ctx.version >= 13:
        axis = ctx.axis(int(ctx.attr("axis", -1)), ctx.rank(x))
        order = (*(i for i in range(len(x.shape)) if i != axis), axis)
        y = _last(ctx, ctx.transpose(x, order))
        return ctx.transpose(y, [order.index(i) for i in range(len(order))])
    rank, axis = ctx.rank(x), int(ctx.attr("axis", 1))
    if axis == rank:  # rows of one cell
        axis = len(x.shape)
        flat = ctx.reshape(x, (*x.shape, 1))
    else:
        axis = ctx.axis(axis, rank)
        flat = ctx.reshape(x, (*x.shape[:axis], math.prod(x.shape[axis:])))
    return ctx.reshape(_last(ctx, flat), x.shape)


def _last(ctx: Context, x: Tensor) -> Tensor:
    if not x.shape:
        raise TouchesBatch(ctx.node.op)
    return ctx.emit("softmax", [x], x.shape)
