"""Rounding half up, exactly: the rule of spec 4 for every float that becomes an integer."""

from __future__ import annotations

import numpy as np


def round_half_up(values: np.ndarray) -> np.ndarray:
    """``floor(v + 1/2)`` of the real number v, as float64; NaN and infinities stay what they are.

    The sum ``v + 0.5`` itself would round to even: 0.49999999999999994 would become 1. ``v - floor(v)`` is exact.
    """
    array = np.asarray(values, dtype=np.float64)
    below = np.floor(array)
    with np.errstate(invalid="ignore"):  # inf - inf
        return np.asarray(below + (array - below >= 0.5))
