"""Renewing: what it writes, what it refuses, and going on after an interruption."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from product_fixtures import samples, tiny_onnx

import affidavit as af
from affidavit import limits, renewing
from affidavit.bundle.budget import FileBudget, uses_path
from affidavit.bundle.card import Card
from affidavit.bundle.pending_file import PendingRenewal, pending_path, read_pending
from affidavit.bundle.statement import RENEWAL, Context, Statement
from affidavit.bundle.thresholds import ledger_path
from affidavit.errors import AffidavitError, BudgetSpent, InputError, Malformed, PolicyRefused, UsageError
from affidavit.model import CommittedModel

X = {"x": samples(1)}


@pytest.fixture
def net(case) -> Path:
    return case.folder / "net.model"


@pytest.fixture
def interrupted(net, monkeypatch, fake_core):
    """A renewal that stopped as its proof was made: the reserve is spent."""

    class PowerCut(Exception): ...

    def cut(*_):
        raise PowerCut

    with monkeypatch.context() as patch:
        patch.setattr(fake_core, "prove", cut)
        with pytest.raises(PowerCut):
            af.renew(net, net.with_name("new"), uses=3)
    return net


def test_files_of_a_renewal(case, net):
    model = af.renew(net, case.folder / "new")
    written = {p.name: stat.S_IMODE(p.stat().st_mode) for p in case.folder.iterdir() if p.name.startswith("new")}
    assert written == {
        "new.model": 0o600, "new.model.uses": 0o600, "new.model.thresholds": 0o600, "new.card": 0o644,
    }  # fmt: skip
    assert not [p for p in case.folder.iterdir() if p.name.startswith(".")]
    card = Card.load(case.folder / "new.card")
    assert card == model.card and card.commitment == case.model.card.commitment and len(card.renewals) == 1
    statement = Statement.decode(card.renewals[0].statement)
    assert statement.purpose == RENEWAL and statement.context.time > 0 and not statement.context.nonce
    # the card of the case gave 4 uses, of which one is spent; the renewed one has 4 again
    assert model.uses_left == 4 and case.model.uses_left == 3


def test_old_bundles_verify_under_the_new_card(case, net):
    af.renew(net, case.folder / "new")
    assert af.verify(case.bundle, case.policy(card=case.folder / "new.card")).position == 0


def test_the_old_file_goes_on_without_thresholds(case, net):
    new = af.renew(net, case.folder / "new")
    for _ in range(2):
        bundle = af.prove(net, input=case.committed, reveal="score")
        assert af.verify(bundle, case.policy(card=new.card)).position == 0
    left = case.model.uses_left
    with pytest.raises(PolicyRefused) as caught:
        af.prove(net, input=case.committed, predicate=case.predicate, policy_id="p")
    assert caught.value.code == "superseded" and "prove with that one" in caught.value.hint
    assert case.model.uses_left == left
    af.prove(net, input=case.committed, predicate=case.predicate, unsafe_allow_repeated_thresholds=True)


def test_a_question_asked_before_counts_as_asked(case, net):
    new = af.renew(net, case.folder / "new")
    with pytest.raises(PolicyRefused) as caught:
        af.prove(new, input=case.committed, predicate=af.at_least("score[1]", "0.125"), policy_id="p")
    assert caught.value.code == "repeated-threshold"
    assert af.prove(new, input=case.committed, predicate=case.predicate, policy_id="p")


def test_a_threshold_asked_while_a_renewal_begins_is_refused_or_taken_along(case, net, monkeypatch):
    """The renewal spends the reserve between the proof's first look and its entry in the ledger."""
    model = CommittedModel.load(net)
    real = type(model.thresholds).record

    def record(self, keys, value):
        af.renew(net, case.folder / "new")
        real(self, keys, value)

    with monkeypatch.context() as patch, pytest.raises(PolicyRefused) as caught:
        patch.setattr(type(model.thresholds), "record", record)
        af.prove(model, input=case.committed, predicate=case.predicate, policy_id="another")
    assert caught.value.code == "superseded"


