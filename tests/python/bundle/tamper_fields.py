"""The fields of a file as its reader reads them, ways of changing each, and the manifest of what must refuse them."""

from __future__ import annotations

import ast
import random
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from affidavit.bundle.codec import Reader

#: Reader methods whose first argument is no field that is read.
_NO_FIELD = {"fail", "magic", "version", "finish"}


def _label(name: str) -> str:
    """Numbers inside a label are places in a list."""
    return re.sub(r"\d+", "*", name)


@dataclass(frozen=True)
class Field:
    label: str
    start: int
    end: int


def fields_of(monkeypatch: pytest.MonkeyPatch, what: str, data: bytes, decode: Callable[[bytes], Any]) -> list[Field]:
    """Every read of a field of the format ``what``, from the reader itself."""
    seen: list[Field] = []
    take = Reader._take

    def recording(self: Reader, name: str, size: int) -> memoryview:
        if self._what == what:
            seen.append(Field(_label(name), self._at, self._at + size))
        return take(self, name, size)

    with monkeypatch.context() as patch:
        patch.setattr(Reader, "_take", recording)
        decode(data)
    assert seen[0].start == 0
    assert all(a.end == b.start for a, b in pairwise(seen)), "the fields follow each other"
    return seen


def changes(data: bytes, part: Field, seed: int) -> Iterator[tuple[str, bytes]]:
    """(kind, changed bytes): the lowest bit of one byte, all bits clear, all bits set; never no change."""
    size = part.end - part.start
    if size == 0:
        return
    at = part.start + random.Random(seed).randrange(size)
    for kind, new in (
        ("bit", data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]),
        ("zero", data[: part.start] + bytes(size) + data[part.end :]),
        ("ones", data[: part.start] + b"\xff" * size + data[part.end :]),
    ):
        if new != data:
            yield kind, new


def labels_in(source: Path) -> set[str]:
    """Every label in a codec's source: the first text in calls of a reader's methods, or after a reader."""
    labels = set()
    for node in ast.walk(ast.parse(source.read_text())):
        if not isinstance(node, ast.Call):
            continue
        target, arguments = node.func, node.args
        if isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name) and target.value.id == "source":
            if target.attr not in _NO_FIELD:
                labels |= _texts(arguments[:1])
        elif arguments and isinstance(arguments[0], ast.Name) and arguments[0].id == "source":
            labels |= _texts(arguments[1:2])
    return labels


def _texts(arguments: list[ast.expr]) -> set[str]:
    match arguments:
        case [ast.Constant(value=str(text))]:
            return {_label(text)}
        case [ast.JoinedStr(values=parts)]:
            return {"".join(p.value if isinstance(p, ast.Constant) else "*" for p in parts)}
    return set()


@dataclass
class Manifest:
    """Lines ``format: label | kind expectation | …``; alternatives of an expectation are separated by slashes.

    ``assert_complete`` prints every entry that is missing as it would have to be written: review it, then add it.
    """

    lines: dict[str, dict[str, set[str]]]
    seen: dict[str, dict[str, set[str]]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(set)))

    @staticmethod
    def read(path: Path) -> Manifest:
        lines: dict[str, dict[str, set[str]]] = {}
        for line in path.read_text().splitlines():
            if not line.strip() or line.startswith("#"):
                continue
            label, *cells = (cell.strip() for cell in line.split(" | "))
            assert label not in lines, f"{label} twice"
            lines[label] = {kind: set(found.split("/")) for kind, found in (cell.split(" ", 1) for cell in cells)}
        return Manifest(lines)

    def check(self, label: str, kind: str, found: str) -> None:
        self.seen[label][kind].add(found)

    def assert_complete(self, what: str) -> None:
        """What was seen of the format ``what`` is in the file, and every line and kind of the file was seen."""
        mine = {label: kinds for label, kinds in self.lines.items() if label.startswith(f"{what}: ")}
        failures = []
        for label, kinds in self.seen.items():
            new = {k: f - mine.get(label, {}).get(k, set()) for k, f in kinds.items()}
            cells = "".join(f" | {kind} {'/'.join(sorted(found))}" for kind, found in new.items() if found)
            failures += [f"not in the file: {label}{cells}"] if cells else []
        for label, kinds in mine.items():
            unseen = [kind for kind, found in kinds.items() if not found & self.seen.get(label, {}).get(kind, set())]
            failures += [f"never seen: {label}: {unseen}"] if unseen else []
        assert not failures, "\n" + "\n".join(failures)
