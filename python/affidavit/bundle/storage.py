"""Every operation that changes the disk, one method each, so that tests can stop, fail or lose any of them.

Nothing else in the package writes private state. The object in :data:`disk` is what is used; tests put another there.
A method that returns has told the operating system; only :meth:`Disk.sync` and :meth:`Disk.sync_folder` reach the disk.
"""

from __future__ import annotations

import errno
import os
from pathlib import Path

#: What file systems (and old kernels) answer that have no O_TMPFILE.
_NO_UNNAMED_FILES = (errno.EOPNOTSUPP, errno.EISDIR, errno.EINVAL)


class Disk:
    """The operating system's files."""

    def create(self, path: Path, mode: int) -> int:
        """A new file, open for writing; :class:`FileExistsError` where there is one."""
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)

    def create_unnamed(self, folder: Path, mode: int) -> int | None:
        """A new file without a name; None where the file system has no such files."""
        try:
            return os.open(folder, os.O_TMPFILE | os.O_WRONLY | os.O_CLOEXEC, mode)
        except OSError as error:
            if error.errno in _NO_UNNAMED_FILES and folder.is_dir():
                return None
            raise

    def write(self, handle: int, data: bytes, offset: int) -> None:
        """All of ``data`` at ``offset``, or an error after which any part of it may be there."""
        view = memoryview(data)
        while view:
            written = os.pwrite(handle, view, offset)
            if written <= 0:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            view, offset = view[written:], offset + written

    def truncate(self, handle: int, size: int) -> None:
        os.ftruncate(handle, size)

    def sync(self, handle: int) -> None:
        """The file's bytes are on the disk; its name may not be."""
        os.fsync(handle)

    def name(self, handle: int, path: Path) -> None:
        """Give an unnamed file its name: linkat(2); ``src_dir_fd`` makes Python follow the link in /proc."""
        proc = os.open("/proc/self/fd", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.link(str(handle), path, src_dir_fd=proc, follow_symlinks=True)
        finally:
            os.close(proc)

    def link(self, source: Path, target: Path) -> None:
        """A second name; :class:`FileExistsError` where it is taken, so two writers cannot both win."""
        os.link(source, target)

    def replace(self, source: Path, target: Path) -> None:
        os.replace(source, target)

    def unlink(self, path: Path) -> None:
        os.unlink(path)

    def sync_folder(self, folder: Path) -> None:
        """The folder's names are on the disk."""
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

    def set_attribute(self, path: Path, name: str, value: bytes) -> None:
        os.setxattr(path, name, value)

    def inode(self, file: int | Path) -> int:
        """What tells one file from its copy."""
        return os.stat(file).st_ino


#: Tests replace it; everybody else reads it at each call.
disk = Disk()
