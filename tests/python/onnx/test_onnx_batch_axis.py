"""Which axis is the batch, where sizes come from, and what happens to an axis without size."""

from __future__ import annotations

import numpy as np
import pytest
from onnx import TensorProto
from onnx_harness import agree, model, node, runtime

from affidavit.errors import InputError, UsageError
from affidavit.inputs import prepare_inputs
from affidavit.ir.evaluate import evaluate
from affidavit.onnx import ModelRefused, load, read_model

F32 = np.float32
X = np.random.default_rng(3).standard_normal((4, 6)).astype(F32)


def ints(*values: int) -> np.ndarray:
    return np.array(values, dtype=np.int64)


def test_rows_are_independent_of_the_batch_size() -> None:
    nodes = [node("Reshape", ["x", "s"], ["r"]), node("Softmax", ["r"], ["y"], axis=-1)]
    proto = model(nodes, {"x": ["N", 6]}, constants={"s": ints(-1, 2, 3)})
    for rows in (1, 2, 4):
        agree(proto, {"x": X[:rows]}, batch=True)


def test_a_fixed_leading_axis_of_one_takes_many_samples() -> None:
    nodes = [node("Reshape", ["x", "s"], ["r"]), node("Add", ["r", "c"], ["a"]), node("Concat", ["a", "c"], axis=1)]
    constants = {"s": ints(1, 6), "c": X[:1]}
    proto = model(nodes, {"x": [1, 2, 3]}, constants=constants)
    graph = load(proto)
    assert graph.onnx_has_batch_axis and graph.inputs[0].shape == (2, 3)
    rows = X.reshape(4, 2, 3)
    found = evaluate(graph, prepare_inputs(graph, rows))["y"]
    expected = np.concatenate([runtime(proto, {"x": row[None]})["y"] for row in rows])
    np.testing.assert_allclose(found, expected, atol=1e-6)


MIXING = {
    "transpose": ([node("Transpose", ["x"], perm=[1, 0])], {}),
    "left product": ([node("MatMul", ["w", "x"])], {"w": X[:3, :4]}),
    "gemm transA": ([node("Gemm", ["x", "w"], transA=1)], {"w": X[:, :2]}),
    "sum over rows": ([node("ReduceSum", ["x", "a"], keepdims=0)], {"a": ints(0)}),
    "softmax over rows": ([node("Softmax", ["x"], axis=0)], {}),
    "argmax over rows": ([node("ArgMax", ["x"], ["i"], axis=0), node("Cast", ["i"], ["y"], to=TensorProto.FLOAT)], {}),
    "concat of rows": ([node("Concat", ["x", "x"], axis=0)], {}),
    "slice of rows": ([node("Slice", ["x", "s", "e"])], {"s": ints(1), "e": ints(3)}),
    "one value a row": ([node("Add", ["x", "c"])], {"c": X[:, :1]}),
    "rows joined": ([node("Reshape", ["x", "s"])], {"s": ints(-1, 12)}),
    "flatten": ([node("Flatten", ["x"], axis=0)], {}),
    "gather of rows": ([node("Gather", ["x", "i"], axis=0)], {"i": ints(3, 0)}),
    "other rank": ([node("ReduceSum", ["x", "a"], ["s"], keepdims=0), node("Add", ["z", "s"])], {"a": ints(1)}),
}


@pytest.mark.parametrize("name", MIXING)
def test_mixing_rows_makes_one_sample_an_inference(name: str) -> None:
    nodes, constants = MIXING[name]
    if name == "other rank":
        nodes = [node("MatMul", ["x", "w"], ["z"]), *nodes]
        constants = {**constants, "w": X[:, :].T[:, :4].copy()}
    agree(model(nodes, {"x": [4, 6]}, constants=constants), {"x": X}, batch=False)
    symbolic = model(nodes, {"x": ["N", 6]}, constants=constants)
    agree(symbolic, {"x": X}, batch=False, dims={"N": 4})
    agree(symbolic, {"x": X}, batch=False, samples={"x": X})
    with pytest.raises(ModelRefused, match="leading axis"):
        load(symbolic)


