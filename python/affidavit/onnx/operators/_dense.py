"""Shared by the operators that multiply by a constant matrix."""

from __future__ import annotations

import numpy as np

from ..context import Context
from ..refusal import Refuse, TouchesBatch
from ..values import Tensor


def dense(ctx: Context, x: Tensor, weight: np.ndarray, bias: np.ndarray | None, stem: str, bias_stem: str) -> Tensor:
    """``x[..., k] @ weight[k, n] + bias[n]``; ``x`` needs a last axis that is not the batch."""
    if not x.shape:
        raise TouchesBatch(ctx.node.op)
    if weight.ndim != 2 or weight.shape[0] != x.shape[-1]:
        raise Refuse(f"shapes {list(x.shape)} and {list(weight.shape)} cannot be multiplied")
    inputs: list[Tensor | str] = [x, ctx.store(weight, stem)]
    if bias is not None:
        inputs.append(ctx.store(bias, bias_stem))
    return ctx.emit("dense", inputs, (*x.shape[:-1], weight.shape[1]))


def from_left(ctx: Context, weight: np.ndarray, x: Tensor, stem: str) -> Tensor:
    """``weight[m, k] @ x[..., k, n]``, as ``(x^T @ weight^T)^T``."""
    if len(x.shape) < 2:
        raise TouchesBatch(ctx.node.op)
    swap = (*range(len(x.shape) - 2), len(x.shape) - 1, len(x.shape) - 2)
    return ctx.transpose(dense(ctx, ctx.transpose(x, swap), weight.T, None, stem, ""), swap)
