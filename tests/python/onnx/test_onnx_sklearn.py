"""scikit-learn models through skl2onnx: the graph against ONNX Runtime and against the estimator itself."""

from __future__ import annotations

import builtins
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from onnx_harness import runtime

from affidavit.errors import InputError, UnsupportedModel, UsageError
from affidavit.inputs import prepare_inputs
from affidavit.ir.evaluate import evaluate
from affidavit.onnx import ModelRefused, load
from affidavit.sklearn import is_estimator, to_onnx

pytest.importorskip("sklearn")
skl2onnx = pytest.importorskip("skl2onnx")

from sklearn.cross_decomposition import PLSRegression  # noqa: E402
from sklearn.decomposition import PCA, TruncatedSVD  # noqa: E402
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis  # noqa: E402
from sklearn.feature_selection import SelectKBest  # noqa: E402
from sklearn.impute import SimpleImputer  # noqa: E402
from sklearn.linear_model import (  # noqa: E402
    ElasticNet,
    Lasso,
    LinearRegression,
    LogisticRegression,
    Perceptron,
    Ridge,
    RidgeClassifier,
    SGDClassifier,
    SGDRegressor,
)
from sklearn.neural_network import MLPClassifier, MLPRegressor  # noqa: E402
from sklearn.pipeline import make_pipeline  # noqa: E402
from sklearn.preprocessing import (  # noqa: E402
    Binarizer,
    MaxAbsScaler,
    MinMaxScaler,
    Normalizer,
    RobustScaler,
    StandardScaler,
)
from sklearn.svm import LinearSVC, LinearSVR  # noqa: E402

RNG = np.random.default_rng(7)
X = RNG.standard_normal((150, 6)).astype(np.float32)
TWO = (X[:, 0] + 0.3 * X[:, 1] > 0).astype(int)
THREE = np.digitize(X[:, 0] - X[:, 2], [-0.7, 0.7])
SPARSE_LABELS = np.array([4, 17, 9])[THREE]
TEXT = np.array(["bad", "fair", "good"])[THREE]
REAL = X @ np.arange(1, 7) + 0.5
REALS = np.stack([REAL, REAL**2 / 20], axis=1)


def mlp(**options: Any) -> MLPClassifier:
    return MLPClassifier(hidden_layer_sizes=(8, 5), max_iter=30, random_state=0, **options)


def net(**options: Any) -> MLPRegressor:
    return MLPRegressor(hidden_layer_sizes=(8,), max_iter=30, random_state=0, **options)


CLASSIFIERS: dict[str, tuple[Callable[[], Any], np.ndarray]] = {
    "logistic-2": (LogisticRegression, TWO),
    "logistic-3": (LogisticRegression, THREE),
    "logistic-labels": (LogisticRegression, SPARSE_LABELS),
    "logistic-no-intercept": (lambda: LogisticRegression(fit_intercept=False), TWO),
    "sgd-hinge-2": (lambda: SGDClassifier(random_state=0), TWO),
    "sgd-hinge-3": (lambda: SGDClassifier(random_state=0), SPARSE_LABELS),
    "sgd-log-2": (lambda: SGDClassifier(loss="log_loss", random_state=0), TWO),
    "sgd-log-3": (lambda: SGDClassifier(loss="log_loss", random_state=0), SPARSE_LABELS),
    "perceptron-2": (Perceptron, TWO),
    "perceptron-3": (Perceptron, SPARSE_LABELS),
    "svc-2": (LinearSVC, TWO),
    "svc-3": (LinearSVC, SPARSE_LABELS),
    "ridge-classifier-2": (RidgeClassifier, TWO),
    "ridge-classifier-3": (RidgeClassifier, SPARSE_LABELS),
    "lda": (LinearDiscriminantAnalysis, SPARSE_LABELS),
    "mlp-2": (mlp, TWO),
    "mlp-3": (mlp, SPARSE_LABELS),
    "mlp-logistic": (lambda: mlp(activation="logistic"), THREE),
    "mlp-tanh": (lambda: mlp(activation="tanh"), TWO),
    "mlp-identity": (lambda: mlp(activation="identity"), THREE),
    "standard-logistic": (lambda: make_pipeline(StandardScaler(), LogisticRegression()), TWO),
    "minmax-mlp": (lambda: make_pipeline(MinMaxScaler(), mlp()), SPARSE_LABELS),
    "minmax-clip-svc": (lambda: make_pipeline(MinMaxScaler(clip=True), LinearSVC()), THREE),
    "normalizer-l2-logistic": (lambda: make_pipeline(Normalizer("l2"), LogisticRegression()), THREE),
    "normalizer-l1-sgd": (lambda: make_pipeline(Normalizer("l1"), SGDClassifier(random_state=0)), THREE),
    "normalizer-max-logistic": (
        lambda: make_pipeline(MinMaxScaler(clip=True), Normalizer("max"), LogisticRegression()),
        TWO,
    ),
    "pca-logistic": (lambda: make_pipeline(StandardScaler(), PCA(3), LogisticRegression()), THREE),
    "select-mlp": (lambda: make_pipeline(SelectKBest(k=3), StandardScaler(), mlp()), TWO),
}
REGRESSORS: dict[str, tuple[Callable[[], Any], np.ndarray]] = {
    "linear": (LinearRegression, REAL),
    "linear-multi": (LinearRegression, REALS),
    "ridge": (Ridge, REAL),
    "ridge-multi": (Ridge, REALS),
    "lasso": (Lasso, REAL),
    "elastic": (ElasticNet, REAL),
    "sgd": (lambda: SGDRegressor(random_state=0), REAL),
    "svr": (LinearSVR, REAL),
    "mlp": (net, REAL),
    "mlp-tanh": (lambda: net(activation="tanh"), REAL),
    "standard-ridge": (lambda: make_pipeline(StandardScaler(), Ridge()), REAL),
    "maxabs-robust-mlp": (lambda: make_pipeline(MaxAbsScaler(), RobustScaler(), net()), REAL),
    "imputer-ridge": (lambda: make_pipeline(SimpleImputer(), Ridge()), REAL),
    "binarizer-ridge": (lambda: make_pipeline(Binarizer(threshold=0.2), Ridge()), REAL),
    "svd-ridge": (lambda: make_pipeline(TruncatedSVD(3), Ridge()), REAL),
    "pls": (PLSRegression, REAL),
}


