"""Anything that holds an ONNX model to a checked :class:`OnnxModel`."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
from google.protobuf.message import DecodeError, EncodeError
from onnx import AttributeProto, ModelProto

from affidavit.errors import Malformed, UnsupportedModel

from .limits import MAX_NODES
from .model import OnnxInput, OnnxModel, OnnxNode
from .source import Source, parse
from .structure import check_names, check_order, inline_functions, opsets_of
from .tensors import array_of, dtype_of


def read_model(source: Source) -> OnnxModel:
    """Parse and check ``source`` (path, bytes or ModelProto).

    Raises :class:`~affidavit.errors.Malformed` for anything that is no valid ONNX model,
    :class:`~affidavit.errors.InputError` if it cannot be read and :class:`~affidavit.errors.UnsupportedModel` for
    operator sets older than 9.
    """
    proto = parse(source)
    opsets = opsets_of(proto)
    proto = inline_functions(proto)
    graph = proto.graph
    if len(graph.node) > MAX_NODES:
        raise Malformed(f"the graph has {len(graph.node)} nodes, more than {MAX_NODES}")
    check_names(graph)
    check_order(graph)
    if graph.sparse_initializer:
        raise UnsupportedModel("sparse initializers are not supported", hint="store the weights densely")
    constants = {t.name: array_of(t) for t in graph.initializer}
    inputs = tuple(_input(i) for i in graph.input if i.name not in constants)
    _check(proto)
    return OnnxModel(
        name=graph.name or "model",
        inputs=inputs,
        outputs=tuple(o.name for o in graph.output),
        nodes=tuple(_node(n, i, opsets) for i, n in enumerate(graph.node)),
        constants=constants,
        opsets=opsets,
    )


def _check(proto: ModelProto) -> None:
    for value in (*proto.graph.input, *proto.graph.output):
        # ONNX Runtime runs models without these shapes; the checker asks for the field and does not read it.
        if value.type.WhichOneof("value") == "tensor_type" and not value.type.tensor_type.HasField("shape"):
            value.type.tensor_type.shape.SetInParent()
    try:
        onnx.checker.check_model(proto)
    except (onnx.checker.ValidationError, EncodeError, DecodeError, ValueError, RuntimeError) as error:
        raise Malformed(f"not a valid ONNX model: {str(error).strip().splitlines()[0]}") from error


def _input(value: onnx.ValueInfoProto) -> OnnxInput:
    kind = value.type.WhichOneof("value")
    if kind != "tensor_type":
        return OnnxInput(value.name, None, None)
    tensor = value.type.tensor_type
    if not tensor.HasField("shape"):
        return OnnxInput(value.name, dtype_of(tensor.elem_type), None)
    if any(d.WhichOneof("value") == "dim_value" and d.dim_value == 0 for d in tensor.shape.dim):
        raise UnsupportedModel(
            f"input {value.name!r} has an axis of size 0", hint="declare the axis symbolic, or give it its size"
        )
    shape = tuple(
        d.dim_value if d.dim_value > 0 else d.dim_param or f"{value.name}[{axis}]"
        for axis, d in enumerate(tensor.shape.dim)
    )
    return OnnxInput(value.name, dtype_of(tensor.elem_type), shape)


def _node(node: onnx.NodeProto, index: int, opsets: dict[str, int]) -> OnnxNode:
    domain = "" if node.domain == "ai.onnx" else node.domain
    return OnnxNode(
        name=node.name or next((o for o in node.output if o), f"{node.op_type}#{index}"),
        domain=domain,
        op=node.op_type,
        inputs=tuple(node.input),
        outputs=tuple(node.output),
        attrs={a.name: _attribute(a) for a in node.attribute},
        version=opsets.get(domain, 1),
    )


def _attribute(attribute: AttributeProto) -> Any:
    """Numbers, text, lists of them, arrays; graphs and types stay protobuf (no translator reads them)."""
    kind = attribute.type
    if attribute.ref_attr_name:  # local functions are expanded by now
        raise Malformed(f"attribute '{attribute.name}' refers to an attribute of no function")
    if kind == AttributeProto.TENSOR:
        return array_of(attribute.t)
    value = onnx.helper.get_attribute_value(attribute)
    try:
        if kind == AttributeProto.STRING:
            return value.decode("utf-8")
        if kind == AttributeProto.STRINGS:
            return [v.decode("utf-8") for v in value]
    except UnicodeDecodeError as error:
        raise Malformed(f"attribute '{attribute.name}' is not UTF-8") from error
    if kind == AttributeProto.FLOATS:
        return np.array(value, dtype=np.float64)
    if kind == AttributeProto.INTS:
        return list(value)
    return value
