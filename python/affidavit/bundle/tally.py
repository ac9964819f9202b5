"""A second record of what was spent, in an extended attribute of the private file (spec 5, ``.uses``).

Restoring the ``.uses`` file alone does not reach it, so such a file is found to be older, or another one. Where the
file system has no user attributes there is no tally, and that goes unnoticed.
"""

from __future__ import annotations

import contextlib
import os
import struct
from pathlib import Path

from affidavit.bundle import storage

ATTRIBUTE = "user.affidavit.uses"
#: Inode of the ``.uses`` file and rows spent, those of a renewal included.
_FORM = struct.Struct("<QQ")


def read_tally(private_file: Path) -> tuple[int, int] | None:
    """Inode of the ``.uses`` file and rows that are spent at least; None where nothing is kept."""
    try:
        data = os.getxattr(private_file, ATTRIBUTE)
    except OSError:
        return None
    if len(data) != _FORM.size:
        return None
    inode, rows = _FORM.unpack(data)
    return inode, rows


def write_tally(private_file: Path, inode: int, rows: int) -> None:
    """Keep the two; file systems without user attributes keep nothing."""
    with contextlib.suppress(OSError):
        storage.disk.set_attribute(private_file, ATTRIBUTE, _FORM.pack(inode, rows))
