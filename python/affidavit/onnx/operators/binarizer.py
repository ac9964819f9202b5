"""ai.onnx.ml Binarizer: 1 where x is greater than the threshold."""

from __future__ import annotations

import math

import numpy as np

from ..context import Context
from ..limits import MAX_REPEATED_CELLS
from ..model import ML
from ..refusal import Refuse
from ..registry import translates
from ..values import Tensor


@translates(ML, "Binarizer")
def binarizer(ctx: Context) -> Tensor:
    """The first index of the larger of (threshold, x) is 1 exactly where x is strictly greater."""
    x = ctx.tensor(0)
    column = ctx.reshape(x, (*x.shape, 1))
    if math.prod(column.shape) > MAX_REPEATED_CELLS:
        raise Refuse(f"more than {MAX_REPEATED_CELLS} cells")
    threshold = ctx.store(np.full(column.shape, float(ctx.attr("threshold", 0.0))), f"{ctx.node.name}.threshold")
    pair = ctx.emit("concat", [threshold, column], (*x.shape, 2), axis=len(x.shape))
    return ctx.emit("argmax", [pair], x.shape, integer=True)
