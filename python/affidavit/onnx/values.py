"""What a name stands for while a graph is translated: an activation, a constant array or an output left out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

FLOAT: Final = np.dtype(np.float64)
INT: Final = np.dtype(np.int64)
BOOL: Final = np.dtype(np.bool_)


class _Batch:
    """The unknown batch size inside a shape constant (an object array); any arithmetic on it is a TypeError."""

    def __repr__(self) -> str:
        return "batch"


BATCH: Final = _Batch()


@dataclass(frozen=True)
class Tensor:
    """An activation. ``shape`` leaves the batch axis out; ``dtype`` is ONNX's kind (float64, int64, bool).

    ``integer`` stays true when integers are cast to float. ``batch_last`` marks ``[1, B]`` results
    (ArrayFeatureExtractor on a list of classes), which only a flattening Reshape may read.
    """

    name: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    integer: bool = False
    batch_last: bool = False


@dataclass(frozen=True)
class Dropped:
    """A value that the integer model has no place for (text, dictionaries); ``instead`` takes its place as output."""

    reason: str
    instead: Tensor | None = None


Value = Tensor | Dropped | np.ndarray


def is_shape_with_batch(array: np.ndarray) -> bool:
    """Whether a constant array holds the unknown batch size."""
    return array.dtype == object and any(v is BATCH for v in array.ravel())
