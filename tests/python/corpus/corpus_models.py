"""Fifty scikit-learn models on the data sets that ship with scikit-learn."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from sklearn import datasets
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.linear_model import (
    BayesianRidge,
    ElasticNet,
    HuberRegressor,
    Lasso,
    LinearRegression,
    LogisticRegression,
    Perceptron,
    Ridge,
    RidgeClassifier,
    SGDClassifier,
    SGDRegressor,
)
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler, Normalizer, RobustScaler, StandardScaler
from sklearn.svm import LinearSVC, LinearSVR

Make = Callable[[], Any]
#: Fitting starts from these; no time is spent on squeezing out the last percent.
SEED, ITERATIONS = 0, 60


def mlp(*hidden: int, **options: Any) -> MLPClassifier:
    return MLPClassifier(hidden_layer_sizes=hidden, max_iter=ITERATIONS, random_state=SEED, **options)


def net(*hidden: int, **options: Any) -> MLPRegressor:
    return MLPRegressor(hidden_layer_sizes=hidden, max_iter=ITERATIONS, random_state=SEED, **options)


def logistic(**options: Any) -> LogisticRegression:
    return LogisticRegression(max_iter=200, **options)


def sgd(loss: str) -> SGDClassifier:
    return SGDClassifier(loss=loss, random_state=SEED)


def scaled(last: Any, scaler: Any = None, *more: Any) -> Any:
    return make_pipeline(StandardScaler() if scaler is None else scaler, *more, last)


#: "data set/model": what makes the estimator.
REGRESSORS: dict[str, Make] = {
    "diabetes/linear": LinearRegression,
    "diabetes/ridge": lambda: Ridge(alpha=0.1),
    "diabetes/lasso": lambda: Lasso(alpha=0.1),
    "diabetes/elastic net": lambda: ElasticNet(alpha=0.01),
    "diabetes/bayesian ridge": BayesianRidge,
    "diabetes/standard, huber": lambda: scaled(HuberRegressor(max_iter=300)),
    "diabetes/standard, sgd": lambda: scaled(SGDRegressor(random_state=SEED)),
    "diabetes/standard, svr": lambda: scaled(LinearSVR(random_state=SEED)),
    "diabetes/standard, mlp": lambda: scaled(net(24, 12)),
    "diabetes/minmax, mlp tanh": lambda: scaled(net(16, activation="tanh"), MinMaxScaler()),
    "diabetes/robust, mlp logistic": lambda: scaled(net(16, activation="logistic"), RobustScaler()),
    "diabetes/maxabs, ridge": lambda: scaled(Ridge(), MaxAbsScaler()),
    "diabetes/normalizer, ridge": lambda: scaled(Ridge(), Normalizer()),
    "diabetes/standard, pca, linear": lambda: scaled(LinearRegression(), None, PCA(5)),
    "linnerud/linear": LinearRegression,
    "linnerud/standard, ridge": lambda: scaled(Ridge()),
    "wine alcohol/linear": LinearRegression,
    "wine alcohol/standard, mlp": lambda: scaled(net(32, 16)),
}
BINARY: dict[str, Make] = {
    "cancer/standard, logistic": lambda: scaled(logistic()),
    "cancer/minmax, logistic": lambda: scaled(logistic(), MinMaxScaler()),
    "cancer/maxabs, sgd log": lambda: scaled(sgd("log_loss"), MaxAbsScaler()),
    "cancer/standard, sgd hinge": lambda: scaled(sgd("hinge")),
    "cancer/standard, svc": lambda: scaled(LinearSVC(random_state=SEED)),
    "cancer/standard, perceptron": lambda: scaled(Perceptron(random_state=SEED)),
    "cancer/ridge": RidgeClassifier,
    "cancer/lda": LinearDiscriminantAnalysis,
    "cancer/normalizer, logistic": lambda: scaled(logistic(), Normalizer()),
    "cancer/standard, mlp": lambda: scaled(mlp(32, 16)),
    "cancer/robust, mlp tanh": lambda: scaled(mlp(16, activation="tanh"), RobustScaler()),
    "cancer/minmax, mlp logistic": lambda: scaled(mlp(16, activation="logistic"), MinMaxScaler()),
    "cancer/minmax clip, mlp": lambda: scaled(mlp(20, 10), MinMaxScaler(clip=True)),
    "cancer/standard, pca, logistic": lambda: scaled(logistic(), None, PCA(8)),
    "cancer/logistic, unscaled": lambda: LogisticRegression(solver="liblinear"),
}
MULTICLASS: dict[str, Make] = {
    "iris/logistic": logistic,
    "iris/lda": LinearDiscriminantAnalysis,
    "iris/svc": lambda: LinearSVC(random_state=SEED),
    "iris/standard, sgd log": lambda: scaled(sgd("log_loss")),
    "iris/mlp": lambda: mlp(16, 8),
    "iris/standard, mlp tanh": lambda: scaled(mlp(10, activation="tanh")),
    "iris/normalizer l1, logistic": lambda: scaled(logistic(), Normalizer("l1")),
    "iris/standard, ridge": lambda: scaled(RidgeClassifier()),
    "wine/standard, logistic": lambda: scaled(logistic()),
    "wine/minmax, mlp": lambda: scaled(mlp(24, 12), MinMaxScaler()),
    "wine/robust, svc": lambda: scaled(LinearSVC(random_state=SEED), RobustScaler()),
    "wine/standard, mlp identity": lambda: scaled(mlp(8, activation="identity")),
    "digits/maxabs, logistic": lambda: scaled(logistic(), MaxAbsScaler()),
    "digits/mlp": lambda: mlp(48, 24),
    "digits/minmax, mlp logistic": lambda: scaled(mlp(32, activation="logistic"), MinMaxScaler()),
    "digits/standard, pca, mlp": lambda: scaled(mlp(32), None, PCA(20)),
    "digits/minmax clip, normalizer max, logistic": lambda: scaled(
        logistic(), MinMaxScaler(clip=True), Normalizer("max")
    ),
}
MODELS = {
    **{name: ("regression", make) for name, make in REGRESSORS.items()},
    **{name: ("binary", make) for name, make in BINARY.items()},
    **{name: ("multiclass", make) for name, make in MULTICLASS.items()},
}


@dataclass(frozen=True)
class Fitted:
    """``train`` calibrates; ``test`` was never seen."""

    estimator: Any
    train: np.ndarray
    test: np.ndarray


@cache
def _data(name: str) -> tuple[np.ndarray, ...]:
    match name:
        case "wine alcohol":  # from the other twelve measurements
            table = datasets.load_wine().data
            x, y = table[:, 1:], table[:, 0]
        case "cancer":
            x, y = datasets.load_breast_cancer(return_X_y=True)
        case _:
            x, y = getattr(datasets, f"load_{name}")(return_X_y=True)
    parts = train_test_split(x.astype(np.float32), y, test_size=0.3, random_state=SEED)
    return tuple(np.ascontiguousarray(part) for part in parts)


def fitted(name: str) -> Fitted:
    train, test, y, _ = _data(name.partition("/")[0])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # not converged
        return Fitted(MODELS[name][1]().fit(train, y), train, test)
