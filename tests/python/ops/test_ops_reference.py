"""Shapes and float references of the core operators."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest

from affidavit import ops
from affidavit.errors import UnsupportedModel
from affidavit.ir.graph import Node
from affidavit.ops.functions import FUNCTIONS

R = np.random.default_rng(7)
C = {
    "w": R.normal(size=(4, 2)),
    "b": R.normal(size=2),
    "v": R.normal(size=(1, 4)),
    "s": np.array(0.5),
    "labels": np.array([7.0, 3.0, 5.0, 9.0]),
}
X = R.normal(size=(5, 3, 4))

CASES = [
    ("dense", ("x", "w", "b"), {}, lambda x: np.einsum("bik,kn->bin", x, C["w"]) + C["b"]),
    ("dense", ("x", "w"), {}, lambda x: np.einsum("bik,kn->bin", x, C["w"])),
    ("add", ("x", "v"), {}, lambda x: x + C["v"]),
    ("sub", ("s", "x"), {}, lambda x: 0.5 - x),
    ("sub", ("x", "x"), {}, lambda x: x * 0),
    ("mul", ("x", "v"), {}, lambda x: x * C["v"]),
    ("neg", ("x",), {}, lambda x: -x),
    ("clamp", ("x",), {"lo": 0.0, "hi": None}, lambda x: np.where(x > 0, x, 0)),
    ("clamp", ("x",), {"lo": -0.5, "hi": 0.5}, lambda x: np.clip(x, -0.5, 0.5)),
    ("leaky_relu", ("x",), {"alpha": 0.1}, lambda x: np.maximum(x, 0) + 0.1 * np.minimum(x, 0)),
    ("unary", ("x",), {"fn": "tanh"}, np.tanh),
    ("softmax", ("x",), {}, lambda x: np.exp(x) / np.exp(x).sum(-1, keepdims=True)),
    ("normalize", ("x",), {"norm": "l1"}, lambda x: x / np.abs(x).sum(-1, keepdims=True)),
    ("normalize", ("x",), {"norm": "l2"}, lambda x: x / np.linalg.norm(x, axis=-1, keepdims=True)),
    ("normalize", ("x",), {"norm": "max"}, lambda x: x / np.abs(x).max(-1, keepdims=True)),
    ("argmax", ("x",), {}, lambda x: x.argmax(-1)),
    ("sum", ("x",), {"axes": [-1]}, lambda x: x.sum(-1)),
    ("sum", ("x",), {"axes": [0, 1]}, lambda x: x.sum((1, 2))),
    ("reshape", ("x",), {"shape": (2, 6)}, lambda x: x.reshape(5, 2, 6)),
    ("transpose", ("x",), {"perm": (1, 0)}, lambda x: x.transpose(0, 2, 1)),
    ("slice", ("x",), {"starts": [2, 0], "steps": [-1, 2], "shape": (3, 2)}, lambda x: x[:, ::-1, ::2]),
    ("concat", ("x", "x"), {"axis": -1}, lambda x: np.concatenate([x, x], -1)),
    ("concat", ("x", "v"), {"axis": 0}, lambda x: np.concatenate([x, np.broadcast_to(C["v"], (5, 1, 4))], 1)),
    ("take", ("x",), {"axis": 1, "indices": [[3, 0], [-1, 1]]}, lambda x: x[:, :, [[3, 0], [3, 1]]]),
    ("broadcast", ("x",), {"shape": (2, 3, 4)}, lambda x: np.stack([x, x], 1)),
]


@pytest.mark.parametrize(("op", "inputs", "attrs", "expected"), CASES)
def test_reference_and_shape(op, inputs, attrs, expected) -> None:
    node, operator = Node(op, "n", inputs, "y", attrs), ops.get(op)
    shapes = [C[name].shape if name in C else X.shape[1:] for name in inputs]
    got = operator.float(node, [None if name in C else X for name in inputs], C)
    np.testing.assert_allclose(got, expected(X), atol=1e-12)
    assert got.shape == (5, *operator.infer(node, shapes, C))


def test_select() -> None:
    node = Node("select", "n", ("x", "labels"), "y")
    index = np.array([[0.0], [3.0], [2.0]])
    assert ops.get("select").infer(node, [(1,), (4,)], C) == (1,)
    assert ops.get("select").float(node, [index, None], C).ravel().tolist() == [7, 9, 5]


def test_every_operator_has_a_case() -> None:
    assert {case[0] for case in CASES} | {"select"} == set(ops.names())


def test_ties_and_zero_rows() -> None:
    rows = np.array([[1.0, 2.0, 2.0], [0.0, 0.0, 0.0]])
    assert ops.get("argmax").float(Node("argmax", "n", ("x",), "y"), [rows], {}).tolist() == [1, 0]
    for norm in ("l1", "l2", "max"):
        got = ops.get("normalize").float(Node("normalize", "n", ("x",), "y", {"norm": norm}), [rows], {})
        assert got[1].tolist() == [0, 0, 0]


BAD = [
    ("dense", ("x", "v"), {}), ("dense", ("x", "y"), {}), ("add", ("x", "w"), {}),
    ("clamp", ("x",), {"lo": 1.0, "hi": 1.0}),
    ("unary", ("x",), {"fn": "gamma"}), ("normalize", ("x",), {"norm": "l7"}), ("reshape", ("x",), {"shape": (5,)}),
    ("transpose", ("x",), {"perm": (0, 0)}), ("slice", ("x",), {"starts": [0, 0], "steps": [1, 1], "shape": (4, 4)}),
    ("concat", ("x", "w"), {"axis": 0}), ("take", ("x",), {"axis": 0, "indices": [3]}), ("sum", ("x",), {"axes": [2]}),
    ("broadcast", ("x",), {"shape": (4, 4)}),
]  # fmt: skip


@pytest.mark.parametrize(("op", "inputs", "attrs"), BAD)
def test_what_does_not_fit_is_refused_by_name(op, inputs, attrs) -> None:
    shapes = [C[name].shape if name in C else X.shape[1:] for name in inputs]
    with pytest.raises(UnsupportedModel, match="node5"):
        ops.get(op).infer(Node(op, "n", inputs, "y", attrs, origin="node5"), shapes, C)


def test_unknown_operator() -> None:
    with pytest.raises(UnsupportedModel, match="conv9"):
        ops.get("conv9")


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_exact_form_agrees_with_numpy(name: str) -> None:
    function = FUNCTIONS[name]
    low = max(-6.0, function.domain[0] if function.domain[0] is not None else -6.0)
    points = np.linspace(low, 6.0, 97) + 2.0**-10
    exact = [float(function.exact(Decimal(float(p)))) for p in points]
    np.testing.assert_allclose(function.array(points), exact, rtol=1e-13, atol=1e-15)
