"""``unary``: a function of one variable, cell by cell (see ``functions.py``)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..ir.graph import Node
from ..plan.blocks.table import apply_table, function_table
from ..quantise.scales import SLACK, ceil_log2
from ..quantise.value import Value
from .base import Consts, Operator, Shape, batched, mismatch
from .functions import FUNCTIONS, Function

if TYPE_CHECKING:
    from ..quantise.context import Lowering


class Unary(Operator):
    name = "unary"

    def infer(self, node: Node, in_shapes: Sequence[Shape], consts: Consts) -> Shape:
        if node.attrs.get("fn") not in FUNCTIONS:
            raise mismatch(node, f"unknown function {node.attrs.get('fn')!r}; known: {', '.join(sorted(FUNCTIONS))}")
        return in_shapes[0]

    def float(self, node: Node, args: Sequence[np.ndarray | None], consts: Consts) -> np.ndarray:
        return FUNCTIONS[node.attrs["fn"]].array(batched(node, args, consts))

    def lower(self, node: Node, ctx: Lowering) -> None:
        b, function = ctx.builder, FUNCTIONS[node.attrs["fn"]]
        acc = ctx.plain(node.inputs[0])
        scale, in_lo, log_size = self._domain(ctx, node.inputs[0], acc, function)
        in_hi = in_lo + (1 << log_size) - 1
        steps = np.ldexp(np.arange(in_lo, in_hi + 1, dtype=np.float64), -scale)
        with np.errstate(all="ignore"):
            ends = function.array(steps)
        # Beyond four times what calibration saw, the function's value saturates (an exponential's far end).
        peak = min(
            float(np.max(np.abs(ends[np.isfinite(ends)]), initial=0.0)),
            4 * max(ctx.calibration.peak(node.output), 2.0**-20),
        )
        bits = ctx.precision.activation_bits
        signed = bool(np.nanmin(ends) < 0)
        out_scale = bits - int(signed) - ceil_log2(peak)
        hi = (1 << (bits - int(signed))) - 1
        table = function_table(function.exact, in_lo, log_size, scale, out_scale, -hi - 1 if signed else 0, hi)
        low, high = function.domain
        flat = (low is not None and math.ldexp(in_lo, -scale) <= low) and (
            high is not None and math.ldexp(in_hi + 1, -scale) >= high
        )
        x = ctx.fit("argument", acc, scale, in_lo, in_hi, count=not flat, table=True)
        ctx.note(bits=bits, scale=out_scale)
        ctx.bind(node.output, Value(apply_table(b, node.attrs["fn"], x, table, out_scale)))

    @staticmethod
    def _domain(ctx: Lowering, name: str, acc: int, function: Function) -> tuple[int, int, int]:
        """(scale, first argument, log2 of the number of arguments): calibrated range plus half its width on both sides.

        Cut to where the function changes. The ends lie on a grid of an eighth of the domain, so that they tell no exact
        calibrated value. An end up to ``SLACK`` of the grid beyond a line counts as on it: symmetric data lie on lines
        exactly, and the last bits of a float sum must not choose the cell.
        """
        low, high = ctx.calibration.bounds(name)
        margin = max((high - low) / 2, (abs(low) + abs(high)) / 8, 2.0**-10)
        low, high = low - margin, high + margin
        if function.domain[0] is not None:
            low = max(low, function.domain[0])
        if function.domain[1] is not None:
            high = min(high, function.domain[1])
        high = max(high, low + 2.0**-10)
        log_size = ctx.precision.table_bits
        scale = min(log_size - ceil_log2(high - low), ctx.builder.scale(acc))
        log_size = min(log_size, max(4, ceil_log2(high - low) + scale))
        while True:
            grid = 1 << (log_size - 3)
            first = math.floor(math.ldexp(low, scale) / grid + SLACK) * grid
            if first + (1 << log_size) >= math.ldexp(high, scale) - grid * SLACK:
                return scale, first, log_size
            if log_size < ctx.precision.table_bits:
                log_size += 1
            else:
                scale -= 1
