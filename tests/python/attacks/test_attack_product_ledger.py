"""Attacks on the thresholds ledger: a verifier who asks again, and files that are moved, lost or saved late."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from product_fixtures import samples, tiny_onnx

import affidavit as af
from affidavit.errors import AffidavitError, PolicyRefused, UsageError
from affidavit.keys import PrivateKey
from affidavit.model import CompiledModel
from affidavit.plan import decode, encode

pytestmark = pytest.mark.core


@pytest.fixture
def model() -> Any:
    return af.commit(af.compile(tiny_onnx(), calibration={"x": samples()}), uses=12)


@pytest.fixture
def record(model: Any) -> Any:
    return af.commit_input({"x": samples(1, 2)}, model.card, key=PrivateKey.generate(), records="anna")


def ask(model: Any, record: Any, *predicates: Any, policy: str = "p") -> Any:
    return af.prove(model, input=record, predicate=predicates, policy_id=policy)


def test_saving_a_model_keeps_its_thresholds(model: Any, record: Any, tmp_path: Path) -> None:
    """``save`` keeps the uses that were spent; it must keep the thresholds that were answered too."""
    ask(model, record, af.at_least("score[1]", "0"))
    model.save(tmp_path / "net")
    with pytest.raises(PolicyRefused):
        ask(model, record, af.at_least("score[1]", "0.1"))


def test_a_ledger_that_is_gone_is_not_an_empty_one(model: Any, record: Any, tmp_path: Path) -> None:
    """The hint for a missing budget says to move both files; the third then stays behind without a word."""
    path, _ = model.save(tmp_path / "net")
    ask(model, record, af.at_least("score[1]", "0"))
    ledger = path.with_name(path.name + ".thresholds")
    assert ledger.exists()
    ledger.unlink()
    with pytest.raises(AffidavitError):
        ask(model, record, af.at_least("score[1]", "0.1"))


def test_two_names_of_one_tensor_are_one_cell(record: Any) -> None:
    """An output and its Identity: two thresholds in one proof bracket the hidden value."""
    compiled = af.compile(tiny_onnx(), calibration={"x": samples()})
    plan = decode(compiled.plan)
    twin = replace(plan.outputs[0], name="twin")
    model = af.commit(CompiledModel(encode(replace(plan, outputs=(*plan.outputs, twin))), compiled.weights), uses=12)
    own = af.commit_input({"x": samples(1, 2)}, model.card, records="anna")
    with pytest.raises(UsageError):
        ask(model, own, af.at_least("score[1]", "0"), af.at_most("twin[1]", "0.1"))


@pytest.mark.parametrize(
    "again",
    [
        af.at_least("score[1]", "0.1"),
        af.at_least("score[0]", "0"),
        af.at_most("score[1]", "0"),
        af.between("score[1]", "0", "2"),
    ],
)
def test_every_other_question_of_the_same_policy_is_refused(model: Any, record: Any, again: Any) -> None:
    ask(model, record, af.at_least("score[1]", "0"))
    with pytest.raises(PolicyRefused):
        ask(model, record, again)


def test_another_spelling_of_the_same_number_is_the_same_question(model: Any, record: Any) -> None:
    ask(model, record, af.at_least("score[1]", "0.5"))
    ask(model, record, af.at_least("score[1]", "+5.0e-1"))


def test_a_row_of_a_batch_is_the_same_record(model: Any) -> None:
    key = PrivateKey.generate()
    one = af.commit_input({"x": samples(1, 2)}, model.card, key=key, records="anna")
    many = af.commit_input({"x": samples(3, 2)}, model.card, key=key, records=["bob", "anna", "eve"])
    ask(model, one, af.at_least("score[1]", "0"))
    with pytest.raises(PolicyRefused):
        ask(model, many, af.at_least("score[1]", "0.1"))
