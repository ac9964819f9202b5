"""Bytes, path or ModelProto to a parsed ModelProto with all its data inside."""

from __future__ import annotations

from pathlib import Path

import onnx
from google.protobuf.message import DecodeError
from onnx import ModelProto

from affidavit.errors import InputError, Malformed, UsageError

from .external import embed_external_data
from .limits import MAX_FILE_BYTES

Source = str | Path | bytes | bytearray | memoryview | ModelProto


def parse(source: Source) -> ModelProto:
    """Read and parse ``source``; a ModelProto is copied, never changed.

    Raises :class:`InputError` (unreadable, too large), :class:`Malformed` (no protobuf, no graph, hostile external
    data) or :class:`UsageError` (neither path, bytes nor ModelProto).
    """
    folder: Path | None = None
    if isinstance(source, ModelProto):
        model = ModelProto()
        model.CopyFrom(source)
    elif isinstance(source, bytes | bytearray | memoryview):
        model = _decode(bytes(source))
    elif isinstance(source, str | Path):
        path = Path(source)
        folder = path.parent
        model = _decode(_read(path))
    else:
        raise UsageError(f"a model is a path, bytes or an onnx.ModelProto, not {type(source).__name__}")
    if not model.HasField("graph"):
        raise Malformed("the file holds no ONNX graph", hint="is this an .onnx file?")
    embed_external_data(model, folder)
    return model


def _read(path: Path) -> bytes:
    try:
        if not path.is_file():
            raise InputError(f"no such model file: {path}")
        with path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except (OSError, ValueError) as error:
        raise InputError(f"cannot read the model {path}: {error}") from error
    return data


def _decode(data: bytes) -> ModelProto:
    if len(data) > MAX_FILE_BYTES:
        raise InputError(f"the model is larger than {MAX_FILE_BYTES} bytes")
    if not data:
        raise Malformed("the model file is empty")
    try:
        return onnx.load_model_from_string(data)
    except (DecodeError, ValueError, RecursionError) as error:
        raise Malformed(f"not an ONNX file: {error}", hint="is the file complete?") from error