def test_arithmetic_on_the_batch_size_needs_a_number() -> None:
    nodes = [
        node("Shape", ["x"], ["s"]),
        node("Mul", ["s", "two"], ["t"]),
        node("Div", ["t", "two"], ["u"]),
        node("Reshape", ["x", "u"]),
    ]
    agree(model(nodes, {"x": [4, 6]}, constants={"two": ints(2)}), {"x": X}, batch=True)
    symbolic = model(nodes, {"x": ["N", 6]}, constants={"two": ints(2)})
    agree(symbolic, {"x": X}, dims={"N": 4})
    with pytest.raises(ModelRefused, match="leading axis"):
        load(symbolic)


def test_several_samples_of_an_unbatched_model() -> None:
    graph = load(model([node("Transpose", ["x"], perm=[1, 0])], {"x": [2, 3]}))
    found = evaluate(graph, prepare_inputs(graph, X.reshape(4, 2, 3)))["y"]
    np.testing.assert_allclose(found, X.reshape(4, 2, 3).transpose(0, 2, 1))


def test_inputs_that_share_no_leading_axis() -> None:
    proto = model([node("Add", ["x", "z"])], {"x": ["N", 3], "z": [3]})
    feeds = {"x": X[:, :3], "z": X[0, :3]}
    agree(proto, feeds, batch=False, dims={"N": 4})
    named = model([node("Relu", ["x"], ["y"]), node("Relu", ["z"], ["w"])], {"x": ["N", 3], "z": ["M", 3]}, ["y", "w"])
    agree(named, {"x": X[:, :3], "z": X[:2, :3]}, batch=False, dims={"N": 4, "M": 2})


def test_several_batched_inputs() -> None:
    nodes = [node("MatMul", ["x", "w"], ["h"]), node("Add", ["h", "z"])]
    for leading in ("N", None, 4):
        proto = model(nodes, {"x": [leading, 6], "z": [leading, 2]}, constants={"w": np.ones((6, 2), dtype=F32)})
        agree(proto, {"x": X, "z": X[:, :2]}, batch=True)


def test_sizes_of_other_axes() -> None:
    proto = model([node("Softmax", ["x"])], {"x": ["N", "length", None]})
    assert read_model(proto).symbols == ("N", "length", "x[2]")
    with pytest.raises(ModelRefused) as caught:
        load(proto)
    assert len(caught.value.reasons) == 2 and "dims={'length': ...}" in (caught.value.hint or "")
    x = X.reshape(2, 4, 3)
    assert load(proto, dims={"length": 4, "x[2]": 3}).inputs[0].shape == (4, 3)
    assert load(proto, samples={"x": x}).inputs[0].shape == (4, 3)
    assert load(proto, samples={"": x[None]}).inputs[0].shape == (4, 3)
    assert load(proto, dims={"length": 5}, samples={"x": x}).inputs[0].shape == (5, 3)
    agree(proto, {"x": x}, batch=True, samples={"x": x})


def test_senseless_sizes() -> None:
    proto = model([node("Add", ["x", "z"])], {"x": ["N", "k"], "z": ["N", "k"]})
    for dims in ({"m": 3}, {"k": 0}, {"k": -1}, {"k": 2**40}, {"k": 1.5}, {"k": True}):
        with pytest.raises(UsageError):
            load(proto, dims=dims)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="two sizes"):
        load(proto, samples={"x": X, "z": X[:, :3]})


def test_outputs_keep_their_names() -> None:
    nodes = [
        node("Identity", ["x"], ["same"]),
        node("Relu", ["x"], ["y"]),
        node("Identity", ["y"], ["again"]),
        node("Neg", ["again"], ["n"]),
    ]
    graph = agree(model(nodes, {"x": ["N", 6]}, ["same", "y", "again", "n"]), {"x": X})
    assert [o.name for o in graph.outputs] == ["same", "y", "again", "n"]


def test_constant_outputs_are_left_out() -> None:
    nodes = [node("Relu", ["x"]), node("Identity", ["c"], ["fixed"])]
    graph = load(model(nodes, {"x": ["N", 6]}, ["y", "fixed"], {"c": X}))
    assert "constant" in graph.dropped["fixed"] and [o.name for o in graph.outputs] == ["y"]
    with pytest.raises(ModelRefused, match="no output"):
        load(model(nodes, {"x": ["N", 6]}, ["fixed"], {"c": X}))


def test_unused_inputs_stay() -> None:
    graph = load(model([node("Relu", ["x"])], {"x": ["N", 6], "z": ["N", 2]}))
    assert [i.name for i in graph.inputs] == ["x", "z"]
