"""Remove nodes that no output needs. Inputs stay: they are part of the model's interface."""

from __future__ import annotations

from ..graph import Graph
from ._edit import rebuild


def dead_code(graph: Graph) -> Graph:
    needed, kept = {o.name for o in graph.outputs}, []
    for node in reversed(graph.nodes):
        if node.output in needed:
            kept.append(node)
            needed.update(node.inputs)
    return rebuild(graph, kept[::-1], graph.constants)
