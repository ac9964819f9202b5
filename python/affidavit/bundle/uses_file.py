"""The bytes of a ``.uses`` file (spec 5): a header, then what was spent, appended only.

The reader knows what a crash may leave at the end of the file, and counts it as spent: a wasted use is cheap, a
repeated one leaks.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass, replace

import numpy as np

from affidavit import limits
from affidavit.bundle.codec import Reader, Writer
from affidavit.errors import Malformed

MAGIC = b"AFFUSES\x01"
#: Version 1 knows openings only. A version 1 file becomes one of version 2 by its version's low byte.
PLAIN, VERSION = 1, 2
VERSION_AT = 8
HEADER_BYTES = 8 + 2 + 32 + 8 + 2 + 4
ENTRY_BYTES = 4
#: No opening has so many rows.
_MARK = 0xFFFFFFFF
RENEWED, SETTLED = 1, 2
_RECORD = struct.Struct("<II32sI")
RECORD_BYTES = _RECORD.size
FILE_BYTES = HEADER_BYTES + ENTRY_BYTES * limits.USES + 64 * RECORD_BYTES
#: A renewal whose record is damaged: to what, nobody can say.
UNKNOWN = bytes(32)


@dataclass(frozen=True)
class Header:
    """``inode`` is the private file's; 0 for a part that has not been used yet, wherever it is."""

    file_id: bytes
    inode: int
    queries: int
    rows: int
    version: int = PLAIN

    def encode(self) -> bytes:
        out = Writer("uses file")
        out.raw("magic", MAGIC, 8)
        out.u16("version", self.version)
        out.digest("file id", self.file_id)
        out.u64("inode", self.inode)
        out.u16("queries", self.queries)
        out.u32("rows", self.rows)
        return out.finish()

    @staticmethod
    def decode(data: bytes) -> Header:
        source = Reader("uses file", data)
        source.magic(MAGIC)
        version = source.version(PLAIN, VERSION)
        file_id, inode = source.digest("file id"), source.u64("inode")
        queries, rows = source.u16("queries"), source.u32("rows")
        source.finish()
        if queries == 0:
            raise source.fail("queries", "is zero")
        if (inode == 0) and version == PLAIN:
            raise source.fail("inode", "is zero")
        return Header(file_id, inode, queries, rows, version)


@dataclass(frozen=True)
class Spent:
    """What the entries say. ``end`` is where the next one goes, behind what is whole; ``torn`` lies after it."""

    openings: int
    settled: int | None
    renewed: bytes | None
    end: int
    torn: int


@dataclass(frozen=True)
class UsesFile:
    header: Header
    spent: Spent

    @staticmethod
    def decode(data: bytes) -> UsesFile:
        """Raises :class:`Malformed` for what is no uses file; whatever the entries are, they are counted."""
        if len(data) > FILE_BYTES:
            raise Malformed(f"uses file: larger than any ({FILE_BYTES} bytes)")
        header = Header.decode(data[:HEADER_BYTES])
        return UsesFile(header, _entries(header, data[HEADER_BYTES:]))

    @property
    def inode(self) -> int:
        """The private file's inode; 0 while it is not settled."""
        return self.header.inode or self.spent.settled or 0

    @property
    def rows_spent(self) -> int:
        """Rows of the budget that are spent: whole openings, and one more for a torn entry."""
        return (self.spent.openings + (self.spent.torn > 0)) * self.header.queries

    @property
    def rows_opened(self) -> int:
        """The same with the rows of an outgoing renewal."""
        return self.rows_spent + (self.header.queries if self.spent.renewed is not None else 0)

    def appended(self, entries: bytes) -> tuple[bytes, int]:
        """The bytes that add ``entries``, and where: a torn entry was counted as an opening and becomes one."""
        repair = opening(self.header.queries) if self.spent.torn else b""
        return repair + entries, self.spent.end

    def upgraded(self) -> UsesFile:
        return replace(self, header=replace(self.header, version=VERSION))


def opening(queries: int, count: int = 1) -> bytes:
    """Entries of ``count`` openings."""
    return struct.pack("<I", queries) * count


def _check(header: Header, kind: int, body: bytes) -> int:
    return zlib.crc32(header.file_id + struct.pack("<I", kind) + body)


def renewed(header: Header, target: bytes) -> bytes:
    """The entry of the outgoing opening: spent for the renewal statement of this digest."""
    return _RECORD.pack(_MARK, RENEWED, target, _check(header, RENEWED, target))


def settled(header: Header, inode: int) -> bytes:
    """The entry that ties a part to the file that it was first used as."""
    body = struct.pack("<Q", inode) + bytes(24)
    return _RECORD.pack(_MARK, SETTLED, body, _check(header, SETTLED, body))


def _entries(header: Header, data: bytes) -> Spent:
    whole = len(data) - len(data) % ENTRY_BYTES
    openings, at, torn_at = 0, 0, whole
    inode: int | None = None
    target: bytes | None = None
    marks: list[int] = []
    if header.version != PLAIN:
        words = np.frombuffer(data, dtype="<u4", count=whole // ENTRY_BYTES)
        marks = [int(i) * ENTRY_BYTES for i in np.flatnonzero(words == _MARK)]
    for mark in marks:
        if mark < at:  # inside of a record
            continue
        openings += (mark - at) // ENTRY_BYTES
        at = mark
        if mark + RECORD_BYTES > len(data):
            torn_at = mark
            break
        _, kind, body, check = _RECORD.unpack_from(data, mark)
        if check == _check(header, kind, body) and kind in (RENEWED, SETTLED):
            if kind == RENEWED:
                target = body if target in (None, body) else UNKNOWN
            elif inode is None:
                inode = struct.unpack_from("<Q", body)[0]
            at = mark + RECORD_BYTES
        elif mark + RECORD_BYTES == len(data):
            torn_at = mark
            break
        else:
            # behind it others were written, so it was whole once: better no renewal than a second one
            target = UNKNOWN
    if at <= torn_at:
        # a word that is no entry stands where an opening was to be written
        openings += (torn_at - at) // ENTRY_BYTES
    return Spent(openings, inode, target, HEADER_BYTES + torn_at, len(data) - torn_at)