def test_one_renewal_and_no_second(case, net):
    af.renew(net, case.folder / "new")
    for stem in ("new", "other"):
        with pytest.raises(BudgetSpent) as caught:
            af.renew(net, case.folder / stem)
        assert caught.value.code == "renewed" and "go on with the renewed file" in caught.value.hint
    assert not (case.folder / "other.model.pending").exists()
    assert af.renew(case.folder / "new.model", case.folder / "third").uses_left == 4


@pytest.mark.parametrize("uses", [0, -3, 408, 10**9, True, 2.0, "3"])
def test_uses_that_do_not_fit(case, net, uses):
    """The stand-in core has 2^12 rows and 10 queries: 409 openings, two of them reserved."""
    with pytest.raises(UsageError, match="has 1 to 407 uses") as caught:
        af.renew(net, case.folder / "new", uses=uses)
    assert caught.value.code == "uses"
    assert af.renew(net, case.folder / "new", uses=407).uses_left == 407


@pytest.mark.parametrize("name", ["new.model", "new.model.uses", "new.model.thresholds", "new.card"])
def test_what_is_in_the_way_costs_nothing(case, net, name):
    (case.folder / name).write_bytes(b"something")
    with pytest.raises(InputError) as caught:
        af.renew(net, case.folder / "new")
    assert caught.value.code == "exists" and (case.folder / name).read_bytes() == b"something"
    assert FileBudget.renewed(af.load_model(net).budget) is None
    assert af.renew(net, case.folder / "other").uses_left == 4


def test_the_chain_is_bounded(case, net, monkeypatch):
    monkeypatch.setattr(limits, "RENEWALS", 1)
    new = af.renew(net, case.folder / "new")
    with pytest.raises(UsageError, match="at most 1 times"):
        af.renew(new, case.folder / "third")


def test_the_new_seed_depends_on_the_old_one(case, net, tmp_path, monkeypatch):
    """With entropy that repeats itself, two models still get different pads."""
    monkeypatch.setattr(renewing.secrets, "token_bytes", lambda size: bytes(size))
    first = af.renew(net, case.folder / "new")
    second = af.renew(first, case.folder / "third")
    other = af.commit(af.compile(tiny_onnx(), calibration={"x": samples()}), uses=4)
    other.save(tmp_path / "other")
    third = af.renew(tmp_path / "other.model", tmp_path / "fourth")
    assert len({m.file.seed for m in (case.model, first, second, other, third)}) == 5


# --- interruptions ----------------------------------------------------------------------------------------------------


def test_the_same_command_goes_on(case, interrupted):
    pending = read_pending(pending_path(case.folder / "new.model"))
    assert isinstance(pending, PendingRenewal)
    model = af.renew(interrupted, case.folder / "new")
    assert (model.file.seed, model.file.file_id, model.uses_left) == (pending.seed, pending.file_id, 3)
    assert model.card.renewals[-1].statement == pending.statement
    assert not pending_path(case.folder / "new.model").exists()


def test_another_target_is_refused_afterwards(case, interrupted):
    for stem, uses, error in (("other", None, BudgetSpent), ("new", 4, UsageError)):
        with pytest.raises(error) as caught:
            af.renew(interrupted, case.folder / stem, uses=uses)
        assert caught.value.code in ("renewed", "uses")
    assert not (case.folder / "other.model.pending").exists()
    assert af.renew(interrupted, case.folder / "new", uses=3).uses_left == 3


def test_a_statement_that_was_stamped_anew_is_refused(case, interrupted):
    """Same commitment, other statement: other rows would be opened."""
    path = pending_path(case.folder / "new.model")
    pending = read_pending(path)
    statement = Statement.decode(pending.statement)
    later = replace(statement, context=Context(time=statement.context.time + 1))
    changed = replace(pending, statement=later.encode())
    path.write_bytes(changed.encode())
    with pytest.raises(BudgetSpent) as caught:
        af.renew(interrupted, case.folder / "new")
    assert caught.value.code == "renewed"


