"""Function tables: exact rounding of a real function at every integer of a power-of-two domain."""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_FLOOR, Decimal, DivisionByZero, InvalidOperation, localcontext

import numpy as np

from .. import types as t
from ..builder import Builder

#: Far beyond what rounding to an integer can notice, so that every machine computes the same table.
_DIGITS = 40


def function_table(
    exact: Callable[[Decimal], Decimal], in_lo: int, log_size: int, in_scale: int, out_scale: int, lo: int, hi: int
) -> t.FunctionTable:
    """``round_half_up(f(i * 2^-in_scale) * 2^out_scale)`` for ``2^log_size`` integers from ``in_lo``, kept in [lo, hi].

    Where the function is undefined (a negative root) the entry is ``lo``, where infinite the bound on that side.
    """
    values = np.empty(1 << log_size, dtype=np.int64)
    with localcontext() as context:
        context.prec = _DIGITS
        step, factor = Decimal(2) ** -in_scale, Decimal(2) ** out_scale
        for i in range(1 << log_size):
            values[i] = _entry(exact, (in_lo + i) * step, factor, lo, hi)
    return t.FunctionTable(in_lo, log_size, values)


def _entry(exact: Callable[[Decimal], Decimal], x: Decimal, factor: Decimal, lo: int, hi: int) -> int:
    try:
        y = exact(x) * factor
    except (InvalidOperation, DivisionByZero):
        return lo
    if not y.is_finite():
        return lo if y.is_nan() or y < 0 else hi
    return int((min(max(y, Decimal(lo)), Decimal(hi)) + Decimal("0.5")).to_integral_value(ROUND_FLOOR))


def apply_table(b: Builder, name: str, x: int, table: t.FunctionTable, scale: int) -> int:
    """``y`` with (x, y) in the table, which forces ``y`` and the range of ``x``."""
    index = b.table(table)
    lo, hi = int(table.values.min()), int(table.values.max())
    y = b.fresh(name, b.dims(x), scale, lo, max(hi, lo + 1), t.TableValue(x, index))
    b.lookup(x, y, index)
    return y
