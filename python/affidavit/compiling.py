"""The compile pipeline, end to end: import, calibration, quantisation. The one door to those rooms."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from affidavit.bundle.files import input_error
from affidavit.errors import InputError, Malformed, UnsupportedModel, UsageError
from affidavit.model import CompiledModel

if TYPE_CHECKING:
    from affidavit.ir.graph import Graph
    from affidavit.onnx.model import OnnxModel

_OPERATORS = "what compiles is listed in docs/guide/operators.md"


def import_graph(model: Any, dims: Mapping[str, int] | None, samples: Mapping[str, np.ndarray] | None = None) -> Graph:
    """The float graph of an ONNX path, bytes or ModelProto."""
    if isinstance(model, (str, os.PathLike)):
        _check_readable(Path(model))
    try:
        from affidavit.onnx.load import load
        from affidavit.onnx.read import read_model
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] == "affidavit":
            raise
        raise InputError(
            f"compiling needs the package {error.name}",
            hint="pip install 'affidavit[compile]'",
            code="missing-extra",
        ) from error
    try:
        parsed = read_model(os.fspath(model) if isinstance(model, os.PathLike) else model)
        _check_dims(parsed, dims or {})
        return load(parsed, dims=dims, samples=samples)
    except UnsupportedModel as error:
        error.hint = f"{error.hint}; {_OPERATORS}" if error.hint else _OPERATORS
        raise


def _check_dims(model: OnnxModel, dims: Mapping[str, int]) -> None:
    """Refuse unknown names; the hint leaves out the batch axis, to which nothing has to be bound."""
    unknown = [name for name in dims if name not in model.symbols]
    if not unknown:
        return
    shapes = [entry.shape for entry in model.inputs if entry.shape]
    leading = {shape[0] for shape in shapes}
    axes = [axis for shape in shapes for axis in (shape[1:] if len(leading) == 1 else shape)]
    names = ", ".join(dict.fromkeys(axis for axis in axes if isinstance(axis, str)))
    raise UsageError(
        f"the model has no symbolic axis {unknown[0]!r}",
        hint=f"axes that can be bound: {names}" if names else "every axis but the batch has a fixed size",
    )


def _check_readable(path: Path) -> None:
    """What the operating system says, in the words of all other files."""
    try:
        path.open("rb").close()
    except OSError as error:
        raise input_error("read the model", path, error) from error


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
    try:
        result = CompiledModel(compiled.plan_bytes, compiled.weights, compiled.report, chosen.fidelity)
    except Malformed as error:  # the planner made a plan beyond the bounds of spec 2
        raise UnsupportedModel(
            f"the model's plan breaks a rule: {error.message}",
            hint="numbers beyond 2^200 or so have no ordinary scale: rescale inputs and outputs",
        ) from error
    if result.info.unforced:  # verifiers would refuse its card
        raise UnsupportedModel(
            f"the plan is not seen to be a function: {'; '.join(result.info.unforced[:3])}",
            hint="this is a limit of affidavit; please report the model",
            code="unforced",
        )
    return result


def _named(samples: dict[str, np.ndarray], model: Any, dims: Mapping[str, int] | None) -> dict[str, np.ndarray] | None:
    """Samples under input names, where they have names; one bare array gets its name from the graph later."""
    from affidavit.inputs import UNNAMED

    return None if UNNAMED in samples else samples
