"""Budgets: how many rows of a persistent commitment may still be opened (spec 5, ``.uses``).

Past its pads a commitment leaks its secrets, so rows are spent on disk, under a lock and with fsync, *before*
anything is computed from them. A crash wastes a use; it never repeats one.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import struct
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from affidavit import limits
from affidavit.bundle.codec import Reader, Writer
from affidavit.bundle.files import input_error, write_atomic
from affidavit.bundle.tally import read_tally, write_tally
from affidavit.errors import BudgetSpent, InputError

MAGIC = b"AFFUSES\x01"
VERSION = 1
HEADER_BYTES = 8 + 2 + 32 + 8 + 2 + 4
ENTRY_BYTES = 4
_ENTRY = struct.Struct("<I")
FILE_BYTES = HEADER_BYTES + ENTRY_BYTES * limits.USES


class Budget(Protocol):
    """What proving needs from a budget."""

    def check(self) -> None:
        """Raise what :meth:`spend` would raise now, and spend nothing."""

    def spend(self) -> int:
        """Spend one opening; returns the uses that are left. Raises :class:`BudgetSpent`."""

    def left(self) -> int:
        """Uses that are left."""


def _spent_error(name: str) -> BudgetSpent:
    return BudgetSpent(
        f"{name} has no uses left",
        hint="every proof opens rows that are hidden by pads, and the pads are used up; commit again with more uses",
    )


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

    def check(self) -> None:
        self._check_here()
        if self._left == 0:
            raise _spent_error(self._name)

    @contextlib.contextmanager
    def handed_over(self) -> Iterator[int]:
        """The uses that are left, to be written to disk in this block: nobody can spend them here any more.

        A block that fails gives them back.
        """
        with self._lock:
            self._check_here()
            left, self._closed = self._left, True
        try:
            yield left
        except BaseException:
            self._closed = False
            raise

    def spend(self) -> int:
        with self._lock:
            self.check()
            self._left -= 1
            return self._left

    def left(self) -> int:
        return self._left


@dataclass(frozen=True)
class _Header:
    file_id: bytes
    inode: int
    queries: int
    rows: int

    def encode(self) -> bytes:
        out = Writer("uses file")
        out.raw("magic", MAGIC, 8)
        out.u16("version", VERSION)
        out.digest("file id", self.file_id)
        out.u64("inode", self.inode)
        out.u16("queries", self.queries)
        out.u32("rows", self.rows)
        return out.finish()

    @staticmethod
    def decode(data: bytes) -> _Header:
        source = Reader("uses file", data)
        source.magic(MAGIC)
        source.version(VERSION)
        header = _Header(source.digest("file id"), source.u64("inode"), source.u16("queries"), source.u32("rows"))
        source.finish()
        if header.queries == 0:
            raise source.fail("queries", "is zero")
        return header


def uses_path(private_file: Path) -> Path:
    """Where the budget of a private file lies: beside it, with ``.uses`` added to its name."""
    return private_file.with_name(private_file.name + ".uses")


class FileBudget:
    """The budget of one private file, in the ``.uses`` file beside it: a header, then one entry per spent opening."""

    def __init__(
        self, private_file: Path, file_id: bytes, queries: int, uses: int, *, unsafe_allow_copy: bool = False
    ) -> None:
        """``queries`` rows an opening, and at most ``uses`` openings: what the private file's commitment pays for."""
        self._file, self._id, self._allow_copy = private_file, file_id, unsafe_allow_copy
        self._queries, self._uses = queries, uses
        self._path = uses_path(private_file)

    @staticmethod
    def create(private_file: Path, file_id: bytes, queries: int, uses: int) -> FileBudget:
        """Write a fresh budget of ``uses`` openings of ``queries`` rows beside a private file that exists."""
        try:
            inode = private_file.stat().st_ino
        except OSError as error:
            raise input_error("read", private_file, error) from error
        header = _Header(file_id, inode, queries, queries * uses)
        path = write_atomic(uses_path(private_file), header.encode(), private=True, replace=False)
        write_tally(private_file, path.stat().st_ino, 0)
        return FileBudget(private_file, file_id, queries, uses)

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
            self._lock(handle, fcntl.LOCK_EX if writing else fcntl.LOCK_SH)
            yield handle
        except OSError as error:
            raise input_error("write" if writing else "read", self._path, error) from error
        finally:
            os.close(handle)

    def _lock(self, handle: int, kind: int) -> None:
        deadline = time.monotonic() + limits.LOCK_SECONDS
        while True:
            try:
                fcntl.flock(handle, kind | fcntl.LOCK_NB)
                return
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    raise InputError(
                        f"{self._path} is locked by another process",
                        hint="another proof is being started from the same file; try again",
                        code="locked",
                    ) from None
                time.sleep(0.01)

    def _read(self, handle: int) -> tuple[_Header, int]:
        """Header and rows spent. A torn last entry counts as one whole opening."""
        data = os.pread(handle, FILE_BYTES + 1, 0)
        header = _Header.decode(data[:HEADER_BYTES])
        entries, torn = divmod(len(data) - HEADER_BYTES, ENTRY_BYTES)
        spent = (entries + (torn > 0)) * self._queries
        if (
            header.file_id != self._id
            or header.queries != self._queries
            or header.rows > self._queries * self._uses
            or data[HEADER_BYTES : HEADER_BYTES + entries * ENTRY_BYTES] != _ENTRY.pack(self._queries) * entries
        ):
            raise InputError(
                f"{self._path} belongs to another private file, or was changed",
                hint="put back the .uses file that was written together with this private file",
                code="wrong-budget",
            )
        inode, least = read_tally(self._file) or (os.fstat(handle).st_ino, 0)
        if spent < least:
            raise InputError(
                f"{self._path} is older than the last proof",
                hint="a restored budget would open the same pads twice and leak what they hide; commit again",
                code="copied",
            )
        same = header.inode == self._file.stat().st_ino and inode == os.fstat(handle).st_ino
        if not self._allow_copy and not same:
            raise InputError(
                f"{self._file} is a copy or a restored backup",
                hint="two copies would open the same pads twice and leak what they hide. Use the original, or commit "
                "again; if the original is gone and was not used since the copy, allow it explicitly (unsafe)",
                code="copied",
            )
        return header, spent

    def _next(self, handle: int) -> tuple[_Header, int]:
        """Header and rows spent after one more opening."""
        header, spent = self._read(handle)
        after = spent + header.queries
        if after > header.rows:
            raise _spent_error(self._file.name)
        return header, after

    def check(self) -> None:
        with self._open(writing=True) as handle:
            self._next(handle)

    def spend(self) -> int:
        with self._open(writing=True) as handle:
            header, after = self._next(handle)
            size = os.fstat(handle).st_size
            torn = (size - HEADER_BYTES) % ENTRY_BYTES
            entry = _ENTRY.pack(header.queries)
            # a torn entry was counted as spent: complete it, then add ours
            self._append(handle, entry + entry if torn else entry, size - torn)
            write_tally(self._file, os.fstat(handle).st_ino, after)
            return (header.rows - after) // header.queries

    @staticmethod
    def _append(handle: int, data: bytes, offset: int) -> None:
        written = os.pwrite(handle, data, offset)
        if written != len(data):
            raise OSError(28, "the disk is full")
        os.fsync(handle)

    def left(self) -> int:
        with self._open(writing=False) as handle:
            header, spent = self._read(handle)
            return max(header.rows - spent, 0) // header.queries
