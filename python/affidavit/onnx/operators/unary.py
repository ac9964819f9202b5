"""Functions of one variable: Sigmoid, Tanh, Exp, Sqrt, Log, Erf, Reciprocal, Softplus, Abs."""

from __future__ import annotations

from ..context import Context
from ..registry import translates
from ..values import Tensor

_FUNCTIONS = {
    "Sigmoid": "sigmoid", "Tanh": "tanh", "Exp": "exp", "Sqrt": "sqrt", "Log": "log", "Erf": "erf",
    "Reciprocal": "reciprocal", "Softplus": "softplus", "Abs": "abs",
}  # fmt: skip


@translates("", *_FUNCTIONS)
def unary(ctx: Context) -> Tensor:
    x = ctx.tensor(0)
    return ctx.emit("unary", [x], x.shape, fn=_FUNCTIONS[ctx.node.op])
