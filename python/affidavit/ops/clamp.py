"""``clamp``: ``min(max(x, lo), hi)``; either side may be ``None`` (Relu is ``lo=0``)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..ir.graph import Node
from ..quantise.value import Value
from .base import Consts, Operator, Shape, batched, mismatch

if TYPE_CHECKING:
    from ..quantise.context import Lowering


class Clamp(Operator):
    name = "clamp"

    def infer(self, node: Node, in_shapes: Sequence[Shape], consts: Consts) -> Shape:
        lo, hi = node.attrs.get("lo"), node.attrs.get("hi")
        if lo is not None and hi is not None and not lo < hi:
            raise mismatch(node, f"empty interval [{lo}, {hi}]")
        return in_shapes[0]

    def float(self, node: Node, args: Sequence[np.ndarray | None], consts: Consts) -> np.ndarray:
        x, lo, hi = batched(node, args, consts), node.attrs.get("lo"), node.attrs.get("hi")
        return x.copy() if lo is None and hi is None else np.clip(x, lo, hi)

    def lower(self, node: Node, ctx: Lowering) -> None:
        acc = ctx.plain(node.inputs[0])
        value = ctx.rescale("clamp", acc, node.output, lo=node.attrs.get("lo"), hi=node.attrs.get("hi"))
        ctx.bind(node.output, Value(value))
