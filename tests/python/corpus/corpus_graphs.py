"""Seeded random ONNX models over the operators of the corpus, with inputs for calibration and for proofs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from corpus_draft import Draft
from corpus_steps import SIZES, STEPS
from onnx import ModelProto, TensorProto

CALIBRATION_ROWS = 192
#: Every how many graphs one has no batch axis: one sample is one inference.
UNBATCHED = 8


@dataclass(frozen=True)
class RandomModel:
    """``argmax`` maps an index output to the output that it is the argmax of, and the axis with its size."""

    proto: ModelProto
    batched: bool
    opset: int
    operators: tuple[str, ...]
    shapes: tuple[tuple[int, ...], ...]
    argmax: dict[str, tuple[str, int]]
    calibration: dict[str, np.ndarray]
    unseen: dict[str, np.ndarray]


def random_model(seed: int, unseen_rows: int) -> RandomModel:
    """Three to nine operators on one or two inputs of rank 1 to 3 (2 to 3 without a batch axis)."""
    d = Draft(seed, batched=seed % UNBATCHED != UNBATCHED - 1)
    rank = int(d.rng.integers(1 if d.batched else 2, 4))
    shape = tuple(int(d.pick(SIZES[: 7 if rank == 3 else None])) for _ in range(rank))
    current = d.input("x", shape)
    if d.flip(0.3):
        current = d.add("Add", [current, d.input("z", shape)], shape)
    if not d.batched:
        # rows must mix, or the leading axis would be taken for the batch
        current = d.add("Transpose", [current], shape[::-1], perm=list(range(rank))[::-1])
    for _ in range(int(d.rng.integers(3, 10))):
        current = _next(d, current)
    outputs = {current: TensorProto.FLOAT}
    earlier = [v for v in d.shapes if v not in d.inputs and v != current]
    if earlier and d.flip(0.3):
        outputs[d.pick(earlier)] = TensorProto.FLOAT
    argmax = _argmax(d, current, outputs)
    return RandomModel(
        d.proto(outputs),
        d.batched,
        d.opset,
        tuple(d.operators),
        tuple(d.shapes.values()),
        argmax,
        {name: _samples(d, name, CALIBRATION_ROWS) for name in d.inputs},
        {name: _samples(d, name, unseen_rows) for name in d.inputs},
    )


def _next(d: Draft, current: str) -> str:
    # those that seldom fit are offered more often
    names = [*STEPS, "gemm", "gemm", "matmul", "squeeze", "squeeze", "unsqueeze"]
    while True:
        found = STEPS[str(d.pick(names))](d, current)
        if found is not None:
            return found


def _argmax(d: Draft, current: str, outputs: dict[str, int]) -> dict[str, tuple[str, int]]:
    """Now and then the index of the largest cell as a further output, plain or cast."""
    shape = d.shapes[current]
    if not shape or not d.flip(0.25):
        return {}
    inner, keep = int(d.rng.integers(len(shape))), int(d.flip())
    left = (*shape[:inner], *((1,) if keep else ()), *shape[inner + 1 :])
    index = d.add("ArgMax", [current], left, axis=inner + d.lead, keepdims=keep)
    kind = TensorProto.INT64
    if d.flip(0.4):
        kind = int(d.pick([TensorProto.INT32, TensorProto.FLOAT]))
        index = d.add("Cast", [index], left, to=kind)
    outputs[index] = kind
    return {index: (current, inner)}


def _samples(d: Draft, name: str, rows: int) -> np.ndarray:
    return np.clip(d.normal(rows, *d.shapes[name]), -3, 3)
