"""Trains the lender's model on the German credit table and writes it as ONNX."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from affidavit.bundle.files import write_atomic
from affidavit.data.german_credit import CreditTable
from affidavit.errors import InputError


@dataclass(frozen=True)
class Trained:
    """``model`` is a scikit-learn pipeline; ``auc`` is over the held-out applicants ``test``."""

    model: Any
    train: np.ndarray
    test: np.ndarray
    auc: float

    def probability(self, features: np.ndarray) -> np.ndarray:
        """Float probability of repayment."""
        result: np.ndarray = self.model.predict_proba(features)[:, 1]
        return result


def train(table: CreditTable, seed: int = 0) -> Trained:
    """Standard scaling and a perceptron with hidden layers of 64 and 32, on 700 of the 1000 applicants."""
    try:
        from sklearn.metrics import roc_auc_score
        from sklearn.model_selection import train_test_split
        from sklearn.neural_network import MLPClassifier
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler
    except ImportError as error:
        raise InputError(
            "the demonstration trains with scikit-learn", hint="pip install 'affidavit[demo]'", code="missing-extra"
        ) from error
    rows = np.arange(len(table.repaid))
    train_rows, test_rows = train_test_split(rows, test_size=0.3, random_state=0, stratify=table.repaid)
    # strong weight decay: 700 rows are few for 5,000 weights
    model = make_pipeline(
        StandardScaler(), MLPClassifier(hidden_layer_sizes=(64, 32), alpha=10.0, max_iter=200, random_state=seed)
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # stopping before convergence is meant
        model.fit(table.features[train_rows], table.repaid[train_rows])
    auc = roc_auc_score(table.repaid[test_rows], model.predict_proba(table.features[test_rows])[:, 1])
    return Trained(model, np.sort(train_rows), np.sort(test_rows), float(auc))


def export(trained: Trained, features: np.ndarray, path: Path) -> Path:
    """The pipeline as an ONNX file."""
    from affidavit.sklearn import to_onnx

    proto = to_onnx(trained.model, features)
    return write_atomic(path, proto.SerializeToString())
