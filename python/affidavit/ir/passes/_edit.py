"""Small edits that passes share. Graphs are immutable; an edit gives a new one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from ..graph import Graph, Node


def readers(graph: Graph) -> dict[str, list[Node]]:
    """Nodes that read each value."""
    found: dict[str, list[Node]] = {}
    for node in graph.nodes:
        for name in dict.fromkeys(node.inputs):
            found.setdefault(name, []).append(node)
    return found


def only_reader(graph: Graph, found: dict[str, list[Node]], name: str) -> Node | None:
    """The single node that reads ``name``, None if there are others or it is an output."""
    nodes = found.get(name, [])
    return nodes[0] if len(nodes) == 1 and all(o.name != name for o in graph.outputs) else None


def rebuild(graph: Graph, nodes: Iterable[Node], constants: dict[str, np.ndarray]) -> Graph:
    """The graph with other nodes; values and constants that nothing mentions any more are left out."""
    nodes = tuple(nodes)
    outputs = {n.output for n in nodes} | {i.name for i in graph.inputs}
    used = {name for n in nodes for name in n.inputs}
    return replace(
        graph,
        nodes=nodes,
        values={k: v for k, v in graph.values.items() if k in outputs},
        constants={k: v for k, v in constants.items() if k in used},
    )


def bypass(graph: Graph, aliases: dict[str, str], nodes: Iterable[Node] | None = None) -> Graph:
    """Remove the nodes that make the keys of ``aliases`` and read the named value instead (chains are followed)."""

    def target(name: str) -> str:
        while name in aliases:
            name = aliases[name]
        return name

    kept = [replace(n, inputs=tuple(map(target, n.inputs))) for n in nodes or graph.nodes if n.output not in aliases]
    return rebuild(graph, kept, graph.constants)


def take_over(graph: Graph, maker: Node, node: Node) -> Graph:
    """Remove ``node`` and let ``maker``, whose output it passes on, make ``node``'s output (a graph output) itself."""
    own = replace(maker, name=node.name, output=node.output)
    nodes = []
    for other in graph.nodes:
        if other is not node:
            inputs = tuple(node.output if i == maker.output else i for i in other.inputs)
            nodes.append(own if other is maker else replace(other, inputs=inputs))
    return rebuild(graph, nodes, graph.constants)


def fresh(constants: dict[str, np.ndarray], values: Iterable[str], stem: str) -> str:
    """A constant's name that is not taken."""
    taken, name, i = {*constants, *values}, stem, 1
    while name in taken:
        i += 1
        name = f"{stem}.{i}"
    return name
