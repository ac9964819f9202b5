"""Real inputs onto a plan's integer grid, for owners who have the card but not the model."""

from __future__ import annotations

from typing import Any

import numpy as np

from affidavit import core, limits
from affidavit.errors import InputError
from affidavit.inputs import load_arrays, prepare_inputs
from affidavit.ir.graph import Graph, Value


def quantised(plan: bytes, source: Any) -> dict[str, np.ndarray]:
    """Integers ``[B, *shape]`` by input name, from a path, array or dict of real values.

    One sample may come without its batch axis. Raises :class:`InputError` for wrong names, shapes and dtypes, NaN,
    and values outside of the declared range.
    """
    from affidavit.plan import decode
    from affidavit.witness import quantise_inputs

    info = core.plan_info(plan)
    arrays = load_arrays(source)
    shapes = {port.name: len(port.shape) for port in info.inputs}
    only = next(iter(shapes.values())) if len(shapes) == 1 else None
    single = all(array.ndim == shapes.get(name, only) for name, array in arrays.items())
    ports = tuple(Value(port.name, port.shape) for port in info.inputs)
    graph = Graph("inputs", ports, (), (), {}, {}, onnx_has_batch_axis=not single)
    reals = prepare_inputs(graph, arrays)
    batch = max((len(rows) for rows in reals.values()), default=1)
    if batch > limits.BATCH:
        raise InputError(
            f"{batch} rows are more than the {limits.BATCH} of one proof", hint="split the table", code="batch"
        )
    result: dict[str, np.ndarray] = quantise_inputs(decode(plan), reals)
    return result
