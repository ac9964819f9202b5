"""ReduceSum and ReduceMean (axes as attribute in older operator sets, as input in newer ones)."""

from __future__ import annotations

import math

import numpy as np

from ..context import Context
from ..refusal import TouchesBatch
from ..registry import translates
from ..values import Tensor


@translates("", "ReduceSum", "ReduceMean")
def reduce(ctx: Context) -> Tensor:
    x = ctx.tensor(0)
    axes = ctx.integers("axes", 1, "the axes")
    if not axes:
        if ctx.attr("noop_with_empty_axes", 0):
            return x
        if ctx.lead:
            raise TouchesBatch(ctx.node.op)
        axes = list(range(len(x.shape)))
    chosen = tuple(sorted({ctx.axis(a, ctx.rank(x)) for a in axes}))
    kept = [d for i, d in enumerate(x.shape) if i not in chosen]
    y = x if not chosen else ctx.emit("sum", [x], kept, dtype=x.dtype, integer=x.integer, axes=chosen)
    if ctx.node.op == "ReduceMean":
        count = math.prod(x.shape[i] for i in chosen)
        y = ctx.emit("mul", [y, ctx.store(np.array(1.0 / count))], y.shape)
    if ctx.attr("keepdims", 1):
        return ctx.reshape(y, [1 if i in chosen else d for i, d in enumerate(x.shape)])
    return y
