"""TensorProto to numpy, with the sizes checked before anything is allocated."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from onnx import TensorProto, numpy_helper

from affidavit.errors import Malformed, UnsupportedModel

from .limits import MAX_CELLS

_FLOATS = {TensorProto.FLOAT, TensorProto.DOUBLE, TensorProto.FLOAT16, TensorProto.BFLOAT16}
_INTEGERS = {
    TensorProto.INT8, TensorProto.INT16, TensorProto.INT32, TensorProto.INT64,
    TensorProto.UINT8, TensorProto.UINT16, TensorProto.UINT32, TensorProto.UINT64,
}  # fmt: skip


def dtype_of(elem_type: int) -> np.dtype[Any] | None:
    """The importer's dtype of an ONNX element type (float64, int64, bool, str); None if it has none."""
    if elem_type in _FLOATS:
        return np.dtype(np.float64)
    if elem_type in _INTEGERS:
        return np.dtype(np.int64)
    if elem_type == TensorProto.BOOL:
        return np.dtype(np.bool_)
    if elem_type == TensorProto.STRING:
        return np.dtype(np.str_)
    return None


def array_of(tensor: TensorProto) -> np.ndarray:
    """The tensor's values widened to float64, int64, bool or str.

    Raises :class:`Malformed` if shape, type and data disagree and :class:`UnsupportedModel` for types such as float8.
    """
    name = tensor.name or "(unnamed)"
    dtype = dtype_of(tensor.data_type)
    if dtype is None:
        raise UnsupportedModel(f"constant '{name}' has the element type {_type_name(tensor.data_type)}")
    if any(d < 0 for d in tensor.dims) or math.prod(tensor.dims) > MAX_CELLS:
        raise Malformed(f"constant '{name}' declares the shape {list(tensor.dims)}, beyond {MAX_CELLS} cells")
    try:
        array = numpy_helper.to_array(tensor)
        if dtype.kind == "U":
            return np.array([_text(v) for v in array.ravel()], dtype=np.str_).reshape(array.shape)
    except (ValueError, TypeError, UnicodeDecodeError, OverflowError) as error:
        raise Malformed(f"constant '{name}' does not hold the data that its shape and type ask for: {error}") from error
    if array.dtype == np.uint64 and array.size and int(array.max()) >= 2**63:
        raise Malformed(f"constant '{name}' holds integers beyond 2^63")
    with np.errstate(invalid="ignore"):  # NaN is refused later, by the node that uses it as data
        return np.ascontiguousarray(array).astype(dtype).reshape(array.shape)


def _text(value: Any) -> str:
    return value.decode("utf-8") if isinstance(value, bytes) else str(value)


def _type_name(elem_type: int) -> str:
    try:
        return str(TensorProto.DataType.Name(elem_type))
    except ValueError:
        return f"number {elem_type}"
