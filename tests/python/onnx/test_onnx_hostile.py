"""Files that are broken, hostile or out of reach give typed errors and read nothing they should not."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper
from onnx_harness import ML, agree, model, node, runtime

from affidavit.errors import AffidavitError, InputError, Malformed, UnsupportedModel, UsageError
from affidavit.inputs import prepare_inputs
from affidavit.ir.evaluate import evaluate
from affidavit.onnx import ModelRefused, load

F32 = np.float32


def small() -> onnx.ModelProto:
    w, b = np.eye(3, dtype=F32) * 2, np.ones(3, dtype=F32)
    nodes = [node("MatMul", ["x", "w"], ["h"]), node("Add", ["h", "b"], ["a"]), node("Relu", ["a"])]
    return model(nodes, {"x": ["N", 3]}, constants={"w": w, "b": b})


def external(location: str, **fields: str) -> onnx.ModelProto:
    proto = small()
    tensor = proto.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    for key, value in {"location": location, **fields}.items():
        tensor.external_data.add(key=key, value=value)
    return proto


def write(folder: Path, proto: onnx.ModelProto) -> Path:
    path = folder / "net.onnx"
    path.write_bytes(proto.SerializeToString())
    return path


def test_every_source_gives_the_same_graph(tmp_path: Path) -> None:
    path = write(tmp_path, small())
    graphs = [load(s) for s in (path, str(path), path.read_bytes(), small())]
    for graph in graphs[1:]:
        assert graph.nodes == graphs[0].nodes and graph.values == graphs[0].values
    with pytest.raises(UsageError):
        load(3)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="no such"):
        load(tmp_path / "absent.onnx")
    with pytest.raises(InputError):
        load(tmp_path)


def test_truncation_at_every_offset() -> None:
    data, whole = small().SerializeToString(), load(small()).nodes
    loaded = 0
    for cut in range(len(data)):
        try:
            assert load(data[:cut]).nodes == whole
            loaded += 1
        except AffidavitError:
            pass
    assert loaded <= 1  # the last field imports ai.onnx.ml, which this model does not use


def test_flipped_bytes_load_or_are_refused() -> None:
    data, rng = small().SerializeToString(), np.random.default_rng(1)
    refused = 0
    for position in range(len(data)):
        changed = bytearray(data)
        changed[position] ^= int(rng.integers(1, 256))
        try:
            load(bytes(changed))
        except AffidavitError:
            refused += 1
    assert refused > len(data) // 4


@pytest.mark.parametrize("data", [b"", b"\0", b"PK\3\4" + bytes(40), b"not a model", bytes(1000)])
def test_other_files(data: bytes) -> None:
    with pytest.raises(Malformed):
        load(data)


def test_cycle_wrong_order_and_undefined_names() -> None:
    cycle = model([node("Relu", ["b"], ["a"]), node("Add", ["a", "x"], ["b"]), node("Relu", ["b"])], {"x": ["N", 3]})
    with pytest.raises(Malformed, match="cycle"):
        load(cycle)
    with pytest.raises(Malformed, match="comes before"):
        load(model([node("Relu", ["a"]), node("Relu", ["x"], ["a"])], {"x": ["N", 3]}))
    with pytest.raises(Malformed, match="nothing defines"):
        load(model([node("Relu", ["ghost"])], {"x": ["N", 3]}))
    with pytest.raises(Malformed, match="computed by no node"):
        load(model([node("Relu", ["x"], ["a"])], {"x": ["N", 3]}, ["y"]))


def test_names_defined_twice() -> None:
    with pytest.raises(Malformed, match="twice"):
        load(model([node("Relu", ["x"]), node("Neg", ["x"])], {"x": ["N", 3]}))
    with pytest.raises(Malformed, match="twice"):
        load(model([node("Relu", ["x"], ["x"]), node("Relu", ["x"])], {"x": ["N", 3]}))
    doubled = small()
    doubled.graph.initializer.append(doubled.graph.initializer[0])
    with pytest.raises(Malformed, match="twice"):
        load(doubled)


def test_external_data_inside_the_folder(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    weights = small().graph.initializer[0].raw_data
    (tmp_path / "data" / "w.bin").write_bytes(b"1234" + weights + b"tail")
    graph = load(write(tmp_path, external("data/w.bin", offset="4", length=str(len(weights)))))
    x = np.ones((2, 3), dtype=F32)
    expected = runtime(small(), {"x": x})["y"]
    np.testing.assert_allclose(evaluate(graph, prepare_inputs(graph, x))["y"], expected)


@pytest.mark.parametrize("location", ["../w.bin", "data/../../w.bin", "..\\w.bin", "", "nul\0byte", "~/../../w.bin"])
def test_external_data_outside_the_folder(tmp_path: Path, location: str) -> None:
    (tmp_path / "w.bin").write_bytes(small().graph.initializer[0].raw_data)
    inner = tmp_path / "model"
    inner.mkdir()
    with pytest.raises(Malformed, match="outside"):
        load(write(inner, external(location)))


def test_external_data_by_absolute_path_and_links(tmp_path: Path) -> None:
    secret = tmp_path / "w.bin"
    secret.write_bytes(small().graph.initializer[0].raw_data)
    inner = tmp_path / "model"
    inner.mkdir()
    with pytest.raises(Malformed, match="outside"):
        load(write(inner, external(str(secret))))
    os.symlink(secret, inner / "link.bin")
    with pytest.raises(Malformed, match="link"):
        load(write(inner, external("link.bin")))
    os.symlink(tmp_path, inner / "up")
    with pytest.raises(Malformed, match="link"):
        load(write(inner, external("up/w.bin")))
    os.symlink(inner / "loop.bin", inner / "loop.bin")
    with pytest.raises(InputError):
        load(write(inner, external("loop.bin")))


@pytest.mark.parametrize(
    "fields", [{"offset": "-1"}, {"length": "999999"}, {"offset": "99"}, {"offset": "x"}, {"length": "-5"}]
)
def test_external_data_with_wrong_bounds(tmp_path: Path, fields: dict[str, str]) -> None:
    (tmp_path / "w.bin").write_bytes(small().graph.initializer[0].raw_data)
    with pytest.raises(Malformed):
        load(write(tmp_path, external("w.bin", **fields)))


def test_external_data_that_is_no_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for location in ("pipe", ".", "absent.bin"):
        with pytest.raises(AffidavitError):
            load(write(tmp_path, external(location)))
    with pytest.raises(InputError, match="bytes"):
        load(external("w.bin").SerializeToString())


@pytest.mark.parametrize("shape", [[2**40, 2**40], [-1, 3], [3, 4]])
def test_constants_whose_shape_lies(shape: list[int]) -> None:
    proto = small()
    del proto.graph.initializer[0].dims[:]
    proto.graph.initializer[0].dims.extend(shape)
    with pytest.raises(Malformed):
        load(proto)


def test_huge_shapes_cost_no_memory() -> None:
    with pytest.raises(UnsupportedModel):
        load(model([node("Relu", ["x"])], {"x": ["N", 2**31, 2**31]}))
    big = {"s": np.array([2**40, 2**20], dtype=np.int64)}
    grown = [node("ConstantOfShape", ["s"], ["c"]), node("Add", ["x", "c"])]
    with pytest.raises(ModelRefused, match="ConstantOfShape"):
        load(model(grown, {"x": ["N", 3]}, constants=big))
    far = {k: np.array(v, dtype=np.int64) for k, v in (("a", 0), ("b", 2**62), ("c", 1))}
    with pytest.raises(ModelRefused, match="Range"):
        load(model([node("Range", ["a", "b", "c"], ["r"]), node("Add", ["x", "r"])], {"x": ["N", 3]}, constants=far))
    outer = {"a": np.ones((2**20, 1), dtype=F32), "b": np.ones((1, 2**20), dtype=F32)}
    with pytest.raises(ModelRefused, match="Mul"):
        load(model([node("Mul", ["a", "b"], ["ab"]), node("Add", ["x", "ab"])], {"x": ["N", 3]}, constants=outer))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_weights_that_are_not_finite(value: float) -> None:
    proto = model([node("Add", ["x", "c"])], {"x": ["N", 3]}, constants={"c": np.array([0, value, 1], dtype=F32)})
    with pytest.raises(ModelRefused, match="NaN or infinity"):
        load(proto)


def test_integers_that_a_weight_cannot_hold() -> None:
    def labels(top: int) -> onnx.ModelProto:
        nodes = [node("ArgMax", ["x"], ["i"], axis=1, keepdims=0), node("Gather", ["labels", "i"])]
        constants = {"labels": np.array([1, 2, top], dtype=np.int64)}
        return model(nodes, {"x": ["N", 3]}, {"y": TensorProto.INT64}, constants)

    agree(labels(2**31 - 1), {"x": np.eye(3, dtype=F32)})
    with pytest.raises(ModelRefused, match="exactly"):
        load(labels(2**53 + 1))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_list_that_may_be_learned_is_not_selected_from(dtype: type) -> None:
    def gather(operator: onnx.NodeProto, values: np.ndarray) -> onnx.ModelProto:
        nodes = [node("ArgMax", ["x"], ["i"], axis=1, keepdims=1), operator]
        return model(nodes, {"x": ["N", 3]}, constants={"v": values})

    extract = node("ArrayFeatureExtractor", ["v", "i"], domain=ML)
    for values in ([0.5, 1.25, -2.0], [1, 2, 4]):
        with pytest.raises(ModelRefused, match="list of floats") as caught:
            load(gather(node("Gather", ["v", "i"]), np.array(values, dtype=dtype)))
        assert "labels" in (caught.value.hint or "")
    with pytest.raises(ModelRefused, match="fractions"):
        load(gather(extract, np.array([[0.5, 1.25, -2.0]], dtype=dtype)))
    # scikit-learn's classes may be floats; whole numbers are labels there.
    labels = model(
        [node("ArgMax", ["x"], ["i"], axis=1, keepdims=1), extract, node("Reshape", ["y", "flat"], ["z"])],
        {"x": ["N", 3]},
        ["z"],
        {"v": np.array([1, 2, 4], dtype=dtype), "flat": np.array([-1])},
    )
    assert [n.op for n in load(labels).nodes][:2] == ["argmax", "select"]


def test_a_slope_that_is_wider_than_its_input() -> None:
    with pytest.raises(ModelRefused, match="slope"):
        load(model([node("PRelu", ["x", "s"])], {"x": ["N", 1]}, constants={"s": np.ones(3, dtype=F32)}))


def test_old_and_unknown_operator_sets() -> None:
    with pytest.raises(UnsupportedModel, match="oldest"):
        load(model([node("Relu", ["x"])], {"x": ["N", 3]}, opset=8))
    with pytest.raises(UnsupportedModel, match="operator set 99"):
        load(model([node("Relu", ["x"])], {"x": ["N", 3]}, opset=99))


def test_all_refusals_come_at_once() -> None:
    nodes = [
        node("Relu", ["x"], ["a"]),
        node("Gelu", ["a"], ["b"], domain="com.microsoft", name="gelu"),
        node("Cos", ["a"], ["c"], name="cosine"),
        node("Det", ["b"], ["d"], name="after a refused one"),
        node("MatMul", ["a", "a"], ["e"], name="square"),
        node("Sin", ["x"], ["unused"]),
        node("Sum", ["b", "c", "d", "e"], ["y"]),
    ]
    proto = model(nodes, {"x": ["N", 3]})
    proto.opset_import.append(helper.make_opsetid("com.microsoft", 1))
    with pytest.raises(ModelRefused) as caught:
        load(proto)
    assert [r.node for r in caught.value.reasons] == ["gelu", "cosine", "after a refused one", "square"]
    assert all(r.reason and r.operator for r in caught.value.reasons)
    assert caught.value.exit_code == 6 and "com.microsoft" in caught.value.message and caught.value.hint


def test_inputs_that_are_no_numbers() -> None:
    text = model([node("Identity", ["x"])], {"x": ["N", 3]}, {"y": TensorProto.STRING}, input_type=TensorProto.STRING)
    with pytest.raises(ModelRefused, match="numbers"):
        load(text)


def function(name: str, body: list[onnx.NodeProto]) -> onnx.FunctionProto:
    return helper.make_function(
        "local", name, ["a"], ["r"], body, [helper.make_opsetid("", 17), helper.make_opsetid("local", 1)]
    )


def with_functions(*functions: onnx.FunctionProto) -> onnx.ModelProto:
    proto = model([node(functions[0].name, ["x"], domain="local")], {"x": ["N", 3]})
    proto.opset_import.append(helper.make_opsetid("local", 1))
    proto.functions.extend(functions)
    return proto


def test_local_functions_are_expanded() -> None:
    proto = with_functions(function("Twice", [node("Relu", ["a"], ["b"]), node("Add", ["b", "b"], ["r"])]))
    agree(proto, {"x": np.linspace(-1, 1, 6, dtype=F32).reshape(2, 3)})


def test_local_functions_that_never_end_or_explode() -> None:
    with pytest.raises(Malformed, match="calls itself"):
        load(with_functions(function("F", [node("F", ["a"], ["r"], domain="local")])))
    chain = [
        function(
            f"F{i}", [node(f"F{i + 1}", ["a"], ["b"], domain="local"), node(f"F{i + 1}", ["b"], ["r"], domain="local")]
        )
        for i in range(40)
    ]
    with pytest.raises(Malformed, match="expand"):
        load(with_functions(*chain, function("F40", [node("Relu", ["a"], ["r"])])))
