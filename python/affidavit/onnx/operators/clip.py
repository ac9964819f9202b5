"""Relu, Clip (bounds as attributes before operator set 11, as inputs since), Min and Max with a constant."""

from __future__ import annotations

import math

import numpy as np

from ..context import Context
from ..refusal import Refuse
from ..registry import translates
from ..values import Tensor
from .add_sub import operand


def clamp(ctx: Context, x: Tensor, lo: float, hi: float) -> Tensor:
    """``min(max(x, lo), hi)``, which is ``hi`` where the bounds are crossed; infinite bounds are left out."""
    if math.isnan(lo) or math.isnan(hi):
        raise Refuse("a bound is NaN")
    lo = min(lo, hi)
    if math.isinf(lo) and math.isinf(hi):
        if lo == hi:
            raise Refuse("the bounds leave only infinity")
        return x
    low, high = None if lo == -math.inf else lo, None if hi == math.inf else hi
    return ctx.emit("clamp", [x], x.shape, dtype=x.dtype, integer=x.integer, lo=low, hi=high)


@translates("", "Relu")
def relu(ctx: Context) -> Tensor:
    return clamp(ctx, ctx.tensor(0), 0.0, math.inf)


@translates("", "Clip")
def clip(ctx: Context) -> Tensor:
    if ctx.version < 11:
        return clamp(ctx, ctx.tensor(0), float(ctx.attr("min", -math.inf)), float(ctx.attr("max", math.inf)))
    return clamp(ctx, ctx.tensor(0), _bound(ctx, 1, -math.inf), _bound(ctx, 2, math.inf))


def _bound(ctx: Context, index: int, default: float) -> float:
    array = ctx.optional(index, "the bound")
    if array is None:
        return default
    if array.size != 1:
        raise Refuse("a bound has to be a scalar")
    return float(array.ravel()[0])


@translates("", "Min", "Max")
def min_max(ctx: Context) -> Tensor:
    values = [operand(ctx, i) for i in range(len(ctx.inputs))]
    tensors = [v for v in values if isinstance(v, Tensor)]
    bounds = [v for v in values if isinstance(v, np.ndarray)]
    if len(tensors) != 1 or any(b.size != 1 or b.ndim > ctx.rank(tensors[0]) for b in bounds):
        raise Refuse(f"{ctx.node.op} is supported for one activation and scalar constants")
    limits = [float(b.ravel()[0]) for b in bounds]
    if ctx.node.op == "Max":
        return clamp(ctx, tensors[0], max(limits, default=-math.inf), math.inf)
    return clamp(ctx, tensors[0], -math.inf, min(limits, default=math.inf))
