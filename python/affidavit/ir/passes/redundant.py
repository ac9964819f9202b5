"""Remove operators whose input already has the property that they establish."""

from __future__ import annotations

import numpy as np

from ..graph import Graph, Node
from ._edit import bypass, take_over


def redundant(graph: Graph) -> Graph:
    """Drop l1 after softmax (rows sum to one), neg of neg, and labels that are the index itself.

    Also a clamp inside the range that a clamp or a bounded function before it guarantees.
    """
    makers = {n.output: n for n in graph.nodes}
    outputs = {o.name for o in graph.outputs}
    aliases: dict[str, str] = {}
    for node in graph.nodes:
        maker = makers.get(node.inputs[0])
        if maker is None:
            continue
        if node.op == "neg" and maker.op == "neg" and node.output not in outputs:
            aliases[node.output] = maker.inputs[0]
        elif _is_identity(graph, node, maker):
            if node.output not in outputs:
                aliases[node.output] = node.inputs[0]
            elif maker.output not in outputs:
                return redundant(take_over(graph, maker, node))
    return bypass(graph, aliases)


def _is_identity(graph: Graph, node: Node, maker: Node) -> bool:
    if node.op == "select":
        labels = graph.constants[node.inputs[1]]
        return maker.op == "argmax" and np.array_equal(labels, np.arange(len(labels)))
    if node.op == "normalize":
        return node.attrs["norm"] == "l1" and maker.op == "softmax"
    if node.op == "clamp":
        lo, hi = _range(maker)
        low, high = node.attrs["lo"], node.attrs["hi"]
        return (low is None or (lo is not None and lo >= low)) and (high is None or (hi is not None and hi <= high))
    return False


def _range(node: Node) -> tuple[float | None, float | None]:
    if node.op == "clamp":
        return node.attrs["lo"], node.attrs["hi"]
    if node.op == "softmax" or (node.op == "unary" and node.attrs["fn"] == "sigmoid"):
        return 0.0, 1.0
    if node.op == "unary" and node.attrs["fn"] == "tanh":
        return -1.0, 1.0
    return None, None
