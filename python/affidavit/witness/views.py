"""View: copies boxes of strided source cells."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..plan import types as t


def compile_view(
    tensor: t.Tensor, get_tensor: Callable[[int], t.Tensor]
) -> Callable[[Callable[[int], np.ndarray]], np.ndarray]:
    """A function from source arrays to the view's array."""
    body = tensor.body
    assert isinstance(body, t.View)
    parts = [(part, _whole(part, tensor, get_tensor(part.src)), _indices(part)) for part in body.parts]
    if len(parts) == 1 and parts[0][1]:
        source = parts[0][0].src
        return lambda get: get(source).reshape((*(get(source).shape[:1] if tensor.batched else ()), *tensor.dims))

    def run(get: Callable[[int], np.ndarray]) -> np.ndarray:
        rows = get(parts[0][0].src).shape[:1] if tensor.batched else ()
        out = np.zeros((*rows, *tensor.dims), dtype=np.int64)
        for part, _, indices in parts:
            flat = get(part.src).reshape(*rows, -1)
            box = tuple(slice(o, o + n) for o, n in zip(part.box_offset, part.box_shape, strict=True))
            out[(slice(None),) * len(rows) + box] = flat[..., indices]
        return out

    return run


def _whole(part: t.Part, tensor: t.Tensor, source: t.Tensor) -> bool:
    """Whether the part is all of its source in order: a reshape."""
    return (
        part.src_offset == 0
        and part.box_shape == tensor.dims
        and source.cells == tensor.cells
        and bool(np.array_equal(_indices(part).reshape(-1), np.arange(tensor.cells)))
    )


def _indices(part: t.Part) -> np.ndarray:
    """Flat source index of every cell of the box."""
    index = np.full(part.box_shape, part.src_offset, dtype=np.int64)
    for axis, (size, stride) in enumerate(zip(part.box_shape, part.src_strides, strict=True)):
        shape = [1] * len(part.box_shape)
        shape[axis] = size
        index += (np.arange(size, dtype=np.int64) * stride).reshape(shape)
    return index
