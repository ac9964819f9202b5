"""BatchNormalization at inference: one factor and one shift per channel."""

from __future__ import annotations

import numpy as np

from ..context import Context
from ..refusal import Refuse
from ..registry import translates
from ..values import Tensor


@translates("", "BatchNormalization")
def batch_normalization(ctx: Context) -> Tensor:
    if ctx.attr("training_mode", 0):
        raise Refuse("BatchNormalization in training mode", "export the model in evaluation mode")
    x = ctx.tensor(0)
    axis = ctx.axis(1, ctx.rank(x))
    scale, bias, mean, var = (ctx.constant(i, what).astype(np.float64) for i, what in enumerate(_NAMES, 1))
    if any(p.shape != (x.shape[axis],) for p in (scale, bias, mean, var)):
        raise Refuse(f"parameters do not match {x.shape[axis]} channels")
    with np.errstate(all="ignore"):  # a NaN is refused where the constant is stored
        factor = scale / np.sqrt(var + float(ctx.attr("epsilon", 1e-5)))
        shift = bias - mean * factor
    column = (-1,) + (1,) * (len(x.shape) - axis - 1)
    y = ctx.emit("mul", [x, ctx.store(factor.reshape(column), f"{ctx.stem}.factor")], x.shape)
    return ctx.emit("add", [y, ctx.store(shift.reshape(column), f"{ctx.stem}.shift")], x.shape)


_NAMES = ("the scale", "the bias", "the mean", "the variance")
