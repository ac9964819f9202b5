"""Sizes for symbolic axes: given by the caller, or taken from sample arrays; and the choice of the batch axis."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from affidavit.errors import InputError, UsageError
from affidavit.inputs import UNNAMED

from .limits import MAX_AXIS
from .model import OnnxInput, OnnxModel
from .refusal import Reason

Bound = dict[str, tuple[int | str, ...]]


def bind(
    model: OnnxModel,
    dims: Mapping[str, int] | None,
    samples: Mapping[str, np.ndarray] | None,
    *,
    leading: bool = False,
) -> Bound:
    """Shapes of the inputs with all known sizes put in; symbols that nothing fixes stay.

    ``dims`` wins over ``samples``. Samples fix the leading axis only if ``leading`` says that it is no batch.
    Raises :class:`UsageError` for unknown symbols or senseless sizes and :class:`InputError` where samples disagree
    with each other.
    """
    sizes: dict[str, int] = {}
    for symbol, size in (dims or {}).items():
        if symbol not in model.symbols:
            known = ", ".join(model.symbols) or "none"
            raise UsageError(f"the model has no symbolic axis '{symbol}'", hint=f"symbolic axes: {known}")
        if isinstance(size, bool) or not isinstance(size, int) or not 1 <= size <= MAX_AXIS:
            raise UsageError(f"the size of '{symbol}' must be an integer from 1 to {MAX_AXIS}, not {size!r}")
        sizes[symbol] = size
    if samples is not None and set(samples) == {UNNAMED} and len(model.inputs) == 1:
        samples = {model.inputs[0].name: samples[UNNAMED]}
    for entry in model.inputs:
        sample = None if samples is None else samples.get(entry.name)
        if sample is not None and entry.shape is not None:
            _from_sample(entry, sample.shape, sizes, frozenset(dims or ()), 0 if leading else 1)
    return {
        i.name: tuple(sizes.get(s, s) if isinstance(s, str) else s for s in i.shape)
        for i in model.inputs
        if i.shape is not None
    }


def _from_sample(
    entry: OnnxInput, shape: tuple[int, ...], sizes: dict[str, int], given: frozenset[str], first: int
) -> None:
    declared = entry.shape or ()
    if len(shape) == len(declared) + 1:
        shape = shape[1:]
    if len(shape) != len(declared):
        return  # told by the check of the inputs, with the expected shape at hand
    for symbol, size in zip(declared[first:], shape[first:], strict=True):
        if not isinstance(symbol, str) or symbol in given:
            continue
        if sizes.setdefault(symbol, size) != size:
            raise InputError(f"the samples give the axis '{symbol}' two sizes: {sizes[symbol]} and {size}")


def common_batch(model: OnnxModel, bound: Bound) -> tuple[bool, int | None]:
    """Whether all inputs share a leading axis that can be the batch, and its declared size (None: symbolic)."""
    leading = []
    for entry in model.inputs:
        shape = bound.get(entry.name)
        if not shape or (len(shape) == 1 and isinstance((entry.shape or (0,))[0], int)):
            return False, None  # no axis at all, or a vector of fixed length: that is one sample
        leading.append(shape[0] if shape[0] != f"{entry.name}[0]" else None)
    if not leading or any(s != leading[0] for s in leading):
        return False, None
    first = leading[0]
    return True, first if isinstance(first, int) else None


def open_axes(model: OnnxModel, bound: Bound, skip_leading: bool) -> list[Reason]:
    """One reason for each axis whose size nothing fixes."""
    reasons = []
    for entry in model.inputs:
        shape = bound.get(entry.name)
        if shape is None:
            reasons.append(Reason(entry.name, "input", "it declares no shape", "export the model with input shapes"))
            continue
        for symbol in shape[1 if skip_leading else 0 :]:
            if isinstance(symbol, str):
                reasons.append(
                    Reason(entry.name, "input", f"the axis '{symbol}' has no size", f"give dims={{'{symbol}': ...}}")
                )
    return list(dict.fromkeys(reasons))
