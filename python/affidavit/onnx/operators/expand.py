"""Expand to a constant shape."""

from __future__ import annotations

import numpy as np

from ..context import Context
from ..refusal import Refuse, TouchesBatch
from ..registry import translates
from ..values import BATCH, Tensor


@translates("", "Expand")
def expand(ctx: Context) -> Tensor:
    x = ctx.tensor(0)
    target = list(ctx.constant(1, "the shape").ravel())
    if ctx.lead and len(target) >= ctx.rank(x):
        first = target[0]
        if len(target) > ctx.rank(x) or not (first is BATCH or first in (1, ctx.batch)):
            raise TouchesBatch("Expand")
        target = target[1:]
    if any(t is BATCH for t in target):
        raise TouchesBatch("Expand")
    try:
        shape = tuple(np.broadcast_shapes(x.shape, tuple(int(t) for t in target)))
    except ValueError as error:
        raise Refuse(f"cannot expand {list(x.shape)} to {target}") from error
    if shape == x.shape:
        return x
    return ctx.emit("broadcast", [x], shape, dtype=x.dtype, integer=x.integer, shape=shape)
