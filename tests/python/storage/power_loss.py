"""What a power cut may leave: every operation is journaled, then every state that the journal allows is made real.

The rules, which are harsher than those of any file system in use:

- bytes that were not fsynced since are lost, torn at any byte, or zeros; also half data and half zeros,
- names that were not followed by an fsync of the folder are there or not, each on its own, whatever their order,
- extended attributes are there or not,
- an fsync that failed has lost its bytes for good, though they can still be read until the power is cut.

Inodes are those of the journal: a file that is made real answers with the number that it had.
"""

from __future__ import annotations

import errno
import itertools
import os
from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from affidavit.bundle.storage import Disk

#: Every cut of a write up to this many bytes; of longer ones some.
_EVERY_CUT = 64
#: Above all inodes that a file system gives.
_FIRST = 1 << 48
#: All subsets of so many names that were not made durable; of more the prefixes and single losses.
_ALL_SUBSETS = 4


DURABLE, PENDING, FAILED = "durable", "pending", "failed"


@dataclass
class Change:
    operation: tuple[str, Any]
    status: str = PENDING


@dataclass
class File:
    """What it began with, and what was done since, in order."""

    start: bytes = b""
    changes: list[Change] = field(default_factory=list)
    durable_attributes: dict[str, bytes] = field(default_factory=dict)
    attributes: dict[str, bytes] = field(default_factory=dict)

    def change(self, kind: str, argument: Any) -> None:
        self.changes.append(Change((kind, argument)))

    def synced(self, status: str) -> None:
        """After an fsync: what was pending is durable, or, if that failed, lost for good (or not: nobody knows)."""
        for change in self.changes:
            if change.status == PENDING:
                change.status = status
        if status == DURABLE:
            self.durable_attributes = dict(self.attributes)

    def unsure(self) -> list[int]:
        return [i for i, change in enumerate(self.changes) if change.status != DURABLE]

    def content(self, chosen: Callable[[int], bool]) -> bytes:
        """With the durable changes and the chosen ones."""
        data = self.start
        for i, change in enumerate(self.changes):
            if change.status == DURABLE or chosen(i):
                data = applied(data, change.operation)
        return data

    def torn(self) -> Iterator[bytes]:
        """One change in between, those around it there or not."""
        for index in self.unsure():
            for before, after in itertools.product((False, True), repeat=2):
                data = self.start
                found: list[bytes] = []
                for i, change in enumerate(self.changes):
                    if i == index:
                        found = list(torn(change.operation, data))
                    elif change.status == DURABLE or (before if i < index else after):
                        data = applied(data, change.operation)
                        found = [applied(one, change.operation) for one in found]
                yield from found


def applied(data: bytes, operation: tuple[str, Any]) -> bytes:
    kind, argument = operation
    if kind == "truncate":
        return data[:argument].ljust(argument, b"\0")
    offset, new = argument
    data = data.ljust(offset, b"\0")
    return data[:offset] + new + data[offset + len(new) :]


def torn(operation: tuple[str, Any], data: bytes) -> Iterator[bytes]:
    """``data`` after an operation that a power cut interrupts: not at all, wholly, and in between."""
    yield data
    yield applied(data, operation)
    kind, argument = operation
    if kind == "truncate":
        return
    offset, new = argument
    size, half = len(new), len(new) // 2
    cuts = range(1, size) if size <= _EVERY_CUT else (1, 2, 9, 44, 60, half, size - 45, size - 1)
    for cut in cuts:
        yield applied(data, ("write", (offset, new[:cut])))
    # where bytes were there before, these may have stayed; where the file grew there are zeros
    old = data[offset : offset + size].ljust(size, b"\0")
    yield applied(data, ("write", (offset, old)))
    yield applied(data, ("write", (offset, new[:half] + old[half:])))
    yield applied(data, ("write", (offset, old[:half] + new[half:])))


