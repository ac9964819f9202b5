"""Every operator against ONNX Runtime, over random shapes, attributes and operator sets."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from onnx import TensorProto, numpy_helper
from onnx_harness import ML, agree, model, node

from affidavit.onnx import supported

F32 = np.float32
Rng = np.random.Generator
#: A case gives nodes, constants, the feed for "x" (rows first) and options of ``model``.
Case = Callable[[Rng], dict[str, Any]]
CASES: dict[str, Case] = {}


def case(function: Case) -> Case:
    CASES[function.__name__] = function
    return function


def normal(rng: Rng, *shape: int) -> np.ndarray:
    return rng.standard_normal(shape).astype(F32)


def shape_of(rng: Rng, low: int = 2, high: int = 4) -> tuple[int, ...]:
    return tuple(int(d) for d in rng.integers(1, 6, rng.integers(low, high + 1)))


def opset_of(rng: Rng, low: int = 9, high: int = 21) -> int:
    return int(rng.integers(low, high + 1))


def axis_of(rng: Rng, rank: int, low: int = 1) -> int:
    axis = int(rng.integers(low, rank))
    return axis - rank if rng.random() < 0.5 else axis


def ints(*values: int) -> np.ndarray:
    return np.array(values, dtype=np.int64)


@case
def gemm(rng: Rng) -> dict[str, Any]:
    k, n, trans = int(rng.integers(1, 7)), int(rng.integers(1, 7)), int(rng.integers(0, 2))
    constants = {"w": normal(rng, n, k) if trans else normal(rng, k, n)}
    bias = [None, (n,), (1, n), (1,), ()][int(rng.integers(0, 5))]
    if bias is not None:
        constants["b"] = normal(rng, *bias)
    inputs = ["x", "w"] + (["b"] if bias is not None else [])
    attrs = {"alpha": float(rng.normal()), "beta": float(rng.normal()), "transB": trans}
    opset = opset_of(rng, 11) if bias is None else opset_of(rng)
    return {"nodes": [node("Gemm", inputs, **attrs)], "constants": constants, "x": normal(rng, 3, k), "opset": opset}


@case
def matmul(rng: Rng) -> dict[str, Any]:
    shape = shape_of(rng)
    weight = normal(rng, shape[-1], int(rng.integers(1, 6))) if rng.random() < 0.7 else normal(rng, shape[-1])
    return {
        "nodes": [node("MatMul", ["x", "w"])],
        "constants": {"w": weight},
        "x": normal(rng, *shape),
        "opset": opset_of(rng),
    }


@case
def matmul_from_left(rng: Rng) -> dict[str, Any]:
    shape = shape_of(rng, 3)
    weight = normal(rng, int(rng.integers(1, 6)), shape[-2])
    return {"nodes": [node("MatMul", ["w", "x"])], "constants": {"w": weight}, "x": normal(rng, *shape)}


@case
def arithmetic(rng: Rng) -> dict[str, Any]:
    shape = shape_of(rng)
    kept = shape[int(rng.integers(1, len(shape))) :]
    other = normal(rng, *(d if rng.random() < 0.7 else 1 for d in kept)) + np.float32(3)
    op = str(rng.choice(["Add", "Sub", "Mul", "Div"]))
    order = ["x", "c"] if op == "Div" or rng.random() < 0.5 else ["c", "x"]
    return {"nodes": [node(op, order)], "constants": {"c": other}, "x": normal(rng, *shape), "opset": opset_of(rng)}


@case
def arithmetic_of_activations(rng: Rng) -> dict[str, Any]:
    shape = shape_of(rng, 2, 3)
    nodes = [node("Neg", ["x"], ["a"]), node("Sigmoid", ["x"], ["s"])]
    nodes += [
        node(str(rng.choice(["Add", "Sub", "Mul", "Div"])), ["a", "s"], ["y"]),
        node("Sum", ["a", "s", "x"], ["z"]),
    ]
    return {"nodes": nodes, "x": normal(rng, *shape), "outputs": ["y", "z"], "opset": opset_of(rng)}


@case
def rectifiers(rng: Rng) -> dict[str, Any]:
    op = str(rng.choice(["Relu", "LeakyRelu", "PRelu"]))
    attrs = {"alpha": 0.2} if op == "LeakyRelu" else {}
    constants = {"slope": normal(rng, 1)} if op == "PRelu" else {}
    nodes = [node(op, ["x", *constants], **attrs)]
    return {"nodes": nodes, "constants": constants, "x": normal(rng, *shape_of(rng)), "opset": opset_of(rng)}


@case
def prelu_per_channel(rng: Rng) -> dict[str, Any]:
    shape = shape_of(rng, 2, 4)
    kept = shape[int(rng.integers(1, len(shape))) :]
    slope = normal(rng, *(d if rng.random() < 0.7 else 1 for d in kept))
    nodes = [node("Relu", ["x"], ["r"]), node("PRelu", ["x", "s"]), node("PRelu", ["r", "s"], ["z"])]
    return {"nodes": nodes, "constants": {"s": slope}, "x": normal(rng, *shape), "outputs": ["y", "z"]}


@case
def clip(rng: Rng) -> dict[str, Any]:
    opset, lo, hi = opset_of(rng), np.float32(-0.5), np.float32(0.7)
    kind = int(rng.integers(0, 3))  # both bounds, lower only, upper only
    if opset < 11:
        attrs = {k: float(v) for k, v, skip in (("min", lo, 2), ("max", hi, 1)) if kind != skip}
        return {"nodes": [node("Clip", ["x"], **attrs)], "x": normal(rng, *shape_of(rng)), "opset": opset}
    inputs = [["x", "lo", "hi"], ["x", "lo"], ["x", "", "hi"]][kind]
    constants = {k: v for k, v in (("lo", lo), ("hi", hi)) if k in inputs}
    return {"nodes": [node("Clip", inputs)], "constants": constants, "x": normal(rng, *shape_of(rng)), "opset": opset}


@case
def min_max(rng: Rng) -> dict[str, Any]:
    nodes = [node(str(rng.choice(["Min", "Max"])), ["x", "c"])]
    return {"nodes": nodes, "constants": {"c": normal(rng)}, "x": normal(rng, *shape_of(rng)), "opset": opset_of(rng)}


@case
def functions(rng: Rng) -> dict[str, Any]:
    anywhere, positive = ["Sigmoid", "Tanh", "Exp", "Erf", "Softplus", "Abs"], ["Sqrt", "Log", "Reciprocal"]
    nodes = [
        node("Exp", ["x"], ["p"]),
        *(node(op, ["x"], [op]) for op in anywhere),
        *(node(op, ["p"], [op]) for op in positive),
    ]
    return {"nodes": nodes, "x": normal(rng, *shape_of(rng)), "outputs": [*anywhere, *positive], "opset": opset_of(rng)}


@case
def softmax(rng: Rng) -> dict[str, Any]:
    x = normal(rng, *shape_of(rng)) * 3
    attrs = {"axis": axis_of(rng, x.ndim)} if rng.random() < 0.7 or x.ndim < 2 else {}
    opset = opset_of(rng)
    if opset < 11 and attrs:
        attrs = {"axis": attrs["axis"] % x.ndim}
    return {"nodes": [node("Softmax", ["x"], **attrs)], "x": x, "opset": opset}


@case
def argmax(rng: Rng) -> dict[str, Any]:
    x = np.round(normal(rng, *shape_of(rng)))  # ties are common
    opset = opset_of(rng)
    attrs = {
        "axis": axis_of(rng, x.ndim) if opset >= 11 else int(rng.integers(1, x.ndim)),
        "keepdims": int(rng.integers(0, 2)),
    }
    if opset >= 12:
        attrs["select_last_index"] = int(rng.integers(0, 2))
    return {"nodes": [node("ArgMax", ["x"], **attrs)], "x": x, "outputs": {"y": TensorProto.INT64}, "opset": opset}


@case
def flatten(rng: Rng) -> dict[str, Any]:
    return {"nodes": [node("Flatten", ["x"])], "x": normal(rng, *shape_of(rng)), "opset": opset_of(rng)}


@case
def reshape(rng: Rng) -> dict[str, Any]:
    a, b, c = (int(d) for d in rng.integers(1, 5, 3))
    choices = [[0, -1], [-1, a * b * c], [0, a * b, c], [0, 0, b * c], [0, a, -1, 1], [-1, c, b, a]]
    target = ints(*choices[int(rng.integers(0, len(choices)))])
    return {
        "nodes": [node("Reshape", ["x", "s"])],
        "constants": {"s": target},
        "x": normal(rng, 2, a, b, c),
        "opset": opset_of(rng),
    }


@case
def transpose(rng: Rng) -> dict[str, Any]:
    x = normal(rng, *shape_of(rng))
    perm = [0, *(int(p) + 1 for p in rng.permutation(x.ndim - 1))]
    return {"nodes": [node("Transpose", ["x"], perm=perm)], "x": x, "opset": opset_of(rng)}


@case
def squeeze_unsqueeze(rng: Rng) -> dict[str, Any]:
    opset, x = opset_of(rng), normal(rng, 3, 1, 4, 1)
    drop, add = [[1], [3], [1, 3]][int(rng.integers(0, 3))], [[1], [2], [1, 3]][int(rng.integers(0, 3))]
    if opset < 13:
        nodes = [node("Squeeze", ["x"], ["s"], axes=drop), node("Unsqueeze", ["s"], ["y"], axes=add)]
        return {"nodes": nodes, "x": x, "opset": opset}
    nodes = [node("Squeeze", ["x", "drop"], ["s"]), node("Unsqueeze", ["s", "add"], ["y"])]
    negative = [a - (4 - len(drop) + len(add)) for a in add]
    return {"nodes": nodes, "constants": {"drop": ints(*drop), "add": ints(*negative)}, "x": x, "opset": opset}


@case
def concat(rng: Rng) -> dict[str, Any]:
    x = normal(rng, *shape_of(rng))
    nodes = [node("Relu", ["x"], ["r"]), node("Concat", ["x", "r", "x"], ["y"], axis=axis_of(rng, x.ndim))]
    return {"nodes": nodes, "x": x, "opset": opset_of(rng, 11)}


@case
def slice_(rng: Rng) -> dict[str, Any]:
    x, opset = normal(rng, 2, 7, 8), opset_of(rng)
    if opset < 10:
        return {"nodes": [node("Slice", ["x"], starts=[1, -5], ends=[9999, -1], axes=[1, 2])], "x": x, "opset": opset}
    choices = [
        (ints(1, -1), ints(100, -100), ints(1, 2), ints(2, -1)),
        (ints(-3, 6), ints(2**31 - 1, 0), ints(-2, -1), ints(1, -2)),
        (ints(5, 0), ints(-(2**63), 5), ints(1, 2), ints(-3, 4)),
        (ints(0, 0, 2), ints(2**63 - 1, 3, 4), ints(0, 1, 2), ints(1, 1, 1)),
    ]
    picked = choices[int(rng.integers(0, len(choices)))]
    constants = dict(zip(["starts", "ends", "axes", "steps"], picked, strict=True))
    return {"nodes": [node("Slice", ["x", *constants])], "constants": constants, "x": x, "opset": opset}


@case
def split(rng: Rng) -> dict[str, Any]:
    opset = opset_of(rng, 9, 17)
    sizes = [[2, 3, 1], [2, 2, 2]][int(rng.integers(0, 2))]
    if opset < 13:
        nodes, constants = [node("Split", ["x"], ["a", "b", "c"], axis=1, split=sizes)], {}
    else:
        nodes, constants = [node("Split", ["x", "sizes"], ["a", "b", "c"], axis=-2)], {"sizes": ints(*sizes)}
    return {
        "nodes": nodes,
        "constants": constants,
        "x": normal(rng, 2, 6, 3),
        "outputs": ["a", "b", "c"],
        "opset": opset,
    }


@case
def gather(rng: Rng) -> dict[str, Any]:
    x = normal(rng, 3, 5, 6)
    indices = [ints(0, 4, -1, 0), np.array(2, dtype=np.int64), np.array([[1, 0], [-2, 3]])][int(rng.integers(0, 3))]
    return {
        "nodes": [node("Gather", ["x", "i"], axis=axis_of(rng, 3))],
        "constants": {"i": indices},
        "x": x,
        "opset": opset_of(rng, 11),
    }


@case
def gather_labels(rng: Rng) -> dict[str, Any]:
    nodes = [node("ArgMax", ["x"], ["i"], axis=1, keepdims=int(rng.integers(0, 2))), node("Gather", ["labels", "i"])]
    return {
        "nodes": nodes,
        "constants": {"labels": ints(7, -3, 12, 5)},
        "x": normal(rng, 6, 4),
        "outputs": {"y": TensorProto.INT64},
    }


@case
def reductions(rng: Rng) -> dict[str, Any]:
    x, op = normal(rng, *shape_of(rng, 3)), str(rng.choice(["ReduceSum", "ReduceMean"]))
    axes, keep = [int(rng.integers(1, x.ndim))], int(rng.integers(0, 2))
    opset = opset_of(rng, 11)
    if opset < (13 if op == "ReduceSum" else 18):
        return {"nodes": [node(op, ["x"], axes=axes, keepdims=keep)], "x": x, "opset": opset}
    return {"nodes": [node(op, ["x", "a"], keepdims=keep)], "constants": {"a": ints(*axes)}, "x": x, "opset": opset}


@case
def expand(rng: Rng) -> dict[str, Any]:
    target = [ints(1, 3, 4), ints(4), ints(3, 1)][int(rng.integers(0, 3))]
    return {
        "nodes": [node("Expand", ["x", "s"])],
        "constants": {"s": target},
        "x": normal(rng, 2, 3, 1),
        "opset": opset_of(rng),
    }


@case
def harmless(rng: Rng) -> dict[str, Any]:
    opset = opset_of(rng)
    nodes = [
        node("Identity", ["x"], ["a"]),
        node("Dropout", ["a"], ["b"]),
        node("Cast", ["b"], ["c"], to=TensorProto.DOUBLE),
    ]
    nodes += [
        node("Cast", ["c"], ["d"], to=TensorProto.FLOAT),
        node("Identity", ["d"], ["y"]),
        node("Identity", ["x"], ["z"]),
    ]
    return {"nodes": nodes, "x": normal(rng, *shape_of(rng)), "outputs": ["y", "z"], "opset": opset}


@case
def batch_normalization(rng: Rng) -> dict[str, Any]:
    x = normal(rng, *shape_of(rng, 2, 4))
    params = {k: normal(rng, x.shape[1]) for k in ("scale", "bias", "mean")}
    params["var"] = np.abs(normal(rng, x.shape[1])) + F32(0.1)
    return {"nodes": [node("BatchNormalization", ["x", *params])], "constants": params, "x": x, "opset": opset_of(rng)}


@case
def shape_subgraph(rng: Rng) -> dict[str, Any]:
    """What PyTorch writes for ``x.view(x.size(0), -1)``."""
    opset = opset_of(rng, 9, 12)
    nodes = [
        node("Shape", ["x"], ["s"]),
        node("Gather", ["s", "zero"], ["n"], axis=0),
        node("Unsqueeze", ["n"], ["n1"], axes=[0]),
        node("Constant", [], ["rest"], value_ints=[-1]) if opset >= 12 else node("Identity", ["minus"], ["rest"]),
        node("Concat", ["n1", "rest"], ["target"], axis=0),
        node("Reshape", ["x", "target"], ["y"]),
    ]
    constants = {"zero": np.array(0, dtype=np.int64), "minus": ints(-1)}
    return {"nodes": nodes, "constants": constants, "x": normal(rng, *shape_of(rng, 3)), "opset": opset}


@case
def constant_subgraph(rng: Rng) -> dict[str, Any]:
    nodes = [
        node("Transpose", ["w"], ["wt"], perm=[1, 0]),
        node("Sqrt", ["v"], ["r"]),
        node("Div", ["wt", "r"], ["scaled"]),
        node("MatMul", ["x", "scaled"], ["y"]),
    ]
    constants = {"w": normal(rng, 3, 5), "v": np.abs(normal(rng, 3)) + F32(1)}
    return {"nodes": nodes, "constants": constants, "x": normal(rng, 2, 5), "opset": opset_of(rng)}


@case
def scaler(rng: Rng) -> dict[str, Any]:
    n = int(rng.integers(1, 6))
    width = 1 if rng.random() < 0.3 else n
    attrs = {"offset": normal(rng, width).tolist(), "scale": normal(rng, width).tolist()}
    return {"nodes": [node("Scaler", ["x"], domain=ML, **attrs)], "x": normal(rng, 4, n)}


@case
def normalizer(rng: Rng) -> dict[str, Any]:
    x = normal(rng, 5, int(rng.integers(1, 6)))
    x[0] = 0
    norm = str(rng.choice(["L1", "L2", "MAX"]))
    before = [node("Relu", ["x"], ["r"])] if norm == "MAX" else [node("Identity", ["x"], ["r"])]
    return {"nodes": [*before, node("Normalizer", ["r"], domain=ML, norm=norm)], "x": x}


@case
def linear_classifier(rng: Rng) -> dict[str, Any]:
    n, classes = int(rng.integers(1, 6)), int(rng.integers(2, 5))
    attrs = {
        "coefficients": normal(rng, classes * n).tolist(),
        "intercepts": normal(rng, classes).tolist(),
        "classlabels_ints": [int(c) for c in rng.integers(-50, 50, classes)],
        "post_transform": str(rng.choice(["NONE", "LOGISTIC", "SOFTMAX"])),
        "multi_class": int(rng.integers(0, 2)),
    }
    nodes = [node("LinearClassifier", ["x"], ["label", "scores"], domain=ML, **attrs)]
    return {
        "nodes": nodes,
        "x": normal(rng, 4, n),
        "outputs": {"label": TensorProto.INT64, "scores": TensorProto.FLOAT},
    }


@case
def linear_regressor(rng: Rng) -> dict[str, Any]:
    n, targets = int(rng.integers(1, 6)), int(rng.integers(1, 4))
    attrs = {"coefficients": normal(rng, targets * n).tolist(), "targets": targets}
    if rng.random() < 0.7:
        attrs["intercepts"] = normal(rng, targets).tolist()
    return {"nodes": [node("LinearRegressor", ["x"], domain=ML, **attrs)], "x": normal(rng, 4, n)}


@case
def array_feature_extractor(rng: Rng) -> dict[str, Any]:
    nodes = [node("ArrayFeatureExtractor", ["x", "i"], domain=ML)]
    return {"nodes": nodes, "constants": {"i": ints(2, 0, 2)}, "x": normal(rng, 4, 3)}


@case
def labels_of_sklearn(rng: Rng) -> dict[str, Any]:
    nodes = [
        node("ArgMax", ["x"], ["i"], axis=1, keepdims=int(rng.integers(0, 2))),
        node("ArrayFeatureExtractor", ["classes", "i"], ["row"], domain=ML),
        node("Cast", ["row"], ["c"], to=TensorProto.INT64),
        node("Reshape", ["c", "s"], ["y"]),
    ]
    constants = {"classes": np.array([4, 9, 2], dtype=np.int32), "s": ints(-1)}
    return {"nodes": nodes, "constants": constants, "x": normal(rng, 5, 3), "outputs": {"y": TensorProto.INT64}}


@case
def binarizer(rng: Rng) -> dict[str, Any]:
    x = np.round(normal(rng, *shape_of(rng, 2, 2)) * 2) / 2  # some entries equal the threshold
    return {"nodes": [node("Binarizer", ["x"], domain=ML, threshold=0.5)], "x": x.astype(F32)}


@case
def imputer(rng: Rng) -> dict[str, Any]:
    nodes = [node("Imputer", ["x"], domain=ML, imputed_value_floats=[0.5], replaced_value_float=float("nan"))]
    return {"nodes": nodes, "x": normal(rng, 3, 2)}


def build(name: str, seed: int, leading: int | str | None) -> tuple[Any, np.ndarray]:
    parts = CASES[name](np.random.default_rng([seed, zlib.crc32(name.encode())]))
    x = parts.pop("x")
    outputs = parts.pop("outputs", ["y"])
    shape = [x.shape[0] if leading == "fixed" else leading, *x.shape[1:]]
    return model(parts["nodes"], {"x": shape}, outputs, parts.get("constants"), parts.get("opset", 17)), x


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("name", CASES)
def test_with_a_symbolic_batch(name: str, seed: int) -> None:
    proto, x = build(name, seed, ["N", None][seed % 2])
    agree(proto, {"x": x}, batch=True)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("name", CASES)
def test_with_a_fixed_leading_axis(name: str, seed: int) -> None:
    proto, x = build(name, seed, "fixed")
    agree(proto, {"x": x})


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("name", CASES)
def test_one_sample_an_inference(name: str, seed: int) -> None:
    """An axis in front of the leading one leaves no batch axis: every translator runs on full shapes."""
    proto, x = build(name, seed, "N")
    tail, lifted = proto.graph.output[0].name, "lifted"  # the other outputs keep their own shapes
    if proto.opset_import[0].version >= 13:
        proto.graph.initializer.append(numpy_helper.from_array(ints(0), "front"))
        proto.graph.node.append(node("Unsqueeze", [tail, "front"], [lifted]))
    else:
        proto.graph.node.append(node("Unsqueeze", [tail], [lifted], axes=[0]))
    proto.graph.output[0].name = lifted
    agree(proto, {"x": x}, batch=False, dims={"N": x.shape[0]})


def test_every_registered_operator_is_tested() -> None:
    used = {(n.domain, n.op_type) for name in CASES for seed in range(12) for n in build(name, seed, "N")[0].graph.node}
    assert set(supported()) - used == {(ML, "ZipMap")}  # in test_onnx_sklearn.py
