"""Flatten."""

from __future__ import annotations

import math

from ..context import Context
from ..refusal import Refuse, TouchesBatch
from ..registry import translates
from ..values import Tensor


@translates("", "Flatten")
def flatten(ctx: Context) -> Tensor:
    x = ctx.tensor(0)
    rank, axis = ctx.rank(x), int(ctx.attr("axis", 1))
    if not -rank <= axis <= rank:
        raise Refuse(f"axis {axis} does not exist in a tensor with {rank} axes")
    axis = axis + rank if axis < 0 else axis
    if not ctx.lead:
        return ctx.reshape(x, (math.prod(x.shape[:axis]), math.prod(x.shape[axis:])))
    if axis == 0 or math.prod(x.shape[: axis - 1]) != 1:
        raise TouchesBatch("Flatten")
    return ctx.reshape(x, (math.prod(x.shape[axis - 1 :]),))
