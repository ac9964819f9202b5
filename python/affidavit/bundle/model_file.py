"""Private files of a model: ``.weights`` (compiled, not committed) and ``.model`` (committed). See spec 5."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from affidavit import limits
from affidavit.bundle.arrays import read_array, write_array
from affidavit.bundle.card import Card, read_chain, write_chain
from affidavit.bundle.codec import Reader, Writer
from affidavit.bundle.files import read_bounded, write_atomic

WEIGHTS_MAGIC = b"AFFWGTS\x01"
MODEL_MAGIC = b"AFFMODL\x01"
WEIGHTS_VERSION = 1
#: Version 1 is the first commitment's original; version 2 is a part, or has renewals, or both.
PLAIN, VERSION = 1, 2

Weights = dict[int, np.ndarray]


def _write_weights(out: Writer, weights: Weights) -> None:
    out.count("tensors", len(weights), limits.TENSORS)
    for tensor in sorted(weights):
        out.u32("tensor", tensor)
        write_array(out, f"weights of tensor {tensor}", weights[tensor])


def _read_weights(source: Reader) -> Weights:
    weights: Weights = {}
    last = -1
    for _ in range(source.count("tensors", limits.TENSORS, 9)):
        tensor = source.u32("tensor")
        if tensor <= last:
            raise source.fail("tensor", "ids are not increasing")
        weights[tensor] = read_array(source, f"weights of tensor {tensor}")
        last = tensor
    return weights


@dataclass(frozen=True, eq=False)
class WeightsFile:
    """The integer weights of a compiled model, by tensor id, flat; they belong to the plan of this digest."""

    plan_digest: bytes
    weights: Weights = field(repr=False)

    def encode(self) -> bytes:
        out = Writer("weights file")
        out.raw("magic", WEIGHTS_MAGIC, 8)
        out.u16("version", WEIGHTS_VERSION)
        out.digest("plan digest", self.plan_digest)
        _write_weights(out, self.weights)
        return out.finish()

    @staticmethod
    def decode(data: bytes) -> WeightsFile:
        source = Reader("weights file", data)
        source.magic(WEIGHTS_MAGIC)
        source.version(WEIGHTS_VERSION)
        file = WeightsFile(source.digest("plan digest"), _read_weights(source))
        source.finish()
        return file

    @staticmethod
    def load(path: str | os.PathLike[str]) -> WeightsFile:
        return WeightsFile.decode(read_bounded(path, limits.PRIVATE_FILE_BYTES, "weights file"))

    def save(self, path: str | os.PathLike[str]) -> Path:
        return write_atomic(path, self.encode(), private=True, replace=False)


@dataclass(frozen=True, eq=False)
class ModelFile:
    """All that proving needs: the card, the weights, the seed of pads and salts, and a secret that hedges entropy.

    ``seed`` and ``uses`` are those of the card's last commitment. ``part``: uses that this file was given by a split;
    None for the original, which alone may renew. ``file_id`` ties the file to the ``.uses`` file beside it. The file
    itself never changes after it was written.
    """

    file_id: bytes
    # reprs end up in tracebacks and logs
    seed: bytes = field(repr=False)
    secret: bytes = field(repr=False)
    uses: int
    card: Card
    weights: Weights = field(repr=False)
    part: int | None = None

    @property
    def share(self) -> int:
        """The uses that this file's budget begins with at most."""
        return self.uses if self.part is None else self.part

    def encode(self) -> bytes:
        out = Writer("model file")
        out.raw("magic", MODEL_MAGIC, 8)
        plain = self.part is None and not self.card.renewals
        out.u16("version", PLAIN if plain else VERSION)
        out.digest("file id", self.file_id)
        out.digest("seed", self.seed)
        out.digest("secret", self.secret)
        out.u32("uses", self.uses)
        if not plain:
            out.flag("part", self.part is not None)
            if self.part is not None:
                out.u32("part", self.part)
        out.data("plan", self.card.plan, limits.PLAN_BYTES)
        write_chain(out, self.card)
        _write_weights(out, self.weights)
        return out.finish()

    @staticmethod
    def decode(data: bytes) -> ModelFile:
        source = Reader("model file", data)
        source.magic(MODEL_MAGIC)
        version = source.version(PLAIN, VERSION)
        file_id, seed, secret = source.digest("file id"), source.digest("seed"), source.digest("secret")
        uses = source.u32("uses")
        part = source.u32("part") if version == VERSION and source.flag("part") else None
        if part is not None and not 1 <= part <= uses:
            raise source.fail("part", f"{part} is out of range")
        card = read_chain(source, source.data("plan", limits.PLAN_BYTES))
        if (version == PLAIN) != (part is None and not card.renewals):
            raise source.fail("renewals", "do not go with the version")
        weights = _read_weights(source)
        source.finish()
        return ModelFile(file_id, seed, secret, uses, card, weights, part)

    @staticmethod
    def load(path: str | os.PathLike[str]) -> ModelFile:
        return ModelFile.decode(read_bounded(path, limits.PRIVATE_FILE_BYTES, "model file"))
