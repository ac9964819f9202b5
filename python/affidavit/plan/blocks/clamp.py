"""``a = min(max(round_half_up(acc / 2^shift), lo), hi)``: rescale, Relu, Clip and saturation in one.

With ``q = a - below + above`` the relations are: ``acc + 2^(shift-1) - 2^shift * q`` in ``[0, 2^shift)`` (or zero
without a shift), ``a`` in ``[lo, hi]``, ``below >= 0``, ``above >= 0``, ``(a - lo) * below = 0`` and
``(hi - a) * above = 0``. The first forces q. If ``q`` is inside, a positive ``below`` forces ``a = lo`` and then
``above = 0`` (as ``lo < hi``), so ``q < lo``: a contradiction, and likewise above. Outside, the same steps force ``a``
to the near end and the excess to one of the two. The excess that interval arithmetic excludes is not there at all.
"""

from __future__ import annotations

from dataclasses import dataclass

from .. import types as t
from ..builder import BoundsError, Builder


@dataclass(frozen=True)
class Clamped:
    """Tensor ids; ``below`` and ``above`` are the excess beyond the bounds, absent where it is impossible."""

    value: int
    below: int | None
    above: int | None


def rounded(acc: int, shift: int) -> int:
    """``acc / 2^shift`` rounded half up."""
    return (acc + (1 << shift >> 1)) >> shift


def range_bits(size: int) -> int:
    """Bits of the smallest power of two that holds ``size`` values; a range has at least one."""
    return max(1, (size - 1).bit_length())


def clamp(
    b: Builder, name: str, acc: int, shift: int, lo: int, hi: int, scale: int, *, enforced_elsewhere: bool = False
) -> Clamped:
    """Emit the block. ``enforced_elsewhere``: the caller looks ``value`` up in a table whose domain is ``[lo, hi]``."""
    if not lo < hi:
        raise BoundsError(f"{b.layer}: {name} has nothing between {lo} and {hi}")
    m, M = (rounded(v, shift) for v in b.interval(acc))
    dims, size = b.dims(acc), hi - lo + 1
    bits = range_bits(size)
    top = lo + (1 << bits) - 1
    a = b.fresh(name, dims, scale, lo, top, t.Clamp(acc, shift, lo, hi))
    if not enforced_elsewhere:
        b.range(a, lo, bits)
        if top != hi and M > hi:
            b.range(b.linear(f"{name}.room", [(-1, a)], hi), 0, bits)
    below = above = None
    if m < lo:
        width = range_bits(lo - m + 1)
        below = b.fresh(f"{name}.below", dims, scale, 0, (1 << width) - 1, t.Below(acc, shift, lo))
        b.range(below, 0, width)
    if M > hi:
        width = range_bits(M - hi + 1)
        above = b.fresh(f"{name}.above", dims, scale, 0, (1 << width) - 1, t.Above(acc, shift, hi))
        b.range(above, 0, width)
    q = [(1, a)] + ([(-1, below)] if below is not None else []) + ([(1, above)] if above is not None else [])
    step = 1 << shift
    remainder = b.linear(
        f"{name}.remainder", [(1, acc), *((-step * c, i) for c, i in q)], step >> 1, scale=b.scale(acc)
    )
    if shift:
        b.range(remainder, 0, shift)
    else:
        b.zero(remainder)
    if below is not None:
        exclusive(b, f"{name}.only_below", b.linear(f"{name}.over_lo", [(1, a)], -lo), below)
    if above is not None:
        exclusive(b, f"{name}.only_above", b.linear(f"{name}.under_hi", [(-1, a)], hi), above)
    return Clamped(a, below, above)


def exclusive(b: Builder, name: str, room: int, excess: int) -> None:
    """``room = 0`` or ``excess = 0``, cell by cell, both non-negative.

    Their product is zero; where it could wrap, an indicator splits it: ``room * u = 0``, ``excess * (1 - u) = 0`` and
    ``excess - u >= 0``, which make ``u`` 1 exactly where ``excess > 0``.
    """
    if b.interval(room)[1] * b.interval(excess)[1] < b.field.prime:
        b.zero(b.product(name, room, excess))
        return
    u = b.fresh(f"{name}.is_beyond", b.dims(excess), 0, 0, 1, t.Clamp(excess, 0, 0, 1))
    b.range(u, 0, 1)
    b.range(b.linear(f"{name}.beyond_by", [(1, excess), (-1, u)]), 0, range_bits(b.interval(excess)[1] + 1))
    b.zero(b.product(f"{name}.no_room", room, u))
    b.zero(b.product(f"{name}.no_excess", excess, b.linear(f"{name}.is_inside", [(-1, u)], 1)))


def aligned(b: Builder, name: str, tensor: int, scale: int) -> int:
    """The same real values at a finer ``scale``: an exact product with a power of two."""
    extra = scale - b.scale(tensor)
    if extra < 0:
        raise BoundsError(f"{b.layer}: {name} cannot be made coarser without rounding")
    return b.linear(name, [(1 << extra, tensor)], scale=scale)
