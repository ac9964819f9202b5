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

#: Dead code first (a value read by nobody still counts as a reader), reshapes next, which hide neighbours from each
#: other. Every pass removes nodes or moves reshapes behind others, so rounds of them come to an end.
PASSES: Final[tuple[Pass, ...]] = (dead_code, sink_reshapes, fuse_reshapes, redundant, merge_bias, merge_scale)


def simplify(graph: Graph, passes: tuple[Pass, ...] = PASSES) -> Graph:
    """Run ``passes`` in order until none finds anything.

    Raises :class:`~affidavit.ir.check.GraphError` if one breaks the graph.
    """
    check(graph)
    while True:
        before = graph.nodes
        for function in passes:
            changed = function(graph)
            if changed.nodes != graph.nodes:
                check(changed, after=function.__name__)
            graph = changed
        if graph.nodes == before:
            check(graph, after="simplification")
            return graph


__all__ = ["PASSES", "Pass", "simplify"]
