"""External tensor data: read only from regular files inside the model's own folder."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import onnx
from onnx import ModelProto, TensorProto

from affidavit.errors import InputError, Malformed

from .limits import MAX_EXTERNAL_BYTES

_HINT = "save the model with its weights inside the file, or keep the data file next to the .onnx file"


def embed_external_data(model: ModelProto, folder: Path | None) -> None:
    """Replace every external reference of ``model`` by the bytes it points to.

    ``folder`` is the model's folder, None for a model that came as bytes. Raises :class:`Malformed` for a location that
    is absolute, climbs with ``..``, or leads out of the folder through a link, and :class:`InputError` if the file
    cannot be read.
    """
    left = MAX_EXTERNAL_BYTES
    for tensor in _tensors(model):
        if tensor.data_location != TensorProto.EXTERNAL:
            continue
        if folder is None:
            raise InputError(f"constant '{tensor.name}' lies in another file, which bytes cannot point to", hint=_HINT)
        data = _read(tensor, folder, left)
        left -= len(data)
        tensor.ClearField("external_data")
        tensor.ClearField("data_location")
        tensor.raw_data = data


def _read(tensor: TensorProto, folder: Path, left: int) -> bytes:
    fields = {e.key: e.value for e in tensor.external_data}
    path = _inside(fields.get("location", ""), folder, tensor.name)
    try:
        offset, length = int(fields.get("offset", "0")), int(fields.get("length", "-1"))
    except ValueError as error:
        raise Malformed(f"constant '{tensor.name}': offset and length of external data must be numbers") from error
    try:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            length = size - offset if length == -1 else length
            if offset < 0 or length < 0 or offset + length > size:
                raise Malformed(
                    f"constant '{tensor.name}' asks for bytes {offset}..{offset + length} of {size} in {path.name}"
                )
            if length > left:
                raise InputError(f"external data is larger than {MAX_EXTERNAL_BYTES} bytes in total")
            file.seek(offset)
            return file.read(length)
    except OSError as error:
        raise InputError(f"cannot read external data of '{tensor.name}': {error}", hint=_HINT) from error


def _inside(location: str, folder: Path, name: str) -> Path:
    parts = location.replace("\\", "/").split("/")
    if not location or "\0" in location or ".." in parts or Path(location).is_absolute() or location[0] in "/\\":
        raise Malformed(f"constant '{name}' points outside the model's folder: {location!r}", hint=_HINT)
    root = folder.resolve()
    try:
        path = (root / location).resolve(strict=True)
    except (OSError, RuntimeError) as error:
        raise InputError(f"cannot read external data of '{name}': {error}", hint=_HINT) from error
    if not path.is_relative_to(root):
        raise Malformed(f"constant '{name}' points outside the model's folder through a link: {location!r}", hint=_HINT)
    if not path.is_file():
        raise InputError(f"external data of '{name}' is not a regular file: {location!r}", hint=_HINT)
    return path


def _tensors(model: ModelProto) -> Iterator[TensorProto]:
    yield from _graph_tensors(model.graph)
    for function in model.functions:
        for node in function.node:
            yield from _node_tensors(node)


def _graph_tensors(graph: onnx.GraphProto) -> Iterator[TensorProto]:
    yield from graph.initializer
    for node in graph.node:
        yield from _node_tensors(node)


def _node_tensors(node: onnx.NodeProto) -> Iterator[TensorProto]:
    for attribute in node.attribute:
        if attribute.HasField("t"):
            yield attribute.t
        yield from attribute.tensors
        if attribute.HasField("g"):
            yield from _graph_tensors(attribute.g)
        for graph in attribute.graphs:
            yield from _graph_tensors(graph)
