"""Attacks on the budget of uses: copies, links, restored and edited ``.uses`` files, forks, saves.

One use too many opens pads twice, and the difference of the two bundles leaks weights or data.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
from product_fixtures import samples, tiny_onnx

import affidavit as af
from affidavit.bundle.budget import HEADER_BYTES, uses_path
from affidavit.errors import AffidavitError
from affidavit.model import CommittedModel

pytestmark = pytest.mark.core

QUERIES_AT, ROWS_AT = HEADER_BYTES - 6, HEADER_BYTES - 4


@pytest.fixture(scope="module")
def compiled() -> Any:
    return af.compile(tiny_onnx(), calibration={"x": samples()})


@pytest.fixture
def path(compiled: Any, tmp_path: Path) -> Path:
    return af.commit(compiled, uses=4).save(tmp_path / "net")[0]


def spend(path: Path) -> int:
    return CommittedModel.load(path).budget.spend()


def refused(path: Path) -> None:
    with pytest.raises(AffidavitError):
        spend(path)


@pytest.mark.parametrize(("at", "value", "size"), [(QUERIES_AT, 1, 2), (ROWS_AT, 2**32 - 1, 4)])
def test_a_budget_that_the_commitment_does_not_have_is_refused(path: Path, at: int, value: int, size: int) -> None:
    """``queries`` is the commitment's, and ``rows`` at most what its pads pay for: both are in the private file."""
    data = bytearray(uses_path(path).read_bytes())
    data[at : at + size] = value.to_bytes(size, "little")
    uses_path(path).write_bytes(data)
    refused(path)


def test_an_entry_of_zero_rows_is_refused_or_counted(path: Path) -> None:
    """No spend writes it; a damaged entry must not give a use back."""
    spend(path)
    left = CommittedModel.load(path).uses_left
    data = uses_path(path).read_bytes()
    uses_path(path).write_bytes(data[:HEADER_BYTES] + bytes(4))
    try:
        assert CommittedModel.load(path).uses_left <= left
    except AffidavitError:
        pass


def test_a_restored_budget_is_noticed(path: Path, tmp_path: Path) -> None:
    """A backup restores only what changed since: the ``.uses`` file, written anew and renamed over the old one."""
    backup = tmp_path / "backup"
    shutil.copy2(uses_path(path), backup)
    spend(path)
    os.replace(backup, uses_path(path))
    refused(path)


def test_a_budget_restored_in_place_is_noticed(path: Path) -> None:
    data = uses_path(path).read_bytes()
    spend(path)
    uses_path(path).write_bytes(data)
    refused(path)


@pytest.mark.parametrize("link", [os.link, os.symlink])
def test_a_link_with_a_copied_budget_is_a_copy(path: Path, tmp_path: Path, link: Any) -> None:
    """The private file's inode is the same, so two budgets count for the same pads."""
    other = tmp_path / "other.model"
    link(path, other)
    shutil.copy(uses_path(path), uses_path(other))
    refused(other)


def test_after_save_the_budget_in_memory_is_closed(compiled: Any, tmp_path: Path) -> None:
    """A proof that started in another thread holds it: it must not spend what now lies on disk."""
    model = af.commit(compiled, uses=2)
    before = model.budget
    model.save(tmp_path / "net")
    with pytest.raises(AffidavitError):
        before.spend()


def test_an_input_budget_in_memory_is_closed_after_save(compiled: Any, tmp_path: Path) -> None:
    committed = af.commit_input({"x": samples(1)}, af.commit(compiled, uses=2).card)
    before = committed.budget
    committed.save(tmp_path / "record")
    with pytest.raises(AffidavitError):
        before.spend()


@pytest.mark.skipif(sys.platform == "win32", reason="forks")
def test_a_forked_process_cannot_save_its_parents_uses(compiled: Any, tmp_path: Path) -> None:
    """The child's file and the parent's memory would each hold all uses of one set of pads."""
    model = af.commit(compiled, uses=2)
    child = os.fork()
    if child == 0:
        try:
            model.save(tmp_path / "child")
        except AffidavitError:
            os._exit(0)
        except BaseException:
            os._exit(2)
        os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert not (tmp_path / "child.model").exists()
