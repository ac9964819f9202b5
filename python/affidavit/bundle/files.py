"""Reading with a bound, writing all or nothing. Every failure is a typed :class:`InputError` with a hint."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import stat
from pathlib import Path

from affidavit.errors import InputError, Malformed, UsageError

_HINTS = {
    errno.ENOSPC: "the disk is full; nothing was written",
    errno.EDQUOT: "the disk quota is used up; nothing was written",
    errno.EACCES: "check the permissions of the file and its folder",
    errno.EPERM: "check the permissions of the file and its folder",
    errno.EROFS: "the file system is read-only",
    errno.ENOENT: "check the path; the folder must exist",
    errno.EISDIR: "this is a folder",
}

#: How the magic of each of affidavit's own formats begins.
_OWN = b"AFF"
#: Bytes of one read from a file that grows, or from a pipe.
_PIECE = 1 << 20
#: What file systems (and old kernels) answer that have no O_TMPFILE.
_NO_UNNAMED_FILES = (errno.EOPNOTSUPP, errno.EISDIR, errno.EINVAL)


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
            found = os.fstat(stream.fileno())
            if not stat.S_ISREG(found.st_mode) and not stat.S_ISFIFO(found.st_mode):
                raise InputError(f"{target} is no regular file")
            # a read of the whole limit would allocate it at once
            data = bytearray(stream.read(min(found.st_size, limit) + 1))
            while len(data) <= limit and (more := stream.read(min(_PIECE, limit + 1 - len(data)))):
                data += more
    except OSError as error:
        raise input_error("read", target, error) from error
    except ValueError as error:
        raise UsageError(f"{str(target)!r} is no path: {error}") from error
    if len(data) > limit:
        raise Malformed(f"{target}: larger than any {what} ({limit} bytes)")
    return bytes(data)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _check_replaceable(target: Path, magic: bytes) -> None:
    """affidavit's files replace files of their own kind only: a bundle written over a private file would be its end."""
    if not magic.startswith(_OWN):
        return
    try:
        if target.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        if not target.exists():
            return
        if not target.is_file():
            raise InputError(f"{target} is no regular file", hint="choose another name", code="exists")
        with target.open("rb") as stream:
            found = stream.read(len(magic))
    except OSError as error:
        raise input_error("write", target, error) from error
    if found not in (b"", magic):
        raise InputError(
            f"{target} exists and is another kind of file", hint="choose another name, or move it away", code="exists"
        )


def _temporary(target: Path) -> Path:
    return target.with_name(f".{target.name}.{secrets.token_hex(8)}.tmp")


def write_atomic(path: str | os.PathLike[str], data: bytes, *, private: bool = False, replace: bool = True) -> Path:
    """Write a whole file or none: temporary file in the same folder, fsync, rename, fsync of the folder.

    ``private`` files are created with mode 0600. Without ``replace`` an existing file is refused: a private file
    that is overwritten takes its budget's truth with it. With it, only a file of the same kind is replaced.
    """
    target = Path(path)
    if replace:
        _check_replaceable(target, data[:8])
    temporary = _temporary(target)
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


class PendingFile:
    """A public file that is written when long work is done. That it cannot be written shows before the work.

    Until it is whole it has no name, so that not even a kill leaves anything of it behind. Use it in a ``with`` block.
    """

    def __init__(self, path: str | os.PathLike[str], magic: bytes) -> None:
        self._target = Path(path)
        _check_replaceable(self._target, magic)
        folder = self._target.parent
        self._named: Path | None = None
        try:
            self._handle = os.open(folder, os.O_TMPFILE | os.O_WRONLY | os.O_CLOEXEC, 0o644)
        except OSError as error:
            if error.errno not in _NO_UNNAMED_FILES or not folder.is_dir():
                raise input_error("write", self._target, error) from error
            # a file system without unnamed files: this one shows its temporary name
            self._named = _temporary(self._target)
            try:
                self._handle = os.open(self._named, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
            except OSError as second:
                raise input_error("write", self._target, second) from second

    def __enter__(self) -> PendingFile:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._handle)
        if self._named is not None:
            remove_quietly(self._named)

    def write(self, data: bytes) -> Path:
        """Write, fsync, and give the file its name."""
        try:
            with open(self._handle, "wb", closefd=False) as stream:
                stream.write(data)
                stream.flush()
                os.fsync(stream.fileno())
            if self._named is None:
                named = _temporary(self._target)
                _name(self._handle, named)
                self._named = named
            os.replace(self._named, self._target)
            _sync_folder(self._target.parent)
        except OSError as error:
            raise input_error("write", self._target, error) from error
        return self._target


def _name(handle: int, path: Path) -> None:
    """linkat(2) of an open unnamed file; ``src_dir_fd`` makes Python follow the link in /proc."""
    proc = os.open("/proc/self/fd", os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.link(str(handle), path, src_dir_fd=proc, follow_symlinks=True)
    finally:
        os.close(proc)


def remove_quietly(path: Path) -> None:
    """Take back a file that this call wrote, when a later step failed."""
    with contextlib.suppress(OSError):
        path.unlink()
