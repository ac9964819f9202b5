"""Fifty trained scikit-learn models, the whole way; their errors against ONNX Runtime as a table in results/."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("sklearn")
pytest.importorskip("skl2onnx")

from corpus_check import KINDS, in_floats, prove_and_verify
from corpus_models import MODELS, fitted
from corpus_table import machine, write_table
from sklearn.linear_model import SGDClassifier

from affidavit.sklearn import to_onnx

pytestmark = pytest.mark.core

#: Rows of one proof: half of them from calibration, half held out.
ROWS = 32
#: As in the random graphs: margin for rows that calibration did not see.
UNSEEN = 1.25
#: ONNX Runtime and skl2onnx's constants are float32, the report's model is float64 on the same constants.
FLOAT32 = 1e-5
MEDIAN_ERROR = 1e-3


@dataclass(frozen=True)
class Row:
    """``max_abs_error``: against ONNX Runtime, over the proven rows and (by the report) all of calibration."""

    model: str
    task: str
    field: str
    parameters: int
    max_abs_error: float
    output_range: float
    relative_error: float
    reported_error: float
    labels_equal: int
    labels: int
    prove_seconds: float


@cache
def measured(name: str) -> Row:
    """Fit, compile from the estimator, prove, verify, compare. The checks of every model are made here."""
    case = fitted(name)
    half = min(ROWS // 2, len(case.test))
    x = np.concatenate([case.train[:half], case.test[:half]])
    proto = to_onnx(case.estimator, case.train)
    expected = in_floats(proto, {"X": x}, batched=True)
    everything = in_floats(proto, {"X": case.train}, batched=True)
    proven = prove_and_verify(case.estimator, case.train, {"X": x}, kind=KINDS[len(name) % 2], folder=None)
    report = proven.compiled.report
    assert set(proven.reals) == set(expected) == {o.name for o in report.outputs}
    worst = (0.0, 0.0, 0.0)  # relative error, error, range
    for output in report.outputs:
        if output.name in report.labels:
            continue
        want, got = expected[output.name].reshape(len(x), -1), proven.reals[output.name].reshape(len(x), -1)
        # the plan leaves out axes of size 1 that ONNX keeps in a regressor's output; cells are the same
        assert got.shape == want.shape
        error = np.abs(got - want).max(axis=1)
        port = next(p for p in proven.compiled.info.outputs if p.name == output.name)
        rounding = FLOAT32 * max(1.0, float(np.abs(want).max()))
        assert (error[:half] <= output.max_error + rounding).all(), output.name
        assert (error[half:] <= UNSEEN * output.max_error + 2 * 2.0**-port.scale + rounding).all(), output.name
        spread = float(np.ptp(everything[output.name]))
        assert spread == pytest.approx(output.range, rel=1e-3)
        most = max(float(error.max()), output.max_error)
        worst = max(worst, (most / spread, most, spread))
    equal = total = 0
    for label in report.labels:
        equal += int(np.count_nonzero(proven.integers[label].reshape(-1) == expected[label].reshape(-1)))
        total += len(x)
    relative, error_, spread = worst
    return Row(
        name,
        MODELS[name][0],
        report.field,
        sum(w.size for w in proven.compiled.weights.values()),
        error_,
        spread,
        relative,
        report.max_error,
        equal,
        total,
        proven.prove_seconds,
    )


@pytest.mark.parametrize("name", MODELS)
def test_model(name: str) -> None:
    row = measured(name)
    assert row.labels_equal == row.labels, "a proven label differs from ONNX Runtime's"


def test_the_median_error_is_a_thousandth_of_the_range() -> None:
    rows = [measured(name) for name in MODELS]
    assert len(rows) >= 50 and Counter(row.task for row in rows).keys() == {"regression", "binary", "multiclass"}
    assert float(np.median([row.relative_error for row in rows])) <= MEDIAN_ERROR


@pytest.mark.xfail(
    strict=True, reason="the label is taken from one-vs-all probabilities, which all round to 0 far from every class"
)
def test_labels_far_from_every_class() -> None:
    """Three sigmoids of about exp(-40): their quotients are lost, but the scores are far apart and name the class."""
    rng = np.random.default_rng(3)
    x = rng.normal(size=(200, 3)).astype(np.float32)
    estimator = SGDClassifier(loss="log_loss", random_state=0).fit(x, np.arange(200) % 3)
    estimator.coef_, estimator.intercept_ = 20 * np.eye(3), np.full(3, -40.0)
    scores = np.sort(estimator.decision_function(x), axis=1)
    clear = scores[:, 2] - scores[:, 1] > 1
    expected = in_floats(to_onnx(estimator, x), {"X": x}, batched=True)["label"]
    proven = prove_and_verify(estimator, x, {"X": x}, kind="public", folder=None)
    assert clear.sum() > 100
    np.testing.assert_array_equal(proven.integers["label"].reshape(-1)[clear], expected.reshape(-1)[clear])


def _short(value: object) -> object:
    return float(f"{value:.4g}") if isinstance(value, float) else value


@pytest.mark.full
def test_the_table_is_written() -> None:
    path = Path(__file__).parents[3] / "results" / "corpus.json"
    rows = [measured(name) for name in MODELS]
    write_table(path, [{k: _short(v) for k, v in asdict(row).items()} for row in rows])
    written = json.loads(path.read_text())
    assert written["models"] == len(rows) and written["machine"] == machine()
