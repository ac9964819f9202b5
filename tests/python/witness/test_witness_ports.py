"""Quantisation at the ports and the refusals around a run."""

from __future__ import annotations

from fractions import Fraction
from math import floor

import numpy as np
import pytest

from affidavit.errors import InputError
from affidavit.plan import Builder, Field
from affidavit.rounding import round_half_up
from affidavit.witness import WitnessProgram, dequantise_outputs, quantise_inputs


def doubled():
    b = Builder(Field.KOALABEAR, "p")
    x = b.input("x", (2,), 3, 6)
    w = b.model("w", np.array(2), 0, 8)
    b.output("y", b.contract("y", (0,), x, (0,), w, ()), (2,))
    plan, _ = b.finish()
    return plan, b.weights


def test_rounds_half_up_and_back() -> None:
    plan, weights = doubled()
    integers = quantise_inputs(plan, {"x": np.array([[0.0625, -0.0625], [1.0, -4.0]])})
    assert integers["x"].tolist() == [[1, 0], [8, -32]]
    assert dequantise_outputs(plan, WitnessProgram(plan, weights).run(integers))["y"].tolist() == [
        [0.25, 0.0],
        [2.0, -8.0],
    ]


def test_rounding_is_half_up_of_the_real_number() -> None:
    values = np.array([0.49999999999999994, 0.5, -0.5, -0.5000000000000001, 1.5, -2.5, 2.0**52 + 1, -(2.0**52) - 1])
    expected = [floor(Fraction(v) + Fraction(1, 2)) for v in values.tolist()]
    assert round_half_up(values).astype(np.int64).tolist() == expected
    assert np.isnan(round_half_up(np.array(np.nan))) and round_half_up(np.array(-np.inf)) == -np.inf


@pytest.mark.parametrize("bad", [4.0, -4.1, np.nan, np.inf, -np.inf, 1e300])
def test_outside_the_declared_range(bad: float) -> None:
    plan, _ = doubled()
    with pytest.raises(InputError, match=r"'x': the value of cell \[1, 0\]") as caught:
        quantise_inputs(plan, {"x": np.array([[0.0, 0.0], [bad, 0.0]])})
    assert caught.value.code == "input-range"


def test_run_refuses_wrong_arrays() -> None:
    plan, weights = doubled()
    program = WitnessProgram(plan, weights)
    for bad in (
        {},
        {"x": np.zeros((1, 2), dtype=np.int64), "z": np.zeros(1)},
        {"x": np.zeros((1, 3), dtype=np.int64)},
        {"x": np.zeros((1, 2))},
        {"x": np.zeros((0, 2), dtype=np.int64)},
        {"x": np.full((1, 2), 32)},
    ):
        with pytest.raises(InputError):
            program.run(bad)


def test_model_must_fit_its_declaration() -> None:
    plan, weights = doubled()
    (index,) = weights
    for bad in ({}, {index: np.array(128)}, {index: np.array([2])}):
        with pytest.raises(InputError):
            WitnessProgram(plan, bad)
