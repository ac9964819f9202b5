"""One small ONNX model for each way in which an operator is lowered."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from onnx import ModelProto, TensorProto, helper, numpy_helper

ML = "ai.onnx.ml"


def _node(op: str, inputs: str, outputs: str, domain: str = "", **attrs: Any) -> Any:
    return helper.make_node(op, inputs.split(), outputs.split(), domain=domain, **attrs)


def _ml(op: str, inputs: str, outputs: str, **attrs: Any) -> Any:
    return _node(op, inputs, outputs, ML, **attrs)


def _model(nodes: Sequence[Any], shape: Sequence[int], outputs: dict[str, int], **constants: Any) -> ModelProto:
    graph = helper.make_graph(
        list(nodes),
        "audit",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", *shape])],
        [helper.make_tensor_value_info(name, kind, None) for name, kind in outputs.items()],
        [numpy_helper.from_array(np.asarray(a), n) for n, a in constants.items()],
    )
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid(ML, 3)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=8)


def _f(*values: float) -> np.ndarray:
    return np.array(values, dtype=np.float32)


def _i(*values: int) -> np.ndarray:
    return np.array(values, dtype=np.int64)


def _w(*shape: int) -> np.ndarray:
    return np.random.default_rng(len(shape) + sum(shape)).normal(size=shape).astype(np.float32)


def _relu(nodes: Sequence[Any], shape: Sequence[int], **constants: Any) -> ModelProto:
    """``nodes`` make r; a Relu after them gives the relations something to do."""
    return _model([*nodes, _node("Relu", "r", "y")], shape, {"y": TensorProto.FLOAT}, **constants)


def _bare(nodes: Sequence[Any], shape: Sequence[int], **constants: Any) -> ModelProto:
    return _model(nodes, shape, {"y": TensorProto.FLOAT}, **constants)


def _split() -> ModelProto:
    nodes = [_node("Split", "x s", "a b", axis=1), _node("Sum", "a b a", "r")]
    return _relu(nodes, (4,), s=_i(2, 2))


def _batch_normalisation() -> ModelProto:
    constants = {"g": _f(1, 2, 0.5), "b": _f(0, 1, -1), "m": _f(0.1, 0, 0.2), "v": _f(1, 0.5, 2)}
    return _relu([_node("BatchNormalization", "x g b m v", "r")], (3,), **constants)


def _moves() -> ModelProto:
    nodes = [_node("Transpose", "x", "a", perm=[0, 2, 1]), _node("Reshape", "a s", "r")]
    return _relu(nodes, (2, 3), s=_i(-1, 6))


def _pass_through() -> ModelProto:
    nodes = [_node("Identity", "x", "a"), _node("Cast", "a", "b", to=TensorProto.FLOAT), _node("Dropout", "b", "r")]
    return _relu(nodes, (2,))


def _classifier() -> ModelProto:
    attrs = {
        "coefficients": [1.0, -0.5, 0.2, 0.7, -0.3, 0.1],
        "intercepts": [0.1, -0.2, 0.0],
        "classlabels_ints": [4, 7, 9],
        "post_transform": "SOFTMAX",
    }
    nodes = [_ml("LinearClassifier", "x", "label scores", **attrs)]
    return _model(nodes, (2,), {"label": TensorProto.INT64, "scores": TensorProto.FLOAT})


def _normalizer(norm: str) -> Callable[[], ModelProto]:
    # the norm MAX is taken of values that cannot be negative
    return lambda: _bare(
        [_node("Abs", "x", "a"), _ml("Normalizer", "a" if norm == "MAX" else "x", "y", norm=norm)], (2,)
    )


def _unary(op: str) -> Callable[[], ModelProto]:
    return lambda: _bare([_node(op, "x", "y")], (2,))


def _unary_of_positive(op: str) -> Callable[[], ModelProto]:
    return lambda: _bare([_node("Add", "x two", "p"), _node(op, "p", "y")], (2,), two=_f(2.5))


def _linear_regressor() -> ModelProto:
    attrs = {"coefficients": [1.5, -0.5], "intercepts": [0.2], "targets": 1}
    return _relu([_ml("LinearRegressor", "x", "r", **attrs)], (2,))


def families() -> dict[str, Callable[[], ModelProto]]:
    """The operators that a model is about → the model."""
    return {
        "Gemm Relu": lambda: _relu([_node("Gemm", "x w b", "r", transB=1)], (3,), w=_w(2, 3), b=_w(2)),
        "MatMul": lambda: _relu([_node("MatMul", "x w", "r")], (3,), w=_w(3, 2)),
        "Add Sub": lambda: _relu([_node("Add", "x c", "a"), _node("Sub", "a d", "r")], (3,), c=_f(1, 2, -1), d=_f(0.3)),
        "Mul Div": lambda: _relu([_node("Mul", "x x", "a"), _node("Div", "a c", "r")], (2,), c=_f(0.7, -3)),
        "Neg": lambda: _relu([_node("Neg", "x", "r")], (2,)),
        "Clip": lambda: _bare([_node("Clip", "x lo hi", "y")], (3,), lo=np.float32(-0.3), hi=np.float32(0.4)),
        "Min Max": lambda: _bare(
            [_node("Min", "x hi", "a"), _node("Max", "a lo", "y")], (3,), lo=np.float32(-0.2), hi=np.float32(0.5)
        ),
        "LeakyRelu": lambda: _bare([_node("LeakyRelu", "x", "y", alpha=0.2)], (3,)),
        "PRelu": lambda: _bare([_node("PRelu", "x s", "y")], (3,), s=_f(0.3, -0.1, 0.7)),
        "BatchNormalization": _batch_normalisation,
        "Softmax": lambda: _bare([_node("Softmax", "x", "y", axis=1)], (3,)),
        "ArgMax": lambda: _model([_node("ArgMax", "x", "y", axis=1, keepdims=0)], (4,), {"y": TensorProto.INT64}),
        "ReduceSum": lambda: _relu([_node("ReduceSum", "x axes", "r", keepdims=0)], (2, 3), axes=_i(1)),
        "ReduceMean": lambda: _relu([_node("ReduceMean", "x", "r", axes=[2], keepdims=1)], (2, 3)),
        "Reshape Transpose": _moves,
        "Flatten": lambda: _relu([_node("Flatten", "x", "r", axis=1)], (2, 2)),
        "Squeeze Unsqueeze": lambda: _relu(
            [_node("Unsqueeze", "x a", "u"), _node("Squeeze", "u a", "r")], (3,), a=_i(1)
        ),
        "Slice": lambda: _relu([_node("Slice", "x s e a t", "r")], (4,), s=_i(-1), e=_i(-5), a=_i(1), t=_i(-2)),
        "Split Sum": _split,
        "Concat": lambda: _relu([_node("Concat", "x x", "r", axis=1)], (2,)),
        "Gather": lambda: _relu([_node("Gather", "x i", "r", axis=1)], (4,), i=_i(3, 3, 0)),
        "Expand": lambda: _relu([_node("Expand", "x s", "r")], (1, 2), s=_i(1, 3, 2)),
        "Identity Cast Dropout": _pass_through,
        "Scaler": lambda: _relu([_ml("Scaler", "x", "r", offset=[0.5, -1.0], scale=[2.0, 0.3])], (2,)),
        "Imputer": lambda: _relu(
            [_ml("Imputer", "x", "r", imputed_value_floats=[0.5], replaced_value_float=float("nan"))], (2,)
        ),
        "Normalizer L1": _normalizer("L1"),
        "Normalizer L2": _normalizer("L2"),
        "Normalizer MAX": _normalizer("MAX"),
        "Binarizer": lambda: _bare([_ml("Binarizer", "x", "y", threshold=0.25)], (3,)),
        "LinearRegressor": _linear_regressor,
        "LinearClassifier": _classifier,
        "ArrayFeatureExtractor": lambda: _relu([_ml("ArrayFeatureExtractor", "x i", "r")], (4,), i=_i(2, 0)),
        **{op: _unary(op) for op in ("Sigmoid", "Tanh", "Erf", "Softplus", "Abs", "Exp")},
        **{op: _unary_of_positive(op) for op in ("Sqrt", "Log", "Reciprocal")},
    }


def models() -> Iterator[tuple[str, ModelProto, dict[str, np.ndarray]]]:
    """(name, model, calibration)."""
    for name, make in families().items():
        proto = make()
        shape = [d.dim_value for d in proto.graph.input[0].type.tensor_type.shape.dim][1:]
        x = np.random.default_rng(3).uniform(-1, 1, size=(48, *shape)).astype(np.float32)
        yield name, proto, {"x": x}
