"""``neg``: sign change."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..ir.graph import Node
from ..quantise.value import Value
from .base import Consts, Operator, Shape, batched

if TYPE_CHECKING:
    from ..quantise.context import Lowering


class Neg(Operator):
    name = "neg"

    def infer(self, node: Node, in_shapes: Sequence[Shape], consts: Consts) -> Shape:
        return in_shapes[0]

    def float(self, node: Node, args: Sequence[np.ndarray | None], consts: Consts) -> np.ndarray:
        return -batched(node, args, consts)

    def lower(self, node: Node, ctx: Lowering) -> None:
        raw = ctx.raw(node.inputs[0])
        tensor = ctx.builder.linear("negated", [(-1, raw.tensor)])
        ctx.bind(node.output, Value(tensor, raw.wide, raw.exponents))
