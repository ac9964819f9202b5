"""The bytes of a ``.uses`` file: laid out by hand from spec 5, torn at every byte, and damaged."""

from __future__ import annotations

import errno
import itertools
import struct
import zlib

import numpy as np
import pytest

from affidavit import limits
from affidavit.bundle import storage, uses_file
from affidavit.bundle.budget import FileBudget, uses_path
from affidavit.bundle.uses_file import HEADER_BYTES, UNKNOWN, Header, UsesFile
from affidavit.errors import BudgetSpent, InputError, Malformed

ID, TARGET, OTHER = b"i" * 32, b"t" * 32, b"u" * 32
TEN = b"\x0a\0\0\0"


def header(version: int, inode: int = 7) -> bytes:
    return b"AFFUSES\x01" + struct.pack("<H", version) + ID + struct.pack("<QHI", inode, 10, 100)


def record(kind: int, body: bytes) -> bytes:
    check = zlib.crc32(ID + struct.pack("<I", kind) + body)
    return b"\xff\xff\xff\xff" + struct.pack("<I", kind) + body + struct.pack("<I", check)


RENEWED, SETTLED = record(1, TARGET), record(2, struct.pack("<Q", 9) + bytes(24))


def spent(entries: bytes, version: int = 2, inode: int = 7):
    return UsesFile.decode(header(version, inode) + entries)


def test_bytes_are_those_of_the_specification():
    for version in (1, 2):
        assert Header(ID, 7, 10, 100, version).encode() == header(version)
    two = Header(ID, 7, 10, 100, 2)
    assert uses_file.opening(10, 3) == TEN * 3
    assert uses_file.renewed(two, TARGET) == RENEWED
    assert uses_file.settled(two, 9) == SETTLED
    assert len(RENEWED) == len(SETTLED) == uses_file.RECORD_BYTES == 44


@pytest.mark.parametrize(
    ("entries", "rows", "opened", "renewed", "inode"),
    [
        (b"", 0, 0, None, 7),
        (TEN * 3, 30, 30, None, 7),
        (RENEWED, 0, 10, TARGET, 7),
        (TEN + RENEWED + TEN * 2, 30, 40, TARGET, 7),
        (SETTLED + TEN, 10, 10, None, 7),  # the header's inode counts
        (RENEWED + RENEWED, 0, 10, TARGET, 7),
        (RENEWED + record(1, OTHER), 0, 10, UNKNOWN, 7),
        (bytes(8) + TEN, 30, 30, None, 7),  # words that are no entry
    ],
)
def test_what_entries_say(entries, rows, opened, renewed, inode):
    found = spent(entries)
    assert (found.rows_spent, found.rows_opened, found.spent.renewed, found.inode) == (rows, opened, renewed, inode)


def test_a_part_is_settled_by_its_first_record():
    assert spent(b"", inode=0).inode == 0
    assert spent(SETTLED + TEN, inode=0).inode == 9
    assert spent(SETTLED + TEN + record(2, struct.pack("<Q", 11) + bytes(24)), inode=0).inode == 9


def test_version_one_knows_openings_only():
    """The marker is a word like any other there: eleven words, eleven openings."""
    assert spent(TEN * 4, version=1).rows_spent == 40
    found = spent(RENEWED, version=1)
    assert found.rows_spent == 110 and found.spent.renewed is None
    with pytest.raises(Malformed, match="inode"):
        UsesFile.decode(header(1, inode=0))
    with pytest.raises(Malformed) as caught:
        UsesFile.decode(header(3))
    assert caught.value.code == "version"


