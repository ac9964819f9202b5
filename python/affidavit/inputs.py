"""Input arrays from ``.npz``, ``.json``, dictionaries or one array, checked against a graph.

:func:`load_arrays` reads; :func:`prepare_inputs` checks and gives ``[B, *shape]`` float64 arrays by input name.
"""

from __future__ import annotations

import errno
import json
import math
import os
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from .bundle.files import input_error
from .errors import InputError
from .ir.graph import Graph, Value

#: Bytes of a file, and of all its arrays after unpacking: a calibration set in memory, no training set.
MAX_FILE_BYTES = 2**30
MAX_JSON_BYTES = 2**27
MAX_UNPACKED_BYTES = 2**32
MAX_ARRAYS = 4096
#: Largest integer up to which float64 holds every one.
MAX_EXACT_INTEGER = 2**53

InputSource = str | Path | Mapping[str, Any] | np.ndarray | list[Any]
#: Key of an array that came without a name: it belongs to the model's only input.
UNNAMED = ""


def load_arrays(source: InputSource) -> dict[str, np.ndarray]:
    """Arrays by name from a ``.npz`` or ``.json`` path, a mapping, or a bare array (under :data:`UNNAMED`).

    Raises :class:`InputError` for unreadable, oversized or pickled files, ragged lists and anything but numbers.
    """
    if isinstance(source, str | Path):
        path = Path(source)
        suffix = path.suffix.lower()
        if suffix not in (".npz", ".json"):
            raise InputError(f"inputs are read from .npz or .json files, not '{path.name}'")
        try:
            if path.is_dir():
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
            size = path.stat().st_size
            limit = MAX_JSON_BYTES if suffix == ".json" else MAX_FILE_BYTES
            if size > limit:
                raise InputError(f"{path} has {size} bytes, more than {limit}")
            source = _read_json(path) if suffix == ".json" else _read_npz(path)
        except OSError as error:
            raise input_error("read the inputs", path, error) from error
    if not isinstance(source, Mapping):
        source = {UNNAMED: source}
    return {str(name): _array(str(name), value) for name, value in source.items()}


def prepare_inputs(graph: Graph, source: InputSource) -> dict[str, np.ndarray]:
    """Inputs of ``graph`` as float64 ``[B, *shape]`` arrays by name.

    Samples may be stacked along the model's batch axis, or along one more leading axis (``[n, *onnx_shape]``). Raises
    :class:`InputError` for wrong names, shapes, dtypes, different numbers of samples, no samples, NaN and infinity.
    """
    arrays = load_arrays(source)
    expected = {port.name: port for port in graph.inputs}
    if set(arrays) == {UNNAMED} and len(expected) == 1:
        arrays = {next(iter(expected)): arrays[UNNAMED]}
    if set(arrays) != set(expected):
        got = ", ".join(repr(k) if k else "one array without a name" for k in arrays) or "nothing"
        raise InputError(
            f"expected the inputs {_listing(graph)}; got {got}",
            hint="arrays are stored under the names of the ONNX inputs",
        )
    found = {name: _rows(port, arrays[name], graph.onnx_has_batch_axis) for name, port in expected.items()}
    counts = {name: len(array) for name, array in found.items()}
    if len(set(counts.values())) > 1:
        raise InputError(f"the inputs hold different numbers of samples: {counts}")
    if 0 in counts.values():
        raise InputError("there are no samples", hint="give at least one row for each input")
    return found


