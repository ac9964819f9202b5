"""Operators that change nothing in a proof of one inference: Identity, Dropout, Imputer, harmless Cast."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from onnx import TensorProto

from ..context import Context
from ..model import ML
from ..refusal import Refuse
from ..registry import translates
from ..values import FLOAT, INT, Dropped, Tensor

_FLOATS = (TensorProto.FLOAT, TensorProto.DOUBLE)
_WIDE_INTEGERS = (TensorProto.INT32, TensorProto.INT64, TensorProto.UINT32, TensorProto.UINT64)


@translates("", "Identity")
def identity(ctx: Context) -> Tensor:
    return ctx.tensor(0, batch_last=True)


@translates("", "Dropout")
def dropout(ctx: Context) -> Tensor:
    training = ctx.optional(2, "the training flag")
    if training is not None and training.any():
        raise Refuse("Dropout in training mode", "export the model in evaluation mode")
    return ctx.tensor(0)


@translates(ML, "Imputer")
def imputer(ctx: Context) -> Tensor:
    """Inputs with NaN are refused, so replacing NaN never happens."""
    if not np.isnan(ctx.attr("replaced_value_float", 0.0)):
        raise Refuse("an Imputer that replaces a number", "impute before the model")
    return ctx.tensor(0)


@translates("", "Cast")
def cast(ctx: Context) -> Tensor | Dropped:
    x, to = ctx.tensor(0, batch_last=True), int(ctx.attr("to", 0))
    if to in _FLOATS:
        return replace(x, dtype=FLOAT)
    if to == TensorProto.STRING:
        return Dropped("it is text")
    if to in _WIDE_INTEGERS and x.integer:
        return replace(x, dtype=INT)
    name = TensorProto.DataType.Name(to) if to in TensorProto.DataType.values() else str(to)
    raise Refuse(
        f"casting to {name} changes values", "only casts to float, and of integers to int32 or int64, are harmless"
    )
