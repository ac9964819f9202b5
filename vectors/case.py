"""The plans, weights, inputs and statements that the vectors are about: every kind of tensor, relation and claim."""

from __future__ import annotations

import numpy as np

from affidavit.bundle import statement as s
from affidavit.plan import Field, encode
from affidavit.plan import types as t

BATCH, INPUTS, OUTPUTS, SHIFT = 3, 20, 15, 6


def plan(field: Field = Field.KOALABEAR) -> t.Plan:
    """y = table of relu(W·x + b >> 6), its sum and its mirror image; with 15 cells, a piece reaches beyond the axis."""

    def tensor(name: str, batched: bool, dims: tuple[int, ...], body: t.Body) -> t.Tensor:
        return t.Tensor(name, batched, dims, 0, body)

    n, o = INPUTS, OUTPUTS
    tensors = (
        tensor("w", False, (o, n), t.Model(-128, 127)),
        tensor("b", False, (o,), t.Model(-2048, 2047)),
        tensor("x", True, (n,), t.Input(-128, 127, 0)),
        tensor("wx", True, (o,), t.Contract((0,), 0, (0, 1), 2, (1,))),
        tensor("acc", True, (o,), t.Linear(((1, 3), (1, 1)), 0)),
        tensor("a", True, (o,), t.Fresh(0, 16383, t.Clamp(4, SHIFT, 0, 16383))),
        tensor("below", True, (o,), t.Fresh(0, 16383, t.Below(4, SHIFT, 0))),
        tensor("rest", True, (o,), t.Linear(((1, 4), (-64, 5), (64, 6)), 32)),
        tensor("exclusive", True, (o,), t.Contract((0,), 5, (0,), 6, (0,))),
        tensor("level", True, (o,), t.Fresh(0, 255, t.Bits(5, 0, 6, 8))),
        tensor("part", True, (o,), t.Linear(((1, 5), (-64, 9)), 0)),
        tensor("y", True, (o,), t.Fresh(0, 100, t.TableValue(9, 0))),
        tensor("one", False, (1,), t.Constant((1,))),
        tensor("y1", True, (o,), t.Linear(((1, 11), (1, 12)), 0)),
        tensor("sum", True, (), t.Contract((), 11, (0,))),
        tensor("mirror", True, (3, 5), t.View((t.Part(13, (0, 0), (3, 5), 14, (-5, -1)),))),
    )
    relations = (
        t.Range(2, -128, 8),
        t.Range(5, 0, 14),
        t.Range(6, 0, 14),
        t.Range(7, 0, SHIFT),
        t.Zero(8),
        t.Range(9, 0, 8),
        t.Range(10, 0, 6),
        t.Lookup(9, 11, 0),
    )
    values = np.array([(v * v + 3) % 101 for v in range(256)], dtype=np.int64)
    return t.Plan(
        field,
        "vector",
        (t.FunctionTable(0, 8, values),),
        tensors,
        relations,
        (t.Port("x", 2, (n,), 0),),
        (t.Port("y", 11, (o,), 0), t.Port("sum", 14, (), 0), t.Port("mirror", 15, (3, 5), 0)),
    )


def wide_plan() -> t.Plan:
    """Weights of awkward shapes: pieces that reach beyond their axis, chunks larger than a column, a scalar."""
    shapes = ((61, 64), (784, 10), (3, 5, 7, 6), (), (1000,), (128, 64))
    tensors = tuple(t.Tensor(f"w{i}", False, dims, 0, t.Model(-128, 127)) for i, dims in enumerate(shapes))
    return t.Plan(Field.GOLDILOCKS, "wide", (), tensors, (), (), ())


def wide_weights() -> dict[int, np.ndarray]:
    rng = np.random.Generator(np.random.PCG64(3))
    return {i: rng.integers(-128, 128, w.dims, dtype=np.int64) for i, w in enumerate(wide_plan().tensors)}


def plan_bytes() -> bytes:
    return encode(plan())


def weights() -> dict[int, np.ndarray]:
    rng = np.random.Generator(np.random.PCG64(1))
    return {
        0: rng.integers(-128, 128, (OUTPUTS, INPUTS), dtype=np.int64),
        1: rng.integers(-2048, 2048, OUTPUTS, dtype=np.int64),
    }


def inputs() -> np.ndarray:
    return np.random.Generator(np.random.PCG64(2)).integers(-128, 128, (BATCH, INPUTS), dtype=np.int64)


def flags(*values: bool) -> np.ndarray:
    return np.array(values, dtype=np.bool_)


def outputs(tensors: dict[int, np.ndarray], output_set: str) -> tuple[s.OutputClaim, ...]:
    """True claims of every kind about the plan's outputs."""
    y, total, mirror = tensors[11], tensors[14].reshape(BATCH), tensors[15]
    middle = int(np.median(total))
    if output_set == "public":
        return (s.PublicOutput(0, y.reshape(-1)), s.PublicOutput(2, mirror.reshape(-1)))
    if output_set == "uniform":
        least, most = int(y[:, 3].min()), int(y[:, 3].max())
        return (
            s.AtLeast(0, 3, least, 0, flags(True, True, True)),
            s.Between(0, 3, least, most, 0, flags(True, True, True)),
            s.AtMost(1, 0, -1, 0, flags(False, False, False)),
        )
    rank = (y > y[:, 4:5]).sum(axis=1)
    return (
        s.AtLeast(1, 0, middle, 0, total >= middle),
        s.AtMost(1, 0, middle - 1, 0, total <= middle - 1),
        s.Between(1, 0, middle, middle, 0, total == middle),
        s.ArgMax(2, mirror.reshape(BATCH, -1).argmax(axis=1).astype(np.uint32)),
        s.TopK(0, 4, 7, rank < 7),
    )


def statement(
    plan_digest: bytes,
    model: bytes,
    claims: tuple[s.OutputClaim, ...],
    kind: int,
    binding: s.InputBinding | None = None,
) -> s.Statement:
    claim = s.InputClaim(kind, inputs().reshape(-1) if kind == s.PUBLIC else None)
    context = s.Context(nonce=b"vector nonce", policy="vector policy", time=1_700_000_000)
    return s.Statement(s.INFERENCE, plan_digest, s.NO_LAYOUT, BATCH, model, binding, (claim,), claims, context)


def certificate(plan_digest: bytes, model: bytes) -> s.Statement:
    return s.Statement(s.CERTIFICATE, plan_digest, s.NO_LAYOUT, 1, model, None, (), ())
