"""ai.onnx.ml Normalizer over the last axis."""

from __future__ import annotations

from ..context import Context
from ..model import ML
from ..refusal import Refuse, TouchesBatch
from ..registry import translates
from ..values import Tensor


@translates(ML, "Normalizer")
def normalizer(ctx: Context) -> Tensor:
    x, norm = ctx.tensor(0), str(ctx.attr("norm", "MAX"))
    if norm not in ("L1", "L2", "MAX"):
        raise Refuse(f"the norm {norm!r} does not exist")
    if not x.shape:
        raise TouchesBatch("Normalizer")
    if norm == "MAX" and not _never_negative(ctx, x):
        # ONNX divides by the signed maximum, scikit-learn (and the core operator) by the largest magnitude; the two
        # agree on rows without negative entries.
        raise Refuse("the norm MAX on values that may be negative", "use L1 or L2, or clip the values at 0 before")
    return ctx.emit("normalize", [x], x.shape, norm=norm.lower())


def _never_negative(ctx: Context, x: Tensor) -> bool:
    maker = next((n for n in ctx.builder.nodes if n.output == x.name), None)
    if maker is None:
        return False
    if maker.op == "clamp":
        return maker.attrs["lo"] is not None and maker.attrs["lo"] >= 0
    return maker.op == "softmax" or (maker.op == "unary" and maker.attrs["fn"] in ("sigmoid", "exp", "abs", "sqrt"))
