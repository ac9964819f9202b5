"""Broadcasting of two ONNX operands onto shapes without the batch axis."""

from __future__ import annotations

import numpy as np

from ..context import Context
from ..refusal import Refuse, TouchesBatch
from ..values import Tensor

Operand = Tensor | np.ndarray


def operands(ctx: Context, a: Operand, b: Operand) -> tuple[Operand, Operand, tuple[int, ...]]:
    """Both operands (constants without their batch axis) and the result's shape.

    Numpy aligns shapes at the right, so with a batch axis both activations need the same number of axes: otherwise the
    batch of one would meet another axis of the other.
    """
    if isinstance(a, Tensor) and isinstance(b, Tensor):
        if ctx.lead and len(a.shape) != len(b.shape):
            raise TouchesBatch(ctx.node.op)
    elif isinstance(a, Tensor):
        b = ctx.without_batch(np.asarray(b), ctx.rank(a))
    elif isinstance(b, Tensor):
        a = ctx.without_batch(np.asarray(a), ctx.rank(b))
    try:
        return a, b, tuple(np.broadcast_shapes(a.shape, b.shape))
    except ValueError as error:
        raise Refuse(f"shapes {list(a.shape)} and {list(b.shape)} do not broadcast") from error


def is_integer(x: Operand) -> bool:
    """Whether an operand holds integers by its ONNX type (or was cast from one)."""
    return x.integer if isinstance(x, Tensor) else x.dtype.kind in "iub"
