"""Simplification: one pass a file, each from graph to graph with the same meaning, checked after every one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from ..check import check
from ..graph import Graph
from .dead_code import dead_code
from .fuse_reshapes import fuse_reshapes
from .merge_bias import merge_bias
from .merge_scale import merge_scale
from .redundant import redundant
from .sink_reshapes import sink_reshapes

Pass = Callable[[Graph], Graph]

#: In this order: reshapes first, which hide neighbours from each other; bias before scales, so that scales move through it; dead code last, for what the others left behind.
PASSES: Final[tuple[Pass, ...]] = (
    sink_reshapes,
    fuse_reshapes,
    redundant,
    merge_bias,
    merge_scale,
    merge_bias,
    dead_code,
)


def simplify(graph: Graph, passes: tuple[Pass, ...] = PASSES) -> Graph:
    """Run ``passes`` in order. Raises :class:`~affidavit.ir.check.GraphError` if one breaks the graph."""
    check(graph)
    for function in passes:
        graph = function(graph)
        check(graph, after=function.__name__)
    return graph


__all__ = ["PASSES", "Pass", "simplify"]
