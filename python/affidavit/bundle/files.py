"""Reading with a bound, writing all or nothing. Every failure is a typed :class:`InputError` with a hint."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
from pathlib import Path

from affidavit.errors import InputError, Malformed

_HINTS = {
    errno.ENOSPC: "the disk is full; nothing was written",
    errno.EDQUOT: "the disk quota is used up; nothing was written",
    errno.EACCES: "check the permissions of the file and its folder",
    errno.EPERM: "check the permissions of the file and its folder",
    errno.EROFS: "the file system is read-only",
    errno.ENOENT: "check the path; the folder must exist",
    errno.EISDIR: "this is a folder",
}


def input_error(action: str, path: Path, error: OSError) -> InputError:
    """The typed form of an operating-system error."""
    code = {errno.ENOSPC: "disk-full", errno.EDQUOT: "disk-full", errno.ENOENT: "not-found"}.get(error.errno or 0)
    return InputError(
        f"cannot {action} {path}: {error.strerror or error}", hint=_HINTS.get(error.errno or 0), code=code
    )


def read_bounded(path: str | os.PathLike[str], limit: int, what: str) -> bytes:
    """The bytes of a file of at most ``limit`` bytes."""
    target = Path(path)
    try:
        with target.open("rb") as stream:
            data = stream.read(limit + 1)
    except OSError as error:
        raise input_error("read", target, error) from error
    if len(data) > limit:
        raise Malformed(f"{target}: larger than any {what} ({limit} bytes)")
    return data


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_atomic(path: str | os.PathLike[str], data: bytes, *, private: bool = False, replace: bool = True) -> Path:
    """Write a whole file or none: temporary file in the same folder, fsync, rename, fsync of the folder.

    ``private`` files are created with mode 0600. Without ``replace`` an existing file is refused: a private file
    that is overwritten takes its budget's truth with it.
    """
    target = Path(path)
    temporary = target.with_name(f".{target.name}.{secrets.token_hex(8)}.tmp")
    try:
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600 if private else 0o644)
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        if replace:
            os.replace(temporary, target)
        else:
            # link fails if the target exists, so two writers cannot both win
            os.link(temporary, target)
            os.unlink(temporary)
        _sync_folder(target.parent)
    except FileExistsError as error:
        raise InputError(
            f"{target} exists", hint="choose another name, or move the old file away", code="exists"
        ) from error
    except OSError as error:
        raise input_error("write", target, error) from error
    finally:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
    return target


def remove_quietly(path: Path) -> None:
    """Take back a file that this call wrote, when a later step failed."""
    with contextlib.suppress(OSError):
        path.unlink()
