"""``transpose``: axes permuted: output axis ``i`` is input axis ``perm[i]``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..ir.graph import Node
from ..plan.types import Part
from ..quantise.value import Value
from .base import Consts, Operator, Shape, batched, mismatch, row_major

if TYPE_CHECKING:
    from ..quantise.context import Lowering


class Transpose(Operator):
    name = "transpose"

    def infer(self, node: Node, in_shapes: Sequence[Shape], consts: Consts) -> Shape:
        perm = tuple(node.attrs["perm"])
        if sorted(perm) != list(range(len(in_shapes[0]))):
            raise mismatch(node, f"{perm} is no permutation of the axes of {in_shapes[0]}")
        return tuple(in_shapes[0][i] for i in perm)

    def float(self, node: Node, args: Sequence[np.ndarray | None], consts: Consts) -> np.ndarray:
        return batched(node, args, consts).transpose((0, *(i + 1 for i in node.attrs["perm"])))

    def lower(self, node: Node, ctx: Lowering) -> None:
        b, x = ctx.builder, ctx.settled(node.inputs[0])
        strides, perm = row_major(b.dims(x)), node.attrs["perm"]
        dims = tuple(b.dims(x)[i] for i in perm)
        part = Part(x, (0,) * len(dims), dims, 0, tuple(strides[i] for i in perm))
        ctx.bind(node.output, Value(b.view("transposed", dims, [part], b.scale(x))))
