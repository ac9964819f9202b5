"""ai.onnx.ml LinearRegressor."""

from __future__ import annotations

from ..context import Context
from ..model import ML
from ..registry import translates
from ..values import Tensor
from ._scores import post_transform, scores


@translates(ML, "LinearRegressor")
def linear_regressor(ctx: Context) -> Tensor:
    return post_transform(ctx, scores(ctx, ctx.tensor(0), int(ctx.attr("targets", 1))))
