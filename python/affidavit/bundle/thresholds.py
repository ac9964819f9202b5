"""The prover's ledger of thresholds: one per record and policy (spec 5, ``.thresholds``).

Ten thresholds on one applicant would reveal the score. The ledger stops a verifier who asks again under the same
record id and policy id; it cannot stop one who invents policy ids, records that the issuer signs twice, or a prover
who keeps two copies of the model.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import hmac
import os
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path

from affidavit import limits
from affidavit.bundle import storage
from affidavit.bundle.budget import Handover
from affidavit.bundle.files import input_error, write_atomic
from affidavit.errors import InputError, Malformed, PolicyRefused

MAGIC = b"AFFTHRS\x02"
#: Begins with its entries: read, and appended to, but not written any more.
UNTIED = b"AFFTHRS\x01"
ENTRY_BYTES = 64
_LOST = bytes(32)


def ledger_path(private_file: Path) -> Path:
    return private_file.with_name(private_file.name + ".thresholds")


def ledger_bytes(secret: bytes, entries: bytes = b"") -> bytes:
    """A ledger with these entries, tied to the secret that keys them: under another one none would be found again."""
    return MAGIC + hmac.digest(secret, b"\x03", hashlib.sha256) + entries


def _start(data: bytes, secret: bytes, name: str) -> int:
    """Where the entries begin."""
    if data[: len(UNTIED)] == UNTIED:
        return len(UNTIED)
    if data[: len(MAGIC)] != MAGIC:
        raise Malformed(f"{name}: this is no thresholds ledger")
    header = ledger_bytes(secret)
    if not hmac.compare_digest(data[: len(header)], header):
        raise Malformed(
            f"{name}: this ledger is not the private file's, or one of the two is damaged",
            hint="put back the .thresholds file that belongs to this private file, or commit again",
            code="ledger",
        )
    return len(header)


def _parse(body: bytes) -> dict[bytes, bytes]:
    """Values by key. The first entry of a key counts; zeros that a power cut left were never acted upon."""
    known: dict[bytes, bytes] = {}
    for at in range(0, len(body), ENTRY_BYTES):
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

    def __init__(self, private_file: Path, secret: bytes) -> None:
        self._path, self._secret = ledger_path(private_file), secret

    @staticmethod
    def create(private_file: Path, secret: bytes, entries: bytes = b"") -> FileThresholds:
        """Write the ledger beside a new private file, with the entries from before."""
        write_atomic(ledger_path(private_file), ledger_bytes(secret, entries), private=True, replace=False)
        return FileThresholds(private_file, secret)

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

    def _read(self, handle: int) -> tuple[bytes, int]:
        """The whole entries, and where the next one goes: over a torn last one, which was never acted upon."""
        size = os.fstat(handle).st_size
        if size > limits.LEDGER_BYTES:
            raise InputError(f"{self._path} is full", hint="commit the model again", code="ledger-full")
        read = bytearray()
        while piece := os.pread(handle, size - len(read), len(read)):
            read += piece
        data = bytes(read)
        start = _start(data, self._secret, str(self._path))
        end = len(data) - (len(data) - start) % ENTRY_BYTES
        return data[start:end], end

    def entries(self) -> bytes:
        """All whole entries, for the ledger of a part or of a renewed model."""
        with self._open(writing=False) as handle:
            entries, _ = self._read(handle)
        return entries

    def check(self, keys: Iterable[bytes], value: bytes) -> None:
        """Raise what :meth:`record` would raise now, and write nothing."""
        with self._open(writing=False) as handle:
            entries, _ = self._read(handle)
        _new_entries(_parse(entries), keys, value)

    def record(self, keys: Iterable[bytes], value: bytes) -> None:
        """Remember ``value`` for every key before the proof is made, or raise :class:`PolicyRefused`."""
        with self._open(writing=True) as handle:
            entries, end = self._read(handle)
            fresh = _new_entries(_parse(entries), keys, value)
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
