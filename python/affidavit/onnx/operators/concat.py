"""Concat of activations and constants."""

from __future__ import annotations

import numpy as np

from ..context import Context
from ..refusal import Refuse, TouchesBatch
from ..registry import translates
from ..values import Tensor
from ._broadcast import Operand, is_integer
from .add_sub import operand


@translates("", "Concat")
def concat(ctx: Context) -> Tensor:
    parts = [_without_batch(ctx, operand(ctx, i)) for i in range(len(ctx.inputs))]
    rank = len(parts[0].shape)
    axis = ctx.axis(int(ctx.attr("axis", 0)), rank + ctx.lead)
    rest = {(*p.shape[:axis], *p.shape[axis + 1 :]) for p in parts if len(p.shape) == rank}
    if len(rest) != 1 or any(len(p.shape) != rank for p in parts):
        raise Refuse(f"the shapes {[list(p.shape) for p in parts]} do not fit together")
    shape = (*parts[0].shape[:axis], sum(p.shape[axis] for p in parts), *parts[0].shape[axis + 1 :])
    inputs = [p if isinstance(p, Tensor) else ctx.store(p, ctx.input_name(i)) for i, p in enumerate(parts)]
    dtype = next(p.dtype for p in parts if isinstance(p, Tensor))
    return ctx.emit("concat", inputs, shape, dtype=dtype, integer=all(is_integer(p) for p in parts), axis=axis)


def _without_batch(ctx: Context, part: Operand) -> Operand:
    """A constant part repeats for every row only where the declared batch size is 1."""
    if isinstance(part, Tensor) or not ctx.lead:
        return part
    if ctx.batch != 1 or part.ndim < 1 or part.shape[0] != 1:
        raise TouchesBatch("Concat with a constant")
    return np.asarray(part[0])