def test_a_lost_pending_file_costs_the_renewal_and_nothing_else(case, interrupted):
    pending_path(case.folder / "new.model").unlink()
    with pytest.raises(BudgetSpent):
        af.renew(interrupted, case.folder / "new")
    assert af.prove(interrupted, X, reveal="score")


@pytest.mark.parametrize("cut", [0, 9, 60, 150])
def test_a_damaged_pending_file_is_malformed(case, interrupted, cut):
    path = pending_path(case.folder / "new.model")
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(Malformed):
        af.renew(interrupted, case.folder / "new")


def test_a_changed_seed_in_the_pending_file_is_found(case, interrupted):
    path = pending_path(case.folder / "new.model")
    data = bytearray(path.read_bytes())
    data[10 + 32] ^= 1
    path.write_bytes(data)
    with pytest.raises(Malformed, match="does not reproduce its commitment"):
        af.renew(interrupted, case.folder / "new")


def test_the_pending_file_of_another_model_is_left_alone(case, interrupted, tmp_path):
    other = af.commit(af.compile(tiny_onnx(), calibration={"x": samples()}), uses=4)
    other.save(tmp_path / "other")
    with pytest.raises(InputError, match="renewal of another model") as caught:
        af.renew(tmp_path / "other.model", case.folder / "new")
    assert caught.value.code == "exists"
    assert af.renew(interrupted, case.folder / "new").uses_left == 3


def test_before_the_reserve_is_spent_all_is_open(case, net, monkeypatch):
    def full(*_):
        raise InputError("cannot write", code="disk-full")

    with monkeypatch.context() as patch:
        patch.setattr(FileBudget, "spend_renewal", full)
        with pytest.raises(InputError):
            af.renew(net, case.folder / "new", uses=2)
    assert pending_path(case.folder / "new.model").exists()
    assert af.renew(net, case.folder / "new", uses=5).uses_left == 5


def test_a_finished_file_that_was_moved_is_not_made_again(case, net, monkeypatch):
    """Killed after the file had its name and before the pending one was gone; then moved away, and renewed again."""
    with monkeypatch.context() as patch:
        patch.setattr(renewing, "settle_link", lambda *_: None)
        af.renew(net, case.folder / "new")
    assert pending_path(case.folder / "new.model").exists()
    there = case.folder / "there"
    there.mkdir()
    for name in ("new.model", "new.model.uses", "new.model.thresholds", "new.card"):
        (case.folder / name).rename(there / name)
    with pytest.raises(InputError, match="finished before, and moved") as caught:
        af.renew(net, case.folder / "new")
    assert caught.value.code == "renewed"
    assert not [p for p in case.folder.iterdir() if p.name.startswith("new")]
    assert af.load_model(there / "new.model").uses_left == 4


def test_a_proof_that_does_not_hold_is_not_written(case, net, fake_core, monkeypatch):
    real = fake_core.prove

    def wrong(*arguments):
        found = real(*arguments)
        found.proof = found.proof[:-1] + bytes([found.proof[-1] ^ 1])
        return found

    monkeypatch.setattr(fake_core, "prove", wrong)
    with pytest.raises(AffidavitError, match="proof does not hold"):
        af.renew(net, case.folder / "new")
    assert not (case.folder / "new.model").exists() and not (case.folder / "new.card").exists()


# --- copies -----------------------------------------------------------------------------------------------------------


