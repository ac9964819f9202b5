"""Constant folding: operators on constants only, in float64 and int64, and the shapes of activations.

Shape constants may hold the unknown batch size; structural operators carry it along, arithmetic on it means that the
model mixes rows.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from .context import Context
from .limits import MAX_FOLDED_CELLS, MAX_FOLDED_TOTAL
from .refusal import Refuse, TouchesBatch
from .tensors import dtype_of
from .values import BATCH, Tensor, is_shape_with_batch

Fold = Callable[[Context, list[np.ndarray]], np.ndarray]
_CARRY_BATCH = {"Identity", "Cast", "Concat", "Gather", "Slice", "Squeeze", "Unsqueeze", "Reshape"}


def _div(ctx: Context, a: list[np.ndarray]) -> np.ndarray:
    _bounded(np.broadcast_shapes(a[0].shape, a[1].shape), a)
    if a[0].dtype.kind == "f" or a[1].dtype.kind == "f":
        return np.asarray(np.divide(a[0], a[1]))
    if not a[1].all():
        raise Refuse("a constant is divided by zero")
    return np.asarray(np.trunc(np.sign(a[0]) * np.sign(a[1])) * (np.abs(a[0]) // np.abs(a[1]))).astype(np.int64)


def _axes(ctx: Context, a: list[np.ndarray]) -> list[int] | None:
    value = ctx.attr("axes")
    if value is not None:
        return [int(v) for v in value]
    return ctx.whole(a[1], "the axes") if len(a) > 1 else None


def _cast(ctx: Context, a: list[np.ndarray]) -> np.ndarray:
    dtype = dtype_of(int(ctx.attr("to", 0)))
    if dtype is None or a[0].dtype.kind == "U" or dtype.kind == "U":
        raise Refuse("this cast of a constant is not supported")
    if is_shape_with_batch(a[0]):
        return a[0]
    return a[0].astype(dtype)


def _constant(ctx: Context, a: list[np.ndarray]) -> np.ndarray:
    if isinstance(ctx.attr("value"), np.ndarray):
        return np.asarray(ctx.attr("value"))
    for name, dtype in (("value_float", np.float64), ("value_floats", np.float64), ("value_int", np.int64),
                        ("value_ints", np.int64), ("value_string", np.str_), ("value_strings", np.str_)):  # fmt: skip
        if name in ctx.node.attrs:
            return np.array(ctx.node.attrs[name], dtype=dtype)
    raise Refuse("only dense constants are supported")


def _constant_of_shape(ctx: Context, a: list[np.ndarray]) -> np.ndarray:
    value = ctx.attr("value", np.zeros(1))
    return np.full(_bounded(a[0].ravel()), value.ravel()[0], dtype=value.dtype)


def _expand(ctx: Context, a: list[np.ndarray]) -> np.ndarray:
    shape = np.broadcast_shapes(a[0].shape, _bounded(a[1].ravel()))
    return np.broadcast_to(a[0], _bounded(shape)).copy()


def _range(ctx: Context, a: list[np.ndarray]) -> np.ndarray:
    start, limit, step = (x.ravel()[0] for x in a)
    if step == 0 or (limit - start) / step > MAX_FOLDED_CELLS:
        raise Refuse("a constant range that is too long or has no end")
    return np.arange(start, limit, step)


def _reshape(ctx: Context, a: list[np.ndarray]) -> np.ndarray:
    target = [int(t) for t in a[1].ravel()]
    if not ctx.attr("allowzero", 0):
        target = [a[0].shape[i] if t == 0 and i < a[0].ndim else t for i, t in enumerate(target)]
    return a[0].reshape(target)


def _slice(ctx: Context, a: list[np.ndarray]) -> np.ndarray:
    def ints(name: str, index: int) -> list[int] | None:
        if name in ctx.node.attrs:
            return [int(v) for v in ctx.node.attrs[name]]
        value = ctx.value(index)
        return ctx.whole(value, f"the {name}") if isinstance(value, np.ndarray) else None

    starts, ends = ints("starts", 1) or [], ints("ends", 2) or []
    axes, steps = ints("axes", 3) or list(range(len(starts))), ints("steps", 4) or [1] * len(starts)
    cut = [slice(None)] * a[0].ndim
    for start, end, axis, step in zip(starts, ends, axes, steps, strict=True):
        picked = range(*slice(start, end, step).indices(a[0].shape[axis]))
        cut[axis] = (
            slice(start, end, step)
            if step > 0
            else slice(picked.start, picked.stop if picked.stop >= 0 else None, step)
        )
    return a[0][tuple(cut)]


def _gather(ctx: Context, a: list[np.ndarray]) -> np.ndarray:
    axis = int(ctx.attr("axis", 0))
    _bounded([a[1].size, a[0].size // max(1, a[0].shape[axis])], a)
    ctx.whole(a[1], "the indices")
    return np.asarray(np.take(a[0], a[1].astype(np.int64), axis=axis))


def _matmul(ctx: Context, a: list[np.ndarray]) -> np.ndarray:
    if min(a[0].ndim, a[1].ndim) < 1 or max(a[0].ndim, a[1].ndim) > 2:
        raise Refuse("a product of constants that are no matrices")
    rows, columns = a[0].size // max(1, a[0].shape[-1]), a[1].size // max(1, a[1].shape[0])
    _bounded([rows, columns], a)
    return np.asarray(a[0] @ a[1])


def _unsqueeze(ctx: Context, a: list[np.ndarray]) -> np.ndarray:
    return np.expand_dims(a[0], tuple(_axes(ctx, a) or ()))


def _squeeze(ctx: Context, a: list[np.ndarray]) -> np.ndarray:
    axes = _axes(ctx, a)
    return np.squeeze(a[0], None if axes is None else tuple(axes))


def _reduce(function: Callable[..., np.ndarray]) -> Fold:
    def fold(ctx: Context, a: list[np.ndarray]) -> np.ndarray:
        axes = _axes(ctx, a)
        if not axes and ctx.attr("noop_with_empty_axes", 0):
            return a[0]
        return np.asarray(function(a[0], axis=tuple(axes) if axes else None, keepdims=bool(ctx.attr("keepdims", 1))))

    return fold


def _elementwise(function: Callable[..., np.ndarray]) -> Fold:
    def fold(ctx: Context, a: list[np.ndarray]) -> np.ndarray:
        _bounded(np.broadcast_shapes(*(x.shape for x in a)), a)
        return np.asarray(function(*a))

    return fold


_FOLDS: dict[str, Fold] = {
    "Constant": _constant,
    "ConstantOfShape": _constant_of_shape,
    "Range": _range,
    "Identity": lambda ctx, a: a[0],
    "Dropout": lambda ctx, a: a[0],
    "Cast": _cast,
    "Reshape": _reshape,
    "Transpose": lambda ctx, a: a[0].transpose(ctx.attr("perm")),
    "Concat": lambda ctx, a: np.concatenate(a, axis=int(ctx.attr("axis", 0))),
    "Slice": _slice,
    "Gather": _gather,
    "Squeeze": _squeeze,
    "Unsqueeze": _unsqueeze,
    "Expand": _expand,
    "Shape": lambda ctx, a: np.array(a[0].shape, dtype=np.int64)[ctx.attr("start", 0) : ctx.attr("end")],
    "Size": lambda ctx, a: np.array(a[0].size, dtype=np.int64),
    "Add": _elementwise(np.add),
    "Sub": _elementwise(np.subtract),
    "Mul": _elementwise(np.multiply),
    "Div": _div,
    "Neg": _elementwise(np.negative),
    "Abs": _elementwise(np.abs),
    "Sqrt": _elementwise(np.sqrt),
    "Exp": _elementwise(np.exp),
    "Log": _elementwise(np.log),
    "Reciprocal": _elementwise(np.reciprocal),
    "Floor": _elementwise(np.floor),
    "Ceil": _elementwise(np.ceil),
    "Pow": _elementwise(np.power),
    "Equal": _elementwise(np.equal),
    "Where": _elementwise(np.where),
    "MatMul": _matmul,
    "ReduceSum": _reduce(np.sum),
    "ReduceMean": _reduce(np.mean),
    "ReduceProd": _reduce(np.prod),
}


def can_fold(domain: str, op: str) -> bool:
    """Whether the operator folds when its inputs are constant."""
    return not domain and op in _FOLDS


def folds(ctx: Context) -> bool:
    """Whether the node is computed at compile time: from constants, or from the shape of an activation."""
    if ctx.node.domain:
        return False
    if ctx.node.op in ("Shape", "Size") and isinstance(ctx.value(0), Tensor):
        return True
    return ctx.node.op in _FOLDS and all(v is None or isinstance(v, np.ndarray) for v in ctx.inputs)


def fold(ctx: Context) -> np.ndarray:
    """The node's value; raises :class:`Refuse` where the constants do not fit the operator."""
    first = ctx.value(0)
    if isinstance(first, Tensor):
        return _shape_of(ctx, ctx.tensor(0))
    arrays = [v for v in ctx.inputs if isinstance(v, np.ndarray)]
    if any(is_shape_with_batch(a) for a in arrays) and ctx.node.op not in _CARRY_BATCH:
        raise TouchesBatch(ctx.node.op)
    if ctx.node.op not in ("Constant", "Slice") and len(arrays) != len([i for i in ctx.node.inputs if i]):
        raise Refuse("an input is missing")
    try:
        with np.errstate(all="ignore"):
            result = _FOLDS[ctx.node.op](ctx, arrays)
    except (ValueError, TypeError, IndexError, KeyError, OverflowError) as error:
        raise Refuse(f"constants do not fit the operator: {error}") from error
    ctx.builder.folded_cells += max(0, result.size - sum(a.size for a in arrays))
    if ctx.builder.folded_cells > MAX_FOLDED_TOTAL:
        raise Refuse("the model's constant expressions grow too large", "store the constants as initializers")
    return _narrow(result)


