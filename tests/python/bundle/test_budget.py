"""Budgets: spent on disk before anything is computed, under a lock, never twice."""

from __future__ import annotations

import errno
import fcntl
import multiprocessing
import os
import shutil
import signal
import stat
import subprocess
import sys
import textwrap

import pytest

from affidavit import limits
from affidavit.bundle.budget import HEADER_BYTES, FileBudget, MemoryBudget, uses_path
from affidavit.errors import BudgetSpent, InputError, Malformed

ID = b"i" * 32


def test_counts_down_and_refuses_at_zero(private):
    budget = FileBudget(private, ID, 10, 3)
    assert budget.left() == 3
    assert [budget.spend() for _ in range(3)] == [2, 1, 0]
    size = uses_path(private).stat().st_size
    with pytest.raises(BudgetSpent) as caught:
        budget.spend()
    assert caught.value.exit_code == 7
    assert uses_path(private).stat().st_size == size
    assert FileBudget(private, ID, 10, 3).left() == 0


def test_uses_file_is_owner_only(private):
    assert stat.S_IMODE(uses_path(private).stat().st_mode) == 0o600


def test_every_spend_reaches_the_disk(private, monkeypatch):
    synced = []
    real = os.fsync
    monkeypatch.setattr(os, "fsync", lambda handle: (synced.append(os.fstat(handle).st_size), real(handle)))
    FileBudget(private, ID, 10, 3).spend()
    assert synced == [HEADER_BYTES + 4]


def test_without_its_uses_file_a_copy_refuses(private, tmp_path):
    copy = tmp_path / "copy.model"
    shutil.copy(private, copy)
    with pytest.raises(InputError) as caught:
        FileBudget(copy, ID, 10, 3).spend()
    assert caught.value.code == "no-budget"


def test_a_copy_with_its_uses_file_refuses_unless_allowed(private, tmp_path):
    copy = tmp_path / "copy.model"
    shutil.copy(private, copy)
    shutil.copy(uses_path(private), uses_path(copy))
    with pytest.raises(InputError) as caught:
        FileBudget(copy, ID, 10, 3).spend()
    assert caught.value.code == "copied"
    assert FileBudget(copy, ID, 10, 3, unsafe_allow_copy=True).spend() == 2


def test_moving_both_files_is_fine(private, tmp_path):
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    moved = folder / "other.model"
    uses_path(private).rename(uses_path(moved))
    private.rename(moved)
    assert FileBudget(moved, ID, 10, 3).spend() == 2


def test_another_files_budget_refuses(private):
    with pytest.raises(InputError) as caught:
        FileBudget(private, b"j" * 32, 10, 3).spend()
    assert caught.value.code == "wrong-budget"


@pytest.mark.parametrize("extra", [1, 2, 3])
def test_a_torn_entry_counts_as_spent(private, extra):
    with uses_path(private).open("ab") as stream:
        stream.write(b"\x0a\0\0\0"[:extra])
    budget = FileBudget(private, ID, 10, 3)
    assert budget.left() == 2
    assert budget.spend() == 1
    assert FileBudget(private, ID, 10, 3).left() == 1


def test_a_full_disk_spends_at_most_and_computes_nothing(private, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "pwrite", full)
    with pytest.raises(InputError) as caught:
        FileBudget(private, ID, 10, 3).spend()
    assert caught.value.code == "disk-full"


def test_lock_contention_is_a_typed_error(private, monkeypatch):
    monkeypatch.setattr(limits, "LOCK_SECONDS", 0.05)
    with uses_path(private).open("rb") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(InputError) as caught:
            FileBudget(private, ID, 10, 3).spend()
    assert caught.value.code == "locked"
    assert FileBudget(private, ID, 10, 3).left() == 3


def _spend_until_empty(path, queue):
    spent = 0
    try:
        while True:
            FileBudget(path, ID, 1, 40).spend()
            spent += 1
    except BudgetSpent:
        queue.put(spent)


def test_processes_share_one_budget(tmp_path):
    path = tmp_path / "net.model"
    path.write_bytes(b"private")
    FileBudget.create(path, ID, queries=1, uses=40)
    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    workers = [context.Process(target=_spend_until_empty, args=(path, queue)) for _ in range(4)]
    for worker in workers:
        worker.start()
    total = sum(queue.get(timeout=60) for _ in workers)
    for worker in workers:
        worker.join()
    assert total == 40


