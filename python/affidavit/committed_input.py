"""A committed input on its owner's side: integers, pads, budget, and the public card that an issuer may sign."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from affidavit import core, limits
from affidavit.bundle.budget import Budget, FileBudget, MemoryBudget
from affidavit.bundle.commitment import Commitment, Schema
from affidavit.bundle.files import StagedFile
from affidavit.bundle.input_files import InputCard, InputFile, signed_message
from affidavit.bundle.publish import Companion, Share, publish
from affidavit.errors import InputError, Malformed, UsageError, utf8
from affidavit.keys import PrivateKey

PathLike = str | os.PathLike[str]


class CommittedInput:
    """One committed table of inputs; every proof about it spends one of its uses."""

    def __init__(self, file: InputFile, budget: Budget, *, oracle: Any | None = None, path: Path | None = None) -> None:
        self._file = file
        self._oracle = oracle
        self.budget = budget
        self.path = path
        self.schema = Schema.decode(file.card.schema)
        self.arrays = _shaped(self.schema, file.batch, file.arrays)
        self.commitment = Commitment.decode(file.card.commitment)

    @property
    def card(self) -> InputCard:
        """The public side."""
        return self._file.card

    @property
    def secret(self) -> bytes:
        return self._file.secret

    @property
    def batch(self) -> int:
        return self._file.batch

    @property
    def uses_left(self) -> int:
        return self.budget.left()

    @property
    def oracle(self) -> Any:
        """The commitment's private side, recomputed from the seed at first use."""
        if self._oracle is None:
            oracle = core.commit_input(self.card.schema, self.batch, list(self.arrays), self._file.seed)
            if bytes(oracle.commitment) != self.card.commitment:
                raise Malformed("the private file does not reproduce its commitment: it is damaged", code="commitment")
            self._oracle = oracle
        return self._oracle

    def save(self, stem: PathLike) -> tuple[Path, Path]:
        """Write ``STEM.input`` (private), its ``.uses`` file and ``STEM.input-card``; none may exist."""
        memory = self.budget
        if not isinstance(memory, MemoryBudget):
            raise UsageError(f"this input is already saved as {self.path}")
        path, card_path = Path(os.fspath(stem) + ".input"), Path(os.fspath(stem) + ".input-card")
        with memory.handed_over() as handover, StagedFile(path, self._file.encode()) as staged:
            share = Share(self._file.file_id, self.commitment.queries, handover.left)
            companions = [Companion(card_path, self.card.encode(), private=False)]
            self.budget = publish(staged, share, companions, handover)
            self.path = path
            staged.settle()
        return path, card_path

    @staticmethod
    def load(path: PathLike, *, unsafe_allow_copy: bool = False) -> CommittedInput:
        """Read a ``.input`` file; the ``.uses`` file must lie beside it."""
        target = Path(path)
        file = InputFile.load(target)
        commitment = Commitment.decode(file.card.commitment)
        budget = FileBudget(
            target, file.file_id, commitment.queries, commitment.uses, unsafe_allow_copy=unsafe_allow_copy
        )
        return CommittedInput(file, budget, path=target)


def _shaped(schema: Schema, batch: int, arrays: Sequence[np.ndarray]) -> tuple[np.ndarray, ...]:
    if len(arrays) != len(schema.inputs):
        raise Malformed("the private input has another number of arrays than its schema", code="input")
    try:
        return tuple(
            np.ascontiguousarray(a, dtype=np.int64).reshape(batch, *port.shape)
            for a, port in zip(arrays, schema.inputs, strict=True)
        )
    except ValueError:
        raise Malformed("a private input does not have its schema's shape", code="input") from None


def commit_arrays(
    schema: bytes,
    integers: Mapping[str, np.ndarray],
    *,
    records: Sequence[str] = (),
    expiry: int = 0,
    key: PrivateKey | None = None,
) -> CommittedInput:
    """Commit integer inputs ``[B, *shape]`` under a schema; sign them where a key is given."""
    described = Schema.decode(schema)
    arrays = [np.ascontiguousarray(integers[port.name], dtype=np.int64) for port in described.inputs]
    batch = int(arrays[0].shape[0]) if arrays else 1
    if any(a.shape[0] != batch for a in arrays):
        raise InputError("the inputs have different numbers of rows", code="batch")
    ids = tuple(records)
    if ids and len(ids) != batch:
        raise UsageError(f"{len(ids)} record ids for {batch} rows", hint="give one record id per row, in order")
    if any(not 1 <= len(utf8(r, "a record id")) <= limits.RECORD_BYTES for r in ids):
        raise UsageError(f"a record id has 1 to {limits.RECORD_BYTES} bytes")
    if key is not None and not ids:
        raise UsageError("a signature needs record ids", hint="it says whose data this is: one id per row")
    seed = secrets.token_bytes(32)
    oracle = core.commit_input(schema, batch, arrays, seed)
    commitment = bytes(oracle.commitment)
    issuer = signature = None
    if key is not None:
        message = signed_message(core.digest("schema", schema), core.digest("commitment", commitment), ids, expiry)
        issuer, signature = key.public().raw, key.sign(core.digest("input-signature", message))
    card = InputCard(schema, commitment, ids, expiry, issuer, signature)
    file = InputFile(secrets.token_bytes(32), seed, secrets.token_bytes(32), batch, card, tuple(arrays))
    uses = Commitment.decode(commitment).uses
    return CommittedInput(file, MemoryBudget("the input", uses), oracle=oracle)
