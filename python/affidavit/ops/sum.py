"""``sum``: sums over ``axes`` and removes them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..ir.graph import Node
from .base import Consts, Operator, Shape, axis_of, batched

if TYPE_CHECKING:
    from ..quantise.context import Lowering


class Sum(Operator):
    name = "sum"

    def infer(self, node: Node, in_shapes: Sequence[Shape], consts: Consts) -> Shape:
        axes = self.axes(node, len(in_shapes[0]))
        return tuple(n for i, n in enumerate(in_shapes[0]) if i not in axes)

    def float(self, node: Node, args: Sequence[np.ndarray | None], consts: Consts) -> np.ndarray:
        x = batched(node, args, consts)
        return np.asarray(x.sum(axis=tuple(a + 1 for a in sorted(self.axes(node, x.ndim - 1)))))

    @staticmethod
    def axes(node: Node, rank: int) -> frozenset[int]:
        """The summed axes, non-negative, without the batch axis."""
        return frozenset(axis_of(node, int(a), rank) for a in node.attrs["axes"])

    def lower(self, node: Node, ctx: Lowering) -> None:
        b, x = ctx.builder, ctx.settled(node.inputs[0])
        labels = tuple(range(len(b.dims(x))))
        axes = self.axes(node, len(labels))
        total = b.contract("total", tuple(i for i in labels if i not in axes), x, labels)
        ctx.bind(node.output, ctx.finished(ctx.require_closing(total)))