@pytest.mark.parametrize("before", [b"", TEN, TEN + RENEWED], ids=["first", "later", "after a renewal"])
@pytest.mark.parametrize("entry", [TEN, RENEWED, SETTLED, SETTLED + TEN * 2], ids=["use", "renewal", "part", "uses"])
def test_every_cut_of_an_append_wastes_a_use_at_most_and_is_repaired(before, entry):
    """Read, then appended to: nothing that was there before is lost, and the torn entry counts once."""
    base = spent(before)
    for cut in range(1, len(entry)):
        data = header(2) + before + entry[:cut]
        found = UsesFile.decode(data)
        assert base.rows_spent <= found.rows_spent <= base.rows_spent + 10 * (1 + max(cut - 44, 0) // 4)
        assert found.spent.renewed == base.spent.renewed
        addition, at = found.appended(TEN)
        assert at >= len(header(2) + before)
        after = UsesFile.decode(data[:at] + addition)
        assert after.rows_spent == found.rows_spent + 10
        assert after.spent.torn == 0


def test_a_damaged_record_in_the_middle_allows_no_renewal():
    for at in range(4, 44):
        damaged = bytearray(RENEWED)
        damaged[at] ^= 1
        found = spent(bytes(damaged) + TEN)
        assert found.spent.renewed == UNKNOWN and found.rows_spent >= 10
        last = spent(TEN + bytes(damaged))  # as a power cut leaves it: it was never acted upon
        assert last.spent.renewed is None and last.rows_spent == 20


def test_reading_is_bounded_and_total():
    with pytest.raises(Malformed, match="larger"):
        UsesFile.decode(header(1) + bytes(uses_file.FILE_BYTES))
    full = spent(TEN * limits.USES)
    assert full.rows_spent == 10 * limits.USES
    rng = np.random.default_rng(3)
    for _ in range(3000):
        parts = rng.choice(5, size=rng.integers(0, 6))
        pieces = [TEN, RENEWED, SETTLED, rng.bytes(int(rng.integers(0, 50))), b"\xff" * int(rng.integers(0, 9))]
        data = b"".join(pieces[i] for i in parts)
        found = spent(data, version=int(rng.integers(1, 3)))
        assert found.spent.end + found.spent.torn == HEADER_BYTES + len(data)
        assert found.rows_spent >= 0


def test_more_bytes_never_mean_fewer_rows():
    """Whatever is appended, what was spent stays spent."""
    pieces = [TEN, RENEWED, SETTLED, b"\xff\xff\xff\xff", bytes(4)]
    for choice in itertools.product(pieces, repeat=4):
        rows = [spent(b"".join(choice[:n])).rows_opened for n in range(5)]
        assert rows == sorted(rows)


# --- through the budget -----------------------------------------------------------------------------------------------


def test_a_version_one_file_is_used_and_renewed(private):
    """Files of the first release go on as they are; the renewal changes the version's one byte."""
    budget = FileBudget(private, ID, 10, 3)
    assert uses_path(private).read_bytes()[8:10] == b"\x01\0"
    budget.spend(2)
    assert uses_path(private).read_bytes()[HEADER_BYTES:] == TEN * 2
    inode = uses_path(private).stat().st_ino
    budget.spend_renewal(TARGET)
    data = uses_path(private).read_bytes()
    assert data[8:10] == b"\x02\0" and data[HEADER_BYTES:] == TEN * 2 + RENEWED
    assert uses_path(private).stat().st_ino == inode
    assert budget.left() == 1 and budget.spend() == 0


def test_the_reserve_is_spent_once_and_for_one_statement(private):
    budget = FileBudget(private, ID, 10, 3)
    assert budget.renewed() is None
    budget.spend_renewal(TARGET)
    before = uses_path(private).read_bytes()
    budget.spend_renewal(TARGET)
    assert uses_path(private).read_bytes() == before and budget.renewed() == TARGET
    for refused in (budget.spend_renewal, budget.check_renewal):
        with pytest.raises(BudgetSpent) as caught:
            refused(OTHER)
        assert caught.value.code == "renewed"
    with pytest.raises(BudgetSpent):
        budget.check_renewal()
    assert budget.left() == 3


def test_the_reserve_is_there_when_all_uses_are_gone(private):
    budget = FileBudget(private, ID, 10, 3)
    budget.spend(3)
    budget.spend_renewal(TARGET)
    assert budget.left() == 0 and budget.renewed() == TARGET


def test_several_uses_are_spent_together_or_not_at_all(private):
    budget = FileBudget(private, ID, 10, 3)
    with pytest.raises(BudgetSpent, match="3 uses left, not 4"):
        budget.spend(4)
    assert budget.left() == 3 and budget.spend(2) == 1
    with pytest.raises(BudgetSpent, match="1 uses left, not 2"):
        budget.check(2)


def test_a_part_adopts_the_file_that_it_is_first_used_as(tmp_path):
    path = tmp_path / "part.model"
    path.write_bytes(b"private")
    FileBudget.create(path, ID, queries=10, uses=3, part=True)
    moved = tmp_path / "moved.model"
    for source, target in ((path, moved), (uses_path(path), uses_path(moved))):
        target.write_bytes(source.read_bytes())  # new inodes
    with pytest.raises(InputError) as caught:  # not as an original
        FileBudget(moved, ID, 10, 3).check()
    assert caught.value.code == "wrong-budget"
    budget = FileBudget(moved, ID, 10, 3, part=True)
    budget.check()
    assert budget.spend() == 2
    copy = tmp_path / "copy.model"
    for source, target in ((moved, copy), (uses_path(moved), uses_path(copy))):
        target.write_bytes(source.read_bytes())
    with pytest.raises(InputError) as caught:
        FileBudget(copy, ID, 10, 3, part=True).spend()
    assert caught.value.code == "copied"


def test_an_original_without_its_inode_is_no_part(private):
    """The inode cleared: a copy would go unnoticed."""
    FileBudget(private, ID, 10, 3).spend_renewal(TARGET)
    with uses_path(private).open("r+b") as stream:
        stream.seek(42)
        stream.write(bytes(8))
    with pytest.raises(InputError) as caught:
        FileBudget(private, ID, 10, 3).check()
    assert caught.value.code == "wrong-budget"


def test_the_version_is_written_again_after_an_fsync_that_failed(private, monkeypatch):
    """It reads 2 already, from memory; on the disk it may be 1, for which a renewal is no renewal."""

    class Broken(storage.Disk):
        def __init__(self):
            self.failures, self.writes = 1, []

        def write(self, handle, data, offset):
            self.writes.append((offset, bytes(data)))
            super().write(handle, data, offset)

        def sync(self, handle):
            if self.failures:
                self.failures -= 1
                raise OSError(errno.EIO, "Input/output error")
            super().sync(handle)

    disk = Broken()
    monkeypatch.setattr(storage, "disk", disk)
    budget = FileBudget(private, ID, 10, 3)
    with pytest.raises(InputError):
        budget.spend_renewal(TARGET)
    assert uses_path(private).read_bytes()[8] == 2 and budget.renewed() is None
    for _ in range(2):
        disk.writes.clear()
        budget.spend_renewal(TARGET)
        assert disk.writes == [(8, b"\x02"), (HEADER_BYTES, RENEWED)]
