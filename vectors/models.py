"""The small models that accepting proofs are about; their plans use every kind of tensor, relation and operand."""

from __future__ import annotations

from dataclasses import dataclass

import case
import numpy as np

from affidavit.plan import Field
from affidavit.plan import types as t


@dataclass(frozen=True)
class Model:
    name: str
    plan: t.Plan
    weights: dict[int, np.ndarray]
    uses: int = 2

    def inputs(self, batch: int) -> dict[str, np.ndarray]:
        """Values of every input port in its declared range."""
        rng = np.random.Generator(np.random.PCG64(batch))
        result = {}
        for port in self.plan.inputs:
            body = self.plan.tensors[port.tensor].body
            result[port.name] = rng.integers(body.lo, body.hi + 1, (batch, *port.shape), dtype=np.int64)
        return result


def tensor(name: str, batched: bool, dims: tuple[int, ...], body: t.Body, scale: int = 0) -> t.Tensor:
    return t.Tensor(name, batched, dims, scale, body)


def layer(field: Field) -> Model:
    """The plan of case.py: dense, rescale and clamp, table, sum, mirror image."""
    return Model("layer-" + field.name.lower(), case.plan(field), case.weights())


def shapes() -> Model:
    """Broadcasts, operands of every kind, Views of Views, weighted sums, ranges of several limbs, two inputs."""
    tensors = (
        tensor("m", False, (3, 4), t.Model(-32, 31)),  # 0
        tensor("v", False, (4,), t.Model(0, 7)),
        tensor("s", False, (), t.Model(-8, 7)),
        tensor("x", True, (2, 3), t.Input(-16, 15, 0)),
        tensor("z", True, (3,), t.Input(0, 31, 1)),
        tensor("c", False, (1, 3), t.Constant((3, -5, 7))),  # 5
        tensor("xl", True, (2, 3), t.Linear(((2, 3), (1, 4), (1, 5), (-1, 2)), 5)),
        tensor("xm", True, (2, 4), t.Contract((0, 1), 6, (0, 2), 0, (2, 1))),
        # m transposed, part of v beside it, the rest zero
        tensor("mv", False, (4, 4), t.View((t.Part(0, (0, 0), (4, 3), 0, (1, 4)),))),
        tensor(
            "vv", False, (4, 4), t.View((t.Part(1, (1, 3), (2, 1), 3, (-2, 0)), t.Part(1, (0, 0), (1, 2), 0, (0, 0))))
        ),
        tensor("mix", False, (4, 4), t.Linear(((3, 8), (-1, 9)), -1)),  # 10
        # axis 1 is in both and stays, axis 0 only in xm, axis 2 is summed
        tensor("weighted", True, (4, 2), t.Contract((1, 0), 7, (0, 1), 10, (1, 2))),
        tensor("e", True, (3,), t.Fresh(-40, 40, t.TableValue(4, 0))),
        tensor("f", True, (3,), t.Fresh(0, 31, t.TableValue(4, 1))),
        tensor("prod", True, (3,), t.Contract((7,), 12, (7,), 13, (7,)), 2),
        tensor("twice", True, (2, 3), t.Linear(((2, 3),), 1)),  # 15
        tensor("sq", True, (), t.Contract((), 6, (0, 1), 15, (0, 1))),
        tensor("back", True, (6,), t.View((t.Part(6, (0,), (6,), 5, (-1,)),))),
        tensor("forth", True, (2, 3), t.View((t.Part(17, (0, 0), (2, 3), 5, (-3, -1)),))),
        tensor("same", True, (2, 3), t.Linear(((1, 18), (-1, 6)), 0)),
        tensor("column", True, (4, 1), t.View((t.Part(11, (0, 0), (4, 1), 1, (2, 0)),))),
        tensor("out", True, (4, 2), t.Linear(((1, 11), (1, 20), (1, 16)), 0), 3),
        tensor("trace", False, (), t.Contract((), 8, (0, 1), 8, (0, 1))),
        tensor("trace2", False, (1,), t.Linear(((1, 22), (-1, 22)), 0)),
    )
    relations = (
        t.Lookup(4, 12, 0),
        t.Range(3, -16, 5),
        t.Lookup(4, 13, 1),
        t.Zero(19),
        t.Range(6, -64, 8),
        t.Zero(23),
        t.Range(21, -(1 << 40), 41),
        t.Range(14, -2000, 13),
        t.Lookup(4, 12, 0),
    )
    first = np.array([(i * i * 7) % 81 - 40 for i in range(32)], dtype=np.int64)
    second = np.array([(5 * i + 3) % 32 for i in range(32)], dtype=np.int64)
    plan = t.Plan(
        Field.GOLDILOCKS,
        "shapes",
        (t.FunctionTable(0, 5, first), t.FunctionTable(0, 5, second)),
        tensors,
        relations,
        (t.Port("x", 3, (2, 3), 0), t.Port("z", 4, (3,), 0)),
        (t.Port("out", 21, (4, 2), 3), t.Port("prod", 14, (3,), 2), t.Port("sq", 16, (1,), 0)),
    )
    rng = np.random.Generator(np.random.PCG64(4))
    weights = {
        0: rng.integers(-32, 32, (3, 4), dtype=np.int64),
        1: rng.integers(0, 8, (4,), dtype=np.int64),
        2: np.array(-3, dtype=np.int64),
    }
    return Model("shapes", plan, weights)


def affine(field: Field) -> Model:
    """y = W·x + b without any relation that needs a lookup when x is public."""
    tensors = (
        tensor("w", False, (3, 5), t.Model(-8, 7)),
        tensor("b", False, (3,), t.Model(-128, 127)),
        tensor("x", True, (5,), t.Input(-16, 15, 0)),
        tensor("wx", True, (3,), t.Contract((0,), 0, (0, 1), 2, (1,))),
        tensor("y", True, (3,), t.Linear(((1, 3), (1, 1)), 0)),
    )
    plan = t.Plan(
        field, "affine", (), tensors, (t.Range(2, -16, 5),), (t.Port("x", 2, (5,), 0),), (t.Port("y", 4, (3,), 0),)
    )
    rng = np.random.Generator(np.random.PCG64(5))
    weights = {0: rng.integers(-8, 8, (3, 5), dtype=np.int64), 1: rng.integers(-128, 128, 3, dtype=np.int64)}
    return Model("affine", plan, weights)


def all_models() -> dict[str, Model]:
    models = (layer(Field.KOALABEAR), layer(Field.GOLDILOCKS), shapes(), affine(Field.KOALABEAR))
    return {model.name: model for model in models}
