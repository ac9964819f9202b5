"""A renewal that was begun (spec 5, ``.model.pending``): everything that determines its proof, and with the old
private file nothing else does. The finished private file takes its place under the same name, until it gets its own.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from affidavit import limits
from affidavit.bundle.codec import Reader, Writer
from affidavit.bundle.files import read_bounded
from affidavit.bundle.model_file import MODEL_MAGIC, ModelFile

MAGIC = b"AFFPEND\x01"
VERSION = 1


def pending_path(private_file: Path) -> Path:
    return private_file.with_name(private_file.name + ".pending")


@dataclass(frozen=True)
class PendingRenewal:
    """``predecessor`` is the digest of the commitment that is renewed; ``commitment`` is the new one."""

    file_id: bytes
    # reprs end up in tracebacks and logs
    seed: bytes = field(repr=False)
    uses: int
    predecessor: bytes
    commitment: bytes
    statement: bytes

    def encode(self) -> bytes:
        out = Writer("pending renewal")
        out.raw("magic", MAGIC, 8)
        out.u16("version", VERSION)
        out.digest("file id", self.file_id)
        out.digest("seed", self.seed)
        out.u32("uses", self.uses)
        out.digest("predecessor", self.predecessor)
        out.data("commitment", self.commitment, limits.COMMITMENT_BYTES)
        out.data("statement", self.statement, limits.RENEWAL_STATEMENT_BYTES)
        return out.finish()

    @staticmethod
    def decode(data: bytes) -> PendingRenewal:
        source = Reader("pending renewal", data)
        source.magic(MAGIC)
        source.version(VERSION)
        file_id, seed = source.digest("file id"), source.digest("seed")
        uses, predecessor = source.u32("uses"), source.digest("predecessor")
        commitment = source.data("commitment", limits.COMMITMENT_BYTES)
        statement = source.data("statement", limits.RENEWAL_STATEMENT_BYTES)
        source.finish()
        return PendingRenewal(file_id, seed, uses, predecessor, commitment, statement)


def read_pending(path: Path) -> PendingRenewal | ModelFile | None:
    """What lies under the pending name: a renewal begun, a finished private file, or nothing."""
    if not path.exists() and not path.is_symlink():
        return None
    data = read_bounded(path, limits.PRIVATE_FILE_BYTES, "pending renewal")
    return ModelFile.decode(data) if data.startswith(MODEL_MAGIC) else PendingRenewal.decode(data)
