"""``argmax``: index of the largest cell of the last axis, which is removed; the first index wins."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..ir.graph import Node
from ..plan.blocks.rows import first_max
from ..quantise.value import Value
from .base import Consts, Operator, Shape, batched, mismatch

if TYPE_CHECKING:
    from ..quantise.context import Lowering


class ArgMax(Operator):
    name = "argmax"

    def infer(self, node: Node, in_shapes: Sequence[Shape], consts: Consts) -> Shape:
        if not in_shapes[0]:
            raise mismatch(node, "a scalar has no last axis")
        return in_shapes[0][:-1]

    def float(self, node: Node, args: Sequence[np.ndarray | None], consts: Consts) -> np.ndarray:
        return np.asarray(batched(node, args, consts).argmax(axis=-1).astype(np.float64))

    def lower(self, node: Node, ctx: Lowering) -> None:
        b, x = ctx.builder, ctx.settled(node.inputs[0])
        chosen = first_max(b, "argmax", x).selector
        labels = tuple(range(len(b.dims(x))))
        positions = b.constant("positions", np.arange(b.dims(x)[-1], dtype=np.int64))
        index = b.contract("index", labels[:-1], chosen, labels, positions, labels[-1:], scale=0)
        ctx.bind(node.output, Value(index, one_hot=chosen))
