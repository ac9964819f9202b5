"""dense without bias followed by adding (or subtracting) a constant row is one dense with bias."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..graph import Graph, Node
from ._edit import fresh, only_reader, readers, rebuild


def merge_bias(graph: Graph) -> Graph:
    found, constants = readers(graph), dict(graph.constants)
    replaced: dict[str, Node] = {}
    gone: set[str] = set()
    for node in graph.nodes:
        if node.op != "dense" or node.output in gone:
            continue
        reader = only_reader(graph, found, node.output)
        row = None if reader is None else _row(graph, node, reader)
        if reader is None or row is None:
            continue
        bias = row + constants[node.inputs[2]] if len(node.inputs) > 2 else row
        if not np.isfinite(bias).all():
            continue
        other = next(i for i in reader.inputs if i != node.output)
        name = fresh(constants, graph.values, f"{other}.bias")
        constants[name] = bias
        replaced[reader.output] = replace(node, name=reader.name, inputs=(*node.inputs[:2], name), output=reader.output)
        gone.add(node.output)
    nodes = [replaced.get(n.output, n) for n in graph.nodes if n.output not in gone]
    return rebuild(graph, nodes, constants)


def _row(graph: Graph, dense: Node, reader: Node) -> np.ndarray | None:
    """The constant as a vector with one entry a column of ``dense``, if ``reader`` adds one and keeps the shape."""
    if reader.op not in ("add", "sub") or len(set(reader.inputs)) != 2:
        return None
    if reader.op == "sub" and reader.inputs[0] != dense.output:
        return None
    other = next(i for i in reader.inputs if i != dense.output)
    array, shape = graph.constants.get(other), graph.values[dense.output].shape
    if (
        array is None
        or graph.values[reader.output].shape != shape
        or array.size != (array.shape[-1] if array.ndim else 1)
    ):
        return None
    row = np.broadcast_to(array.reshape(-1), (shape[-1],)).astype(np.float64)
    return -row if reader.op == "sub" else row
