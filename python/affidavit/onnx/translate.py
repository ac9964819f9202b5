"""ONNX nodes to core operators, one attempt with or one without a batch axis."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from affidavit.errors import UnsupportedModel
from affidavit.ir.graph import Graph

from .builder import Builder
from .context import Context
from .dims import Bound
from .fold import can_fold, fold, folds
from .model import OnnxModel, OnnxNode
from .refusal import ModelRefused, Reason, Refuse, TouchesBatch
from .registry import translator
from .values import Dropped, Tensor, Value


class MixesRows(Exception):
    """This attempt used a batch axis that the model mixes; ``reasons`` holds everything found."""

    def __init__(self, reasons: list[Reason]) -> None:
        super().__init__("the model mixes rows of the leading axis")
        self.reasons = reasons


class Translation:
    """Walks the nodes once, keeps going after a refusal so that all of them are told at once."""

    def __init__(self, model: OnnxModel, bound: Bound, lead: int, batch: int | None) -> None:
        self.model, self.lead, self.batch = model, lead, batch
        outputs = {o for n in model.nodes for o in n.outputs if o}
        self.builder = Builder(outputs | {i.name for i in model.inputs})
        self.env: dict[str, Value] = dict(model.constants)
        self.reasons: list[Reason] = []
        self.mixes = False
        self.inputs = [self._input(i.name, bound, i.dtype) for i in model.inputs]

    def run(self) -> Graph:
        """The graph; raises :class:`ModelRefused`, or :class:`MixesRows` if another reading may work."""
        for node in _reachable(self.model):
            self._node(node)
        outputs, dropped = self._outputs()
        if self.mixes and self.lead:
            raise MixesRows(self.reasons)
        if not outputs and not self.reasons:
            why = "; ".join(f"'{k}': {v}" for k, v in dropped.items())
            self.reasons.append(
                Reason(self.model.name, "graph", f"no output is left ({why})", "export scores, not text")
            )
        if self.reasons:
            raise ModelRefused(self.reasons)
        return self.builder.build(self.model.name, self.inputs, outputs, bool(self.lead), dropped)

    def _input(self, name: str, bound: Bound, dtype: np.dtype | None) -> Tensor:
        shape = tuple(d for d in bound.get(name, ())[self.lead :] if isinstance(d, int))
        tensor = Tensor(name, shape, dtype or np.dtype(np.float64), dtype is not None and dtype.kind in "iub")
        try:
            if dtype is None or dtype.kind == "U":
                raise Refuse("only tensors of numbers can be inputs", "encode text before the model")
            self.env[name] = self.builder.input(tensor)
        except Refuse as refusal:
            self._refuse(name, "input", refusal)
        return tensor

    def _node(self, node: OnnxNode) -> None:
        translate = translator(node.domain, node.op)
        if any(i and i not in self.env for i in node.inputs):
            if translate is None and not can_fold(
                node.domain, node.op
            ):  # its inputs were refused, but it would be refused as well
                self._refuse(node.name, node.label, _unknown(node))
            return
        values = [self.env[i] if i else None for i in node.inputs]
        left_out = next((v for v in values if isinstance(v, Dropped)), None)
        if left_out is not None:
            self.env.update({o: left_out for o in node.outputs if o})
            return
        context = Context(self.builder, node, values, self.lead, self.batch)
        before = len(self.builder.nodes)
        try:
            if folds(context):
                results: tuple[Value, ...] = (fold(context),)
            elif translate is None:
                raise _unknown(node)
            else:
                found = translate(context)
                results = found if isinstance(found, tuple) else (found,)
        except Refuse as refusal:
            self._refuse(node.name, node.label, refusal)
            return
        except UnsupportedModel as error:
            self._refuse(node.name, node.label, Refuse(error.message, error.hint or ""))
            return
        fresh = {n.output for n in self.builder.nodes[before:]}
        for name, value in zip(node.outputs, results, strict=False):
            if not name:
                continue
            if isinstance(value, Tensor) and value.name in fresh:
                fresh.discard(value.name)
                renamed = self.builder.rename(value.name, name)
                value = replace(value, name=renamed.name)
            self.env[name] = value

    def _outputs(self) -> tuple[list[Tensor], dict[str, str]]:
        outputs: dict[str, Tensor] = {}
        dropped: dict[str, str] = {}
        wanted = set(self.model.outputs)
        for name in self.model.outputs:
            value = self.env.get(name)
            if isinstance(value, Dropped):
                dropped[name] = value.reason
                if value.instead is not None and value.instead.name not in wanted:
                    outputs.setdefault(value.instead.name, value.instead)
            elif isinstance(value, np.ndarray):
                dropped[name] = "it is constant: it does not depend on the model's inputs"
            elif value is None:
                if not self.reasons:
                    self.reasons.append(Reason(name, "output", "its operator does not compute this output", ""))
            elif value.batch_last:
                self._refuse(name, "output", TouchesBatch("an output of shape [1, batch]"))
            else:
                outputs[name] = self._named(value, name, wanted)
        return list(outputs.values()), dropped

    def _named(self, tensor: Tensor, name: str, wanted: set[str]) -> Tensor:
        """The tensor under the output's ONNX name: renamed, or copied where its own name is an input or output."""
        if tensor.name == name:
            return tensor
        if tensor.name in {t.name for t in self.inputs} or tensor.name in wanted or name in self.builder.tensors:
            copy = replace(tensor, name=f"{name}/copy")
            made = self.builder.emit("reshape", (tensor.name,), copy, {"shape": tensor.shape}, name)
            return self.builder.rename(made.name, name)
        renamed = self.builder.rename(tensor.name, name)
        for key, value in self.env.items():
            if isinstance(value, Tensor) and value.name == tensor.name:
                self.env[key] = replace(value, name=name)
            elif isinstance(value, Dropped) and value.instead is not None and value.instead.name == tensor.name:
                self.env[key] = replace(value, instead=renamed)
        return renamed

    def _refuse(self, node: str, operator: str, refusal: Refuse) -> None:
        if isinstance(refusal, TouchesBatch):
            self.mixes = True
            if not self.lead:
                refusal = Refuse("its input has too few axes")
        self.reasons.append(Reason(node, operator, refusal.reason, refusal.help))


def _unknown(node: OnnxNode) -> Refuse:
    if node.domain not in ("", "ai.onnx.ml"):
        return Refuse(f"the domain '{node.domain}' is not ONNX's", "export with standard operators only")
    return Refuse(
        "the operator is not supported", "export with supported operators: affidavit.onnx.supported() lists them"
    )


def _reachable(model: OnnxModel) -> list[OnnxNode]:
    """The nodes that an output needs, in the model's order."""
    needed, kept = set(model.outputs), []
    for node in reversed(model.nodes):
        if any(o in needed for o in node.outputs if o):
            kept.append(node)
            needed.update(node.inputs)
    return kept[::-1]
