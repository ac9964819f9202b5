"""What is on disk below a folder, for comparing before and after."""

from __future__ import annotations

from pathlib import Path

Snapshot = dict[str, bytes | None]


def snapshot(folder: Path) -> Snapshot:
    """Every path below a folder with its bytes; None for folders and links."""
    return {
        str(p.relative_to(folder)): p.read_bytes() if p.is_file() and not p.is_symlink() else None
        for p in sorted(folder.rglob("*"))
    }
