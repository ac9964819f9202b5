"""ai.onnx.ml LinearClassifier: labels by the largest raw score, and the transformed scores."""

from __future__ import annotations

import numpy as np

from ..context import Context
from ..model import ML
from ..refusal import Refuse
from ..registry import translates
from ..values import Value
from ._scores import post_transform, scores
from .argmax import argmax_last
from .gather import choose


@translates(ML, "LinearClassifier")
def linear_classifier(ctx: Context) -> tuple[Value, ...]:
    text, numbers = ctx.attr("classlabels_strings"), ctx.attr("classlabels_ints")
    classes = np.array(text, dtype=np.str_) if text else np.array(numbers or [], dtype=np.int64)
    if len(classes) < 2:
        raise Refuse(f"{len(classes)} classes")
    count = np.asarray(ctx.attr("coefficients", np.zeros(0))).size
    x = ctx.tensor(0)
    if x.shape and count == x.shape[-1] and len(classes) == 2:
        raise Refuse("two classes with one row of coefficients", "export with one row of coefficients per class")
    raw = scores(ctx, x, len(classes))
    return choose(ctx, classes, argmax_last(ctx, raw), f"{ctx.node.name}.classes"), post_transform(ctx, raw)
