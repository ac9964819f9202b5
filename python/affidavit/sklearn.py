"""scikit-learn estimators and pipelines to ONNX through skl2onnx."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from .errors import InputError, UnsupportedModel, UsageError
from .inputs import InputSource, load_arrays

if TYPE_CHECKING:
    from onnx import ModelProto

#: Name of the one input that an estimator gets.
INPUT_NAME = "X"


def is_estimator(model: object) -> bool:
    """Whether ``model`` looks like a scikit-learn estimator (without importing scikit-learn)."""
    return hasattr(model, "fit") and hasattr(model, "get_params") and not isinstance(model, type)


def to_onnx(estimator: Any, calibration: InputSource) -> ModelProto:
    """Convert a fitted estimator; ``calibration`` (``[n, features]``) gives the number of features.

    Probabilities come as a tensor, not as ZipMap's dictionaries; the input is one float32 matrix called ``X``.
    Raises :class:`UsageError` if skl2onnx is missing, :class:`InputError` for calibration data of another shape and
    :class:`UnsupportedModel` if skl2onnx cannot convert the estimator.
    """
    try:
        from skl2onnx import convert_sklearn
        from skl2onnx.common.data_types import FloatTensorType
    except ImportError as error:
        raise UsageError(
            f"converting scikit-learn models needs skl2onnx ({error})", hint="pip install 'affidavit[sklearn]'"
        ) from error
    types = [(INPUT_NAME, FloatTensorType([None, _features(estimator, calibration)]))]
    kind = type(estimator).__name__

    def convert(options: dict[int, dict[str, bool]]) -> ModelProto:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            proto: ModelProto = convert_sklearn(estimator, name=kind, initial_types=types, options=options)
            return proto

    try:
        try:
            return convert({id(estimator): {"zipmap": False}})
        except (NameError, RuntimeError):
            # Regressors and some classifiers know no such option. Naming every step, without options, keeps skl2onnx
            # from handing its own default down a pipeline to a last step that refuses it.
            return convert({id(step): {} for _, step in getattr(estimator, "steps", [])})
    except Exception as error:  # skl2onnx raises many unrelated types
        raise UnsupportedModel(
            f"skl2onnx cannot convert {kind}: {error}", hint="is the estimator fitted, and known to skl2onnx?"
        ) from error


def _features(estimator: Any, calibration: InputSource) -> int:
    arrays = load_arrays(calibration)
    if len(arrays) != 1:
        raise InputError(f"a scikit-learn model has one input; got {len(arrays)} arrays")
    array = np.asarray(next(iter(arrays.values())))
    if array.ndim != 2 or array.shape[1] < 1:
        raise InputError(f"calibration data has shape {list(array.shape)}, expected [n, features]")
    expected = getattr(estimator, "n_features_in_", array.shape[1])
    if array.shape[1] != expected:
        raise InputError(f"calibration data has {array.shape[1]} features, the estimator was fitted on {expected}")
    return int(array.shape[1])