def _rows(port: Value, array: np.ndarray, has_batch: bool) -> np.ndarray:
    one = "[B" + "".join(f", {d}" for d in port.shape) + "]" if has_batch else str(list(port.shape))
    if array.dtype.kind not in "biuf":
        raise InputError(f"the input '{port.name}' holds {array.dtype}, not numbers")
    lead = array.ndim - len(port.shape)
    if array.shape[max(lead, 0) :] != port.shape or not (lead in (1, 2) if has_batch else lead in (0, 1)):
        raise InputError(
            f"the input '{port.name}' has shape {list(array.shape)}, expected {one}, or [n, ...] with one sample each",
            hint="add the batch axis: array[None]" if has_batch and array.shape == port.shape else None,
        )
    if (
        array.dtype.kind in "iu"
        and array.size
        and max(abs(int(array.max())), abs(int(array.min()))) > MAX_EXACT_INTEGER
    ):
        raise InputError(f"the input '{port.name}' holds integers beyond 2^53, which float64 cannot hold exactly")
    rows = np.ascontiguousarray(array, dtype=np.float64).reshape(math.prod(array.shape[:lead]), *port.shape)
    finite = np.isfinite(rows)
    if not finite.all():
        cell = [int(i) for i in np.argwhere(~finite)[0]]
        raise InputError(f"the input '{port.name}' holds NaN or infinity, first in cell {cell}")
    if port.integer and np.any(rows != np.rint(rows)):
        raise InputError(f"the input '{port.name}' takes integers and got fractions")
    return rows


def _listing(graph: Graph) -> str:
    lead = ["B"] if graph.onnx_has_batch_axis else []
    return ", ".join(f"'{p.name}' [{', '.join(map(str, [*lead, *p.shape]))}]" for p in graph.inputs)


def _array(name: str, value: Any) -> np.ndarray:
    label = f"the input '{name}'" if name else "the input"
    try:
        array = np.asarray(value)
    except (ValueError, TypeError, OverflowError) as error:
        raise InputError(f"{label} is no rectangular array of numbers: {error}") from error
    if array.dtype.kind not in "biuf":
        raise InputError(
            f"{label} holds {array.dtype}, not numbers", hint="rows must have equal length; no text, no null"
        )
    if array.dtype.itemsize > 8:
        raise InputError(f"{label} holds {array.dtype}; use float64 or smaller")
    return array


def _read_json(path: Path) -> Any:
    def no_constant(text: str) -> float:
        raise InputError(f"{path} holds {text}; inputs must be finite")

    def no_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            raise InputError(f"{path} repeats a name")
        return found

    try:
        data = json.loads(path.read_text("utf-8"), parse_constant=no_constant, object_pairs_hook=no_repeats)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path} is no JSON file: {error}") from error
    if not isinstance(data, dict | list):
        raise InputError(f"{path} must hold an object of arrays, or one array")
    return data


def _read_npz(path: Path) -> dict[str, np.ndarray]:
    left = MAX_UNPACKED_BYTES
    arrays: dict[str, np.ndarray] = {}
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            if len(members) > MAX_ARRAYS:
                raise InputError(f"{path} holds {len(members)} arrays, more than {MAX_ARRAYS}")
            for member in members:
                name = member.filename.removesuffix(".npy")
                if name in arrays:
                    raise InputError(f"{path} holds the array '{name}' twice")
                left -= member.file_size
                if left < 0:
                    raise InputError(f"{path} unpacks to more than {MAX_UNPACKED_BYTES} bytes")
                with archive.open(member) as stream:
                    arrays[name] = _read_npy(stream, member.file_size, f"{path}: array '{name}'")
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
        raise InputError(f"{path} is no .npz file: {error}") from error
    return arrays


def _read_npy(stream: Any, size: int, label: str) -> np.ndarray:
    """Like ``numpy.lib.format.read_array``, with the announced shape held against the bytes before allocating."""
    version = np.lib.format.read_magic(stream)
    readers = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
    if version not in readers:
        raise InputError(f"{label} has the unknown format version {version}")
    shape, fortran, dtype = readers[version](stream)
    if dtype.hasobject or dtype.kind not in "biuf":
        raise InputError(f"{label} holds {dtype}, not numbers", hint="pickled objects are never loaded")
    if math.prod(shape) * dtype.itemsize > size:
        raise InputError(f"{label} announces the shape {list(shape)} but holds fewer bytes")
    data = stream.read(math.prod(shape) * dtype.itemsize + 1)
    if len(data) != math.prod(shape) * dtype.itemsize:
        raise InputError(f"{label} does not hold the bytes that its shape asks for")
    return np.frombuffer(data, dtype=dtype).reshape(shape, order="F" if fortran else "C")
