"""Disks that stop, fail or forget: put one of them in the place of ``affidavit.bundle.storage.disk``."""

from __future__ import annotations

import errno
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from affidavit.bundle import storage
from affidavit.bundle.storage import Disk

#: The operations: whatever changes a disk.
OPERATIONS = (
    "create", "create_unnamed", "write", "truncate", "sync", "name", "link", "replace", "unlink", "sync_folder",
    "set_attribute",
)  # fmt: skip


@contextmanager
def installed(disk: Disk) -> Iterator[Any]:
    before = storage.disk
    storage.disk = disk
    try:
        yield disk
    finally:
        storage.disk = before


class CountingDisk(Disk):
    """Calls ``before(number, operation, arguments)`` ahead of every operation; what it raises happens instead."""

    def __init__(self, before: Callable[[int, str, tuple[Any, ...]], None] | None = None) -> None:
        self.operations: list[str] = []
        self._before = before

    def _step(self, name: str, arguments: tuple[Any, ...]) -> None:
        number = len(self.operations)
        self.operations.append(name)
        if self._before is not None:
            self._before(number, name, arguments)


def _counted(name: str) -> Callable[..., Any]:
    real = getattr(Disk, name)

    def call(self: CountingDisk, *arguments: Any) -> Any:
        self._step(name, arguments)
        return real(self, *arguments)

    return call


for _name in OPERATIONS:
    setattr(CountingDisk, _name, _counted(_name))


def killing(at: int) -> CountingDisk:
    """The process is gone by SIGKILL just before operation ``at``."""

    def before(number: int, *_: Any) -> None:
        if number == at:
            os.kill(os.getpid(), signal.SIGKILL)

    return CountingDisk(before)


def failing(at: int, code: int, *, half: bool = False, for_good: bool = False) -> CountingDisk:
    """Operation ``at`` fails; a write may have done half of its work. ``for_good``: so does every later one."""

    def before(number: int, name: str, arguments: tuple[Any, ...]) -> None:
        if number == at or (for_good and number > at):
            if half and name == "write":
                handle, data, offset = arguments
                os.pwrite(handle, data[: len(data) // 2], offset)
            raise OSError(code, os.strerror(code))

    return CountingDisk(before)


FULL, BROKEN = errno.ENOSPC, errno.EIO