def test_a_kill_between_spend_and_proof_wastes_the_use(private):
    """The process dies by SIGKILL right after spending: the use stays spent."""
    script = textwrap.dedent(
        """
        import os, signal, sys
        from pathlib import Path
        from affidavit.bundle.budget import FileBudget
        FileBudget(Path(sys.argv[1]), b"i" * 32, 10, 3).spend()
        os.kill(os.getpid(), signal.SIGKILL)
        """
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(private)], env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    )
    assert done.returncode == -signal.SIGKILL
    assert FileBudget(private, ID, 10, 3).left() == 2


def test_damaged_uses_files_are_malformed(private):
    data = uses_path(private).read_bytes()
    for damaged in (b"", data[:20], b"X" + data[1:]):
        uses_path(private).write_bytes(damaged)
        with pytest.raises(Malformed):
            FileBudget(private, ID, 10, 3).spend()


def test_a_symbolic_link_is_not_followed(private, tmp_path):
    real = tmp_path / "real"
    uses_path(private).rename(real)
    uses_path(private).symlink_to(real)
    with pytest.raises(InputError):
        FileBudget(private, ID, 10, 3).spend()


def test_memory_budget_counts_and_refuses_a_fork():
    budget = MemoryBudget("the model", 2)
    child = os.fork()
    if child == 0:
        try:
            budget.spend()
        except InputError as error:
            os._exit(0 if error.code == "forked" else 2)
        os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert [budget.spend(), budget.spend()] == [1, 0]
    with pytest.raises(BudgetSpent):
        budget.spend()


def test_checking_spends_nothing_and_refuses_what_spending_would(private):
    budget = FileBudget(private, ID, 10, 3)
    before = uses_path(private).read_bytes()
    budget.check()
    assert uses_path(private).read_bytes() == before and budget.left() == 3
    for _ in range(3):
        budget.spend()
    with pytest.raises(BudgetSpent):
        budget.check()


@pytest.mark.parametrize(("at", "size", "value"), [(HEADER_BYTES - 6, 2, 1), (HEADER_BYTES - 4, 4, 40)])
def test_numbers_that_are_not_the_commitments_are_refused(private, at, size, value):
    FileBudget(private, ID, 10, 3).spend()
    data = bytearray(uses_path(private).read_bytes())
    data[at : at + size] = value.to_bytes(size, "little")
    uses_path(private).write_bytes(bytes(data))
    with pytest.raises(InputError) as caught:
        FileBudget(private, ID, 10, 3).spend()
    assert caught.value.code == "wrong-budget"


def test_a_restored_budget_is_refused_even_as_a_copy(private, tmp_path):
    before = uses_path(private).read_bytes()
    FileBudget(private, ID, 10, 3).spend()
    uses_path(private).write_bytes(before)
    for allowed in (False, True):
        with pytest.raises(InputError) as caught:
            FileBudget(private, ID, 10, 3, unsafe_allow_copy=allowed).spend()
        assert caught.value.code == "copied" and "older than the last proof" in caught.value.message


def test_without_attributes_of_the_file_system_the_budget_still_counts(private, monkeypatch):
    def missing(*_):
        raise OSError(errno.EOPNOTSUPP, os.strerror(errno.EOPNOTSUPP))

    monkeypatch.setattr(os, "getxattr", missing)
    monkeypatch.setattr(os, "setxattr", missing)
    assert [FileBudget(private, ID, 10, 3).spend() for _ in range(3)] == [2, 1, 0]


def test_a_budget_in_memory_is_handed_over_once_and_given_back_on_failure():
    budget = MemoryBudget("the model", 2)
    with pytest.raises(OSError), budget.handed_over():
        raise OSError
    assert budget.spend() == 1
    with budget.handed_over() as handover:
        assert handover.left == 1
    for again in (budget.spend, budget.check, budget.handed_over().__enter__):
        with pytest.raises(InputError) as caught:
            again()
        assert caught.value.code == "saved"
