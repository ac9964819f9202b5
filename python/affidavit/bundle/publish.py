"""A private file and what belongs to it appear on disk together: the private file's own name comes last.

Whoever is stopped on the way leaves at most files without their private file, which are of no use to anybody.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from affidavit.bundle.budget import FileBudget, Handover, uses_path
from affidavit.bundle.files import StagedFile, exists_error, remove_quietly, write_atomic
from affidavit.errors import InputError


@dataclass(frozen=True)
class Companion:
    """A file that belongs to a private file; written once, never replaced."""

    path: Path
    data: bytes
    private: bool = True


@dataclass(frozen=True)
class Share:
    """The budget that a private file begins with. A ``part`` will be moved before it is used."""

    file_id: bytes
    queries: int
    uses: int
    part: bool = False


def check_absent(*paths: Path) -> None:
    """Raise :class:`InputError` for a file that is in the way, before anything is done that cannot be undone."""
    for path in paths:
        if path.exists() or path.is_symlink():
            raise exists_error(path)


def publish(staged: StagedFile, share: Share, companions: list[Companion], handover: Handover) -> FileBudget:
    """Write budget and companions, then give the staged file its name. ``staged.settle()`` is left to the caller.

    An error leaves none of them, and a handover that is not final; unless the name was given.
    """
    written: list[Path] = []
    try:
        budget = FileBudget.create(
            staged.target, share.file_id, share.queries, share.uses, staged=staged.path, part=share.part
        )
        written.append(uses_path(staged.target))
        for companion in companions:
            write_atomic(companion.path, companion.data, private=companion.private, replace=False)
            written.append(companion.path)
        handover.final = True
        try:
            staged.link()
        except InputError:
            handover.final = False
            raise
    except BaseException:
        if not handover.final:
            for path in written:
                remove_quietly(path)
        raise
    return budget
