"""Powers of two: scales for magnitudes, robust against the last bits of a float computation."""

from __future__ import annotations

import math

import numpy as np

from ..rounding import round_half_up

#: Magnitudes within this share above a power of two count as that power. Two machines' float sums differ in their last
#: bits, and a plan's bytes must not; a calibrated maximum of exactly 1 (probabilities) must not cost a bit either.
SLACK = 2.0**-8


def ceil_log2(magnitude: float) -> int:
    """The smallest e with ``magnitude <= 2^e`` (up to the slack); 0 for zero."""
    if not magnitude > 0:
        return 0
    mantissa, exponent = math.frexp(magnitude * (1 - SLACK))
    return exponent - 1 if mantissa == 0.5 else exponent


def quantise_array(values: np.ndarray, scale: int) -> np.ndarray:
    """Round half up at ``scale``."""
    return round_half_up(np.ldexp(np.asarray(values, dtype=np.float64), scale)).astype(np.int64)


def weight_scale(values: np.ndarray, bits: int, most: int = 62) -> int:
    """The largest scale at which every value fits signed ``bits`` (both signs of the largest magnitude)."""
    peak = float(np.max(np.abs(values), initial=0.0))
    if peak == 0:
        return 0
    scale = bits - 1 - math.frexp(peak)[1]
    limit = (1 << (bits - 1)) - 1
    if round_half_up(np.ldexp(peak, scale)) > limit:
        scale -= 1
    # Values such as 1, 0.5 or 3 are exact at a small scale; more would only widen what follows.
    while scale > 0 and most > 0 and _exact(values, scale - 1):
        scale -= 1
    return min(scale, most)


def _exact(values: np.ndarray, scale: int) -> bool:
    scaled = np.ldexp(np.asarray(values, dtype=np.float64), scale)
    return bool(np.all(scaled == np.floor(scaled)))


def signed_bits(values: np.ndarray, menu: tuple[int, ...]) -> int | None:
    """The smallest width of the menu that holds the integers, or None."""
    low, high = int(values.min(initial=0)), int(values.max(initial=0))
    for bits in menu:
        if -(1 << (bits - 1)) <= low and high < 1 << (bits - 1):
            return bits
    return None
