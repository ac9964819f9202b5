"""A reshape of a reshape is one reshape; a reshape that changes nothing is none."""

from __future__ import annotations

from dataclasses import replace

from ..graph import Graph
from ._edit import bypass, rebuild, take_over


def fuse_reshapes(graph: Graph) -> Graph:
    return _drop_identities(_fuse(graph))


def _fuse(graph: Graph) -> Graph:
    makers = {n.output: n for n in graph.nodes}
    nodes = []
    for node in graph.nodes:
        source = makers.get(node.inputs[0])
        if node.op == "reshape" and source is not None and source.op == "reshape":
            # The maker was fused before (nodes come in order), so this follows whole chains.
            node = replace(node, inputs=source.inputs)
            makers[node.output] = node
        nodes.append(node)
    return rebuild(graph, nodes, graph.constants)


def _drop_identities(graph: Graph) -> Graph:
    makers = {n.output: n for n in graph.nodes}
    outputs = {o.name for o in graph.outputs}
    aliases: dict[str, str] = {}
    for node in graph.nodes:
        if node.op != "reshape" or graph.values[node.inputs[0]].shape != graph.values[node.output].shape:
            continue
        maker = makers.get(node.inputs[0])
        if node.output not in outputs:
            aliases[node.output] = node.inputs[0]
        elif maker is not None and maker.output not in outputs:
            return _drop_identities(take_over(graph, maker, node))
    return bypass(graph, aliases)