@dataclass(frozen=True)
class State:
    """One thing that may be found after the power is back: names, files by inode, attributes by inode."""

    names: tuple[tuple[str, int], ...]
    files: tuple[tuple[int, bytes], ...]
    attributes: tuple[tuple[int, tuple[tuple[str, bytes], ...]], ...]

    def restore(self, folder: Path) -> RestoredDisk:
        """Make it real in an empty folder."""
        names: dict[int, list[str]] = {}
        for name, inode in self.names:
            names.setdefault(inode, []).append(name)
        contents, attributes = dict(self.files), dict(self.attributes)
        numbers: dict[int, int] = {}
        for inode, (first, *others) in names.items():
            path = folder / first
            path.write_bytes(contents[inode])
            path.chmod(0o600)
            for name, value in attributes[inode]:
                os.setxattr(path, name, value)
            for name in others:
                os.link(path, folder / name)
            numbers[path.stat().st_ino] = inode
        return RestoredDisk(numbers)


class RestoredDisk(Disk):
    """The files have the inodes of the journal; nothing waits for a real disk."""

    def __init__(self, numbers: dict[int, int] | None = None) -> None:
        self.numbers = numbers or {}

    def inode(self, file: int | Path) -> int:
        real = os.stat(file).st_ino
        return self.numbers.get(real, real)

    def sync(self, handle: int) -> None:
        pass

    def sync_folder(self, folder: Path) -> None:
        os.stat(folder)


