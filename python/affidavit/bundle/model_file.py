"""Private files of a model: ``.weights`` (compiled, not committed) and ``.model`` (committed). See spec 5."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from affidavit import limits
from affidavit.bundle.arrays import read_array, write_array
from affidavit.bundle.card import Card, Certificate
from affidavit.bundle.codec import Reader, Writer
from affidavit.bundle.files import read_bounded, write_atomic

WEIGHTS_MAGIC = b"AFFWGTS\x01"
MODEL_MAGIC = b"AFFMODL\x01"
VERSION = 1

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
        out.u16("version", VERSION)
        out.digest("plan digest", self.plan_digest)
        _write_weights(out, self.weights)
        return out.finish()

    @staticmethod
    def decode(data: bytes) -> WeightsFile:
        source = Reader("weights file", data)
        source.magic(WEIGHTS_MAGIC)
        source.version(VERSION)
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

    ``file_id`` ties the file to the ``.uses`` file beside it. The file itself never changes after it was written.
    """

    file_id: bytes
    # reprs end up in tracebacks and logs
    seed: bytes = field(repr=False)
    secret: bytes = field(repr=False)
    uses: int
    card: Card
    weights: Weights = field(repr=False)

    def encode(self) -> bytes:
        out = Writer("model file")
        out.raw("magic", MODEL_MAGIC, 8)
        out.u16("version", VERSION)
        out.digest("file id", self.file_id)
        out.digest("seed", self.seed)
        out.digest("secret", self.secret)
        out.u32("uses", self.uses)
        out.data("plan", self.card.plan, limits.PLAN_BYTES)
        out.data("commitment", self.card.commitment, limits.COMMITMENT_BYTES)
        out.data("certificate statement", self.card.certificate.statement, limits.STATEMENT_BYTES)
        out.data("certificate proof", self.card.certificate.proof, limits.PROOF_BYTES)
        out.count("renewals", 0, limits.RENEWALS)
        _write_weights(out, self.weights)
        return out.finish()

    @staticmethod
    def decode(data: bytes) -> ModelFile:
        source = Reader("model file", data)
        source.magic(MODEL_MAGIC)
        source.version(VERSION)
        file_id, seed, secret = source.digest("file id"), source.digest("seed"), source.digest("secret")
        uses = source.u32("uses")
        plan = source.data("plan", limits.PLAN_BYTES)
        commitment = source.data("commitment", limits.COMMITMENT_BYTES)
        statement = source.data("certificate statement", limits.STATEMENT_BYTES)
        proof = source.data("certificate proof", limits.PROOF_BYTES)
        if source.count("renewals", limits.RENEWALS, 12):
            raise source.fail("renewals", "are not supported by this release")
        weights = _read_weights(source)
        source.finish()
        return ModelFile(file_id, seed, secret, uses, Card(plan, commitment, Certificate(statement, proof)), weights)

    @staticmethod
    def load(path: str | os.PathLike[str]) -> ModelFile:
        return ModelFile.decode(read_bounded(path, limits.PRIVATE_FILE_BYTES, "model file"))

    def save(self, path: str | os.PathLike[str]) -> Path:
        return write_atomic(path, self.encode(), private=True, replace=False)
