"""Slice (bounds as attributes before operator set 10, as inputs since) and Split."""

from __future__ import annotations

from ..context import Context
from ..refusal import Refuse
from ..registry import translates
from ..values import Tensor

_END = 2**31 - 1  # exporters write at least this for "to the end"


def cut(ctx: Context, x: Tensor, ranges: dict[int, range]) -> Tensor:
    """Keep the indices of ``ranges`` (by axis without batch)."""
    full = [ranges.get(i, range(d)) for i, d in enumerate(x.shape)]
    shape = tuple(len(r) for r in full)
    if any(n == 0 for n in shape):
        raise Refuse(f"the slice of {list(x.shape)} is empty")
    starts, steps = tuple(r.start for r in full), tuple(r.step for r in full)
    return ctx.emit("slice", [x], shape, dtype=x.dtype, integer=x.integer, starts=starts, steps=steps, shape=shape)


@translates("", "Slice")
def slice_(ctx: Context) -> Tensor:
    x = ctx.tensor(0)
    starts, ends = ctx.integers("starts", 1, "the starts"), ctx.integers("ends", 2, "the ends")
    if starts is None or ends is None:
        raise Refuse("starts or ends are missing")
    axes = ctx.integers("axes", 3, "the axes") or list(range(len(starts)))
    steps = ctx.integers("steps", 4, "the steps") or [1] * len(starts)
    if not len(starts) == len(ends) == len(axes) == len(steps):
        raise Refuse("starts, ends, axes and steps differ in length")
    ranges: dict[int, range] = {}
    for start, end, axis, step in zip(starts, ends, axes, steps, strict=True):
        if step == 0:
            raise Refuse("a step of 0")
        if ctx.lead and axis % ctx.rank(x) == 0 and (start, step) == (0, 1) and end >= _END:
            continue  # every row of the batch
        position = ctx.axis(axis, ctx.rank(x))
        if position in ranges:
            raise Refuse(f"axis {axis} is sliced twice")
        ranges[position] = range(*slice(start, end, step).indices(x.shape[position]))
    return cut(ctx, x, ranges) if ranges else x


@translates("", "Split")
def split(ctx: Context) -> tuple[Tensor, ...]:
    x = ctx.tensor(0)
    axis = ctx.axis(int(ctx.attr("axis", 0)), ctx.rank(x))
    count, size = len(ctx.node.outputs), x.shape[axis]
    sizes = ctx.integers("split", 1, "the sizes")
    if sizes is None:
        each = -(-size // count)
        sizes = [min(each, size - i * each) for i in range(count)]
    if len(sizes) != count or sum(sizes) != size or min(sizes) < 0:
        raise Refuse(f"sizes {sizes} do not split an axis of {size} into {count}")
    ends = [sum(sizes[: i + 1]) for i in range(count)]
    return tuple(cut(ctx, x, {axis: range(end - n, end)}) for n, end in zip(sizes, ends, strict=True))
