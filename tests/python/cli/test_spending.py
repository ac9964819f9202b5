"""A proof that cannot be made, or not be written, spends nothing that checking could have saved."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import numpy as np
import pytest
from product_fixtures import samples, tiny_onnx

import affidavit as af
from affidavit import limits
from affidavit.bundle.files import PendingFile
from affidavit.bundle.thresholds import FileThresholds, ledger_bytes
from affidavit.errors import BudgetSpent, InputError

PROVE = ("prove", "net.model", "--input", "record.input", "--at-least", "score[1]", "-1.5", "-o", "d.affidavit")


def left() -> tuple[int, int]:
    return af.load_model("net.model").uses_left, af.load_input("record.input").uses_left


def empty_ledger() -> bytes:
    return ledger_bytes(af.load_model("net.model").secret)


def spend_all(budget) -> None:
    while budget.left():
        budget.spend()


@pytest.mark.parametrize("output", ["no/such/d.affidavit", ".", "net.model", "record.input", "net.onnx", "net.plan"])
def test_an_output_that_cannot_be_written_is_found_before(session, run, output):
    before = {path.name: path.read_bytes() for path in session.iterdir()}
    _, err = run(*PROVE[:-1], output, expect=8)
    assert "hint:" in err and output.split("/")[0] in err
    assert {path.name: path.read_bytes() for path in session.iterdir()} == before


def test_a_bundle_replaces_a_bundle_and_an_empty_file(session, run):
    Path("d.affidavit").touch()
    run(*PROVE)
    first = Path("d.affidavit").read_bytes()
    run(*PROVE, "--nonce", "00")
    assert Path("d.affidavit").read_bytes() != first != b""


def test_a_spent_or_parted_input_costs_the_model_nothing(session, run):
    spend_all(af.load_input("record.input").budget)
    run(*PROVE, expect=7)
    assert left() == (3, 0)
    Path("record.input.uses").unlink()
    run(*PROVE, expect=8)
    assert af.load_model("net.model").uses_left == 3
    assert Path("net.model.thresholds").read_bytes() == empty_ledger()


def test_an_input_of_another_schema_costs_nothing(session, run):
    run("commit", "net.plan", "--uses", "7", "-o", "larger")
    _, err = run("prove", "larger.model", *PROVE[2:], expect=8)
    assert "another model" in err and "plan and --uses" in err
    assert af.load_model("larger.model").uses_left == 7 and left() == (3, 3)


def test_a_damaged_private_side_costs_nothing(session, run, fake_core, monkeypatch):
    for name in ("commit_model", "commit_input"):
        with monkeypatch.context() as patch:
            real = getattr(fake_core, name)

            def changed(*arguments, real=real):
                seeded = [bytes(32) if isinstance(a, bytes) and len(a) == 32 else a for a in arguments]
                return real(*seeded)

            patch.setattr(fake_core, name, changed)
            run(*PROVE, expect=4)
    assert left() == (3, 3)


def test_an_absurd_batch_costs_nothing(session, monkeypatch):
    monkeypatch.setattr(limits, "BATCH", 4)
    model = af.load_model("net.model")
    for kind in ("committed", "public", "unbound"):
        with pytest.raises(InputError) as caught:
            af.prove(model, {"x": samples(5)}, inputs_as=kind, reveal="score")
        assert caught.value.code == "batch"
    assert model.uses_left == 3


def test_a_refused_threshold_costs_nothing_and_a_budget_that_is_gone_leaves_no_entry(session, run):
    spend_all(af.load_model("net.model").budget)
    run(*PROVE, expect=7)
    assert Path("net.model.thresholds").read_bytes() == empty_ledger()
    run("commit", "net.plan", "--uses", "3", "-o", "other")
    again = ("prove", "other.model", *PROVE[2:])
    run(*again)
    before = Path("other.model.thresholds").read_bytes()
    run(*again[:-3], "-1.25", *again[-2:], expect=5)
    assert af.load_model("other.model").uses_left == 2
    assert Path("other.model.thresholds").read_bytes() == before


def test_uses_are_on_disk_before_the_ledger_and_both_before_the_proof(session, fake_core, monkeypatch):
    seen = []
    real_record, real_prove = FileThresholds.record, fake_core.prove

    def record(self, keys, value):
        seen.append(("ledger", left()))
        real_record(self, keys, value)

    def prove(*arguments):
        seen.append(("proof", Path("net.model.thresholds").stat().st_size))
        return real_prove(*arguments)

    monkeypatch.setattr(FileThresholds, "record", record)
    monkeypatch.setattr(fake_core, "prove", prove)
    af.prove("net.model", input="record.input", predicate=af.at_least("score[1]", "-1.5"))
    assert seen == [("ledger", (2, 2)), ("proof", 8 + 32 + 64)]


def test_a_bundle_that_finds_no_room_says_that_the_proof_was_made(session, run, monkeypatch):
    real = os.replace

    def full(source, target):
        if str(target).endswith(".affidavit"):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        real(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", full)
        _, err = run(*PROVE, expect=8)
    assert "the proof was made: its use is spent, and its thresholds count" in err
    assert left() == (2, 2) and not Path("d.affidavit").exists()
    run(*PROVE[:-3], "-1.25", *PROVE[-2:], expect=5)
    run(*PROVE)
    assert not [name for name in os.listdir() if name.endswith(".tmp")]


def test_a_file_system_without_unnamed_files(tmp_path, monkeypatch):
    real = os.open

    def old(path, flags, *rest, **more):
        if flags & os.O_TMPFILE == os.O_TMPFILE:
            raise OSError(errno.EOPNOTSUPP, os.strerror(errno.EOPNOTSUPP))
        return real(path, flags, *rest, **more)

    monkeypatch.setattr(os, "open", old)
    with PendingFile(tmp_path / "a", b"AFFBNDL\x01") as target:
        assert len(os.listdir(tmp_path)) == 1
        target.write(b"AFFBNDL\x01 whole")
    assert os.listdir(tmp_path) == ["a"] and (tmp_path / "a").read_bytes() == b"AFFBNDL\x01 whole"
    with PendingFile(tmp_path / "b", b"AFFBNDL\x01"):
        pass
    assert os.listdir(tmp_path) == ["a"]
    with pytest.raises(InputError):
        PendingFile(tmp_path / "no" / "c", b"AFFBNDL\x01")


def test_memory_budgets_check_too(fake_core):
    model = af.commit(af.compile(tiny_onnx(), calibration={"x": samples()}), uses=1)
    model.budget.check()
    assert model.uses_left == 1
    af.prove(model, {"x": np.zeros((1, 3))}, reveal="score")
    with pytest.raises(BudgetSpent):
        model.budget.check()
