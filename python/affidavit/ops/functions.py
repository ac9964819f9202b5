"""The functions of ``unary``: a numpy form for the reference, an exactly rounded form for the public tables.

numpy's and libm's last bits differ between machines, and a plan's bytes must not. The table form therefore computes in
decimal arithmetic with 40 digits, far beyond what rounding to an integer can notice.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Context, Decimal

import numpy as np

_D = Context(prec=40)
_ONE = Decimal(1)


@dataclass(frozen=True)
class Function:
    """``domain`` is where the function changes by more than 2^-20 or is defined at all (None: no such end)."""

    array: Callable[[np.ndarray], np.ndarray]
    exact: Callable[[Decimal], Decimal]
    domain: tuple[float | None, float | None] = (None, None)


def _sigmoid(x: np.ndarray) -> np.ndarray:
    # Both branches see only non-positive exponents, so neither overflows.
    e = np.exp(-np.abs(x))
    return np.asarray(np.where(x >= 0, 1.0, e) / (1.0 + e))


def _sigmoid_exact(x: Decimal) -> Decimal:
    return _D.divide(_ONE, _D.add(_ONE, _D.exp(-x)))


def _tanh_exact(x: Decimal) -> Decimal:
    return _D.subtract(_D.multiply(Decimal(2), _sigmoid_exact(2 * x)), _ONE)


def _softplus_exact(x: Decimal) -> Decimal:
    return _D.add(max(x, Decimal(0)), _D.ln(_D.add(_ONE, _D.exp(-abs(x)))))


def _erf_exact(x: Decimal) -> Decimal:
    # Taylor series of the normal integral without cancellation: erf x = 2/sqrt(pi) exp(-x^2) sum 2^k x^(2k+1)/(2k+1)!!
    if abs(x) > 8:
        return Decimal(1).copy_sign(x)
    square, term, total, k = _D.multiply(x, x), x, x, 0
    while abs(term) > Decimal("1e-38"):
        k += 1
        term = _D.divide(_D.multiply(term, 2 * square), Decimal(2 * k + 1))
        total = _D.add(total, term)
    factor = _D.divide(Decimal(2), _D.sqrt(Decimal("3.141592653589793238462643383279502884197169")))
    return _D.multiply(_D.multiply(factor, _D.exp(-square)), total)


_erf_array = np.frompyfunc(math.erf, 1, 1)

FUNCTIONS: dict[str, Function] = {
    "sigmoid": Function(_sigmoid, _sigmoid_exact, (-14.0, 14.0)),
    "tanh": Function(np.tanh, _tanh_exact, (-7.5, 7.5)),
    "exp": Function(np.exp, lambda x: _D.exp(x)),
    "sqrt": Function(np.sqrt, lambda x: _D.sqrt(x), (0.0, None)),
    "log": Function(np.log, lambda x: _D.ln(x), (0.0, None)),
    "erf": Function(lambda x: _erf_array(x).astype(np.float64), _erf_exact, (-3.6, 3.6)),
    "softplus": Function(lambda x: np.logaddexp(x, 0.0), _softplus_exact),
    "reciprocal": Function(np.reciprocal, lambda x: _D.divide(_ONE, x)),
    "abs": Function(np.abs, abs),
    "square": Function(np.square, lambda x: _D.multiply(x, x)),
}