def fitted(make: Callable[[], Any], y: np.ndarray) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return make().fit(X, y)


def imported(estimator: Any) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    proto = to_onnx(estimator, X)
    graph = load(proto)
    assert graph.onnx_has_batch_axis and graph.inputs[0].shape == (6,) and not graph.dropped
    return evaluate(graph, prepare_inputs(graph, X)), runtime(proto, {"X": X})


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_classifier(name: str) -> None:
    estimator = fitted(*CLASSIFIERS[name])
    found, expected = imported(estimator)
    labels, scores = list(expected)
    assert set(found) == {labels, scores}
    np.testing.assert_allclose(found[scores], expected[scores], atol=1e-5, rtol=1e-4)
    np.testing.assert_array_equal(found[labels], estimator.predict(X))
    if hasattr(estimator, "predict_proba"):
        np.testing.assert_allclose(found[scores], estimator.predict_proba(X), atol=1e-5)


@pytest.mark.parametrize("name", REGRESSORS)
def test_regressor(name: str) -> None:
    estimator = fitted(*REGRESSORS[name])
    found, expected = imported(estimator)
    (output,) = expected
    np.testing.assert_allclose(found[output], expected[output], atol=1e-4, rtol=1e-4)
    np.testing.assert_allclose(found[output].ravel(), np.ravel(estimator.predict(X)), atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("make", [LogisticRegression, mlp])
def test_text_labels_are_left_out(make: Callable[[], Any]) -> None:
    estimator = fitted(make, TEXT)
    graph = load(to_onnx(estimator, X))
    assert [o.name for o in graph.outputs] == ["probabilities"]
    assert "text" in graph.dropped["label"] and "fair" in graph.dropped["label"]
    found = evaluate(graph, prepare_inputs(graph, X))["probabilities"]
    np.testing.assert_allclose(found, estimator.predict_proba(X), atol=1e-5)


@pytest.mark.parametrize("make", [LogisticRegression, mlp, SGDClassifier])
def test_zipmap_gives_way_to_its_tensor(make: Callable[[], Any]) -> None:
    estimator = fitted(make, SPARSE_LABELS)
    graph = load(skl2onnx.to_onnx(estimator, X[:1]))
    assert "ZipMap" in graph.dropped["output_probability"]
    names = [o.name for o in graph.outputs]
    assert names[0] == "output_label" and len(names) == 2
    found = evaluate(graph, prepare_inputs(graph, X))
    dictionaries = runtime(skl2onnx.to_onnx(estimator, X[:1]), {"X": X})["output_probability"]
    expected = np.array([[row[c] for c in estimator.classes_] for row in dictionaries])
    np.testing.assert_allclose(found[names[1]], expected, atol=1e-5, rtol=1e-4)


def test_the_label_of_consecutive_classes_is_the_argmax() -> None:
    graph = load(to_onnx(fitted(mlp, THREE), X))
    assert [n.op for n in graph.nodes] == ["dense", "clamp", "dense", "clamp", "dense", "softmax", "argmax"]


def test_what_cannot_be_compiled_lists_every_node() -> None:
    with pytest.raises(ModelRefused) as caught:
        load(to_onnx(fitted(lambda: SGDClassifier(loss="modified_huber", random_state=0), THREE), X))
    assert {r.operator for r in caught.value.reasons} == {"Cast", "Not"}


def test_estimators_that_skl2onnx_does_not_know() -> None:
    class Mine:
        def fit(self) -> None: ...
        def get_params(self) -> dict[str, int]:
            return {}

    assert is_estimator(Mine()) and not is_estimator(Mine) and not is_estimator("net.onnx")
    with pytest.raises(UnsupportedModel, match="Mine"):
        to_onnx(Mine(), X)
    with pytest.raises(UnsupportedModel):
        to_onnx(LogisticRegression(), X)


def test_calibration_of_another_width() -> None:
    with pytest.raises(InputError, match="6"):
        to_onnx(fitted(LogisticRegression, TWO), X[:, :4])
    with pytest.raises(InputError, match="features"):
        to_onnx(fitted(LogisticRegression, TWO), X[0])


def test_missing_skl2onnx_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def refuse(name: str, *args: Any, **kwargs: Any) -> Any:
        if name.startswith("skl2onnx"):
            raise ImportError("No module named 'skl2onnx'")
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(UsageError) as caught:
        to_onnx(LogisticRegression(), X)
    assert "affidavit[sklearn]" in (caught.value.hint or "")
