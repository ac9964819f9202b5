"""Run the float graph on calibration rows and record what every activation does."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .. import ops
from ..errors import InputError, UnsupportedModel
from ..ir.graph import Graph


@dataclass(frozen=True)
class Calibration:
    """``values``: every activation as ``[rows, *shape]`` in float64."""

    rows: int
    values: dict[str, np.ndarray]

    def bounds(self, name: str) -> tuple[float, float]:
        """Smallest and largest cell of an activation."""
        values = self.values[name]
        return float(values.min()), float(values.max())

    def peak(self, name: str) -> float:
        """Largest magnitude."""
        low, high = self.bounds(name)
        return max(-low, high, 0.0)


def calibrate(graph: Graph, samples: dict[str, np.ndarray], max_rows: int) -> Calibration:
    """Evaluate ``graph`` on at most ``max_rows`` rows. Refuses missing, empty, ragged or non-finite samples."""
    values: dict[str, np.ndarray] = {}
    rows: int | None = None
    for value in graph.inputs:
        if value.name not in samples:
            raise InputError(f"calibration has no array for the input {value.name!r}")
        array = np.asarray(samples[value.name], dtype=np.float64)
        if array.shape[1:] != value.shape or array.ndim == 0:
            raise InputError(f"calibration {value.name!r}: expected [rows, {value.shape}], got {array.shape}")
        if rows not in (None, array.shape[0]):
            raise InputError("calibration inputs have different numbers of rows")
        rows = int(array.shape[0])
        if rows == 0:
            raise InputError("the calibration set is empty")
        if not np.isfinite(array).all():
            raise InputError(f"calibration {value.name!r} has NaN or infinite cells")
        values[value.name] = array[:max_rows]
    with np.errstate(all="ignore"):
        for node in graph.nodes:
            args = [values.get(name) for name in node.inputs]
            values[node.output] = ops.get(node.op).float(node, args, graph.constants)
            if not np.isfinite(values[node.output]).all():
                raise UnsupportedModel(
                    f"{node.origin or node.name} gives NaN or infinity on the calibration set",
                    hint="the integer model needs finite activations",
                )
    return Calibration(min(rows or 0, max_rows), values)
