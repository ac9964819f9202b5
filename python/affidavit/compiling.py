"""The compile pipeline, end to end: import, calibration, quantisation. The one door to those rooms."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from affidavit.errors import InputError, UsageError
from affidavit.model import CompiledModel

if TYPE_CHECKING:
    from affidavit.ir.graph import Graph


def import_graph(model: Any, dims: Mapping[str, int] | None, samples: Mapping[str, np.ndarray] | None = None) -> Graph:
    """The float graph of an ONNX path, bytes or ModelProto."""
    try:
        from affidavit.onnx.load import load
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] == "affidavit":
            raise
        raise InputError(
            f"compiling needs the package {error.name}",
            hint="pip install 'affidavit[compile]'",
            code="missing-extra",
        ) from error
    return load(os.fspath(model) if isinstance(model, os.PathLike) else model, dims=dims, samples=samples)


def to_onnx(model: Any, calibration: Any) -> Any:
    """An estimator as a ModelProto; anything else as it came."""
    from affidavit import sklearn

    return sklearn.to_onnx(model, calibration) if sklearn.is_estimator(model) else model


def compile_model(
    model: Any, calibration: Any, *, dims: Mapping[str, int] | None, options: Mapping[str, Any]
) -> CompiledModel:
    """See :func:`affidavit.compile`."""
    from affidavit.inputs import load_arrays, prepare_inputs
    from affidavit.quantise import Options, compile_graph

    samples = load_arrays(calibration)
    onnx_model = to_onnx(model, calibration)
    named = _named(samples, onnx_model, dims)
    graph = import_graph(onnx_model, dims, named)
    prepared = prepare_inputs(graph, named or samples)
    name = Path(model).stem if isinstance(model, (str, os.PathLike)) else graph.name
    try:
        chosen = Options(**{"name": name, **options})
    except TypeError as error:
        raise UsageError(f"unknown compile option: {error}") from error
    compiled = compile_graph(graph, prepared, chosen)
    return CompiledModel(compiled.plan_bytes, compiled.weights, compiled.report)


def _named(samples: dict[str, np.ndarray], model: Any, dims: Mapping[str, int] | None) -> dict[str, np.ndarray] | None:
    """Samples under input names, where they have names; one bare array gets its name from the graph later."""
    from affidavit.inputs import UNNAMED

    return None if UNNAMED in samples else samples
