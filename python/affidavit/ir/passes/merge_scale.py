"""neg and multiplication by one power of two, folded into the dense before or after.

Only these are exact in float64, so the graph keeps its meaning to the last bit. Other scales stay: folding the
scales of a Scaler would also spread the weights over a wider range, and one quantisation step serves all of them.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..graph import Graph, Node
from ._edit import fresh, only_reader, readers, rebuild


def merge_scale(graph: Graph) -> Graph:
    while (smaller := _one(graph)) is not None:
        graph = smaller
    return graph


def _one(graph: Graph) -> Graph | None:
    """The graph with one node fewer, None if nothing folds."""
    found = readers(graph)
    makers = {n.output: n for n in graph.nodes}
    for node in graph.nodes:
        factor = _factor(graph, node)
        if factor is None:
            continue
        source = next(i for i in node.inputs if i not in graph.constants)
        before, after = makers.get(source), only_reader(graph, found, node.output)
        if before is not None and before.op == "dense" and only_reader(graph, found, source) is node:
            scaled, constants = _scale(graph, before, factor, with_bias=True)
            if scaled is None:
                continue
            merged = replace(scaled, name=node.name, output=node.output)
            return rebuild(graph, [merged if n is node else n for n in graph.nodes if n is not before], constants)
        if after is not None and after.op == "dense":
            scaled, constants = _scale(graph, after, factor, with_bias=False)
            if scaled is None:
                continue
            merged = replace(scaled, inputs=(source, *scaled.inputs[1:]))
            return rebuild(graph, [merged if n is after else n for n in graph.nodes if n is not node], constants)
    return None


def _factor(graph: Graph, node: Node) -> float | None:
    """-1, or plus or minus a power of two, if the node multiplies by one; None otherwise."""
    if node.op == "neg":
        return -1.0
    names = [i for i in node.inputs if i in graph.constants]
    if node.op != "mul" or len(names) != 1:
        return None
    array = graph.constants[names[0]]
    if array.size != 1 or abs(np.frexp(array.ravel()[0])[0]) != 0.5:
        return None
    source = next(i for i in node.inputs if i not in graph.constants)
    return float(array.ravel()[0]) if graph.values[source].shape == graph.values[node.output].shape else None


def _scale(graph: Graph, dense: Node, factor: float, *, with_bias: bool) -> tuple[Node | None, dict[str, np.ndarray]]:
    """``dense`` with scaled weights; None where the exponents leave the range of float64."""
    constants, inputs = dict(graph.constants), list(dense.inputs)
    for i in range(1, len(inputs) if with_bias else 2):
        old = constants[inputs[i]]
        name = fresh(constants, graph.values, f"{inputs[i]}.scaled")
        constants[name] = old * factor
        if not np.array_equal(constants[name] / factor, old):
            return None, {}
        inputs[i] = name
    return replace(dense, inputs=tuple(inputs)), constants
