"""Passes keep the meaning and do what they are for; the checker finds what a broken pass would do."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from onnx_harness import agree, model, node

from affidavit.errors import InputError
from affidavit.ir.check import GraphError, check
from affidavit.ir.evaluate import evaluate
from affidavit.ir.graph import Graph, Node, Value
from affidavit.ir.passes import PASSES, simplify

F32 = np.float32
RNG = np.random.default_rng(5)
X = RNG.standard_normal((7, 4)).astype(F32)
W, B = RNG.standard_normal((4, 3)).astype(F32), RNG.standard_normal(3).astype(F32)


def ops(graph: Graph) -> list[str]:
    return [n.op for n in graph.nodes]


def imported(*nodes: object, **constants: np.ndarray) -> Graph:
    return agree(model(nodes, {"x": ["N", 4]}, constants={"w": W, "b": B, **constants}), {"x": X})  # type: ignore[arg-type]


def test_bias_moves_into_dense() -> None:
    graph = imported(node("MatMul", ["x", "w"], ["h"]), node("Add", ["b", "h"]))
    assert ops(graph) == ["dense"] and len(graph.nodes[0].inputs) == 3
    assert ops(imported(node("MatMul", ["x", "w"], ["h"]), node("Sub", ["h", "b"]))) == ["dense"]
    assert ops(imported(node("MatMul", ["x", "w"], ["h"]), node("Sub", ["b", "h"]))) == ["dense", "sub"]
    assert ops(
        imported(node("Gemm", ["x", "w", "b"], ["h"]), node("Add", ["h", "b"], ["i"]), node("Add", ["i", "b"]))
    ) == ["dense"]


def test_bias_stays_where_the_product_is_read_twice_or_an_output() -> None:
    nodes = [node("MatMul", ["x", "w"], ["h"]), node("Add", ["h", "b"], ["y"]), node("Relu", ["h"], ["z"])]
    graph = agree(model(nodes, {"x": ["N", 4]}, ["y", "z"], {"w": W, "b": B}), {"x": X})
    assert ops(graph).count("add") == 1
    graph = agree(model(nodes[:2], {"x": ["N", 4]}, ["h", "y"], {"w": W, "b": B}), {"x": X})
    assert ops(graph) == ["dense", "add"]


def test_exact_scales_move_into_dense() -> None:
    assert ops(imported(node("Neg", ["x"], ["n"]), node("Gemm", ["n", "w", "b"]))) == ["dense"]
    assert ops(imported(node("Gemm", ["x", "w", "b"], ["h"]), node("Neg", ["h"]))) == ["dense"]
    half = np.array(-0.25, dtype=F32)
    assert ops(imported(node("Mul", ["x", "c"], ["n"]), node("Gemm", ["n", "w", "b"]), c=half)) == ["dense"]
    assert ops(imported(node("Gemm", ["x", "w", "b"], ["h"]), node("Div", ["h", "c"]), c=half)) == ["dense"]


def test_inexact_or_uneven_scales_stay() -> None:
    third = np.array(3.0, dtype=F32)
    assert ops(imported(node("Mul", ["x", "c"], ["n"]), node("Gemm", ["n", "w", "b"]), c=third)) == ["mul", "dense"]
    uneven = np.array([1, 2, 4, 8], dtype=F32)
    assert ops(imported(node("Mul", ["x", "c"], ["n"]), node("Gemm", ["n", "w", "b"]), c=uneven)) == ["mul", "dense"]


def test_reshapes_fuse() -> None:
    chain = [node("Reshape", ["x", "a"], ["r"]), node("Reshape", ["r", "b2"], ["s"]), node("Relu", ["s"])]
    a, b2 = np.array([-1, 2, 2], dtype=np.int64), np.array([-1, 4], dtype=np.int64)
    assert ops(imported(*chain, a=a, b2=b2)) == ["clamp"]
    ends = [node("Relu", ["x"], ["q"]), node("Reshape", ["q", "a"], ["r"]), node("Reshape", ["r", "b2"])]
    assert ops(imported(*ends, a=a, b2=b2)) == ["clamp"]


def test_redundant_operators_go() -> None:
    assert ops(imported(node("Sigmoid", ["x"], ["s"]), node("Relu", ["s"]))) == ["unary"]
    assert ops(imported(node("Tanh", ["x"], ["s"]), node("Relu", ["s"]))) == ["unary", "clamp"]
    assert ops(imported(node("Relu", ["x"], ["s"]), node("Relu", ["s"], ["t"]), node("Neg", ["t"]))) == ["clamp", "neg"]
    assert ops(imported(node("Neg", ["x"], ["s"]), node("Neg", ["s"], ["t"]), node("Relu", ["t"]))) == ["clamp"]
    softmax = [node("Softmax", ["x"], ["s"]), node("Normalizer", ["s"], domain="ai.onnx.ml", norm="L1")]
    assert ops(imported(*softmax)) == ["softmax"]


def random_graph(seed: int) -> Graph:
    """Chains that all passes find something in, before simplification."""
    rng = np.random.default_rng(seed)
    constants: dict[str, np.ndarray] = {}
    values = {"x": Value("x", (4,))}
    nodes: list[Node] = []
    names = ["x"]

    def put(op: str, inputs: tuple[str, ...], shape: tuple[int, ...], /, **attrs: object) -> None:
        name = f"v{len(nodes)}"
        nodes.append(Node(op, name, inputs, name, dict(attrs)))
        values[name] = Value(name, shape)
        names.append(name)

    for i in range(12):
        source = names[-1] if rng.random() < 0.8 else str(rng.choice(names))
        shape = values[source].shape
        constants[f"c{i}"] = rng.standard_normal(shape[-1:])
        constants[f"p{i}"] = np.array(2.0 ** int(rng.integers(-3, 4)))
        constants[f"w{i}"] = rng.standard_normal((shape[-1], shape[-1]))
        kind = str(
            rng.choice(["dense", "add", "sub", "neg", "mul", "clamp", "reshape", "unary", "softmax", "normalize"])
        )
        if kind == "dense":
            put("dense", (source, f"w{i}"), shape)
        elif kind in ("add", "sub"):
            order = (source, f"c{i}") if rng.random() < 0.7 else (f"c{i}", source)
            put(kind, order, shape)
        elif kind == "mul":
            put("mul", (source, f"p{i}"), shape)
        elif kind == "clamp":
            put("clamp", (source,), shape, lo=0.0, hi=None)
        elif kind == "reshape":
            target = (2, 2) if shape == (4,) else (4,)
            put("reshape", (source,), target, shape=target)
        elif kind == "unary":
            put("unary", (source,), shape, fn="sigmoid")
        elif kind == "normalize":
            put("normalize", (source,), shape, norm="l1")
        else:
            put(kind, (source,), shape)
    outputs = tuple(values[n] for n in dict.fromkeys([names[-1], str(rng.choice(names[1:]))]))
    used = {n for node in nodes for n in node.inputs}
    return Graph(
        "random", (values["x"],), outputs, tuple(nodes), {k: v for k, v in constants.items() if k in used}, values
    )


@pytest.mark.parametrize("seed", range(150))
def test_simplification_keeps_the_meaning(seed: int) -> None:
    graph = random_graph(seed)
    feeds = {"x": np.random.default_rng(seed).standard_normal((5, 4))}
    before, small = evaluate(graph, feeds), simplify(graph)
    after = evaluate(small, feeds)
    assert [o.name for o in small.outputs] == [o.name for o in graph.outputs] and len(small.nodes) <= len(graph.nodes)
    for name, array in before.items():
        np.testing.assert_allclose(after[name], array, rtol=1e-9, atol=1e-9)
    for function in PASSES:
        assert ops(function(small)) == ops(small), f"{function.__name__} finds more on a second run"


def test_evaluate_refuses_other_inputs() -> None:
    graph = random_graph(0)
    for feeds in ({}, {"x": np.zeros((2, 5))}, {"x": np.zeros(4)}):
        with pytest.raises(InputError):
            evaluate(graph, feeds)
    assert set(evaluate(graph, {"x": np.zeros((2, 4))}, all_values=True)) == set(graph.values)


def test_the_checker_finds_broken_graphs() -> None:
    good = imported(node("Gemm", ["x", "w", "b"], ["h"]), node("Relu", ["h"], ["r"]), node("Softmax", ["r"]))
    check(good)
    first, second, third = good.nodes
    wrong_shape = {**good.values, "h": Value("h", (4,))}
    broken = {
        "order": replace(good, nodes=(second, first, third)),
        "twice": replace(good, nodes=(first, first, second, third)),
        "missing": replace(good, nodes=(first, third)),
        "no output": replace(good, outputs=()),
        "other output": replace(good, outputs=(Value("ghost", (3,)),)),
        "shape": replace(good, values=wrong_shape),
        "stale value": replace(good, values={**good.values, "old": Value("old", (1,))}),
        "nan": replace(good, constants={**good.constants, first.inputs[1]: W.astype(np.float64) * np.nan}),
        "float32": replace(good, constants={**good.constants, first.inputs[1]: W}),
        "select by fractions": replace(
            good,
            nodes=(first, second, replace(third, op="select", inputs=("r", "labels"))),
            constants={**good.constants, "labels": np.arange(3.0)},
        ),
    }
    for what, graph in broken.items():
        with pytest.raises(GraphError):
            check(graph)
            pytest.fail(what)
