"""Checks on the graph's structure that come before any meaning: names, order, cycles, functions, versions."""

from __future__ import annotations

import onnx
from onnx import ModelProto

from affidavit.errors import Malformed, UnsupportedModel

from .limits import MAX_NODES, MIN_OPSET


def opsets_of(model: ModelProto) -> dict[str, int]:
    """Operator set versions by domain ("" is ai.onnx). Raises if one is repeated with two versions or too old."""
    found: dict[str, int] = {}
    for entry in model.opset_import:
        domain = "" if entry.domain == "ai.onnx" else entry.domain
        if found.setdefault(domain, entry.version) != entry.version:
            raise Malformed(f"the model imports the domain '{domain or 'ai.onnx'}' in two versions")
    if found.get("", MIN_OPSET) < MIN_OPSET:
        raise UnsupportedModel(
            f"the model uses operator set {found['']}; the oldest supported one is {MIN_OPSET}",
            hint="convert it with onnx.version_converter.convert_version(model, 17)",
        )
    newest = onnx.defs.onnx_opset_version()
    if found.get("", MIN_OPSET) > newest:
        raise UnsupportedModel(f"the model uses operator set {found['']}; this version knows {newest}")
    return found


def check_names(graph: onnx.GraphProto) -> None:
    """Every value has one definition."""
    if not graph.output:
        raise Malformed("the graph has no outputs")
    for kind, names in (
        ("input", [i.name for i in graph.input]),
        ("initializer", [i.name for i in graph.initializer]),
        ("output", [o.name for o in graph.output]),
    ):
        _unique(names, kind)
    defined = {i.name for i in graph.input} | {i.name for i in graph.initializer}
    for node in graph.node:
        for name in node.output:
            if name and name in defined:
                raise Malformed(f"the value '{name}' is defined twice (node '{node.name or node.op_type}')")
            defined.add(name)
    for value in graph.output:
        if not value.name or value.name not in defined:
            raise Malformed(f"the output '{value.name}' is computed by no node")


def check_order(graph: onnx.GraphProto) -> None:
    """Nodes come after what they read. Tells a cycle apart from a wrong order and from an undefined name."""
    known = {i.name for i in graph.input} | {i.name for i in graph.initializer} | {""}
    produced = {name for node in graph.node for name in node.output}
    late = None
    for node in graph.node:
        for name in node.input:
            if name not in known and name not in produced:
                raise Malformed(f"node '{node.name or node.op_type}' reads '{name}', which nothing defines")
            if name not in known:
                late = late or (node.name or node.op_type)
        known.update(node.output)
    if late is not None:
        cycle = _cycle(graph)
        what = (
            f"the graph has a cycle through '{cycle}'" if cycle else f"node '{late}' comes before a node that it reads"
        )
        raise Malformed(what, hint="ONNX asks for nodes in topological order")


def _cycle(graph: onnx.GraphProto) -> str | None:
    """Name of a node on or behind a cycle (Kahn's algorithm leaves exactly those)."""
    maker = {name: i for i, node in enumerate(graph.node) for name in node.output if name}
    waits = [{maker[n] for n in node.input if n in maker} for node in graph.node]
    readers: dict[int, list[int]] = {}
    for i, sources in enumerate(waits):
        for source in sources:
            readers.setdefault(source, []).append(i)
    ready = [i for i, sources in enumerate(waits) if not sources]
    left = set(range(len(waits)))
    while ready:
        i = ready.pop()
        left.discard(i)
        for reader in readers.get(i, ()):
            waits[reader].discard(i)
            if not waits[reader]:
                ready.append(reader)
    first = min(left, default=None)
    return None if first is None else graph.node[first].name or graph.node[first].op_type


def inline_functions(model: ModelProto) -> ModelProto:
    """Expand local functions, after a check that their expansion is finite and small."""
    if not model.functions:
        return model
    bodies = {(f.domain, f.name): f for f in model.functions}
    if len(bodies) != len(model.functions):
        raise Malformed("the model defines a local function twice")
    sizes: dict[tuple[str, str], int] = {}

    def size(key: tuple[str, str], stack: tuple[tuple[str, str], ...]) -> int:
        if key in stack:
            raise Malformed(f"the local function '{key[1]}' calls itself")
        if len(stack) > 64:
            raise Malformed("local functions are nested more than 64 deep")
        if key not in sizes:
            sizes[key] = sum(
                size((n.domain, n.op_type), (*stack, key)) if (n.domain, n.op_type) in bodies else 1
                for n in bodies[key].node
            )
        return sizes[key]

    total = sum(size((n.domain, n.op_type), ()) if (n.domain, n.op_type) in bodies else 1 for n in model.graph.node)
    if total > MAX_NODES:
        raise Malformed(f"the model's local functions expand to {total} nodes, more than {MAX_NODES}")
    from onnx import inliner

    try:
        return inliner.inline_local_functions(model)
    except Exception as error:  # the C++ inliner raises several unrelated types
        raise Malformed(f"the model's local functions cannot be expanded: {error}") from error


def _unique(names: list[str], kind: str) -> None:
    seen: set[str] = set()
    for name in names:
        if not name or name in seen:
            raise Malformed(f"the {kind} name '{name}' is empty or used twice")
        seen.add(name)
