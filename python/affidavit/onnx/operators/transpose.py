"""Transpose."""

from __future__ import annotations

from ..context import Context
from ..refusal import Refuse, TouchesBatch
from ..registry import translates
from ..values import Tensor


@translates("", "Transpose")
def transpose(ctx: Context) -> Tensor:
    x = ctx.tensor(0)
    rank = ctx.rank(x)
    perm = ctx.attr("perm") or list(range(rank))[::-1]
    if sorted(perm) != list(range(rank)):
        raise Refuse(f"{perm} is no permutation of {rank} axes")
    if ctx.lead and perm[0] != 0:
        raise TouchesBatch("Transpose")
    return ctx.transpose(x, [p - ctx.lead for p in perm[ctx.lead :]])