def _shape_of(ctx: Context, x: Tensor) -> np.ndarray:
    shape = ctx.onnx_shape(x)
    if ctx.node.op == "Shape":
        return _narrow(shape[ctx.attr("start", 0) : ctx.attr("end")])
    if is_shape_with_batch(shape):
        raise TouchesBatch("Size")
    return np.array(math.prod(int(d) for d in shape), dtype=np.int64)


def _narrow(array: np.ndarray) -> np.ndarray:
    """Back to int64 once the unknown batch size is gone; float32 and friends to float64."""
    array = np.asarray(array)
    if array.dtype == object and not is_shape_with_batch(array):
        return array.astype(np.int64)
    if array.dtype.kind == "f":
        return array.astype(np.float64)
    return array.astype(np.int64) if array.dtype.kind in "iu" else array


def _bounded(shape: Iterable[Any], read: Iterable[np.ndarray] = ()) -> tuple[int, ...]:
    """``shape``, refused where it holds far more cells than the arrays that were ``read`` for it."""
    sizes = tuple(shape)
    if any(s is BATCH for s in sizes):
        raise TouchesBatch("a constant of the batch's size")
    result = tuple(int(s) for s in sizes)
    limit = max(MAX_FOLDED_CELLS, sum(a.size for a in read))
    if any(s < 0 for s in result) or math.prod(result) > limit:
        raise Refuse(f"a constant expression of shape {list(result)}, beyond {limit} cells")
    return result
