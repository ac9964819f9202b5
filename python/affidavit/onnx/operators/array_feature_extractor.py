"""ai.onnx.ml ArrayFeatureExtractor: columns of an activation, or class labels by a computed index."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from ..context import Context
from ..model import ML
from ..refusal import Refuse, TouchesBatch
from ..registry import translates
from ..values import Dropped, Tensor
from .gather import choose, take


@translates(ML, "ArrayFeatureExtractor")
def array_feature_extractor(ctx: Context) -> Tensor | Dropped:
    data = ctx.value(0)
    if isinstance(data, np.ndarray):
        return _label(ctx, data)
    x, indices = ctx.tensor(0), ctx.constant(1, "the indices").ravel()
    if not x.shape:
        raise TouchesBatch("ArrayFeatureExtractor")
    y = take(ctx, x, len(x.shape) - 1, indices)
    return y if ctx.rank(x) > 1 else ctx.reshape(y, (1, len(indices)))


def _label(ctx: Context, classes: np.ndarray) -> Tensor | Dropped:
    if math.prod(classes.shape[:-1]) != 1:
        raise Refuse("a list of classes with several rows")
    index = ctx.tensor(1)
    if ctx.lead and math.prod(index.shape) != 1:
        raise TouchesBatch("ArrayFeatureExtractor")
    label = choose(ctx, classes.ravel(), index, ctx.input_name(0))
    if isinstance(label, Dropped):
        return label
    # The result is one row with one entry per index: [1, B] when the index is [B] or [B, 1].
    return replace(label, batch_last=True) if ctx.lead else ctx.reshape(label, (1, math.prod(index.shape)))
