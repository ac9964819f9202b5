"""LeakyRelu, whose slope is a hyper-parameter, and PRelu, whose slope is learned."""

from __future__ import annotations

import math

from ..context import Context
from ..refusal import Refuse
from ..registry import translates
from ..values import Tensor
from .add_sub import combine
from .clip import clamp


@translates("", "LeakyRelu")
def leaky_relu(ctx: Context) -> Tensor:
    x = ctx.tensor(0)
    return ctx.emit("leaky_relu", [x], x.shape, alpha=float(ctx.attr("alpha", 0.01)))


@translates("", "PRelu")
def prelu(ctx: Context) -> Tensor:
    """``max(x, 0) + slope * min(x, 0)``: the slope is learned, so it is a committed constant, of one cell or more."""
    x, slope = ctx.tensor(0), ctx.constant(1, "the slope")
    negative = clamp(ctx, x, -math.inf, 0.0)
    scaled = combine(ctx, "mul", negative, slope, ctx.input_name(1))
    if scaled.shape != x.shape:
        raise Refuse(f"a slope of shape {list(slope.shape)} does not broadcast to {list(x.shape)}")
    return combine(ctx, "add", clamp(ctx, x, 0.0, math.inf), scaled)