class JournalDisk(RestoredDisk):
    """Does everything, and keeps for each moment what a power cut could leave of it.

    ``forgets``: operations that are done without being journaled as such, as if the code had left them out.
    ``fails``: numbers of operations that fail with EIO. ``attributes``: whether files have any.
    """

    def __init__(
        self,
        folder: Path,
        *,
        forgets: tuple[str, ...] = (),
        fails: Container[int] = (),
        attributes: bool = True,
    ) -> None:
        super().__init__()
        self.folder, self._forgets, self._fails, self._keeps = folder, forgets, fails, attributes
        self.count = 0
        self.files: dict[int, File] = {}
        self.durable_names: dict[str, int] = {}
        self.pending_names: list[tuple[str, str, int, str]] = []
        self.moments: list[tuple[str, frozenset[State]]] = []
        #: Openings, which no power cut undoes, and how many there were at each moment.
        self.opened: list[Any] = []
        self.opened_by: list[int] = []
        for path in folder.iterdir():
            inode = self.inode(path)
            self.durable_names[path.name] = inode
            if not attributes:
                for name in os.listxattr(path):
                    os.removexattr(path, name)
            found = {name: os.getxattr(path, name) for name in os.listxattr(path) if name.startswith("user.")}
            self.files[inode] = File(path.read_bytes(), [], dict(found), dict(found))
        self._done("start")

    # --- what may be found -------------------------------------------------------------------------------------------

    def states(self) -> Iterator[State]:
        for names in self._names():
            yield from self._contents(names)

    def _names(self) -> list[dict[str, int]]:
        pending = self.pending_names
        if len(pending) <= _ALL_SUBSETS:
            choices = [c for n in range(len(pending) + 1) for c in itertools.combinations(pending, n)]
        else:
            choices = [tuple(pending[:n]) for n in range(len(pending) + 1)]
            choices += [(*pending[:i], *pending[i + 1 :]) for i in range(len(pending))]
        found = []
        for choice in choices:
            names = dict(self.durable_names)
            for kind, name, inode, source in choice:
                if kind == "unlink":
                    names.pop(name, None)
                    continue
                names[name] = inode
                if kind == "replace":
                    names.pop(source, None)
            if names not in found:
                found.append(names)
        return found

    def _contents(self, names: dict[str, int]) -> Iterator[State]:
        used = sorted(set(names.values()))
        whole = {i: self.files[i].content(lambda _: True) for i in used}
        lost = {i: self.files[i].content(lambda _: False) for i in used}
        variants = [whole, lost]
        for inode in used:
            for data in set(self.files[inode].torn()):
                variants += [{**whole, inode: data}, {**lost, inode: data}]
        for contents in variants:
            for attributes in self._attribute_sets(used):
                yield State(tuple(sorted(names.items())), tuple(contents.items()), attributes)

    def _attribute_sets(self, used: list[int]) -> list[tuple[tuple[int, tuple[tuple[str, bytes], ...]], ...]]:
        now = tuple((i, tuple(sorted(self.files[i].attributes.items()))) for i in used)
        then = tuple((i, tuple(sorted(self.files[i].durable_attributes.items()))) for i in used)
        return [now] if now == then else [now, then]

    # --- the operations ----------------------------------------------------------------------------------------------

    def _step(self) -> None:
        number, self.count = self.count, self.count + 1
        if number in self._fails:
            raise OSError(errno.EIO, os.strerror(errno.EIO))

    def _done(self, name: str) -> None:
        self.moments.append((name, frozenset(self.states())))
        self.opened_by.append(len(self.opened))

    def note(self, event: Any) -> None:
        """Something that cannot be undone; the moments from here on know of it."""
        self.opened.append(event)
        self._done("opened")

    def _new_inode(self, handle: int) -> int:
        """A number of its own: that of a file that was removed is used again, and would mix up the two."""
        self.numbers[os.fstat(handle).st_ino] = number = _FIRST + self.count
        return number

    def create(self, path: Path, mode: int) -> int:
        self._step()
        handle = super().create(path, mode)
        inode = self._new_inode(handle)
        self.files[inode] = File()
        self.pending_names.append(("link", path.name, inode, ""))
        self._done(f"create {path.suffix}")
        return handle

    def create_unnamed(self, folder: Path, mode: int) -> int | None:
        self._step()
        handle = super().create_unnamed(folder, mode)
        if handle is not None:
            self.files[self._new_inode(handle)] = File()
        return handle

    def write(self, handle: int, data: bytes, offset: int) -> None:
        self._step()
        super().write(handle, data, offset)
        self.files[self.inode(handle)].change("write", (offset, bytes(data)))
        self._done("write")

    def truncate(self, handle: int, size: int) -> None:
        self._step()
        super().truncate(handle, size)
        self.files[self.inode(handle)].change("truncate", size)
        self._done("truncate")

    def sync(self, handle: int) -> None:
        file = self.files[self.inode(handle)]
        try:
            self._step()
        except OSError:
            file.synced(FAILED)
            self._done("failed sync")
            raise
        forgotten = "sync of new files" if not file.start else "sync of what is appended"
        if forgotten not in self._forgets:
            file.synced(DURABLE)
        self._done("sync")

    def name(self, handle: int, path: Path) -> None:
        self._step()
        super().name(handle, path)
        self.pending_names.append(("link", path.name, self.inode(handle), ""))
        self._done("name")

    def link(self, source: Path, target: Path) -> None:
        self._step()
        super().link(source, target)
        self.pending_names.append(("link", target.name, self.inode(target), ""))
        self._done(f"link {target.name}")

    def replace(self, source: Path, target: Path) -> None:
        self._step()
        super().replace(source, target)
        self.pending_names.append(("replace", target.name, self.inode(target), source.name))
        self._done(f"replace {target.name}")

    def unlink(self, path: Path) -> None:
        self._step()
        super().unlink(path)
        self.pending_names.append(("unlink", path.name, 0, ""))
        self._done("unlink")

    def sync_folder(self, folder: Path) -> None:
        self._step()
        super().sync_folder(folder)
        if "sync_folder" not in self._forgets:
            self.durable_names = self._names_now()
            self.pending_names = []
        self._done("sync_folder")

    def _names_now(self) -> dict[str, int]:
        names = dict(self.durable_names)
        for kind, name, inode, source in self.pending_names:
            if kind == "unlink":
                names.pop(name, None)
            else:
                names[name] = inode
                if kind == "replace":
                    names.pop(source, None)
        return names

    def set_attribute(self, path: Path, name: str, value: bytes) -> None:
        self._step()
        if not self._keeps:
            raise OSError(errno.EOPNOTSUPP, os.strerror(errno.EOPNOTSUPP))
        super().set_attribute(path, name, value)
        self.files[self.inode(path)].attributes[name] = value
        self._done("set_attribute")
