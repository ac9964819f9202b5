"""Thresholds: decimals to rationals to integers, and the questions that they ask."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import affidavit as af
from affidavit.bundle.statement import ArgMax, AtLeast, AtMost, Between, TopK
from affidavit.core import PlanInfo, Port
from affidavit.errors import UsageError
from affidavit.predicates import exact

PORT = Port("score", 3, (4,), 10, -2048, 2048)
PLAN = PlanInfo(b"d" * 32, "KoalaBear", (), (PORT, Port("grid", 4, (2, 3), 0, -9, 9), Port("one", 5, (), 2, -9, 9)), {})


@pytest.mark.parametrize("value", [0.6, np.float64(0.5), True, None, b"0.6", [1]])
def test_floats_and_strangers_are_refused(value):
    with pytest.raises(UsageError, match="decimal string"):
        af.at_least("score[1]", value)


def test_a_float_gets_a_hint_with_its_own_digits():
    with pytest.raises(UsageError) as caught:
        af.at_least("score[1]", 0.6)
    assert "'0.6'" in caught.value.hint


@pytest.mark.parametrize(
    "text", ["", "x", "0.6.1", "1e999", "1e-99", "nan", "inf", "0x10", "1/2", "٣", "1_000", "9" * 65]
)
def test_text_that_is_no_decimal(text):
    with pytest.raises(UsageError):
        exact(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0.6", Fraction(3, 5)),
        ("-1.25", Fraction(-5, 4)),
        ("2e-3", Fraction(1, 500)),
        ("+7", Fraction(7)),
        (3, Fraction(3)),
    ],
)
def test_decimals_are_exact(text, value):
    assert exact(text) == value


@given(st.decimals(-2, 2, places=6), st.integers(-2048, 2047))
def test_integer_threshold_says_the_same_as_the_decimal(threshold, y):
    """y/2^10 >= T over the rationals, exactly when y >= the integer threshold."""
    real = Fraction(y, 1024)
    rows = np.full((1, 4), y)
    for predicate, truth in (
        (af.at_least("score[0]", str(threshold)), real >= Fraction(threshold)),
        (af.at_most("score[0]", Decimal(threshold)), real <= Fraction(threshold)),
    ):
        try:
            bound = predicate.bind(PLAN)
        except UsageError:
            assert abs(threshold) > Decimal("1.99")
            continue
        assert bool(bound.claim(rows).outcomes[0]) is truth


def test_ceil_and_floor():
    assert af.at_least("score[0]", "0.0001").bind(PLAN).low == 1
    assert af.at_most("score[0]", "0.0001").bind(PLAN).high == 0
    assert af.at_least("score[0]", "-0.0001").bind(PLAN).low == 0
    assert af.at_most("score[0]", "-0.0001").bind(PLAN).high == -1


def test_claims():
    rows = np.array([[5, 9, 9, 1], [7, 7, 7, 7]])
    at_least = af.at_least("score[1]", Fraction(9, 1024)).bind(PLAN).claim(rows)
    assert isinstance(at_least, AtLeast) and at_least.outcomes.tolist() == [True, False]
    assert (at_least.cell, at_least.threshold, at_least.scale) == (1, 9, 10)
    at_most = af.at_most("score[0]", Fraction(5, 1024)).bind(PLAN).claim(rows)
    assert isinstance(at_most, AtMost) and at_most.outcomes.tolist() == [True, False]
    between = af.between("score[3]", 0, Fraction(1, 1024)).bind(PLAN).claim(rows)
    assert isinstance(between, Between) and between.outcomes.tolist() == [True, False]
    argmax = af.argmax("score").bind(PLAN).claim(rows)
    assert isinstance(argmax, ArgMax) and argmax.classes.tolist() == [1, 0]  # the first of the largest
    for k, expected in ((1, [False, True]), (2, [False, True]), (3, [True, True])):
        top = af.top_k("score[0]", k).bind(PLAN).claim(rows)
        assert isinstance(top, TopK) and top.outcomes.tolist() == expected


@pytest.mark.parametrize(("cell", "flat"), [("grid[1,2]", 5), ("grid[0][1]", 1), ("one", 0), ("score[3]", 3)])
def test_cells(cell, flat):
    assert af.at_least(cell, "0").bind(PLAN).cell == flat


@pytest.mark.parametrize("cell", ["score", "score[4]", "grid[1]", "grid[2,0]", "grid[0,0,0]", "nothing[0]", "one[1]"])
def test_cells_that_are_not_there(cell):
    with pytest.raises(UsageError):
        af.at_least(cell, "0").bind(PLAN)


def test_impossible_questions():
    for predicate in (
        af.at_least("score[0]", "3"),
        af.at_most("score[0]", "-3"),
        af.between("score[0]", "0.0001", "0.0002"),
        af.between("score[0]", "1", "0"),
        af.top_k("score[0]", 5),
        af.top_k("score[0]", 0),
        af.argmax("score", 4),
    ):
        with pytest.raises(UsageError):
            predicate.bind(PLAN)
    with pytest.raises(UsageError):
        af.argmax("score[0]")


def test_answered_by_compares_every_part():
    asked = af.at_least("score[1]", "0.5").bind(PLAN)
    rows = np.zeros((1, 4), dtype=np.int64)
    assert asked.answered_by(asked.claim(rows))
    for other in (
        af.at_least("score[1]", "0.25"),
        af.at_least("score[0]", "0.5"),
        af.at_most("score[1]", "0.5"),
        af.between("score[1]", "0.5", "1"),
        af.top_k("score[1]", 1),
    ):
        assert not asked.answered_by(other.bind(PLAN).claim(rows))
