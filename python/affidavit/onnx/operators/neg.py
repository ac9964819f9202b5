"""Neg."""

from __future__ import annotations

from ..context import Context
from ..registry import translates
from ..values import Tensor


@translates("", "Neg")
def neg(ctx: Context) -> Tensor:
    x = ctx.tensor(0)
    return ctx.emit("neg", [x], x.shape, dtype=x.dtype, integer=x.integer)
