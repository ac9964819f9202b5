"""Reshape with 0 (copy), -1 (infer) and allowzero."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from ..context import Context
from ..refusal import Refuse, TouchesBatch
from ..registry import translates
from ..values import BATCH, Tensor


@translates("", "Reshape")
def reshape(ctx: Context) -> Tensor:
    x = ctx.tensor(0, batch_last=True)
    target = list(ctx.constant(1, "the shape").ravel())
    if x.batch_last and not (len(target) == 1 and (target[0] is BATCH or target[0] in (-1, ctx.batch))):
        raise TouchesBatch("Reshape")  # [1, B] keeps its rows apart only when it becomes [B]
    copies = not ctx.attr("allowzero", 0)
    if not ctx.lead:
        return ctx.reshape(x, _resolve([int(t) for t in target], x.shape, math.prod(x.shape), copies))
    if not target:
        raise TouchesBatch("Reshape")
    rest = target[1:]
    if any(t is BATCH for t in rest):
        raise TouchesBatch("Reshape")
    shape = _resolve(
        [int(t) for t in rest], x.shape, math.prod(x.shape), copies, infer=target[0] is BATCH or target[0] != -1
    )
    if not _is_batch(ctx, target[0], copies) or math.prod(shape) != math.prod(x.shape):
        raise TouchesBatch("Reshape")
    return ctx.reshape(replace(x, batch_last=False), shape)


def _is_batch(ctx: Context, size: object, copies: bool) -> bool:
    """Whether the target's first entry stands for the batch size, given that the rest holds exactly one row."""
    if size is BATCH or size == -1 or (size == 0 and copies):
        return True
    return ctx.batch is not None and isinstance(size, int | np.integer) and int(size) == ctx.batch


def _resolve(
    target: list[int], source: tuple[int, ...], cells: int, copies: bool, infer: bool = True
) -> tuple[int, ...]:
    """Replace 0 and -1. ``source`` and ``target`` start at the same axis."""
    shape = []
    for axis, size in enumerate(target):
        if size == 0 and copies:
            if axis >= len(source):
                raise Refuse("the shape copies an axis that does not exist")
            size = source[axis]
        shape.append(size)
    if any(s < -1 for s in shape) or shape.count(-1) > (1 if infer else 0):
        raise Refuse(f"{target} is no shape")
    if -1 in shape:
        known = math.prod(s for s in shape if s != -1)
        if known <= 0 or cells % known:
            raise Refuse(f"cannot reshape {list(source)} to {target}")
        shape[shape.index(-1)] = cells // known
    return tuple(shape)
