"""The float graph's meaning in float64: what the integer model is measured against."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from affidavit import ops
from affidavit.errors import InputError

from .graph import Graph


def evaluate(graph: Graph, inputs: Mapping[str, np.ndarray], *, all_values: bool = False) -> dict[str, np.ndarray]:
    """Run ``graph`` on ``[B, *shape]`` arrays by input name; gives the outputs, or with ``all_values`` every value.

    Values are dropped after their last reader unless ``all_values`` asks for them. Raises
    :class:`~affidavit.errors.InputError` for missing names and wrong shapes.
    """
    values: dict[str, np.ndarray] = {}
    rows: int | None = None
    for port in graph.inputs:
        if port.name not in inputs:
            raise InputError(f"the input '{port.name}' is missing")
        array = np.asarray(inputs[port.name], dtype=np.float64)
        if array.shape[1:] != port.shape or array.ndim == 0 or (rows is not None and len(array) != rows):
            raise InputError(
                f"the input '{port.name}' has shape {list(array.shape)}, expected {[rows or 'B', *port.shape]}"
            )
        rows = len(array)
        values[port.name] = array
    wanted = {o.name for o in graph.outputs}
    last = {name: i for i, node in enumerate(graph.nodes) for name in node.inputs}
    for i, node in enumerate(graph.nodes):
        values[node.output] = ops.get(node.op).float(node, [values.get(n) for n in node.inputs], graph.constants)
        if not all_values:
            for name in node.inputs:
                if last[name] == i and name not in wanted:
                    values.pop(name, None)
    return values if all_values else {o.name: values[o.name] for o in graph.outputs}
