"""Seeded random float graphs from all core operators."""

from __future__ import annotations

import numpy as np

from affidavit import ops
from affidavit.ir.graph import Graph, Node, Value


class GraphMaker:
    """Appends nodes and keeps shapes by the operators' own ``infer``."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.values = {"x": Value("x", shape)}
        self.nodes: list[Node] = []
        self.constants: dict[str, np.ndarray] = {}

    def const(self, array: np.ndarray) -> str:
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
        return Graph(
            "random",
            (self.values["x"],),
            tuple(self.values[o] for o in outputs),
            tuple(self.nodes),
            self.constants,
            self.values,
        )


def random_graph(seed: int) -> Graph:
    """Between 2 and 6 operators on an input of rank 1 to 3."""
    r = np.random.default_rng(seed)
    m = GraphMaker(tuple(int(n) for n in r.integers(1, 6, size=r.integers(1, 4))))
    current = "x"
    for _ in range(int(r.integers(2, 7))):
        current = _step(m, r, current)
        if m.values[current].integer:
            break
    return m.graph(current)


def _step(m: GraphMaker, r: np.random.Generator, x: str) -> str:
    shape = m.values[x].shape
    rank = len(shape)
    weights = lambda *s: r.normal(size=s) * 2.0 ** int(r.integers(-2, 3))  # noqa: E731
    choice = STEPS[int(r.integers(len(STEPS)))] if rank else "mul_const"
    match choice:
        case "dense":
            n = int(r.integers(1, 6))
            args = (m.const(weights(shape[-1], n) / shape[-1]),) + ((m.const(weights(n)),) if r.random() < 0.7 else ())
            return m.add("dense", x, *args)
        case "add_const" | "sub_const" | "mul_const":
            other = m.const(weights(*shape[int(r.integers(rank + 1)) :]))
            pair = (x, other) if r.random() < 0.5 else (other, x)
            return m.add(choice[:3], *pair)
        case "residual":
            return m.add("add" if r.random() < 0.5 else "sub", m.add("neg", x), m.add("clamp", x, lo=-0.5, hi=0.75))
        case "product":
            return m.add("mul", x, m.add("unary", x, fn="sigmoid"))
        case "neg":
            return m.add("neg", x)
        case "relu":
            return m.add("clamp", x, lo=0.0, hi=None)
        case "clip":
            return m.add("clamp", x, lo=-0.3, hi=0.9)
        case "leaky":
            return m.add("leaky_relu", x, alpha=0.1)
        case "unary":
            return m.add("unary", x, fn=str(r.choice(["sigmoid", "tanh", "erf", "softplus", "abs"])))
        case "softmax":
            return m.add("softmax", x)
        case "normalize":
            return m.add("normalize", x, norm=str(r.choice(["l1", "l2", "max"])))
        case "argmax":
            index = m.add("argmax", x, integer=True)
            if r.random() < 0.5:
                return index
            return m.add("select", index, m.const(r.permutation(shape[-1]) * 3), integer=True)
        case "sum":
            return m.add("sum", x, axes=[int(r.integers(rank))])
        case "reshape":
            return m.add("reshape", x, shape=(int(np.prod(shape)),))
        case "transpose":
            return m.add("transpose", x, perm=tuple(int(i) for i in r.permutation(rank)))
        case "slice":
            steps = [1 if r.random() < 0.5 else -1 for _ in shape]
            return m.add(
                "slice",
                x,
                starts=[0 if s > 0 else n - 1 for s, n in zip(steps, shape, strict=True)],
                steps=steps,
                shape=[max(1, n - 1) for n in shape],
            )
        case "concat":
            axis = int(r.integers(rank))
            return m.add("concat", x, m.const(weights(*shape)), m.add("neg", x), axis=axis)
        case "take":
            axis = int(r.integers(rank))
            return m.add("take", x, axis=axis, indices=r.integers(0, shape[axis], size=4).tolist())
        case "broadcast":
            return m.add("broadcast", x, shape=(2, *shape)) if rank < 4 else x
    raise AssertionError(choice)


STEPS = [
    "dense",
    "dense",
    "add_const",
    "sub_const",
    "mul_const",
    "residual",
    "product",
    "neg",
    "relu",
    "relu",
    "clip",
    "leaky",
    "unary",
    "softmax",
    "normalize",
    "argmax",
    "sum",
    "reshape",
    "transpose",
    "slice",
    "concat",
    "take",
    "broadcast",
]
