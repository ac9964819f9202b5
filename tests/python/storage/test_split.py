"""Parts of a budget: what they can do, what they refuse, and what moving or copying them does."""

from __future__ import annotations

import os
import shutil
import stat

import pytest
from product_fixtures import samples, tiny_onnx

import affidavit as af
from affidavit.bundle.budget import uses_path
from affidavit.bundle.thresholds import ledger_path
from affidavit.errors import BudgetSpent, InputError, PolicyRefused, UsageError
from affidavit.model import CommittedModel

X = {"x": samples(1)}


@pytest.fixture
def part(case):
    """Of the three uses that are left, two."""
    return af.split(case.folder / "net.model", case.folder / "part", uses=2)


def spend_all(model) -> int:
    count = 0
    try:
        while True:
            af.prove(model, X, reveal="score")
            count += 1
    except BudgetSpent:
        return count


def test_the_sum_stays_what_it_was(case, part):
    original = af.load_model(case.folder / "net.model")
    assert (original.uses_left, part.uses_left) == (1, 2)
    assert (spend_all(original), spend_all(part)) == (1, 2)


def test_a_part_is_private_and_writes_no_card(case, part):
    written = {p.name for p in case.folder.iterdir() if p.name.startswith("part")}
    assert written == {"part.model", "part.model.uses", "part.model.thresholds"}
    assert all(stat.S_IMODE((case.folder / name).stat().st_mode) == 0o600 for name in written)


def test_its_bundles_verify_under_the_same_card(case, part):
    bundle = af.prove(part, input=case.committed, predicate=case.predicate, policy_id="p")
    assert af.verify(bundle, case.policy(predicate=case.predicate)).records == ("anna",)


def test_a_part_is_split_again_and_never_renewed(case, part):
    smaller = af.split(part, case.folder / "smaller", uses=1)
    assert (part.uses_left, smaller.uses_left) == (1, 1)
    for model in (part, smaller, case.folder / "part.model"):
        with pytest.raises(UsageError, match="only the original renews") as caught:
            af.renew(model, case.folder / "renewed")
        assert caught.value.code == "part" and "where the model was split" in caught.value.hint


@pytest.mark.parametrize("uses", [0, -1, 4, 2.0, True, "2", None])
def test_numbers_that_cannot_be_given_away(case, uses):
    with pytest.raises((UsageError, BudgetSpent)) as caught:
        af.split(case.folder / "net.model", case.folder / "part", uses=uses)
    assert caught.value.exit_code == (7 if uses == 4 else 2)
    assert af.load_model(case.folder / "net.model").uses_left == 3
    assert not (case.folder / "part.model").exists()


@pytest.mark.parametrize("name", ["part.model", "part.model.uses", "part.model.thresholds"])
def test_what_is_in_the_way_costs_nothing(case, name):
    (case.folder / name).write_bytes(b"something")
    with pytest.raises(InputError) as caught:
        af.split(case.folder / "net.model", case.folder / "part", uses=2)
    assert caught.value.code == "exists"
    assert af.load_model(case.folder / "net.model").uses_left == 3
    assert (case.folder / name).read_bytes() == b"something"


def test_a_part_moves_to_another_machine_and_settles_there(case, part, tmp_path):
    """Another file system makes new inodes: copy and delete, as moving there does."""
    there = tmp_path / "there"
    there.mkdir()
    for path in (case.folder / "part.model", uses_path(part.path), ledger_path(part.path)):
        shutil.copy(path, there / path.name)
        path.unlink()
    moved = there / "part.model"
    af.prove(moved, X, reveal="score")
    copy = there / "copy.model"
    shutil.copy(moved, copy)
    shutil.copy(uses_path(moved), uses_path(copy))
    with pytest.raises(InputError) as caught:
        af.prove(copy, X, reveal="score")
    assert caught.value.code == "copied"
    assert spend_all(moved) == 1


def test_splitting_a_part_settles_it_too(case, part, tmp_path):
    af.split(part, case.folder / "smaller", uses=1)
    copy = tmp_path / "copy.model"
    shutil.copy(part.path, copy)
    shutil.copy(uses_path(part.path), uses_path(copy))
    with pytest.raises(InputError) as caught:
        CommittedModel.load(copy).budget.check()
    assert caught.value.code == "copied"


def test_looking_at_a_part_does_not_settle_it(case, part):
    before = uses_path(part.path).read_bytes()
    part.budget.check()
    assert part.uses_left == 2 and af.inspect(part.path)["uses_left"] == 2
    assert uses_path(part.path).read_bytes() == before


def test_questions_asked_before_count_as_asked(case, part):
    """The case's own bundle asked one; from then on each side knows its own only."""
    for model in (part, case.model):
        with pytest.raises(PolicyRefused) as caught:
            af.prove(model, input=case.committed, predicate=af.at_least("score[1]", f"{case.value:.3f}"), policy_id="p")
        assert caught.value.code == "repeated-threshold"
    assert part.uses_left == 2


def test_an_unsaved_model_is_split_too(fake_core, tmp_path):
    model = af.commit(af.compile(tiny_onnx(), calibration={"x": samples()}), uses=3)
    part = af.split(model, tmp_path / "part", uses=2)
    assert (model.uses_left, part.uses_left) == (1, 2)
    path, _ = model.save(tmp_path / "net")
    assert (spend_all(path), spend_all(part)) == (1, 2)
    with pytest.raises(UsageError, match="never saved"):
        af.renew(af.commit(af.compile(tiny_onnx(), calibration={"x": samples()}), uses=1), tmp_path / "new")


def test_a_part_of_a_copy_needs_the_same_words(case, tmp_path):
    copy = tmp_path / "copy.model"
    for name in ("", ".uses", ".thresholds"):
        shutil.copy(f"{case.folder}/net.model{name}", f"{copy}{name}")
    with pytest.raises(InputError) as caught:
        af.split(copy, tmp_path / "part", uses=1)
    assert caught.value.code == "copied"
    assert af.split(copy, tmp_path / "part", uses=1, unsafe_allow_copy=True).uses_left == 1


def test_the_calls_say_what_they_take(case):
    for verb in (lambda **k: af.split(b"model", "x", uses=1, **k), lambda **k: af.renew(7, "x", **k)):
        with pytest.raises(UsageError, match="takes a committed model"):
            verb()
    with pytest.raises(UsageError, match="belongs to loading"):
        af.split(case.model, "x", uses=1, unsafe_allow_copy=True)


def test_a_full_disk_after_spending_says_so(case, monkeypatch):
    from affidavit.bundle import publish

    def full(*_, **__):
        raise InputError("cannot write", hint="the disk is full", code="disk-full")

    monkeypatch.setattr(publish, "write_atomic", full)
    with pytest.raises(InputError) as caught:
        af.split(case.folder / "net.model", case.folder / "part", uses=2)
    assert "the 2 uses are spent" in caught.value.hint
    assert af.load_model(case.folder / "net.model").uses_left == 1
    assert [n for n in os.listdir(case.folder) if "part" in n] == []
