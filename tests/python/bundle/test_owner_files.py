"""Saved models and inputs: files, budgets across processes, failures half way."""

from __future__ import annotations

import errno
import os
import shutil
import stat

import pytest
from product_fixtures import samples, tiny_onnx

import affidavit as af
from affidavit.committed_input import CommittedInput
from affidavit.errors import BudgetSpent, InputError, Malformed, UsageError
from affidavit.model import CommittedModel, CompiledModel


def test_files_of_a_model_and_an_input(case):
    modes = {p.name: stat.S_IMODE(p.stat().st_mode) for p in case.folder.iterdir()}
    for private in (
        "net.model",
        "net.model.uses",
        "net.model.thresholds",
        "record.input",
        "record.input.uses",
        "issuer.pem",
    ):
        assert modes[private] == 0o600, private
    assert set(modes) >= {"net.card", "record.input-card", "decision.affidavit"}


def test_the_budget_is_shared_by_all_who_load_the_file(case):
    assert case.model.uses_left == 3
    loaded = CommittedModel.load(case.folder / "net.model")
    af.prove(loaded, {"x": case.inputs}, reveal="score")
    assert case.model.uses_left == loaded.uses_left == 2


def test_loaded_files_prove_what_the_bank_accepts(case):
    bundle = af.prove(
        case.folder / "net.model", input=case.folder / "record.input", predicate=case.predicate, policy_id="p"
    )
    assert af.verify(bundle, case.policy(predicate=case.predicate)).records == ("anna",)


def test_at_zero_prove_refuses_and_inputs_have_budgets_too(case):
    for _ in range(3):
        af.prove(case.model, input=case.committed, reveal="score")
    with pytest.raises(BudgetSpent):
        af.prove(case.model, input=case.committed, reveal="score")
    assert case.committed.uses_left == 0


def test_a_use_is_spent_before_the_core_is_asked(case, fake_core, monkeypatch):
    """A crash while proving wastes a use of the model and of the input."""

    def crash(*_):
        raise RuntimeError("power cut")

    monkeypatch.setattr(fake_core, "prove", crash)
    with pytest.raises(RuntimeError):
        af.prove(case.model, input=case.committed, reveal="score")
    assert (case.model.uses_left, case.committed.uses_left) == (2, 2)


def test_a_bad_input_spends_nothing(case):
    for bad in ({"x": samples(1) + 1e9}, {"y": samples(1)}, {"x": samples(1)[:, :2]}, {"x": samples(1) * float("nan")}):
        with pytest.raises(InputError):
            af.prove(case.model, bad, reveal="score")
    assert case.model.uses_left == 3


def test_a_model_is_saved_once_and_never_over_another(case, tmp_path):
    with pytest.raises(UsageError, match="already saved"):
        case.model.save(tmp_path / "second")
    other = af.commit(af.compile(tiny_onnx(), calibration={"x": samples()}), uses=1)
    before = (case.folder / "net.model").read_bytes()
    with pytest.raises(InputError) as caught:
        other.save(case.folder / "net")
    assert caught.value.code == "exists"
    assert (case.folder / "net.model").read_bytes() == before
    assert CommittedModel.load(case.folder / "net.model").uses_left == 3


def test_uses_spent_in_memory_stay_spent_on_disk(fake_core, tmp_path):
    model = af.commit(af.compile(tiny_onnx(), calibration={"x": samples()}), uses=3)
    af.prove(model, {"x": samples(1)}, reveal="score")
    path, _ = model.save(tmp_path / "net")
    assert CommittedModel.load(path).uses_left == 2


@pytest.mark.parametrize("survivors", [0, 1, 2])
def test_a_disk_that_fills_up_while_saving_leaves_nothing(fake_core, tmp_path, monkeypatch, survivors):
    model = af.commit(af.compile(tiny_onnx(), calibration={"x": samples()}), uses=3)
    real, calls = os.fsync, []

    def full(handle):
        if stat.S_ISREG(os.fstat(handle).st_mode):
            calls.append(handle)
            if len(calls) > survivors:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        real(handle)

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(InputError) as caught:
        model.save(tmp_path / "net")
    assert caught.value.code == "disk-full"
    assert list(tmp_path.iterdir()) == []
    monkeypatch.setattr(os, "fsync", real)
    assert model.save(tmp_path / "net")[0].exists()


def test_unreadable_and_damaged_private_files(case, tmp_path):
    path = case.folder / "net.model"
    data = path.read_bytes()
    (tmp_path / "cut.model").write_bytes(data[: len(data) // 2])
    with pytest.raises(Malformed):
        CommittedModel.load(tmp_path / "cut.model")
    with pytest.raises(InputError):
        CommittedModel.load(tmp_path / "absent.model")
    with pytest.raises(Malformed):
        CommittedInput.load(path)
    changed = bytearray(data)
    changed[60] ^= 1  # in the seed
    shutil.copy(path, tmp_path / "keep")
    with path.open("r+b") as stream:
        stream.write(bytes(changed))
    with pytest.raises(Malformed, match="does not reproduce its commitment"):
        af.prove(path, {"x": case.inputs}, reveal="score")


def test_plan_and_weights_travel_together(fake_core, tmp_path):
    compiled = af.compile(tiny_onnx(), calibration={"x": samples()})
    plan, weights = compiled.save(tmp_path / "net.plan")
    assert stat.S_IMODE(weights.stat().st_mode) == 0o600
    again = CompiledModel.load(plan)
    assert again.digest == compiled.digest
    assert all((again.weights[i] == w).all() for i, w in compiled.weights.items())
    other = af.compile(tiny_onnx(seed=9), calibration={"x": samples() * 3})
    other.save(tmp_path / "other.plan")
    shutil.copy(tmp_path / "other.weights", weights)
    with pytest.raises(Malformed, match="another plan"):
        CompiledModel.load(plan)


def test_weights_are_not_in_the_card_or_plan(case):
    """The public card does not contain the committed integers."""
    card = (case.folder / "net.card").read_bytes()
    for cells in case.model.weights.values():
        for width in ("<i2", "<i4", "<i8"):
            assert cells.astype(width).tobytes() not in card or cells.size < 3
