"""Spec 6.5: opened rows and their tree."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from functools import cache

from blake3 import blake3

from .codec import Reader
from .errors import Broken
from .fields import Field


@cache
def leaf_key(width: int, cell: int) -> bytes:
    return blake3(struct.pack("<II", width, cell), derive_key_context="affidavit v1 merkle leaf").digest()


NODE_KEY = blake3(b"", derive_key_context="affidavit v1 merkle node").digest()


def leaf(width: int, cell: int, salt: bytes, row: bytes) -> bytes:
    data = salt + row
    return blake3(data + bytes(-len(data) % 64), key=leaf_key(width, cell)).digest()


def node(left: bytes, right: bytes) -> bytes:
    return blake3(left + right, key=NODE_KEY).digest()


class Opening:
    """The rows at the (sorted, distinct) positions; reading them and checking the root are two steps."""

    def __init__(self, reader: Reader, field: Field, positions: Sequence[int], width: int, log_leaves: int) -> None:
        self.start = reader.at  # for who wants to know where it lies
        rows = [reader.take(width * field.width) for _ in positions]
        salts = [reader.take(32) for _ in positions]
        self.rows = [field.read_fs(row) for row in rows]
        hashes = (leaf(width, field.width, salt, row) for salt, row in zip(salts, rows, strict=True))
        level = dict(zip(positions, hashes, strict=True))
        for _ in range(log_leaves):
            for i in sorted(level):
                if i ^ 1 not in level:
                    level[i ^ 1] = reader.take(32)
            level = {i >> 1: node(level[i], level[i + 1]) for i in sorted(level) if i % 2 == 0}
        self.root = level[0]

    def check(self, root: bytes) -> None:
        if self.root != root:
            raise Broken("the opened rows do not hash to the root")
