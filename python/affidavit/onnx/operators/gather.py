"""Gather: constant indices into an activation, or a computed index into a constant list."""

from __future__ import annotations

import numpy as np

from ..context import Context
from ..refusal import Refuse
from ..registry import translates
from ..values import Dropped, Tensor

_LABELS = "select class labels only (a list of integers), and reveal the index or the scores instead of learned values"


def choose(ctx: Context, values: np.ndarray, index: Tensor, stem: str) -> Tensor | Dropped:
    """``values[index]`` for class labels; labels that are text are left out.

    The plan is public and holds the labels, so a list that may be learned is refused: labels are whole numbers.
    """
    if values.dtype.kind == "U":
        return Dropped(f"its labels are text ({', '.join(values.ravel()[:8])}); reveal or test the scores instead")
    if values.dtype.kind not in "iub" and not np.array_equal(values, np.floor(values)):
        raise Refuse("a list of fractions would be public in the plan", _LABELS)
    if not index.integer:
        raise Refuse("the index has to be an integer")
    return ctx.emit(
        "select", [index, ctx.store(values, stem)], index.shape, dtype=values.dtype, integer=values.dtype.kind in "iub"
    )


def take(ctx: Context, x: Tensor, axis: int, indices: np.ndarray) -> Tensor:
    """Constant ``indices`` (any shape) along ``axis`` (without batch)."""
    size = x.shape[axis]
    flat = ctx.whole(indices, "the indices")
    if not flat or any(not -size <= i < size for i in flat):
        raise Refuse(f"indices outside an axis of {size}")
    flat = [i % size for i in flat]
    shape = (*x.shape[:axis], len(flat), *x.shape[axis + 1 :])
    y = ctx.emit("take", [x], shape, dtype=x.dtype, integer=x.integer, axis=axis, indices=tuple(flat))
    return ctx.reshape(y, (*x.shape[:axis], *indices.shape, *x.shape[axis + 1 :]))


@translates("", "Gather")
def gather(ctx: Context) -> Tensor | Dropped:
    data = ctx.value(0)
    if isinstance(data, np.ndarray):
        if data.ndim != 1 or int(ctx.attr("axis", 0)) not in (0, -1):
            raise Refuse("a lookup of rows (embedding) is not supported yet", "feed the looked-up rows as input")
        if data.dtype.kind not in "iubU":
            # Even whole numbers: an exported list of floats is a parameter, labels are integers or text.
            raise Refuse("a lookup in a list of floats, which may be learned and would be public in the plan", _LABELS)
        return choose(ctx, data, ctx.tensor(1), ctx.input_name(0))
    x = ctx.tensor(0)
    return take(ctx, x, ctx.axis(int(ctx.attr("axis", 0)), ctx.rank(x)), ctx.constant(1, "the indices"))
