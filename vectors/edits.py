"""The parts of a base, and rejecting vectors as edits of them: [offset, bytes removed, bytes put in as hexadecimal]."""

from __future__ import annotations

import struct
from dataclasses import asdict, dataclass, fields, replace

Edit = tuple[int, int, str]


@dataclass(frozen=True)
class Parts:
    """What spec 8.1 takes. ``input`` is the input commitment, or the renewed one."""

    plan: bytes
    statement: bytes
    model: bytes
    input: bytes | None
    proof: bytes


@dataclass(frozen=True)
class Files:
    """What spec 8.2 takes, with a policy."""

    bundle: bytes
    card: bytes


def diff(old: bytes, new: bytes) -> list[Edit]:
    """Edits that make ``new`` of ``old``, in order of offsets of ``old``."""
    middle = len(old) // 2
    if len(old) != len(new) and middle > 128 and (at := new.find(old[middle : middle + 64])) >= 0:
        return diff(old[:middle], new[:at]) + [(middle + i, n, x) for i, n, x in diff(old[middle:], new[at:])]
    if len(old) != len(new):
        start = next((i for i, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new)))
        end = 0
        while end < min(len(old), len(new)) - start and old[-1 - end] == new[-1 - end]:
            end += 1
        return [(start, len(old) - end - start, new[start : len(new) - end].hex())]
    edits: list[Edit] = []
    i = 0
    while i < len(old):
        if old[i] == new[i]:
            i += 1
            continue
        end = i + 1
        while end < len(old) and old[end : end + 8] != new[end : end + 8]:
            end += 1
        edits.append((i, end - i, new[i:end].hex()))
        i = end
    return edits


def apply(old: bytes, edits: list[Edit]) -> bytes:
    out, at = b"", 0
    for offset, removed, inserted in edits:
        out += old[at:offset] + bytes.fromhex(inserted)
        at = offset + removed
    return out + old[at:]


def edits_of(base: Parts | Files, changed: Parts | Files) -> dict[str, list[Edit] | None]:
    """Per part that differs; None for a part that is taken away. A part that the base lacks is made of nothing."""
    result: dict[str, list[Edit] | None] = {}
    for f in fields(base):
        old, new = getattr(base, f.name), getattr(changed, f.name)
        if old != new:
            result[f.name] = None if new is None else diff(old or b"", new)
    return result


def edited(base: Parts | Files, edits: dict[str, list[Edit] | None]) -> Parts | Files:
    changes = {name: None if e is None else apply(asdict(base)[name] or b"", e) for name, e in edits.items()}
    return replace(base, **changes)


def put(data: bytes, offset: int, form: str, *values: int) -> bytes:
    """Fields written over at an offset."""
    new = struct.pack("<" + form, *values)
    return data[:offset] + new + data[offset + len(new) :]


def xor(data: bytes, offset: int, mask: int = 1) -> bytes:
    offset %= len(data)
    return data[:offset] + bytes([data[offset] ^ mask]) + data[offset + 1 :]
