"""Budgets: how many rows of a persistent commitment may still be opened (spec 5, ``.uses``).

Past its pads a commitment leaks its secrets, so rows are spent on disk, under a lock and with fsync, *before*
anything is computed from them. A crash wastes a use; it never repeats one.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from affidavit import limits
from affidavit.bundle import storage, uses_file
from affidavit.bundle.files import input_error, write_atomic
from affidavit.bundle.tally import read_tally, write_tally
from affidavit.bundle.uses_file import FILE_BYTES, HEADER_BYTES, Header, UsesFile
from affidavit.errors import BudgetSpent, InputError

__all__ = ["HEADER_BYTES", "Budget", "FileBudget", "Handover", "MemoryBudget", "uses_path"]


class Budget(Protocol):
    """What proving needs from a budget."""

    def check(self, count: int = 1) -> None:
        """Raise what :meth:`spend` would raise now, and spend nothing."""

    def spend(self, count: int = 1) -> int:
        """Spend ``count`` openings; returns the uses that are left. Raises :class:`BudgetSpent`, spending none."""

    def left(self) -> int:
        """Uses that are left."""


def _spent_error(name: str, left: int, count: int) -> BudgetSpent:
    if count > 1 or left > 0:
        return BudgetSpent(f"{name} has {left} uses left, not {count}", hint="give away fewer uses")
    return BudgetSpent(
        f"{name} has no uses left",
        hint="every proof opens rows that are hidden by pads, and the pads are used up; renew the model, or commit the "
        "input again",
    )


class Handover:
    """Uses of a budget in memory that are being written to disk."""

    def __init__(self, left: int) -> None:
        self.left = left
        #: Whether they are the file's now, whatever happens next: a name on disk is not reliably taken back.
        self.final = False


class MemoryBudget:
    """The budget of a commitment that was never saved. It dies with its process."""

    def __init__(self, name: str, uses: int) -> None:
        self._name, self._left, self._owner = name, uses, os.getpid()
        self._closed = False
        self._lock = threading.Lock()

    def _check_here(self) -> None:
        if os.getpid() != self._owner:
            raise InputError(
                f"{self._name} was committed in another process",
                hint="a forked process would open the same pads twice; save the model and load it there",
                code="forked",
            )
        if self._closed:
            raise InputError(
                f"{self._name} was saved meanwhile", hint="its uses are on disk now: prove again", code="saved"
            )

    def check(self, count: int = 1) -> None:
        self._check_here()
        if self._left < count:
            raise _spent_error(self._name, self._left, count)

    @contextlib.contextmanager
    def handed_over(self) -> Iterator[Handover]:
        """The uses that are left, to be written to disk in this block: nobody can spend them here any more.

        A block that fails gives them back, unless the handover was final.
        """
        with self._lock:
            self._check_here()
            handover, self._closed = Handover(self._left), True
        try:
            yield handover
        except BaseException:
            self._closed = handover.final
            raise

    def spend(self, count: int = 1) -> int:
        with self._lock:
            self.check(count)
            self._left -= count
            return self._left

    def left(self) -> int:
        return self._left


def uses_path(private_file: Path) -> Path:
    """Where the budget of a private file lies: beside it, with ``.uses`` added to its name."""
    return private_file.with_name(private_file.name + ".uses")


def locked(handle: int, kind: int, path: Path) -> None:
    """Lock an open file; :class:`InputError` where another process keeps it for long."""
    deadline = time.monotonic() + limits.LOCK_SECONDS
    while True:
        try:
            fcntl.flock(handle, kind | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() >= deadline:
                raise InputError(
                    f"{path} is locked by another process",
                    hint="another command is at work on the same file; try again",
                    code="locked",
                ) from None
            time.sleep(0.01)


class FileBudget:
    """The budget of one private file, in the ``.uses`` file beside it."""

    def __init__(
        self,
        private_file: Path,
        file_id: bytes,
        queries: int,
        uses: int,
        *,
        part: bool = False,
        unsafe_allow_copy: bool = False,
    ) -> None:
        """``queries`` rows an opening, and at most ``uses`` openings: what the private file's commitment pays for.

        A ``part`` alone is tied to its file by its first use.
        """
        self._file, self._id, self._allow_copy = private_file, file_id, unsafe_allow_copy
        self._queries, self._uses, self._part = queries, uses, part
        self._path = uses_path(private_file)

    @staticmethod
    def create(
        private_file: Path, file_id: bytes, queries: int, uses: int, *, staged: Path | None = None, part: bool = False
    ) -> FileBudget:
        """Write a fresh budget of ``uses`` openings of ``queries`` rows beside a private file.

        ``staged`` is where the private file is while it does not have its name yet. A ``part`` is moved to another
        machine before it is used: it is tied to the file that it is first used as.
        """
        found = private_file if staged is None else staged
        try:
            inode = storage.disk.inode(found)
        except OSError as error:
            raise input_error("read", private_file, error) from error
        version = uses_file.VERSION if part else uses_file.PLAIN
        header = Header(file_id, 0 if part else inode, queries, queries * uses, version)
        path = write_atomic(uses_path(private_file), header.encode(), private=True, replace=False)
        if not part:
            write_tally(found, storage.disk.inode(path), 0)
        return FileBudget(private_file, file_id, queries, uses, part=part)

    @contextlib.contextmanager
    def _open(self, writing: bool) -> Iterator[int]:
        flags = (os.O_RDWR if writing else os.O_RDONLY) | os.O_CLOEXEC | os.O_NOFOLLOW
        try:
            handle = os.open(self._path, flags)
        except FileNotFoundError as error:
            raise InputError(
                f"{self._file} has no {self._path.name} beside it",
                hint="the file of spent uses belongs to the private file; without it pads could be used twice. "
                "Move the private file with its .uses and .thresholds, or commit again",
                code="no-budget",
            ) from error
        except OSError as error:
            raise input_error("open", self._path, error) from error
        try:
            locked(handle, fcntl.LOCK_EX if writing else fcntl.LOCK_SH, self._path)
            yield handle
        except OSError as error:
            raise input_error("write" if writing else "read", self._path, error) from error
        finally:
            os.close(handle)

    def _read(self, handle: int) -> UsesFile:
        found = UsesFile.decode(os.pread(handle, FILE_BYTES + 1, 0))
        header = found.header
        if (
            header.file_id != self._id
            or header.queries != self._queries
            or header.rows > self._queries * self._uses
            or (header.inode == 0) != self._part
        ):
            raise InputError(
                f"{self._path} belongs to another private file, or was changed",
                hint="put back the .uses file that was written together with this private file",
                code="wrong-budget",
            )
        own = storage.disk.inode(handle)
        inode, least = read_tally(self._file) or (own, 0)
        if found.rows_opened < least:
            raise InputError(
                f"{self._path} is older than the last proof",
                hint="a restored budget would open the same pads twice and leak what they hide; commit again",
                code="copied",
            )
        same = found.inode in (0, storage.disk.inode(self._file)) and inode == own
        if not self._allow_copy and not same:
            raise InputError(
                f"{self._file} is a copy or a restored backup",
                hint="two copies would open the same pads twice and leak what they hide. Use the original, or commit "
                "again; if the original is gone and was not used since the copy, renew with the copy allowed "
                "explicitly (unsafe), and leave the copy alone after that",
                code="copied",
            )
        return found

    def _check(self, found: UsesFile, count: int) -> None:
        free = found.header.rows - found.rows_spent
        if count * self._queries > free:
            raise _spent_error(self._file.name, max(free, 0) // self._queries, count)

    def check(self, count: int = 1) -> None:
        with self._open(writing=True) as handle:
            self._check(self._read(handle), count)

    def spend(self, count: int = 1) -> int:
        with self._open(writing=True) as handle:
            found = self._read(handle)
            self._check(found, count)
            entries = uses_file.opening(self._queries, count)
            if found.inode == 0:
                entries = uses_file.settled(found.header, storage.disk.inode(self._file)) + entries
            after = self._append(handle, found, entries)
            return max(found.header.rows - after.rows_spent, 0) // self._queries

    def renewed(self) -> bytes | None:
        """The digest of the statement that the outgoing opening was spent for; None while it is not spent."""
        with self._open(writing=False) as handle:
            return self._read(handle).spent.renewed

    def check_renewal(self, target: bytes | None = None) -> None:
        """Raise what :meth:`spend_renewal` would raise now."""
        with self._open(writing=True) as handle:
            self._check_renewal(self._read(handle), target)

    def _check_renewal(self, found: UsesFile, target: bytes | None) -> None:
        if found.spent.renewed is not None and found.spent.renewed != target:
            raise BudgetSpent(
                f"{self._file.name} was renewed already, or a renewal was begun",
                hint="one renewal is all that its pads pay for: go on with the renewed file. A renewal that was "
                "interrupted is finished by running it again with the same output",
                code="renewed",
            )

    def spend_renewal(self, target: bytes) -> None:
        """Spend the outgoing opening, for the renewal statement of this digest and no other.

        Doing it again for the same one is fine, and makes sure that the first time is on the disk.
        """
        with self._open(writing=True) as handle:
            found = self._read(handle)
            self._check_renewal(found, target)
            # one byte, so there is no half of it; also where it reads so already, since an fsync that failed may have
            # left it in memory alone, and version 1 does not know the entry
            found = found.upgraded()
            storage.disk.write(handle, bytes([uses_file.VERSION]), uses_file.VERSION_AT)
            storage.disk.sync(handle)
            entry = uses_file.renewed(found.header, target)
            if found.spent.renewed is None:
                self._append(handle, found, entry)
            else:
                # whoever wrote it may have been told that it is not on the disk: it is written again
                at = os.pread(handle, FILE_BYTES, 0).index(entry, HEADER_BYTES)
                storage.disk.write(handle, entry, at)
                storage.disk.sync(handle)

    def _append(self, handle: int, found: UsesFile, entries: bytes) -> UsesFile:
        """Add entries behind what is whole, and make them durable."""
        data, at = found.appended(entries)
        storage.disk.write(handle, data, at)
        if at + len(data) < found.spent.end + found.spent.torn:
            storage.disk.truncate(handle, at + len(data))
        storage.disk.sync(handle)
        after = UsesFile.decode(os.pread(handle, FILE_BYTES + 1, 0))
        write_tally(self._file, storage.disk.inode(handle), after.rows_opened)
        return after

    def left(self) -> int:
        with self._open(writing=False) as handle:
            found = self._read(handle)
            return max(found.header.rows - found.rows_spent, 0) // found.header.queries
