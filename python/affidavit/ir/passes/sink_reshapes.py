"""Move reshapes behind select, which works cell by cell, so that they meet other reshapes and the argmax its labels."""

from __future__ import annotations

from dataclasses import replace

from ..graph import Graph, Node, Value
from ._edit import only_reader, readers


def sink_reshapes(graph: Graph) -> Graph:
    found = readers(graph)
    makers = {n.output: n for n in graph.nodes}
    values = dict(graph.values)
    swapped: dict[str, Node] = {}
    for node in graph.nodes:
        reshape = makers.get(node.inputs[0])
        if node.op != "select" or reshape is None or reshape.op != "reshape":
            continue
        if only_reader(graph, found, reshape.output) is not node:
            continue
        # The two nodes trade places; the value between them takes the shape from before the reshape.
        source = values[reshape.inputs[0]]
        values[reshape.output] = Value(reshape.output, source.shape, values[node.output].integer)
        swapped[reshape.output] = replace(
            node, name=reshape.name, output=reshape.output, inputs=(source.name, node.inputs[1])
        )
        swapped[node.output] = replace(reshape, name=node.name, output=node.output, inputs=(reshape.output,))
        swapped[node.output] = replace(swapped[node.output], attrs={"shape": values[node.output].shape})
    if not swapped:
        return graph
    return replace(graph, nodes=tuple(swapped.get(n.output, n) for n in graph.nodes), values=values)
