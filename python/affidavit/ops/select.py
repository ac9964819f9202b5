"""``select``: ``values[x]`` for an integer ``x`` in ``[0, n)``. The values are class labels: whole numbers, public."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..errors import InputError, UnsupportedModel
from ..ir.graph import Node
from ..plan.blocks.clamp import range_bits
from ..plan.blocks.table import apply_table
from ..plan.types import FunctionTable
from ..quantise.indices import inside
from ..quantise.value import Value
from .base import Consts, Operator, Shape, batched, mismatch

if TYPE_CHECKING:
    from ..quantise.context import Lowering


class Select(Operator):
    name = "select"

    def infer(self, node: Node, in_shapes: Sequence[Shape], consts: Consts) -> Shape:
        if node.inputs[1] not in consts or len(in_shapes[1]) != 1 or in_shapes[1][0] < 1:
            raise mismatch(node, "the list of values must be a constant vector")
        return in_shapes[0]

    def float(self, node: Node, args: Sequence[np.ndarray | None], consts: Consts) -> np.ndarray:
        index, values = batched(node, args, consts).astype(np.int64), consts[node.inputs[1]]
        if index.size and not (index.min() >= 0 and index.max() < len(values)):
            raise InputError(f"{node.origin or node.name}: an index outside its list of {len(values)} labels")
        return np.asarray(values, dtype=np.float64)[index]

    def lower(self, node: Node, ctx: Lowering) -> None:
        b, values, raw = ctx.builder, ctx.const(node.inputs[1]), ctx.raw(node.inputs[0])
        listed = self._labels(node, values)
        if raw.one_hot is not None:
            if np.array_equal(listed, np.arange(len(listed))):
                ctx.bind(node.output, raw)
                return
            labels = tuple(range(len(b.dims(raw.one_hot))))
            constant = b.constant("values", listed)
            ctx.bind(
                node.output,
                Value(b.contract("selected", labels[:-1], raw.one_hot, labels, constant, labels[-1:], scale=0)),
            )
            return
        x = ctx.plain(node.inputs[0])
        if b.scale(x) != 0 or len(listed) > 1 << 16:
            raise mismatch(node, "only whole numbers below 2^16 can select")
        bits = range_bits(len(listed))
        if not inside(ctx.graph, node.inputs[0], len(listed)):
            # A sum or product of indices can leave the list: then it takes the entry at the nearer end.
            x = ctx.fit("index", x, 0, 0, max(len(listed) - 1, 1), table=len(listed) in (1, 1 << bits))
        padded = np.concatenate([listed, np.full((1 << bits) - len(listed), listed[-1])])
        ctx.bind(node.output, Value(apply_table(b, "selected", x, FunctionTable(0, bits, padded), 0)))

    @staticmethod
    def _labels(node: Node, values: np.ndarray) -> np.ndarray:
        """The entries as integers. Labels are structure and public; fractions may be learned, so they are refused."""
        if np.any(values != np.floor(values)) or np.any(np.abs(values) >= 2**31):
            raise UnsupportedModel(
                f"{node.origin or node.name} (select): its values are no whole numbers below 2^31",
                hint="only class labels can be selected: they stand in the public plan",
            )
        return values.astype(np.int64)
