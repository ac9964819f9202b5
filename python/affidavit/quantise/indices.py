"""Where the index of a ``select`` comes from: whether it is inside the list, and which inputs only hold indices."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..ir.graph import Graph

if TYPE_CHECKING:
    # `calibrate` imports the operators, and they import this module.
    from .calibrate import Calibration

#: Operators that move cells and leave their values alone; those of the first set pass all of them on.
_WHOLE = frozenset({"reshape", "transpose", "broadcast"})
_MOVES = _WHOLE | {"slice", "take"}


def inside(graph: Graph, index: str, size: int) -> bool:
    """Whether relations elsewhere force every cell of ``index`` into ``[0, size)``."""
    makers = {node.output: node for node in graph.nodes}
    whole = True
    while index in makers:
        maker = makers[index]
        if maker.op == "argmax":
            return graph.values[maker.inputs[0]].shape[-1] <= size
        if maker.op not in _MOVES:
            return False
        whole = whole and maker.op in _WHOLE
        index = maker.inputs[0]
    return whole


def selecting_inputs(graph: Graph, calibration: Calibration) -> dict[str, int]:
    """Inputs all of whose cells select, with the length of the shortest list that they select from.

    Only inputs that are whole numbers in calibration: for others ``select`` refuses.
    """
    makers = {node.output: node for node in graph.nodes}
    ports = {value.name for value in graph.inputs}
    found: dict[str, int] = {}
    for node in graph.nodes:
        if node.op != "select":
            continue
        index = node.inputs[0]
        while index in makers and makers[index].op in _WHOLE:
            index = makers[index].inputs[0]
        if index in ports and bool(np.all(calibration.values[index] == np.floor(calibration.values[index]))):
            size = len(graph.constants[node.inputs[1]])
            found[index] = min(size, found.get(index, size))
    return found
