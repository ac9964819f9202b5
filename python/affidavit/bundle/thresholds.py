"""The prover's ledger of thresholds: one per record and policy (spec 5, ``.thresholds``).

Ten thresholds on one applicant would reveal the score. The ledger stops a verifier who asks again under the same
record id and policy id; it cannot stop one who invents policy ids, records that the issuer signs twice, or a prover
who keeps two copies of the model.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path

from affidavit import limits
from affidavit.bundle import storage
from affidavit.bundle.budget import Handover
from affidavit.bundle.files import input_error, write_atomic
from affidavit.errors import InputError, Malformed, PolicyRefused

MAGIC = b"AFFTHRS\x01"
ENTRY_BYTES = 64
_LOST = bytes(32)


def ledger_path(private_file: Path) -> Path:
    return private_file.with_name(private_file.name + ".thresholds")


def _parse(data: bytes, name: str) -> dict[bytes, bytes]:
    if data[:8] != MAGIC:
        raise Malformed(f"{name}: this is no thresholds ledger")
    body = data[8:]
    whole = len(body) - len(body) % ENTRY_BYTES
    # the first entry of a key counts; one that is cut off, or zeros that a power cut left, was never acted upon
    known: dict[bytes, bytes] = {}
    for at in range(0, whole, ENTRY_BYTES):
        key, value = body[at : at + 32], body[at + 32 : at + 64]
        if key != _LOST and value != _LOST:
            known.setdefault(key, value)
    return known


def _new_entries(known: dict[bytes, bytes], keys: Iterable[bytes], value: bytes) -> bytes:
    fresh = bytearray()
    for key in dict.fromkeys(keys):
        earlier = known.get(key)
        if earlier is None:
            fresh += key + value
        elif earlier != value:
            raise PolicyRefused(
                "another threshold was already proven for this record under this policy id",
                hint="several thresholds on one record reveal the score; use a new policy id only for a new decision, "
                "or allow repeated thresholds explicitly (unsafe)",
                code="repeated-threshold",
            )
    return bytes(fresh)


class MemoryThresholds:
    """The ledger of a model that was never saved."""

    def __init__(self) -> None:
        self._known: dict[bytes, bytes] = {}
        self._closed = False
        self._lock = threading.Lock()

    @contextlib.contextmanager
    def handed_over(self, handover: Handover) -> Iterator[bytes]:
        """All entries, to be written to disk in this block: nothing more is remembered here.

        A block that fails opens the ledger again, unless the handover was final.
        """
        with self._lock:
            self._closed = True
            entries = b"".join(key + value for key, value in self._known.items())
        try:
            yield entries
        except BaseException:
            self._closed = handover.final
            raise

    def entries(self) -> bytes:
        """What is remembered, as a ledger on disk holds it."""
        with self._lock:
            return b"".join(key + value for key, value in self._known.items())

    def check(self, keys: Iterable[bytes], value: bytes) -> None:
        """Raise what :meth:`record` would raise now, and remember nothing."""
        _new_entries(self._known, keys, value)

    def record(self, keys: Iterable[bytes], value: bytes) -> None:
        """Remember ``value`` for every key, or raise :class:`PolicyRefused` and remember nothing."""
        with self._lock:
            if self._closed:
                raise InputError("the model was saved meanwhile", hint="prove again", code="saved")
            fresh = _new_entries(self._known, keys, value)
            for at in range(0, len(fresh), ENTRY_BYTES):
                self._known[fresh[at : at + 32]] = fresh[at + 32 : at + 64]


class FileThresholds:
    """The ledger beside a private model file: entries of key digest and threshold digest, appended under a lock."""

    def __init__(self, private_file: Path) -> None:
        self._path = ledger_path(private_file)

    @staticmethod
    def create(private_file: Path, entries: bytes = b"", *, replace: bool = False) -> FileThresholds:
        """Write the ledger beside a new private file, with the entries from before."""
        write_atomic(ledger_path(private_file), MAGIC + entries, private=True, replace=replace)
        return FileThresholds(private_file)

    @contextlib.contextmanager
    def _open(self, writing: bool) -> Iterator[int]:
        try:
            handle = os.open(self._path, (os.O_RDWR if writing else os.O_RDONLY) | os.O_CLOEXEC | os.O_NOFOLLOW)
        except FileNotFoundError as error:
            raise InputError(
                f"{self._path} is missing",
                hint="without the ledger another threshold would be proven for the same record. Move the private file "
                "with its .uses and .thresholds, or commit again",
                code="no-ledger",
            ) from error
        except OSError as error:
            raise input_error("open", self._path, error) from error
        try:
            fcntl.flock(handle, fcntl.LOCK_EX if writing else fcntl.LOCK_SH)
            yield handle
        except OSError as error:
            raise input_error("write" if writing else "read", self._path, error) from error
        finally:
            os.close(handle)

    def _read(self, handle: int) -> tuple[bytes, dict[bytes, bytes]]:
        """The bytes of the ledger and what they say."""
        size = os.fstat(handle).st_size
        if size > limits.LEDGER_BYTES:
            raise InputError(f"{self._path} is full", hint="commit the model again", code="ledger-full")
        data = bytearray()
        while piece := os.pread(handle, size - len(data), len(data)):
            data += piece
        return bytes(data), _parse(bytes(data), str(self._path))

    def entries(self) -> bytes:
        """All whole entries, for the ledger of a part or of a renewed model."""
        with self._open(writing=False) as handle:
            data, _ = self._read(handle)
        return data[len(MAGIC) : _end(data)]

    def check(self, keys: Iterable[bytes], value: bytes) -> None:
        """Raise what :meth:`record` would raise now, and write nothing."""
        with self._open(writing=False) as handle:
            _, known = self._read(handle)
        _new_entries(known, keys, value)

    def record(self, keys: Iterable[bytes], value: bytes) -> None:
        """Remember ``value`` for every key before the proof is made, or raise :class:`PolicyRefused`."""
        with self._open(writing=True) as handle:
            data, known = self._read(handle)
            fresh = _new_entries(known, keys, value)
            end = _end(data)
            try:
                if fresh:
                    storage.disk.write(handle, fresh, end)
                # what is there may have been written by a process that was stopped before it was durable
                storage.disk.sync(handle)
            except OSError:
                # an entry that may not be on the disk must not be taken for one that is
                with contextlib.suppress(OSError):
                    storage.disk.truncate(handle, end)
                raise


def _end(data: bytes) -> int:
    """Where the next entry goes: over a torn last one, which was never acted upon."""
    return len(data) - (len(data) - len(MAGIC)) % ENTRY_BYTES
