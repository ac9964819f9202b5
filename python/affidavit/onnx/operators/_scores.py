"""Shared by the linear models of ai.onnx.ml."""

from __future__ import annotations

import numpy as np

from ..context import Context
from ..refusal import Refuse, TouchesBatch
from ..values import Tensor
from ._dense import dense


def scores(ctx: Context, x: Tensor, rows: int) -> Tensor:
    """``x @ coefficients^T + intercepts`` with ``rows`` scores."""
    coefficients = np.asarray(ctx.attr("coefficients", np.zeros(0)), dtype=np.float64)
    intercepts = np.asarray(ctx.attr("intercepts", np.zeros(rows)), dtype=np.float64)
    if not x.shape:
        raise TouchesBatch(ctx.node.op)
    if len(x.shape) != 2 - ctx.lead and len(x.shape) != 1:
        raise Refuse(f"rows of shape {list(x.shape)}; a vector is expected")
    if rows < 1 or coefficients.size != rows * x.shape[-1]:
        raise Refuse(f"{coefficients.size} coefficients for {rows} scores of {x.shape[-1]} features")
    if intercepts.size not in (0, rows):
        raise Refuse(f"{intercepts.size} intercepts for {rows} scores")
    weight = coefficients.reshape(rows, x.shape[-1]).T
    bias = intercepts if intercepts.size and intercepts.any() else None
    return dense(ctx, x, weight, bias, f"{ctx.node.name}.coefficients", f"{ctx.node.name}.intercepts")


def post_transform(ctx: Context, y: Tensor) -> Tensor:
    """NONE, LOGISTIC or SOFTMAX; the other two are refused."""
    kind = str(ctx.attr("post_transform", "NONE"))
    if kind == "NONE":
        return y
    if kind == "LOGISTIC":
        return ctx.emit("unary", [y], y.shape, fn="sigmoid")
    if kind == "SOFTMAX":
        return ctx.emit("softmax", [y], y.shape)
    raise Refuse(f"the post-transform {kind} is not supported", "use NONE, LOGISTIC or SOFTMAX")
