"""Mul of two activations or by a constant."""

from __future__ import annotations

import numpy as np

from ..context import Context
from ..registry import translates
from ..values import Tensor
from .add_sub import combine, operand


@translates("", "Mul")
def mul(ctx: Context) -> Tensor:
    a, b = operand(ctx, 0), operand(ctx, 1)
    return combine(ctx, "mul", a, b, ctx.input_name(0 if isinstance(a, np.ndarray) else 1))
