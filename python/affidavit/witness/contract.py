"""Exact integer contractions: float64 matrix products while every partial sum is below 2^53, else in limbs.

The results are exact modulo 2^64, hence exact wherever they fit int64.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from ..plan import types as t

_EXACT = 1 << 53
_BATCH = -1


class ContractKernel:
    """One Contract, its axis bookkeeping done once. ``reach`` bounds the operands' magnitudes.

    ``right`` prepares the second operand: a weight is prepared once and used for every run.
    """

    def __init__(self, body: t.Contract, a: t.Tensor, b: t.Tensor | None, reach_a: int, reach_b: int) -> None:
        batched = a.batched or (b is not None and b.batched)
        out = ((_BATCH,) if batched else ()) + body.out
        la = ((_BATCH,) if a.batched else ()) + body.a_labels
        self.unary = b is None
        if b is None:
            self._first = _reduction(la, out)
            return
        lb = ((_BATCH,) if b.batched else ()) + body.b_labels
        sizes = dict(zip(body.a_labels, a.dims, strict=True)) | dict(zip(body.b_labels, b.dims, strict=True))
        summed = [x for x in la if x in lb and x not in out]
        shared = [x for x in la if x in lb and x in out]
        rows = [x for x in la if x not in lb and x in out]
        cols = [x for x in lb if x not in la and x in out]
        # A label that only one operand has and the output has not is summed there first.
        self._first = _reduction(la, (*shared, *rows, *summed))
        self._second = _reduction(lb, (*shared, *summed, *cols))
        self._back = _permutation((*shared, *rows, *cols), out)
        self._shared, self._rows, self._summed, self._cols = len(shared), len(rows), len(summed), len(cols)
        for label in set(la) - set(lb) - set(out):
            reach_a *= sizes[label]
        for label in set(lb) - set(la) - set(out):
            reach_b *= sizes[label]
        terms = math.prod(sizes[x] for x in summed)
        self._limbs_a, self._limbs_b, self._width = _limbs(terms, reach_a, reach_b)

    def right(self, y: np.ndarray) -> tuple[np.ndarray, list[np.ndarray]]:
        """The second operand in multiplication order, and its float64 limbs where there is something to sum."""
        y = self._second(y)
        if not self._summed:
            return y, []
        lead, cols = y.shape[: self._shared], y.shape[self._shared + self._summed :]
        k = math.prod(y.shape[self._shared : self._shared + self._summed])
        return y, _split(y.reshape(*lead, k, math.prod(cols)), self._width, self._limbs_b)

    def __call__(self, x: np.ndarray, right: tuple[np.ndarray, list[np.ndarray]] | None = None) -> np.ndarray:
        x = self._first(x)
        if self.unary or right is None:
            return x
        y, limbs = right
        ns, nr = self._shared, self._rows
        lead, rows, cols = x.shape[:ns], x.shape[ns : ns + nr], y.shape[ns + self._summed :]
        if self._summed:
            left = _split(x.reshape(*lead, math.prod(rows), -1), self._width, self._limbs_a)
            z = _products(left, limbs, self._width).reshape((*lead, *rows, *cols))
        else:
            z = x.reshape((*lead, *rows, *(1,) * len(cols))) * y.reshape((*lead, *(1,) * nr, *cols))
        return z if self._back is None else z.transpose(self._back)


def _reduction(labels: Sequence[int], target: Sequence[int]) -> Callable[[np.ndarray], np.ndarray]:
    """Sum the labels that are not in ``target`` and order the rest like it."""
    axes = tuple(i for i, label in enumerate(labels) if label not in target)
    back = _permutation([label for label in labels if label in target], target)

    def run(x: np.ndarray) -> np.ndarray:
        if axes:
            x = x.sum(axis=axes)
        return x if back is None else x.transpose(back)

    return run


def _permutation(have: Sequence[int], want: Sequence[int]) -> tuple[int, ...] | None:
    order = tuple(have.index(label) for label in want)
    return None if order == tuple(range(len(order))) else order


def _limbs(terms: int, reach_a: int, reach_b: int) -> tuple[int, int, int]:
    """(limbs of a, limbs of b, bits of a limb) such that ``terms`` products of limbs stay below 2^53."""
    if terms * max(reach_a, 1) * max(reach_b, 1) < _EXACT:
        return 1, 1, 0
    width = (52 - max(terms - 1, 1).bit_length()) // 2
    count = (max(1, -(-(reach.bit_length() + 1) // width)) for reach in (reach_a, reach_b))
    return (*count, width)  # type: ignore[return-value]


def _split(x: np.ndarray, width: int, count: int) -> list[np.ndarray]:
    """Lower limbs are non-negative, the top one keeps the sign."""
    if count == 1:
        return [x.astype(np.float64)]
    mask = (1 << width) - 1
    lower = [((x >> (width * i)) & mask).astype(np.float64) for i in range(count - 1)]
    return [*lower, (x >> (width * (count - 1))).astype(np.float64)]


def _products(left: list[np.ndarray], right: list[np.ndarray], width: int) -> np.ndarray:
    total = (left[0] @ right[0]).astype(np.int64)
    for i, a in enumerate(left):
        for j, b in enumerate(right):
            # Limbs at 2^64 and above vanish modulo 2^64.
            if i + j and (i + j) * width < 64:
                total += (a @ b).astype(np.int64) << ((i + j) * width)
    return np.asarray(total)
