"""An ONNX model to the float graph: read, fix sizes, translate, simplify, check."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from affidavit.errors import UnsupportedModel
from affidavit.ir.graph import Graph
from affidavit.ir.passes import simplify

from .dims import bind, common_batch, open_axes
from .idioms import recognise
from .model import OnnxModel
from .read import read_model
from .refusal import ModelRefused, Reason
from .source import Source
from .translate import MixesRows, Translation


def load(
    source: Source | OnnxModel,
    *,
    dims: Mapping[str, int] | None = None,
    samples: Mapping[str, np.ndarray] | None = None,
) -> Graph:
    """The simplified float graph of an ONNX model (path, bytes, ModelProto or :func:`read_model`'s result).

    ``dims`` gives sizes to symbolic axes (``name[axis]`` where an axis has no name); ``samples`` (arrays by input name,
    see :func:`affidavit.inputs.load_arrays`) fixes the rest, except the leading axis. That axis is the batch if every
    operator treats its rows apart; otherwise one sample is one inference and ``onnx_has_batch_axis`` is False.

    Raises :class:`~affidavit.errors.Malformed`, :class:`~affidavit.errors.InputError` and
    :class:`~affidavit.onnx.ModelRefused` (an ``UnsupportedModel`` with ``reasons``).
    """
    model = recognise(source if isinstance(source, OnnxModel) else read_model(source))
    if not model.inputs:
        raise UnsupportedModel("the model has no inputs")
    bound = bind(model, dims, samples)
    batched, size = common_batch(model, bound)
    mixing: list[Reason] = []
    if batched:
        missing = open_axes(model, bound, skip_leading=True)
        if missing:
            raise ModelRefused(missing)
        try:
            return simplify(Translation(model, bound, 1, size).run())
        except MixesRows as found:
            mixing = found.reasons
    bound = bind(model, dims, samples, leading=True)
    missing = open_axes(model, bound, skip_leading=False)
    if missing:
        raise ModelRefused([*mixing, *missing])
    return simplify(Translation(model, bound, 0, None).run())
