"""A committed corpus: one file of inputs, each with its length (u32) in front."""

from __future__ import annotations


def entry(data: bytes) -> bytes:
    """One input as the file has it."""
    return len(data).to_bytes(4, "little") + data


def unpack(packed: bytes) -> list[bytes]:
    """The inputs of a file."""
    inputs, at = [], 0
    while at < len(packed):
        end = at + 4 + int.from_bytes(packed[at : at + 4], "little")
        inputs.append(packed[at + 4 : end])
        at = end
    return inputs
