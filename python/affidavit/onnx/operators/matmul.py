"""MatMul by a constant matrix or vector, from either side."""

from __future__ import annotations

import numpy as np

from ..context import Context
from ..refusal import Refuse
from ..registry import translates
from ..values import Tensor
from ._dense import dense, from_left


@translates("", "MatMul")
def matmul(ctx: Context) -> Tensor:
    a, b = ctx.value(0), ctx.value(1)
    if isinstance(a, Tensor) and isinstance(b, Tensor):
        raise Refuse("a product of two activations is not supported yet", "only products with constant weights compile")
    if isinstance(b, np.ndarray):
        x, weight = ctx.tensor(0), _plain(b)
        if weight.ndim == 1:
            y = dense(ctx, x, weight[:, None], None, ctx.input_name(1), "")
            return ctx.reshape(y, y.shape[:-1])
        # x has one ONNX axis: [k] @ [k, n], which is only possible where that axis is no batch (dense checks).
        return dense(ctx, x, weight, None, ctx.input_name(1), "")
    x, weight = ctx.tensor(1), _plain(ctx.constant(0, "the left matrix"))
    if len(x.shape) == 1 and not ctx.lead:
        y = dense(ctx, x, np.atleast_2d(weight).T, None, ctx.input_name(0), "")
        return y if weight.ndim == 2 else ctx.reshape(y, ())
    y = from_left(ctx, np.atleast_2d(weight), x, ctx.input_name(0))
    return y if weight.ndim == 2 else ctx.reshape(y, (*y.shape[:-2], y.shape[-1]))


def _plain(weight: np.ndarray) -> np.ndarray:
    if not 1 <= weight.ndim <= 2:
        raise Refuse(f"a constant with {weight.ndim} axes is no single matrix", "use one MatMul per matrix")
    return weight
