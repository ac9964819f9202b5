"""`affidavit compile` and `af.compile` on models and calibration data that cannot be used."""

from __future__ import annotations

import os
import resource
import time
from pathlib import Path

import numpy as np
import onnx
import pytest
from hostile_models import MODELS
from onnx_harness import model, node

import affidavit as af
from affidavit.errors import InputError, Malformed, UnsupportedModel, UsageError

pytestmark = pytest.mark.core

EXITS = {4: Malformed, 6: UnsupportedModel, 8: InputError}
X = np.random.default_rng(0).normal(size=(8, 3)).astype(np.float32)
COMPILE = ("compile", "net.onnx", "--calibration", "c.npz", "-o", "new.plan")


@pytest.mark.parametrize("name", MODELS)
def test_models_by_command(name: str, folder: Path, refused) -> None:
    make, code, says = MODELS[name]
    Path("net.onnx").write_bytes(make())
    started, before = time.monotonic(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    refused(code, *COMPILE, says=says)
    assert time.monotonic() - started < 20
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 300 * 1024, "memory for what a file announces"


@pytest.mark.parametrize("name", MODELS)
def test_models_by_call(name: str, folder: Path) -> None:
    make, code, says = MODELS[name]
    data = make()
    if name.startswith("external"):  # bytes have no folder to look in
        code, says = 8, "another file"
    with pytest.raises(EXITS[code]) as caught:
        af.compile(data, X)
    assert caught.value.exit_code == code and says in str(caught.value).lower()


#: name -> (what the file holds, word of the message)
CALIBRATION: dict[str, tuple[dict[str, np.ndarray], str]] = {
    "NaN": ({"x": np.where(np.arange(24).reshape(8, 3) == 7, np.nan, X)}, "[2, 1]"),
    "infinity": ({"x": np.where(np.arange(24).reshape(8, 3) == 7, np.inf, X)}, "infinity"),
    "minus infinity": ({"x": np.where(np.arange(24).reshape(8, 3) == 7, -np.inf, X)}, "infinity"),
    "wrong name": ({"y": X}, "'x' [B, 3]"),
    "one name too many": ({"x": X, "y": X}, "'x' [B, 3]"),
    "no array": ({}, "'x' [B, 3]"),
    "too narrow": ({"x": X[:, :2]}, "[8, 2]"),
    "too wide": ({"x": np.hstack([X, X])}, "[8, 6]"),
    "a rank too many": ({"x": X[None, None]}, "[1, 1, 8, 3]"),
    "a scalar": ({"x": np.float32(1)}, "[]"),
    "no rows": ({"x": X[:0]}, "no samples"),
    "no columns": ({"x": X[:, :0]}, "[8, 0]"),
    "text": ({"x": X.astype(str)}, "not numbers"),
    "complex": ({"x": X.astype(np.complex64)}, "not numbers"),
    "dates": ({"x": X.astype("datetime64[s]")}, "not numbers"),
}


@pytest.mark.parametrize("name", CALIBRATION)
def test_calibration(name: str, folder: Path, refused) -> None:
    arrays, says = CALIBRATION[name]
    np.savez("c.npz", **arrays)
    refused(8, *COMPILE, says=says)
    with pytest.raises(InputError):
        af.compile("net.onnx", arrays)


def test_an_empty_calibration_says_what_to_do(folder: Path, refused) -> None:
    np.savez("c.npz", x=X[:0])
    assert "hint: give at least one row" in refused(8, *COMPILE)


@pytest.mark.parametrize("magnitude", [0.0, 1e30, 1e60])
def test_extreme_magnitudes_prove_within_the_report(folder: Path, magnitude: float) -> None:
    x = X.astype(np.float64) / np.abs(X).max() * magnitude
    compiled = af.compile("net.onnx", {"x": x})
    owner = af.commit(compiled, uses=1)
    verified = af.verify(af.prove(owner, {"x": x}, reveal="score"), af.policy.Model(owner.card))
    w1, b1, w2, b2 = (onnx.numpy_helper.to_array(t).astype(np.float64) for t in onnx.load("net.onnx").graph.initializer)
    expected = np.maximum(x @ w1 + b1, 0) @ w2 + b2
    bound = compiled.report.outputs[0].max_error
    assert np.abs(verified.outputs["score"] - expected).max() <= bound * (1 + 1e-9) <= 1e-2 * np.ptp(expected)


@pytest.mark.parametrize("magnitude", [1e300, 1.7e308])
def test_magnitudes_beyond_ordinary_scales_are_refused(folder: Path, refused, magnitude: float) -> None:
    np.savez("c.npz", x=X.astype(np.float64) / np.abs(X).max() * magnitude)
    refused(6, *COMPILE)


@pytest.mark.parametrize("magnitude", [1e-30, 1e-300])
def test_inputs_that_vanish_beside_the_bias_are_refused(folder: Path, refused, magnitude: float) -> None:
    np.savez("c.npz", x=X.astype(np.float64) * magnitude)
    refused(6, *COMPILE, says="h:")


def test_a_declared_axis_of_size_zero_is_refused(folder: Path, refused) -> None:
    onnx.save(model([node("Relu", ["x"])], {"x": ["N", 0]}), "net.onnx")
    refused(6, *COMPILE)


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("compile", "absent.onnx", "--calibration", "c.npz", "-o", "p.plan"), 8, "absent.onnx"),
        (("compile", ".", "--calibration", "c.npz", "-o", "p.plan"), 8, ""),
        (("compile", "net.onnx", "--calibration", "absent.npz", "-o", "p.plan"), 8, "absent.npz"),
        (("compile", "net.onnx", "--calibration", "net.onnx", "-o", "p.plan"), 8, ".npz or .json"),
        (("compile", "net.onnx", "--calibration", "c.npz", "-o", "no/such/p.plan"), 8, "folder must exist"),
        (("compile", "net.onnx", "--calibration", "c.npz", "-o", "p.weights"), 2, "weights"),
        (("compile", "net.onnx", "--calibration", "c.npz", "-o", "p.plan", "--dim", "K=3"), 2, "K"),
        (("compile", "net.onnx", "--calibration", "c.npz", "-o", "p.plan", "--dim", "B"), 2, "--dim"),
        (("compile", "net.onnx", "--calibration", "c.npz", "-o", "p.plan", "--fidelity", "0"), 2, "positive"),
        (("compile", "net.onnx", "--calibration", "c.npz", "-o", "p.plan", "--fidelity", "nan"), 2, "positive"),
    ],
)
def test_arguments(arguments: tuple[str, ...], code: int, says: str, folder: Path, refused) -> None:
    refused(code, *arguments, says=says)


def test_an_estimator_that_was_not_fitted_and_other_objects(folder: Path) -> None:
    linear = pytest.importorskip("sklearn.linear_model")
    with pytest.raises(UnsupportedModel):
        af.compile(linear.LinearRegression(), X)
    for thing in (3, None, object(), ["net.onnx"]):
        with pytest.raises(UsageError):
            af.compile(thing, X)
    with pytest.raises(UsageError):
        af.compile("net.onnx", X, depth=3)
    assert sorted(os.listdir()) == ["c.npz", "net.onnx", "net.plan", "net.weights", "record.npz"]
