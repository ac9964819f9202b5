"""Gemm: alpha * A' @ B' + beta * C with one constant factor."""

from __future__ import annotations

import numpy as np

from ..context import Context
from ..refusal import Refuse, TouchesBatch
from ..registry import translates
from ..values import Tensor
from ._dense import dense, from_left
from .add_sub import combine


@translates("", "Gemm")
def gemm(ctx: Context) -> Tensor:
    a, b, c = ctx.value(0), ctx.value(1), ctx.value(2)
    alpha, beta = float(ctx.attr("alpha", 1.0)), float(ctx.attr("beta", 1.0))
    if isinstance(a, Tensor) and isinstance(b, Tensor):
        raise Refuse("a product of two activations is not supported yet", "only products with constant weights compile")
    if isinstance(b, np.ndarray):
        x, weight = _oriented(ctx, 0, "transA"), _matrix(ctx, 1, "transB")
        bias = _row_bias(ctx, c, weight.shape[1])
        if bias is not None or c is None:
            scaled = None if bias is None else beta * bias
            return dense(
                ctx, x, alpha * weight, scaled, ctx.input_name(1), ctx.input_name(2) if bias is not None else ""
            )
        y = dense(ctx, x, alpha * weight, None, ctx.input_name(1), "")
    else:
        if ctx.lead:
            raise TouchesBatch("Gemm with a constant left factor")
        y = from_left(ctx, alpha * _matrix(ctx, 0, "transA"), _oriented(ctx, 1, "transB"), ctx.input_name(0))
    return y if c is None else _add(ctx, y, c, beta)


def _oriented(ctx: Context, index: int, flag: str) -> Tensor:
    x = ctx.tensor(index)
    if ctx.rank(x) != 2:
        raise Refuse(f"input {index} needs two axes")
    if not ctx.attr(flag, 0):
        return x
    if ctx.lead:
        raise TouchesBatch(f"Gemm with {flag}")
    return ctx.transpose(x, (1, 0))


def _matrix(ctx: Context, index: int, flag: str) -> np.ndarray:
    weight = ctx.constant(index, "a factor")
    if weight.ndim != 2:
        raise Refuse(f"input {index} needs two axes")
    return weight.T if ctx.attr(flag, 0) else weight


def _row_bias(ctx: Context, c: object, n: int) -> np.ndarray | None:
    """C as a vector of ``n`` entries, None where it is no constant row."""
    if not isinstance(c, np.ndarray) or c.ndim > 2 or (c.ndim == 2 and c.shape[0] != 1):
        return None
    if c.size not in (1, n):
        raise Refuse(f"bias of {c.size} entries for {n} columns")
    return np.broadcast_to(c.reshape(-1).astype(np.float64), (n,))


def _add(ctx: Context, y: Tensor, c: object, beta: float) -> Tensor:
    if isinstance(c, np.ndarray):
        return combine(ctx, "add", y, beta * c)
    bias = ctx.tensor(2)
    if beta != 1.0:
        bias = ctx.emit("mul", [bias, ctx.store(np.array(beta), f"{ctx.stem}.beta")], bias.shape)
    return combine(ctx, "add", y, bias)
