"""ONNX's own node tests: whatever the importer accepts has to give the expected outputs."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

from affidavit.errors import AffidavitError
from affidavit.inputs import prepare_inputs
from affidavit.ir.evaluate import evaluate
from affidavit.onnx import load


def result(test: Any) -> bool | None:
    """Whether the outputs are right; None if the model or its inputs are refused."""
    inputs, outputs = test.data_sets[0]
    if any(isinstance(value, list) for value in (*inputs, *outputs)):
        return None  # sequences
    feeds = {port.name: np.asarray(value) for port, value in zip(test.model.graph.input, inputs, strict=False)}
    expected = {port.name: np.asarray(value) for port, value in zip(test.model.graph.output, outputs, strict=True)}
    try:
        graph = load(test.model)
        found = evaluate(graph, prepare_inputs(graph, feeds))
    except AffidavitError:
        return None
    rows = {name: array if graph.onnx_has_batch_axis else array[0] for name, array in found.items()}
    return all(
        array.shape == expected[name].shape
        and np.allclose(array, expected[name].astype(np.float64), rtol=1e-3, atol=1e-5)
        for name, array in rows.items()
    )


def test_onnx_node_suite() -> None:
    case = pytest.importorskip("onnx.backend.test.case.node")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        results = {test.name: result(test) for test in case.collect_testcases(None)}
    assert [name for name, right in results.items() if right is False] == []
    assert sum(right is True for right in results.values()) >= 150