def test_a_restored_copy_is_renewed_only_with_the_words(case, net, tmp_path):
    copy = tmp_path / "copy.model"
    for suffix in ("", ".uses", ".thresholds"):
        shutil.copy(f"{net}{suffix}", f"{copy}{suffix}")
    with pytest.raises(InputError) as caught:
        af.renew(copy, tmp_path / "new")
    assert caught.value.code == "copied" and "renew with the copy allowed" in caught.value.hint
    assert not pending_path(tmp_path / "new.model").exists()
    model = af.renew(copy, tmp_path / "new", unsafe_allow_copy=True)
    af.prove(model.path, X, reveal="score")  # needs no words any more


def test_a_budget_from_before_the_renewal_is_older(case, net):
    """Restored in place, it would allow a second renewal."""
    before = uses_path(net).read_bytes()
    af.renew(net, case.folder / "new")
    uses_path(net).write_bytes(before)
    for allowed in (False, True):
        with pytest.raises(InputError, match="older than the last proof"):
            af.renew(net, case.folder / "other", unsafe_allow_copy=allowed)


def test_without_a_ledger_nothing_is_spent(case, net):
    ledger_path(net).unlink()
    with pytest.raises(InputError) as caught:
        af.renew(net, case.folder / "new")
    assert caught.value.code == "no-ledger"
    assert FileBudget.renewed(af.load_model(net).budget) is None


def test_one_renewal_at_a_time(case, net, monkeypatch):
    import fcntl

    monkeypatch.setattr(limits, "LOCK_SECONDS", 0.05)
    with net.open("r+b") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(InputError) as caught:
            af.renew(net, case.folder / "new")
        assert caught.value.code == "locked"
        assert af.prove(net, X, reveal="score"), "proofs go on"


# --- the real core, killed --------------------------------------------------------------------------------------------

KILLED = """
import sys
sys.path.insert(0, sys.argv[1])
from disks import installed, killing
import affidavit as af
with installed(killing(int(sys.argv[3]))):
    af.renew(sys.argv[2] + "/net.model", sys.argv[2] + "/new")
"""


@pytest.mark.core
@pytest.mark.parametrize("at", [1, 9, 13, 17, 21, 26, 31, 36])
def test_kill_and_resume_with_the_real_core(at, tmp_path):
    """The resumed proof is made by another process and holds."""
    af.commit(af.compile(tiny_onnx(), calibration={"x": samples()}), uses=2).save(tmp_path / "net")
    command = [sys.executable, "-c", KILLED, str(Path(__file__).parent), str(tmp_path), str(at)]
    done = subprocess.run(command, capture_output=True, timeout=120)
    assert done.returncode == -9, done.stderr
    begun = (tmp_path / "new.model.pending").exists()
    try:
        af.renew(tmp_path / "net.model", tmp_path / "new")
    except BudgetSpent as error:
        assert error.code == "renewed" and not begun
    model = af.load_model(tmp_path / "new.model")
    bundle = af.prove(model, X, reveal="score")
    assert af.verify(bundle, af.policy.Model(tmp_path / "new.card")).position == 1
    assert sorted(p for p in os.listdir(tmp_path) if p.endswith(".pending")) == []


@pytest.mark.core
def test_a_renewal_made_twice_is_the_same_proof(tmp_path):
    """Another process, another time of day: byte for byte the same, so it opens the same rows."""
    af.commit(af.compile(tiny_onnx(), calibration={"x": samples()}), uses=2).save(tmp_path / "net")
    command = [sys.executable, "-c", KILLED, str(Path(__file__).parent), str(tmp_path), "14"]
    assert subprocess.run(command, capture_output=True, timeout=120).returncode == -9
    proofs = []
    for name in ("one", "two"):
        shutil.copytree(tmp_path, tmp_path.with_name(f"{tmp_path.name}-{name}"))
        place = tmp_path.with_name(f"{tmp_path.name}-{name}")
        # two copies on purpose: the owner's worst mistake, which opens no row more than once
        model = af.renew(place / "net.model", place / "new", unsafe_allow_copy=True)
        proofs.append(model.card.renewals)
    assert proofs[0] == proofs[1]
