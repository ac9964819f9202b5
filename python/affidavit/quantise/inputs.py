"""Declared ranges of inputs, and the equalisation of features whose magnitudes differ a lot."""

from __future__ import annotations

import numpy as np

from ..plan import BoundsError, Field
from ..plan.blocks.clamp import clamp
from .context import Lowering
from .indices import selecting_inputs
from .scales import ceil_log2
from .value import Layer, Value

#: An input's range is the power of two above four times the calibrated magnitude.
MARGIN_BITS = 2
#: Magnitudes of features that differ by more than this many bits get scales of their own.
_SPREAD = 4
_WIDEST = 40
#: Operators that understand a scale per feature.
_AWARE = {"dense", "mul", "add", "sub"}


def lower_inputs(ctx: Lowering) -> None:
    """Declare every input port and bind its value."""
    selecting = selecting_inputs(ctx.graph, ctx.calibration)
    for value in ctx.graph.inputs:
        ctx.builder.layer = value.name
        ctx.layers.append(Layer(value.name, "input"))
        if value.name in selecting:
            size = selecting[value.name]
            ctx.bind(value.name, Value(ctx.builder.index_input(value.name, value.shape, size)))
            ctx.note(bits=max(1, (size - 1).bit_length()), scale=0)
            continue
        peaks = _feature_exponents(ctx, value.name)
        top = max(peaks)
        bits = ctx.precision.input_bits
        spread = top - min(peaks)
        if spread > _SPREAD and ctx.precision.field is Field.GOLDILOCKS and _aware(ctx, value.name):
            tensor, exponents = _equalised(ctx, value.name, value.shape, peaks)
            ctx.bind(value.name, Value(tensor, exponents=exponents))
            continue
        scale = _input_scale(ctx, value.name, bits - 1 - top)
        width = max(2, top + scale + 1)
        tensor = ctx.builder.input(value.name, value.shape, scale, width)
        ctx.note(bits=width, scale=scale)
        ctx.bind(value.name, Value(tensor))


def _input_scale(ctx: Lowering, name: str, scale: int) -> int:
    # Whole numbers (pixels, counts, one-hot columns) need no fraction bits.
    values = ctx.calibration.values[name]
    while scale > 0 and bool(np.all(np.ldexp(values, scale - 1) == np.floor(np.ldexp(values, scale - 1)))):
        scale -= 1
    return scale


def _feature_exponents(ctx: Lowering, name: str) -> list[int]:
    """Per cell of the last axis: e such that the declared range is [-2^e, 2^e)."""
    values = np.abs(ctx.calibration.values[name])
    peaks = values.max(axis=tuple(range(values.ndim - 1))) if values.ndim > 1 else values.max(keepdims=True)
    return [ceil_log2(float(p)) + MARGIN_BITS for p in np.atleast_1d(peaks)]


def _aware(ctx: Lowering, name: str) -> bool:
    """Whether every use of the input is an operator with a constant that can absorb the scales."""
    uses = [node for node in ctx.graph.nodes if name in node.inputs]
    return bool(uses) and all(
        node.op in _AWARE
        and sum(n in ctx.graph.constants for n in node.inputs) >= 1
        and _same_last(ctx, node.inputs, name)
        for node in uses
    )


def _same_last(ctx: Lowering, names: tuple[str, ...], name: str) -> bool:
    # An operand that repeats the input's last axis would need the scales repeated too.
    size = ctx.graph.values[name].shape[-1:] if name in ctx.graph.values else ()
    return size != (1,) and size != ()


def _equalised(ctx: Lowering, name: str, shape: tuple[int, ...], peaks: list[int]) -> tuple[int, tuple[int, ...]]:
    """A wide input, then each feature shifted to fill the activation width: exponents are the features' ranges.

    The exponents are public, as is the input schema; they come from calibration data, never from weights.
    """
    b, bits = ctx.builder, ctx.precision.input_bits
    top, low = max(peaks), min(peaks)
    scale = min(_WIDEST - 1 - top, bits - 1 - low)
    # The product with the largest power must leave room in the field: 2^(2 top - low + scale) * 5 < p.
    while top + scale + (top - low) + 3 >= b.field.prime.bit_length() - 1 and scale > bits - 1 - top:
        scale -= 1
    if top + scale + (top - low) + 3 >= b.field.prime.bit_length():
        raise BoundsError(f"{name}: its features differ by a factor of 2^{top - low}", hint="standardise the features")
    source = b.input(name, shape, scale, top + scale + 1)
    axes = tuple(range(len(b.dims(source))))
    powers = b.constant("feature_scales", np.array([1 << (top - p) for p in peaks], dtype=np.int64))
    # Feature j times 2^(top - peak_j): its declared range now fills [-2^(top + scale), 2^(top + scale)).
    lifted = b.contract("lifted", axes, source, axes, powers, axes[-1:], scale=scale)
    shift = top + scale + 1 - bits
    half = 1 << (bits - 1)
    if shift < 0:
        raise BoundsError(f"{name}: its features differ by a factor of 2^{top - low}", hint="standardise the features")
    block = clamp(b, "equalised", lifted, shift, -half, half - 1, scale - shift)
    ctx.note(bits=bits, scale=scale - shift, excess=tuple(i for i in (block.below, block.above) if i is not None))
    return block.value, tuple(p - top for p in peaks)
