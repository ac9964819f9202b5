"""ArgMax with keepdims and select_last_index."""

from __future__ import annotations

import numpy as np

from ..context import Context
from ..registry import translates
from ..values import INT, Tensor


def argmax_last(ctx: Context, x: Tensor) -> Tensor:
    """First index of the largest cell of the last axis, which is removed."""
    return ctx.emit("argmax", [x], x.shape[:-1], dtype=INT)


@translates("", "ArgMax")
def argmax(ctx: Context) -> Tensor:
    x = ctx.tensor(0)
    axis = ctx.axis(int(ctx.attr("axis", 0)), ctx.rank(x))
    size = x.shape[axis]
    order = (*(i for i in range(len(x.shape)) if i != axis), axis)
    last = ctx.transpose(x, order)
    if ctx.attr("select_last_index", 0):
        starts, steps = (0,) * (len(order) - 1) + (size - 1,), (1,) * (len(order) - 1) + (-1,)
        last = ctx.emit("slice", [last], last.shape, integer=x.integer, starts=starts, steps=steps, shape=last.shape)
        index = argmax_last(ctx, last)
        index = ctx.emit("sub", [ctx.store(np.array(size - 1)), index], index.shape, dtype=INT)
    else:
        index = argmax_last(ctx, last)
    if not ctx.attr("keepdims", 1):
        return index
    return ctx.reshape(index, (*x.shape[:axis], 1, *x.shape[axis + 1 :]))
