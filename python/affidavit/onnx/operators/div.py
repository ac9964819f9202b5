"""Div: by a constant it is a product with the reciprocal; by an activation it needs the reciprocal's table."""

from __future__ import annotations

import numpy as np

from ..context import Context
from ..refusal import Refuse
from ..registry import translates
from ..values import Tensor
from .add_sub import combine, operand


@translates("", "Div")
def div(ctx: Context) -> Tensor:
    a, b = operand(ctx, 0), operand(ctx, 1)
    if a.dtype.kind in "iu":
        raise Refuse("integer division rounds towards zero, which is not supported", "cast to float before dividing")
    if isinstance(b, np.ndarray):
        if not b.all():
            raise Refuse(f"the divisor '{ctx.input_name(1)}' contains zero")
        return combine(ctx, "mul", a, 1.0 / b.astype(np.float64), f"{ctx.input_name(1)}.reciprocal")
    inverse = ctx.emit("unary", [b], b.shape, fn="reciprocal")
    if isinstance(a, np.ndarray) and a.size == 1 and a.ndim <= ctx.rank(b) and float(a.ravel()[0]) == 1.0:
        return inverse
    return combine(ctx, "mul", a, inverse)
