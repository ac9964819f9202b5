"""Random ONNX models, the whole way: proven integers are the witness's, and as near to the float model as reported."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from corpus_check import KINDS, Proven, in_floats, prove_and_verify
from corpus_graphs import RandomModel, random_model

pytestmark = pytest.mark.core

SEEDS = range(240)
MORE_SEEDS = range(240, 1000)
#: An input that calibration did not see may miss the float model by this many times the largest error that it did
#: see, and by two steps of the output's grid.
UNSEEN = 1.25
#: ONNX Runtime computes in float32, the report in float64: this share of an output's magnitude is its rounding.
FLOAT32 = 1e-5
#: The operators that the corpus promises.
OPERATORS = {
    "Add", "ArgMax", "Cast", "Clip", "Concat", "Constant", "Div", "Flatten", "Gemm", "Identity", "LeakyRelu", "MatMul",
    "Mul", "Neg", "Relu", "Reshape", "Sigmoid", "Slice", "Softmax", "Squeeze", "Sub", "Tanh", "Transpose", "Unsqueeze",
}  # fmt: skip


def batch_of(seed: int) -> int:
    return 1 + seed // 2 % 4


def seen_rows(seed: int) -> int:
    """Half of a batch are calibration rows: there the report's bound holds without a margin."""
    return (batch_of(seed) + seed % 2) // 2


def options_of(seed: int) -> dict[str, str]:
    return {3: {"field": "goldilocks"}, 7: {"field": "koalabear"}}.get(seed % 10, {})


def check(seed: int, folder: Path) -> None:
    seen = seen_rows(seed)
    case = random_model(seed, batch_of(seed) - seen)
    (folder / "net.onnx").write_bytes(case.proto.SerializeToString())
    inputs = {k: np.concatenate([a[:seen], case.unseen[k]]) for k, a in case.calibration.items()}
    proven = prove_and_verify(
        folder / "net.onnx",
        case.calibration,
        inputs,
        kind=KINDS[seed // 8 % 3],
        folder=folder if seed % 6 == 0 else None,
        **options_of(seed),
    )
    expected = in_floats(case.proto, inputs, batched=case.batched)
    reports = {report.name: report for report in proven.compiled.report.outputs}
    assert set(proven.reals) == set(expected) == set(reports)
    bounds = {name: np.full(batch_of(seed), report.max_error) for name, report in reports.items()}
    for name, bound in bounds.items():
        bound[seen:] = UNSEEN * bound[seen:] + 2 * step_of(proven, name)
        bound += FLOAT32 * max(1.0, float(np.abs(expected[name]).max(initial=0)))
        if name not in case.argmax:
            assert proven.reals[name].shape == expected[name].shape
            error = np.abs(proven.reals[name] - expected[name]).reshape(batch_of(seed), -1).max(axis=1)
            assert (error <= bound).all(), (name, error, bound)
    for name, (logits, axis) in case.argmax.items():
        check_labels(proven.integers[name], expected[name], expected[logits], axis + 1, bounds[logits])


def step_of(proven: Proven, name: str) -> float:
    port = next(p for p in proven.compiled.info.outputs if p.name == name)
    return 2.0**-port.scale


def check_labels(label: np.ndarray, want: np.ndarray, logits: np.ndarray, axis: int, bound: np.ndarray) -> None:
    """The proven index is ONNX Runtime's, or names a cell that is as large within the error."""
    assert label.shape == want.shape
    if label.ndim < logits.ndim:
        label = np.expand_dims(label, axis)
    chosen = np.take_along_axis(logits, label, axis)
    short = (logits.max(axis=axis, keepdims=True) - chosen).reshape(len(bound), -1).max(axis=1, initial=0)
    assert (short <= 2 * bound).all(), (short, bound)


@pytest.mark.parametrize("seed", SEEDS)
def test_random_graph(seed: int, tmp_path: Path) -> None:
    check(seed, tmp_path)


@pytest.mark.full
@pytest.mark.parametrize("seed", MORE_SEEDS)
def test_more_random_graphs(seed: int, tmp_path: Path) -> None:
    check(seed, tmp_path)


def test_the_corpus_covers_what_it_promises() -> None:
    cases: list[RandomModel] = [random_model(seed, 1) for seed in SEEDS]
    operators = Counter(op for case in cases for op in case.operators)
    assert len(cases) >= 200 and set(operators) == OPERATORS
    assert min(operators.values()) >= 30, operators
    assert {case.opset for case in cases} == set(range(9, 22))
    assert sum(not case.batched for case in cases) >= 20
    assert sum(len(case.calibration) == 2 for case in cases) >= 20
    sizes = [shape for case in cases for shape in case.shapes]
    assert sum(1 in shape for shape in sizes) >= 100
    assert sum(any(n & (n - 1) for n in shape) for shape in sizes) >= 100
    assert {len(shape) for shape in sizes} >= {1, 2, 3}
    assert {batch_of(seed) for seed in SEEDS} == {1, 2, 3, 4}
    assert {KINDS[seed // 8 % 3] for seed in SEEDS} == set(KINDS)
