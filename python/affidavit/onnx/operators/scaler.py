"""ai.onnx.ml Scaler: (x - offset) * scale."""

from __future__ import annotations

import numpy as np

from ..context import Context
from ..model import ML
from ..refusal import Refuse
from ..registry import translates
from ..values import Tensor


@translates(ML, "Scaler")
def scaler(ctx: Context) -> Tensor:
    x = ctx.tensor(0)
    y = x
    for op, name, neutral in (("sub", "offset", 0.0), ("mul", "scale", 1.0)):
        values = np.asarray(ctx.attr(name, np.array([neutral])), dtype=np.float64)
        if values.size != 1 and (not x.shape or values.shape != (x.shape[-1],)):
            raise Refuse(f"{values.size} entries in {name} for rows of shape {list(x.shape)}")
        if np.any(values != neutral):
            array = values.reshape(()) if values.size == 1 else values
            y = ctx.emit(op, [y, ctx.store(array, f"{ctx.node.name}.{name}")], x.shape)
    return y
