"""Integer arrays in the narrowest width that holds them (weights and inputs of private files, spec 5)."""

from __future__ import annotations

import numpy as np

from affidavit import limits
from affidavit.bundle.codec import Reader, Writer

_WIDTHS = (1, 2, 4, 8)


def _width_for(values: np.ndarray) -> int:
    if values.size == 0:
        return 1
    low, high = int(values.min()), int(values.max())
    for width in _WIDTHS:
        bound = 1 << (8 * width - 1)
        if -bound <= low and high < bound:
            return width
    raise AssertionError("an int64 fits eight bytes")


def write_array(out: Writer, name: str, values: np.ndarray) -> None:
    """``width u8 (1, 2, 4, 8; the narrowest) · count u32 · cells``, row-major; the shape is the plan's."""
    flat = np.ascontiguousarray(values, dtype=np.int64).reshape(-1)
    width = _width_for(flat)
    out.u8(name, width)
    out.count(name, flat.size, limits.TENSOR_CELLS)
    out.raw(name, flat.astype(f"<i{width}").tobytes(), width * flat.size)


def read_array(source: Reader, name: str) -> np.ndarray:
    """The flat int64 cells; a width that is not the narrowest is malformed."""
    width = source.u8(name)
    if width not in _WIDTHS:
        raise source.fail(name, f"has cells of {width} bytes")
    count = source.count(name, limits.TENSOR_CELLS, width)
    cells = np.frombuffer(source.raw(name, width * count), dtype=f"<i{width}").astype(np.int64)
    if _width_for(cells) != width:
        raise source.fail(name, "is not in its narrowest width")
    return cells
