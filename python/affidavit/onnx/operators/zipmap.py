"""ai.onnx.ml ZipMap: a list of dictionaries, replaced by the tensor that it is made from."""

from __future__ import annotations

from ..context import Context
from ..model import ML
from ..registry import translates
from ..values import Dropped


@translates(ML, "ZipMap")
def zipmap(ctx: Context) -> Dropped:
    x = ctx.tensor(0)
    classes = ctx.attr("classlabels_strings") or ctx.attr("classlabels_int64s") or []
    order = ", ".join(str(c) for c in classes[:16])
    return Dropped(f"ZipMap makes dictionaries; the tensor '{ctx.input_name(0)}' takes its place (classes: {order})", x)
