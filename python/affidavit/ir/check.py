"""The graph's own rules, checked after import and after every pass. A violation is a bug, not a user's mistake."""

from __future__ import annotations

import numpy as np

from affidavit import ops
from affidavit.errors import AffidavitError

from .graph import Graph


class GraphError(AffidavitError):
    """A float graph breaks its own rules."""

    code = "internal.graph"


def check(graph: Graph, after: str = "import") -> None:
    """Raise :class:`GraphError` unless the graph is well formed.

    Every name is defined once and before its use, shapes are what the operators infer, constants are finite float64,
    values and constants are all in use or outputs, and integer values stay marked where they are selected by.
    """

    def fail(what: str) -> GraphError:
        return GraphError(f"after {after}: {what}")

    shapes: dict[str, tuple[int, ...]] = {}
    for name, array in graph.constants.items():
        if array.dtype != np.float64 or not np.isfinite(array).all():
            raise fail(f"constant '{name}' is not finite float64")
        shapes[name] = array.shape
    for port in graph.inputs:
        if port.name in shapes or graph.values.get(port.name) != port:
            raise fail(f"input '{port.name}' is defined twice or not among the values")
        shapes[port.name] = port.shape
    names: set[str] = set()
    for node in graph.nodes:
        if node.name in names or node.output in shapes:
            raise fail(f"node '{node.name}' or its output is defined twice")
        names.add(node.name)
        missing = [i for i in node.inputs if i not in shapes]
        if missing:
            raise fail(f"node '{node.name}' reads {missing}, which come later or nowhere")
        if all(i in graph.constants for i in node.inputs):
            raise fail(f"node '{node.name}' reads constants only")
        inferred = ops.get(node.op).infer(node, [shapes[i] for i in node.inputs], graph.constants)
        value = graph.values.get(node.output)
        if value is None or value.shape != tuple(inferred):
            raise fail(f"node '{node.name}' ({node.op}) infers {inferred}, the graph says {value}")
        if node.op == "select" and not graph.values[node.inputs[0]].integer:
            raise fail(f"node '{node.name}' selects by a value that is not integer")
        shapes[node.output] = value.shape
    if not graph.outputs:
        raise fail("no outputs")
    for port in graph.outputs:
        if graph.values.get(port.name) != port or port.name not in shapes or port.name in graph.constants:
            raise fail(f"output '{port.name}' is not computed")
    stale = set(graph.values) - set(shapes)
    if stale:
        raise fail(f"values that nothing computes: {sorted(stale)[:5]}")
