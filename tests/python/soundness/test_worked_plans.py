"""The plans behind the worked numbers of spec 7.9 are what the benchmark's models compile to."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import affidavit as af
from affidavit import core
from benches.models import MODELS

ROOT = Path(__file__).parents[3]
PLANS = ROOT / "crates" / "soundness" / "tests" / "plans"


def what_sizes_depend_on(plan: bytes) -> dict[str, Any]:
    """Shapes, kinds, widths of the weights and counts of relations: all that a ledger is computed from.

    Not the calibrated ranges of activations, whose last bits another machine's training may round differently.
    """
    info = json.loads(core.native().plan_check(plan))
    tensors = [
        (t["kind"], t["batched"], t["dims"], (t["lo"], t["hi"]) if t["kind"] == "model" else None)
        for t in info["tensors"]
    ]
    return {"tensors": tensors, **{key: info[key] for key in ("field", "inputs", "outputs", "tables", "relations")}}


@pytest.mark.full
@pytest.mark.core
@pytest.mark.parametrize(("model", "file"), [("credit", "credit.plan"), ("deep-mlp", "deep.plan")])
def test_the_worked_plans_are_the_benchmarks(model: str, file: str, tmp_path: Path) -> None:
    MODELS[model](tmp_path)
    calibration = dict(np.load(tmp_path / "calibration.npz"))
    compiled = af.compile(tmp_path / "model.onnx", calibration=calibration)
    assert what_sizes_depend_on(compiled.plan) == what_sizes_depend_on((PLANS / file).read_bytes())
