"""Float graphs of core operators, one or two each, for compilation in the real fields."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from affidavit import ops
from affidavit.ir.graph import Graph, Node, Value


class Maker:
    """Appends nodes; shapes follow from the operators' own ``infer``."""

    def __init__(self, **inputs: tuple[int, ...]) -> None:
        self.inputs = tuple(Value(name, shape) for name, shape in inputs.items())
        self.values = {value.name: value for value in self.inputs}
        self.nodes: list[Node] = []
        self.constants: dict[str, np.ndarray] = {}

    def const(self, array: object) -> str:
        name = f"c{len(self.constants)}"
        self.constants[name] = np.asarray(array, dtype=np.float64)
        return name

    def add(self, op: str, *inputs: str, integer: bool = False, **attrs: object) -> str:
        out = f"v{len(self.nodes)}"
        node = Node(op, f"{op}{len(self.nodes)}", inputs, out, attrs)
        shapes = [self.constants[n].shape if n in self.constants else self.values[n].shape for n in inputs]
        self.values[out] = Value(out, ops.get(op).infer(node, shapes, self.constants), integer)
        self.nodes.append(node)
        return out

    def graph(self, *outputs: str) -> Graph:
        chosen = tuple(self.values[o] for o in outputs)
        return Graph("audit", self.inputs, chosen, tuple(self.nodes), self.constants, self.values)


Case = Callable[[], Graph]
CASES: dict[str, Case] = {}


def case(function: Case) -> Case:
    CASES[function.__name__] = function
    return function


def _weights(*shape: int) -> np.ndarray:
    return np.random.default_rng(sum(shape) + 7).normal(size=shape)


@case
def dense() -> Graph:
    m = Maker(x=(3,))
    hidden = m.add("clamp", m.add("dense", "x", m.const(_weights(3, 2)), m.const(_weights(2))), lo=0.0, hi=None)
    return m.graph(m.add("dense", hidden, m.const(_weights(2, 2))))


@case
def add() -> Graph:
    m = Maker(x=(3,))
    kept = m.add("clamp", "x", lo=-0.5, hi=0.75)
    return m.graph(m.add("add", m.add("add", "x", kept), m.const([0.5, -1.25, 3.0])))


@case
def sub() -> Graph:
    m = Maker(x=(3,))
    return m.graph(m.add("sub", m.const(0.3), m.add("sub", m.add("clamp", "x", lo=0.0, hi=None), "x")))


@case
def mul() -> Graph:
    m = Maker(x=(2,))
    scaled = m.add("mul", "x", m.const([1.7, -0.4]))
    return m.graph(m.add("mul", scaled, m.add("clamp", "x", lo=-0.6, hi=0.6)))


@case
def square() -> Graph:
    m = Maker(x=(2,))
    return m.graph(m.add("clamp", m.add("mul", "x", "x"), lo=0.1, hi=0.9))


@case
def neg() -> Graph:
    m = Maker(x=(3,))
    return m.graph(m.add("neg", m.add("clamp", "x", lo=0.0, hi=None)))


@case
def clamp() -> Graph:
    m = Maker(x=(3,))
    return m.graph(m.add("clamp", m.add("mul", "x", m.const(1.3)), lo=-0.3, hi=0.9))


@case
def relu() -> Graph:
    m = Maker(x=(3,))
    return m.graph(m.add("clamp", m.add("mul", "x", m.const(-2.3)), lo=0.0, hi=None))


@case
def upper_clip() -> Graph:
    m = Maker(x=(3,))
    return m.graph(m.add("clamp", "x", lo=None, hi=0.4))


@case
def leaky_relu() -> Graph:
    m = Maker(x=(3,))
    return m.graph(m.add("leaky_relu", m.add("mul", "x", m.const(1.1)), alpha=0.1))


def _unary(fn: str) -> Case:
    def build() -> Graph:
        m = Maker(x=(2,))
        return m.graph(m.add("unary", m.add("mul", "x", m.const(1.9)), fn=fn))

    return build


for _fn in ("sigmoid", "tanh", "erf", "softplus", "abs", "exp"):
    CASES[f"unary_{_fn}"] = _unary(_fn)


@case
def softmax() -> Graph:
    m = Maker(x=(3,))
    return m.graph(m.add("softmax", m.add("mul", "x", m.const(2.5))))


@case
def wide_softmax() -> Graph:
    """Logits so far apart that differences lie beyond the table's end."""
    m = Maker(x=(3,))
    return m.graph(m.add("softmax", m.add("mul", "x", m.const(40.0))))


@case
def normalize_l1() -> Graph:
    m = Maker(x=(3,))
    return m.graph(m.add("normalize", "x", norm="l1"))


@case
def normalize_l2() -> Graph:
    m = Maker(x=(3,))
    return m.graph(m.add("normalize", "x", norm="l2"))


@case
def normalize_max() -> Graph:
    m = Maker(x=(3,))
    return m.graph(m.add("normalize", "x", norm="max"))


@case
def argmax() -> Graph:
    m = Maker(x=(4,))
    return m.graph(m.add("argmax", "x", integer=True))


@case
def select() -> Graph:
    m = Maker(x=(3,))
    return m.graph(m.add("select", m.add("argmax", "x", integer=True), m.const([7.0, -2.0, 7.0]), integer=True))


@case
def select_from_a_sum() -> Graph:
    """An index that can leave the list: clamped into it, then a table."""
    m = Maker(whole=(2,))
    index = m.add("sum", "whole", axes=[0], integer=True)
    return m.graph(m.add("select", index, m.const([4.0, 1, 6, 2, 9, 3, 5, 8, 7]), integer=True))


@case
def select_by_input() -> Graph:
    m = Maker(whole=(2,))
    return m.graph(m.add("select", "whole", m.const([4.0, 1.0, 6.0, 2.0, 9.0]), integer=True))


@case
def sum_() -> Graph:
    m = Maker(x=(2, 3))
    return m.graph(m.add("clamp", m.add("sum", "x", axes=[1]), lo=-1.0, hi=1.0))


@case
def moves() -> Graph:
    """reshape, transpose, slice, take, concat and broadcast around a clamp."""
    m = Maker(x=(2, 3))
    x = m.add("transpose", "x", perm=(1, 0))
    x = m.add("slice", x, starts=[2, 0], steps=[-1, 1], shape=[2, 2])
    x = m.add("take", x, axis=1, indices=[1, 1, 0])
    x = m.add("concat", x, m.const(_weights(2, 1)), axis=1)
    x = m.add("clamp", m.add("reshape", x, shape=(8,)), lo=-0.4, hi=0.7)
    return m.graph(m.add("broadcast", x, shape=(2, 8)))


@case
def features_of_different_magnitude() -> Graph:
    """Equalised inputs: a wide one, lifted by powers of two and rounded."""
    m = Maker(spread=(3,))
    return m.graph(m.add("clamp", m.add("dense", "spread", m.const(_weights(3, 2))), lo=0.0, hi=None))


@case
def two_outputs() -> Graph:
    m = Maker(x=(3,))
    scores = m.add("softmax", "x")
    return m.graph(scores, m.add("argmax", scores, integer=True))
