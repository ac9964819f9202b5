"""Squeeze and Unsqueeze (axes as attribute before operator set 13, as input since)."""

from __future__ import annotations

from ..context import Context
from ..refusal import Refuse, TouchesBatch
from ..registry import translates
from ..values import Tensor


@translates("", "Squeeze")
def squeeze(ctx: Context) -> Tensor:
    x = ctx.tensor(0)
    axes = ctx.integers("axes", 1, "the axes")
    if axes is None:
        if ctx.lead and ctx.batch == 1:
            raise TouchesBatch("Squeeze")
        drop = {i for i, d in enumerate(x.shape) if d == 1}
    else:
        drop = {ctx.axis(a, ctx.rank(x)) for a in axes}
        if any(x.shape[i] != 1 for i in drop):
            raise Refuse(f"the axes {axes} are not all of size 1")
    return ctx.reshape(x, [d for i, d in enumerate(x.shape) if i not in drop])


@translates("", "Unsqueeze")
def unsqueeze(ctx: Context) -> Tensor:
    x = ctx.tensor(0)
    axes = ctx.integers("axes", 1, "the axes")
    if axes is None:
        raise Refuse("the axes are missing")
    rank = ctx.rank(x) + len(axes)
    new = {ctx.axis(a, rank) for a in axes}
    if len(new) != len(axes):
        raise Refuse(f"the axes {axes} repeat")
    old = iter(x.shape)
    return ctx.reshape(x, [1 if i in new else next(old) for i in range(rank - ctx.lead)])
