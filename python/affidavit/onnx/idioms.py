"""Subgraphs that exporters write out for one operator, put back together before translation."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from .model import ML, OnnxModel, OnnxNode


class _Matcher:
    def __init__(self, model: OnnxModel) -> None:
        self.constants = model.constants
        self.makers = {o: n for n in model.nodes for o in n.outputs if o}

    def made_by(self, name: str, op: str) -> OnnxNode | None:
        node = self.makers.get(name)
        return node if node is not None and not node.domain and node.op == op else None

    def scalar(self, name: str) -> float | None:
        array = self.constants.get(name)
        return float(array.ravel()[0]) if array is not None and array.size == 1 and array.dtype.kind in "fi" else None

    def other(self, node: OnnxNode, value: float) -> str | None:
        """The other input of a commutative node that has the constant ``value``."""
        for i, name in enumerate(node.inputs):
            if self.scalar(name) == value:
                return node.inputs[1 - i]
        return None


def recognise(model: OnnxModel) -> OnnxModel:
    """Replace known subgraphs; nodes left without a reader are dropped by the translation."""
    matcher = _Matcher(model)
    nodes = []
    for node in model.nodes:
        found = _sigmoid(matcher, node) or _l1(matcher, node) or node
        if found is not node:
            matcher.makers.update({o: found for o in found.outputs})
        nodes.append(found)
    return replace(model, nodes=tuple(nodes))


def _sigmoid(m: _Matcher, node: OnnxNode) -> OnnxNode | None:
    """1 / (1 + exp(-x)), as scikit-learn's SGDClassifier is exported."""
    if node.domain or node.op != "Reciprocal":
        return None
    plus = m.made_by(node.inputs[0], "Add")
    power = m.made_by(m.other(plus, 1.0) or "", "Exp") if plus else None
    if power is None:
        return None
    times, minus = m.made_by(power.inputs[0], "Mul"), m.made_by(power.inputs[0], "Neg")
    x = m.other(times, -1.0) if times else minus.inputs[0] if minus else None
    return None if x is None else replace(node, op="Sigmoid", inputs=(x,), attrs={})


def _l1(m: _Matcher, node: OnnxNode) -> OnnxNode | None:
    """(p + z) / (s + n·z) with s = sum of p and z = not s, p a sigmoid: rows divided by their sum.

    ``z`` guards against rows of zeros, which positive entries cannot make.
    """
    if node.domain or node.op != "Div":
        return None
    top, bottom = m.made_by(node.inputs[0], "Add"), m.made_by(node.inputs[1], "Add")
    if top is None or bottom is None:
        return None
    for p, z in (top.inputs, top.inputs[::-1]):
        total = next((s for s in map(m.makers.get, bottom.inputs) if s is not None and s.op == "ReduceSum"), None)
        if total is None or total.inputs[0] != p or not m.made_by(p, "Sigmoid") or not _last_axis(m, total):
            continue
        guard = m.made_by(z, "Cast")
        negation = m.made_by(guard.inputs[0], "Not") if guard else None
        flag = m.made_by(negation.inputs[0], "Cast") if negation else None
        mask = next((m.made_by(i, "Mul") for i in bottom.inputs if m.made_by(i, "Mul")), None)
        if flag and flag.inputs[0] == total.outputs[0] and mask and z in mask.inputs:
            return replace(node, domain=ML, op="Normalizer", inputs=(p,), attrs={"norm": "L1"}, version=1)
    return None


def _last_axis(m: _Matcher, total: OnnxNode) -> bool:
    """The sum runs over axis 1 (of two, in what scikit-learn exports) and keeps it."""
    axes = total.attrs.get("axes")
    if axes is None and len(total.inputs) > 1:
        axes = m.constants.get(total.inputs[1])
    chosen = [] if axes is None else [int(a) for a in np.asarray(axes).ravel()]
    return chosen in ([1], [-1]) and total.attrs.get("keepdims", 1) == 1
