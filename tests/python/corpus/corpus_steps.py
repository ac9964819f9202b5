"""One random application of each operator of the corpus. A step gives the new value, or None where it does not fit."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from corpus_draft import F32, Draft
from onnx import TensorProto

Step = Callable[[Draft, str], str | None]
STEPS: dict[str, Step] = {}
SIZES = (1, 1, 2, 3, 4, 5, 6, 7, 8, 11, 13)
MAX_CELLS = 160


def step(function: Step) -> Step:
    STEPS[function.__name__] = function
    return function


def width(d: Draft) -> int:
    return int(d.pick(SIZES))


@step
def gemm(d: Draft, x: str) -> str | None:
    if d.rank(x) != 2:
        return None
    k, n, trans = d.shapes[x][-1], width(d), int(d.flip())
    weight = d.normal(*((n, k) if trans else (k, n)), scale=1 / math.sqrt(k))
    # the bias may be left out since operator set 11
    bias = d.pick([(n,), (1, n), (1,), ()] + ([None] if d.opset >= 11 else []))
    inputs = [x, d.const(weight)] + ([] if bias is None else [d.const(d.normal(*bias, scale=0.5))])
    attrs = {"transB": trans} | ({"alpha": 0.75, "beta": 1.25} if d.flip(0.3) else {})
    return d.add("Gemm", inputs, (*d.shapes[x][:-1], n), **attrs)


@step
def matmul(d: Draft, x: str) -> str | None:
    shape = d.shapes[x]
    if d.rank(x) < 2 or not shape:
        return None
    if len(shape) >= 2 and d.flip(0.4):
        m = width(d)
        weight = d.const(d.normal(m, shape[-2], scale=1 / math.sqrt(shape[-2])))
        return d.add("MatMul", [weight, x], (*shape[:-2], m, shape[-1]))
    n = width(d)
    return d.add("MatMul", [x, d.const(d.normal(shape[-1], n, scale=1 / math.sqrt(shape[-1])))], (*shape[:-1], n))


def _constant_like(d: Draft, x: str) -> np.ndarray:
    """Something that broadcasts to ``x`` and never enlarges it."""
    kept = d.shapes[x][int(d.rng.integers(0, len(d.shapes[x]) + 1)) :]
    return d.normal(*(n if d.flip(0.7) else 1 for n in kept))


def _arithmetic(op: str) -> Step:
    def apply(d: Draft, x: str) -> str:
        other = d.const(_constant_like(d, x))
        return d.add(op, [x, other] if d.flip() else [other, x], d.shapes[x])

    return apply


STEPS["add_constant"] = _arithmetic("Add")
STEPS["sub_constant"] = _arithmetic("Sub")
STEPS["mul_constant"] = _arithmetic("Mul")


@step
def div(d: Draft, x: str) -> str:
    divisor = _constant_like(d, x)
    away = np.where(divisor < 0, divisor - F32(0.5), divisor + F32(0.5))
    return d.add("Div", [x, d.const(away.astype(F32))], d.shapes[x])


@step
def two_activations(d: Draft, x: str) -> str:
    same = [v for v in d.shapes if d.shapes[v] == d.shapes[x]]
    return d.add(d.pick(["Add", "Sub", "Mul"]), [x, d.pick(same)], d.shapes[x])


def _plain(op: str, **attrs: float) -> Step:
    return lambda d, x: d.add(op, [x], d.shapes[x], **attrs)


STEPS["neg"] = _plain("Neg")
STEPS["relu"] = _plain("Relu")
STEPS["leaky_relu"] = _plain("LeakyRelu", alpha=0.07)
STEPS["sigmoid"] = _plain("Sigmoid")
STEPS["tanh"] = _plain("Tanh")
STEPS["identity"] = _plain("Identity")


@step
def clip(d: Draft, x: str) -> str:
    low, high = d.pick([(-0.5, 0.75), (-1.0, None), (None, 0.3), (0.0, 6.0)])
    if d.opset < 11:
        attrs = {k: v for k, v in (("min", low), ("max", high)) if v is not None}
        return d.add("Clip", [x], d.shapes[x], **attrs)
    bounds = ["" if b is None else d.const(np.array(b, dtype=F32)) for b in (low, high)]
    return d.add("Clip", [x, *bounds] if high is not None else [x, bounds[0]], d.shapes[x])


@step
def softmax(d: Draft, x: str) -> str | None:
    if not d.shapes[x]:
        return None
    inner = int(d.rng.integers(len(d.shapes[x])))
    return d.add("Softmax", [x], d.shapes[x], axis=d.axis(x, inner))


@step
def flatten(d: Draft, x: str) -> str:
    shape, cells = d.shapes[x], math.prod(d.shapes[x])
    if d.batched:
        return d.add("Flatten", [x], (cells,), axis=1)
    at = int(d.rng.integers(len(shape) + 1))
    return d.add("Flatten", [x], (math.prod(shape[:at]), math.prod(shape[at:])), axis=at)


@step
def reshape(d: Draft, x: str) -> str:
    cells = math.prod(d.shapes[x])
    divisors = [n for n in range(1, cells + 1) if cells % n == 0]
    a = int(d.pick(divisors))
    target = d.pick([(cells,), (a, cells // a), (a, 1, cells // a), (1, cells)])
    written = list(target)
    if d.batched:
        written = [d.pick([0, -1]), *target]
    elif d.flip():
        written[int(d.rng.integers(len(written)))] = -1
    return d.add("Reshape", [x, d.ints(written)], target)


@step
def transpose(d: Draft, x: str) -> str:
    perm = [int(i) for i in d.rng.permutation(len(d.shapes[x]))]
    whole = [0, *(i + 1 for i in perm)] if d.batched else perm
    return d.add("Transpose", [x], tuple(d.shapes[x][i] for i in perm), perm=whole)


def _with_axes(d: Draft, op: str, x: str, axes: list[int], shape: tuple[int, ...]) -> str:
    """The axes are an attribute before operator set 13 and an input since."""
    if d.opset < 13:
        return d.add(op, [x], shape, axes=axes)
    return d.add(op, [x, d.ints(axes)], shape)


@step
def squeeze(d: Draft, x: str) -> str | None:
    ones = [i for i, n in enumerate(d.shapes[x]) if n == 1]
    if not ones or d.rank(x) < 3:
        return None
    inner = int(d.pick(ones))
    return _with_axes(d, "Squeeze", x, [inner + d.lead], d.shapes[x][:inner] + d.shapes[x][inner + 1 :])


@step
def unsqueeze(d: Draft, x: str) -> str | None:
    if len(d.shapes[x]) >= 3:
        return None
    inner = int(d.rng.integers(len(d.shapes[x]) + 1))
    return _with_axes(d, "Unsqueeze", x, [inner + d.lead], (*d.shapes[x][:inner], 1, *d.shapes[x][inner:]))


@step
def concat(d: Draft, x: str) -> str | None:
    shape = d.shapes[x]
    if not shape or 3 * math.prod(shape) > MAX_CELLS:
        return None
    inner = int(d.rng.integers(len(shape)))
    fits = [
        v
        for v, s in d.shapes.items()
        if len(s) == len(shape) and all(i == inner or a == b for i, (a, b) in enumerate(zip(s, shape, strict=True)))
    ]
    parts = [x, *(str(d.pick(fits)) for _ in range(int(d.rng.integers(1, 3))))]
    size = sum(d.shapes[p][inner] for p in parts)
    if size * math.prod(shape) // shape[inner] > MAX_CELLS:
        return None
    return d.add("Concat", parts, (*shape[:inner], size, *shape[inner + 1 :]), axis=d.axis(x, inner))


@step
def slice_(d: Draft, x: str) -> str | None:
    shape = d.shapes[x]
    if not shape:
        return None
    inner = int(d.rng.integers(len(shape)))
    size = shape[inner]
    start = int(d.rng.integers(size))
    end, step_size = int(d.rng.integers(start + 1, size + 1)), 1
    if d.opset >= 10 and d.flip():
        # backwards from the last cell; the far end is "before the first"
        start, end, step_size = -1, -size - 1, -int(d.rng.integers(1, 3))
    kept = len(range(size)[slice(start, None if end < -size else end, step_size)])
    result, axis = (*shape[:inner], kept, *shape[inner + 1 :]), inner + d.lead
    if d.opset < 10:
        return d.add("Slice", [x], result, starts=[start], ends=[end], axes=[axis])
    return d.add("Slice", [x, *(d.ints([v]) for v in (start, end, axis, step_size))], result)


@step
def cast(d: Draft, x: str) -> str:
    """Through double and back: harmless."""
    wide = d.add("Cast", [x], d.shapes[x], to=TensorProto.DOUBLE)
    del d.shapes[wide]  # no other operator and no output takes the double
    return d.add("Cast", [wide], d.shapes[x], to=TensorProto.FLOAT)
