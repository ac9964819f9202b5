"""Floats at the edge of the integer world: inputs in, outputs out."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ..errors import InputError
from ..plan import types as t
from ..rounding import round_half_up


def quantise_inputs(plan: t.Plan, values: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """``round_half_up(x * 2^scale)`` per port. Refuses NaN, infinities and values outside the enforced range."""
    result: dict[str, np.ndarray] = {}
    for port in plan.inputs:
        if port.name not in values:
            raise InputError(
                f"the input {port.name!r} is missing", hint=f"the model takes {[p.name for p in plan.inputs]}"
            )
        array = np.asarray(values[port.name], dtype=np.float64)
        if array.ndim == 0 or array.shape[1:] != port.shape:
            raise InputError(f"input {port.name!r}: expected [rows, {port.shape}], got {array.shape}")
        lowest, highest = _enforced(plan, port)
        with np.errstate(over="ignore"):  # infinite is outside of the range as well
            scaled = round_half_up(np.ldexp(array, port.scale))
        # NaN compares false, so it is outside as well.
        outside = ~((scaled >= lowest) & (scaled <= highest))
        if outside.any():
            cell = tuple(int(i) for i in np.argwhere(outside)[0])
            low, high = np.ldexp(float(lowest), -port.scale), np.ldexp(float(highest), -port.scale)
            raise InputError(
                # Never the value: messages end in logs.
                f"input {port.name!r}: the value of cell {list(cell)} is outside the declared range"
                f" [{low:g}, {high:g}]",
                hint="compile with calibration data that covers such values",
                code="input-range",
            )
        result[port.name] = scaled.astype(np.int64)
    return result


def _enforced(plan: t.Plan, port: t.Port) -> tuple[int, int]:
    """The declared range, cut by every Range on the port's own tensor (two of them make a range of any size)."""
    body = plan.tensors[port.tensor].body
    assert isinstance(body, t.Input)
    low, high = body.lo, body.hi
    for relation in plan.relations:
        if isinstance(relation, t.Range) and relation.tensor == port.tensor:
            low, high = max(low, relation.lo), min(high, relation.lo + (1 << relation.bits) - 1)
    return low, high


def dequantise_outputs(plan: t.Plan, tensors: Mapping[int, np.ndarray]) -> dict[str, np.ndarray]:
    """Output ports as float64 in their declared shapes."""
    return {
        p.name: np.ldexp(tensors[p.tensor].astype(np.float64), -p.scale).reshape(-1, *p.shape) for p in plan.outputs
    }
