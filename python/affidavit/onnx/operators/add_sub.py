"""Add, Sub and Sum."""

from __future__ import annotations

import numpy as np

from ..context import Context
from ..refusal import Refuse
from ..registry import translates
from ..values import Tensor
from ._broadcast import Operand, is_integer, operands


def combine(ctx: Context, op: str, a: Operand, b: Operand, stem: str | None = None) -> Tensor:
    """One of ``add``, ``sub``, ``mul`` on two operands, at least one of them an activation."""
    integer = is_integer(a) and is_integer(b)
    dtype = a.dtype if isinstance(a, Tensor) else b.dtype
    a, b, shape = operands(ctx, a, b)
    inputs = [x if isinstance(x, Tensor) else ctx.store(x, stem) for x in (a, b)]
    return ctx.emit(op, inputs, shape, dtype=dtype, integer=integer)


def operand(ctx: Context, index: int) -> Operand:
    """Input ``index``, activation or constant."""
    value = ctx.value(index)
    return value if isinstance(value, np.ndarray) else ctx.tensor(index)


@translates("", "Add", "Sub")
def add_sub(ctx: Context) -> Tensor:
    a, b = operand(ctx, 0), operand(ctx, 1)
    stem = ctx.input_name(0 if isinstance(a, np.ndarray) else 1)
    return combine(ctx, ctx.node.op.lower(), a, b, stem)


@translates("", "Sum")
def sum_(ctx: Context) -> Tensor:
    total = operand(ctx, 0)
    for i in range(1, len(ctx.inputs)):
        following = operand(ctx, i)
        if isinstance(total, np.ndarray) and isinstance(following, np.ndarray):
            total = total + following
        else:
            total = combine(ctx, "add", total, following)
    if isinstance(total, np.ndarray):
        raise Refuse("a sum of constants only")
    return total
