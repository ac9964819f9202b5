"""LeakyRelu, and PRelu with one slope."""

from __future__ import annotations

from ..context import Context
from ..refusal import Refuse
from ..registry import translates
from ..values import Tensor


@translates("", "LeakyRelu")
def leaky_relu(ctx: Context) -> Tensor:
    x = ctx.tensor(0)
    return ctx.emit("leaky_relu", [x], x.shape, alpha=float(ctx.attr("alpha", 0.01)))


@translates("", "PRelu")
def prelu(ctx: Context) -> Tensor:
    x, slope = ctx.tensor(0), ctx.constant(1, "the slope")
    if slope.size != 1:
        raise Refuse("one slope per channel is not supported yet", "use one slope for the whole layer")
    return ctx.emit("leaky_relu", [x], x.shape, alpha=float(slope.ravel()[0]))
