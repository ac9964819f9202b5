"""The prover's ledger of thresholds: one per record and policy (spec 5, ``.thresholds``).

Ten thresholds on one applicant would reveal the score. The ledger stops a verifier who asks again under the same
record id and policy id; it cannot stop one who invents policy ids, records that the issuer signs twice, or a prover
who keeps two copies of the model.
"""

from __future__ import annotations

import fcntl
import os
import threading
from collections.abc import Iterable
from pathlib import Path

from affidavit import limits
from affidavit.bundle.files import input_error
from affidavit.errors import InputError, Malformed, PolicyRefused

MAGIC = b"AFFTHRS\x01"
ENTRY_BYTES = 64


def ledger_path(private_file: Path) -> Path:
    return private_file.with_name(private_file.name + ".thresholds")


def _parse(data: bytes, name: str) -> dict[bytes, bytes]:
    if data[:8] != MAGIC:
        raise Malformed(f"{name}: this is no thresholds ledger")
    body = data[8:]
    whole = len(body) - len(body) % ENTRY_BYTES
    # the first entry of a key counts; a torn last entry was never acted upon
    known: dict[bytes, bytes] = {}
    for at in range(0, whole, ENTRY_BYTES):
        known.setdefault(body[at : at + 32], body[at + 32 : at + 64])
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
        self._lock = threading.Lock()

    def record(self, keys: Iterable[bytes], value: bytes) -> None:
        with self._lock:
            fresh = _new_entries(self._known, keys, value)
            for at in range(0, len(fresh), ENTRY_BYTES):
                self._known[fresh[at : at + 32]] = fresh[at + 32 : at + 64]


class FileThresholds:
    """The ledger beside a private model file: entries of key digest and threshold digest, appended under a lock."""

    def __init__(self, private_file: Path) -> None:
        self._path = ledger_path(private_file)

    def record(self, keys: Iterable[bytes], value: bytes) -> None:
        """Remember ``value`` for every key before the proof is made, or raise :class:`PolicyRefused`."""
        try:
            handle = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        except OSError as error:
            raise input_error("open", self._path, error) from error
        with os.fdopen(handle, "r+b", buffering=0) as stream:
            try:
                fcntl.flock(stream, fcntl.LOCK_EX)
                data = stream.read(limits.LEDGER_BYTES + 1) or b""
                if len(data) > limits.LEDGER_BYTES:
                    raise InputError(f"{self._path} is full", hint="commit the model again", code="ledger-full")
                # a file shorter than its magic is a first write that was cut off
                known = _parse(data, str(self._path)) if len(data) >= len(MAGIC) else {}
                fresh = _new_entries(known, keys, value)
                if fresh:
                    end = max(len(data) - (len(data) - 8) % ENTRY_BYTES, 8) if len(data) >= len(MAGIC) else 0
                    stream.seek(end)
                    payload = fresh if end else MAGIC + fresh
                    if stream.write(payload) != len(payload):
                        raise OSError(28, "the disk is full")
                    os.fsync(stream.fileno())
            except OSError as error:
                raise input_error("write", self._path, error) from error
