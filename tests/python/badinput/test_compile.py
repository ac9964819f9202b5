"""`affidavit compile` and `af.compile` on models and calibration data that cannot be used."""

from __future__ import annotations

import os
import resource
import time
from pathlib import Path

import numpy as np
import pytest
from hostile_models import MODELS

import affidavit as af
from affidavit.errors import AffidavitError, InputError, Malformed, UnsupportedModel, UsageError

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
    with pytest.raises(EXITS[code]) as caught:
        af.compile(data, X)
    assert caught.value.exit_code == code
    # without a path there is no folder for external data: the message names another reason
    assert says in str(caught.value).lower() or "external" in name


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


def test_huge_finite_calibration_is_refused_or_compiles(folder: Path) -> None:
    """Values at the end of float64 are numbers; what they overflow to is reported with its layer."""
    for magnitude in (1e300, 1.7e308):
        with pytest.raises(AffidavitError) as caught:
            af.compile("net.onnx", {"x": X.astype(np.float64) / np.abs(X).max() * magnitude})
        assert caught.value.exit_code in (6, 8)


@pytest.mark.parametrize("magnitude", [0.0, 1e-300, 1e-30, 1e30])
def test_extreme_magnitudes_compile_or_are_refused(folder: Path, magnitude: float) -> None:
    """All-zero, denormal or astronomic inputs: a model that works, or a typed error; no crash, no nonsense."""
    x = X.astype(np.float64) / np.abs(X).max() * magnitude
    try:
        compiled = af.compile("net.onnx", {"x": x})
    except AffidavitError as error:
        assert error.exit_code in (6, 8)
        return
    model = af.commit(compiled, uses=1)
    verified = af.verify(af.prove(model, {"x": x[:2]}, reveal="score"), af.policy.Model(model.card))
    assert np.isfinite(verified.outputs["score"]).all()


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
