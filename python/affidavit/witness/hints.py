"""The hints of spec 2, one function each, in int64."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..plan import types as t

Get = Callable[[int], np.ndarray]


def rounded(src: np.ndarray, shift: int) -> np.ndarray:
    """``src / 2^shift`` rounded half up."""
    return np.asarray((src + (1 << (shift - 1))) >> shift if shift else src)


def clamp(src: np.ndarray, hint: t.Clamp) -> np.ndarray:
    return np.asarray(np.clip(rounded(src, hint.shift), hint.lo, hint.hi))


def below(src: np.ndarray, hint: t.Below) -> np.ndarray:
    return np.asarray(np.maximum(hint.lo - rounded(src, hint.shift), 0))


def above(src: np.ndarray, hint: t.Above) -> np.ndarray:
    return np.asarray(np.maximum(rounded(src, hint.shift) - hint.hi, 0))


def table_value(src: np.ndarray, table: t.FunctionTable) -> np.ndarray:
    """Out-of-domain arguments take the nearest entry; the Table relation then fails, as it must."""
    return np.asarray(table.values[np.clip(src - table.in_lo, 0, len(table.values) - 1)])


def row_max(src: np.ndarray) -> np.ndarray:
    return np.asarray(src.max(axis=-1, keepdims=True))


def row_min(src: np.ndarray) -> np.ndarray:
    return np.asarray(src.min(axis=-1, keepdims=True))


def row_arg_max(src: np.ndarray) -> np.ndarray:
    chosen = np.zeros(src.shape, dtype=np.int64)
    np.put_along_axis(chosen, src.argmax(axis=-1, keepdims=True), 1, axis=-1)
    return chosen


def floor_div(num: np.ndarray, den: np.ndarray) -> np.ndarray:
    # A zero denominator is only reached by tensors that break a relation anyway.
    return np.asarray(num // np.maximum(den, 1))


def isqrt(src: np.ndarray) -> np.ndarray:
    """Float root, then corrected by at most one either way: exact for every non-negative int64."""
    src = np.maximum(src, 0)
    root = np.minimum(np.sqrt(src.astype(np.float64)).astype(np.int64), 3037000499)
    root -= root * root > src
    up = np.minimum(root + 1, 3037000499)
    return np.where((up > root) & (up * up <= src), up, root)


def bits(src: np.ndarray, hint: t.Bits) -> np.ndarray:
    return ((src - hint.offset) >> hint.shift) & ((1 << hint.bits) - 1)


def evaluate(hint: t.Hint, tables: tuple[t.FunctionTable, ...], get: Get) -> np.ndarray:
    """The value that a hint prescribes, from the tensors that ``get`` gives by id."""
    match hint:
        case t.Clamp():
            return clamp(get(hint.src), hint)
        case t.Below():
            return below(get(hint.src), hint)
        case t.Above():
            return above(get(hint.src), hint)
        case t.TableValue():
            return table_value(get(hint.src), tables[hint.table])
        case t.RowMax():
            return row_max(get(hint.src))
        case t.RowMin():
            return row_min(get(hint.src))
        case t.RowArgMax():
            return row_arg_max(get(hint.src))
        case t.FloorDiv():
            return floor_div(get(hint.num), align(get(hint.den), get(hint.num).ndim))
        case t.Isqrt():
            return isqrt(get(hint.src))
        case t.Bits():
            return bits(get(hint.src), hint)
    raise TypeError(f"unknown hint {hint!r}")


def align(array: np.ndarray, ndim: int) -> np.ndarray:
    """A batched array with axes of size 1 put behind the batch axis, so that it broadcasts aligned right."""
    return array.reshape(array.shape[:1] + (1,) * (ndim - array.ndim) + array.shape[1:])
