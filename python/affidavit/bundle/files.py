"""Reading with a bound, writing all or nothing. Every failure is a typed :class:`InputError` with a hint."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import stat
from pathlib import Path

from affidavit.bundle import storage
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
_PRIVATE, _PUBLIC = 0o600, 0o644


def input_error(action: str, path: Path, error: OSError) -> InputError:
    """The typed form of an operating-system error."""
    code = {errno.ENOSPC: "disk-full", errno.EDQUOT: "disk-full", errno.ENOENT: "not-found"}.get(error.errno or 0)
    return InputError(
        f"cannot {action} {path}: {error.strerror or error}", hint=_HINTS.get(error.errno or 0), code=code
    )


def exists_error(target: Path) -> InputError:
    return InputError(f"{target} exists", hint="choose another name, or move the old file away", code="exists")


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


def _write_temporary(temporary: Path, data: bytes, private: bool) -> int:
    """A new file with these bytes on the disk; gives its inode."""
    handle = storage.disk.create(temporary, _PRIVATE if private else _PUBLIC)
    try:
        storage.disk.write(handle, data, 0)
        storage.disk.sync(handle)
        return storage.disk.inode(handle)
    finally:
        os.close(handle)


def write_atomic(
    path: str | os.PathLike[str], data: bytes, *, private: bool = False, replace: bool = True, any_kind: bool = False
) -> Path:
    """Write a whole file or none: temporary file in the same folder, fsync, rename, fsync of the folder.

    ``private`` files are created with mode 0600. Without ``replace`` an existing file is refused: a private file
    that is overwritten takes its budget's truth with it. With it, only a file of the same kind is replaced
    (``any_kind``: whatever it is).
    """
    target = Path(path)
    if replace and not any_kind:
        _check_replaceable(target, data[:8])
    temporary = _temporary(target)
    leftovers = [temporary]
    try:
        _write_temporary(temporary, data, private)
        if replace:
            storage.disk.replace(temporary, target)
        else:
            storage.disk.link(temporary, target)
            leftovers.append(target)
            storage.disk.unlink(temporary)
        storage.disk.sync_folder(target.parent)
        leftovers = []
    except FileExistsError as error:
        raise exists_error(target) from error
    except OSError as error:
        raise input_error("write", target, error) from error
    finally:
        for path in leftovers:
            if path.exists():
                remove_quietly(path)
    return target


def make_durable(path: Path) -> None:
    """Bytes and name of a file that another process may have left in the middle of writing it."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            storage.disk.sync(handle)
        finally:
            os.close(handle)
        storage.disk.sync_folder(path.parent)
    except OSError as error:
        raise input_error("write", path, error) from error


class StagedFile:
    """A private file that is on the disk under a temporary name, until :meth:`publish` gives it its own.

    What belongs to it is written in between: whoever sees the name finds everything. Use it in a ``with`` block.
    """

    def __init__(self, path: str | os.PathLike[str], data: bytes) -> None:
        self.target = Path(path)
        self.path = _temporary(self.target)
        if self.target.exists() or self.target.is_symlink():
            raise exists_error(self.target)
        try:
            self.inode = _write_temporary(self.path, data, True)
        except OSError as error:
            remove_quietly(self.path)
            raise input_error("write", self.target, error) from error

    def __enter__(self) -> StagedFile:
        return self

    def __exit__(self, *_: object) -> None:
        if self.path.exists():
            remove_quietly(self.path)

    def link(self) -> None:
        """Give the file its name; an error means that it has none."""
        link_file(self.path, self.target)

    def settle(self) -> None:
        """Make the name durable and drop the temporary one. After an error the file is there all the same."""
        settle_link(self.path, self.target)


def link_file(staged: Path, target: Path) -> None:
    """A second name for a staged file; an error means that it has none."""
    try:
        storage.disk.link(staged, target)
    except FileExistsError as error:
        raise exists_error(target) from error
    except OSError as error:
        raise input_error("write", target, error) from error


def settle_link(staged: Path, target: Path) -> None:
    """Make the second name durable, then drop the first. After an error the file is there all the same."""
    try:
        storage.disk.sync_folder(target.parent)
        storage.disk.unlink(staged)
        storage.disk.sync_folder(target.parent)
    except OSError as error:
        raise InputError(
            f"{target} was written, but the disk does not confirm it: {error.strerror or error}",
            hint="it is complete and can be used; whether it survives a power cut is not known",
            code="unconfirmed",
        ) from error


class PendingFile:
    """A public file that is written when long work is done. That it cannot be written shows before the work.

    Until it is whole it has no name, so that not even a kill leaves anything of it behind. Use it in a ``with`` block.
    """

    def __init__(self, path: str | os.PathLike[str], magic: bytes) -> None:
        self._target = Path(path)
        _check_replaceable(self._target, magic)
        self._named: Path | None = None
        try:
            handle = storage.disk.create_unnamed(self._target.parent, _PUBLIC)
            if handle is None:
                # a file system without unnamed files: this one shows its temporary name
                self._named = _temporary(self._target)
                handle = storage.disk.create(self._named, _PUBLIC)
        except OSError as error:
            raise input_error("write", self._target, error) from error
        self._handle = handle

    def __enter__(self) -> PendingFile:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._handle)
        if self._named is not None and self._named.exists():
            remove_quietly(self._named)

    def write(self, data: bytes) -> Path:
        """Write, fsync, and give the file its name."""
        try:
            storage.disk.write(self._handle, data, 0)
            storage.disk.sync(self._handle)
            if self._named is None:
                named = _temporary(self._target)
                storage.disk.name(self._handle, named)
                self._named = named
            storage.disk.replace(self._named, self._target)
            storage.disk.sync_folder(self._target.parent)
        except OSError as error:
            raise input_error("write", self._target, error) from error
        return self._target


def remove_quietly(path: Path) -> None:
    """Take back a file that this call wrote, when a later step failed."""
    with contextlib.suppress(OSError):
        storage.disk.unlink(path)
