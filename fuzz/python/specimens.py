"""Honest files that the targets start from, and choices drawn from fuzz input."""

from __future__ import annotations

import functools
import itertools
import sys
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests" / "python"))

from product_fixtures import make_case, tiny_onnx

import affidavit as af
from affidavit.bundle.bundle import Bundle, InputPart
from affidavit.bundle.card import Card

FILE_ID, SECRET, QUERIES, USES = bytes(range(32)), bytes(32), 7, 5


@dataclass(frozen=True)
class Parts:
    """A bundle's fields."""

    statement: bytes
    proof: bytes
    commitment: bytes | None
    signature: bytes | None


@dataclass(frozen=True)
class Case:
    parts: Parts
    card: bytes
    issuer: Path
    folder: Path

    def policy(self, card: bytes) -> Any:
        return af.policy.Model(card, issuer=self.issuer)


@functools.cache
def case() -> Case:
    """One proven decision; made anew in each process, so no corpus depends on it."""
    folder = Path(tempfile.mkdtemp(prefix="affidavit-fuzz-"))
    made = make_case(folder)
    part = made.bundle.input
    parts = Parts(made.bundle.statement, made.bundle.proof, part.commitment, part.signature)
    found = Case(parts, made.card.read_bytes(), made.issuer, folder)
    af.verify(joined(parts), found.policy(found.card))
    return found


def joined(parts: Parts) -> bytes:
    """The bundle's bytes."""
    part = None if parts.commitment is None else InputPart(parts.commitment, parts.signature)
    return Bundle(parts.statement, parts.proof, part).encode()


class Source:
    """Choices; exhausted input gives zeros."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def byte(self) -> int:
        self._at += 1
        return self._data[self._at - 1] if self._at <= len(self._data) else 0

    def below(self, n: int) -> int:
        return (self.byte() if n <= 256 else self.byte() | self.byte() << 8 | self.byte() << 16) % max(n, 1)

    def take(self, n: int) -> bytes:
        found = self._data[self._at : self._at + n]
        self._at += n
        return found

    def edited_bytes(self, data: bytes) -> bytes:
        """``data`` with one stretch replaced, removed, repeated or flipped, or with another end."""
        at, size = self.below(len(data) + 1), 1 << self.byte() % 9
        match self.byte() % 6:
            case 0:
                return data[:at] + bytes(b ^ 1 << self.byte() % 8 for b in data[at : at + 1]) + data[at + 1 :]
            case 1:
                new = self.take(self.byte() % 64)
                return data[:at] + new + data[at + len(new) :]
            case 2:
                return data[:at] + data[at + size :]
            case 3:
                return data[:at] + data[at : at + size] + data[at:]
            case 4:
                return data[:at] + self.take(self.byte()) + data[at:]
            case _:
                return data[:at]

    def edited(self, parts: Parts) -> Parts:
        """Parts with up to four changes."""
        for _ in range(1 + self.byte() % 4):
            match self.byte() % 8:
                case 0 | 1 | 2:
                    parts = replace(parts, statement=self.edited_bytes(parts.statement))
                case 3 | 4:
                    parts = replace(parts, proof=self.edited_bytes(parts.proof))
                case 5:
                    parts = replace(parts, commitment=self.edited_bytes(parts.commitment or b"")[:256])
                case 6:
                    parts = replace(parts, commitment=None, signature=None)
                case _:
                    short = self.edited_bytes(parts.signature or bytes(64)).ljust(64, b"\0")[:64]
                    parts = replace(parts, signature=short)
        return parts


def onnx_models() -> dict[str, bytes]:
    """Small real models: a network and scikit-learn's exports."""
    import numpy as np
    from skl2onnx import to_onnx
    from sklearn.linear_model import LinearRegression, LogisticRegression
    from sklearn.neural_network import MLPClassifier, MLPRegressor
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import Binarizer, MinMaxScaler, Normalizer, StandardScaler

    rng = np.random.default_rng(0)
    x = rng.normal(size=(40, 3)).astype(np.float32)
    y = (x.sum(axis=1) > 0).astype(int) + (x[:, 0] > 1)
    models = {
        "linear": LinearRegression().fit(x, y),
        "logistic": LogisticRegression().fit(x, y),
        "scaled": make_pipeline(StandardScaler(), LogisticRegression()).fit(x, y > 0),
        "minmax": make_pipeline(MinMaxScaler(), Binarizer(), LinearRegression()).fit(x, y),
        "mlp": make_pipeline(Normalizer(), MLPClassifier(hidden_layer_sizes=(3,), max_iter=5)).fit(x, y),
        "regressor": MLPRegressor(hidden_layer_sizes=(2, 2), max_iter=5, activation="tanh").fit(x, y),
    }
    found = {"tiny": tiny_onnx().SerializeToString()}
    for name, model in models.items():
        options = {"zipmap": False} if name in ("logistic", "scaled", "mlp") else None
        found[name] = to_onnx(model, x[:1], options=options).SerializeToString()
    return found | node_models()


def node_models() -> dict[str, bytes]:
    """ONNX's own test models, the smallest of each operator that can be imported."""
    from onnx.backend.test.case.node import collect_testcases

    from affidavit.errors import AffidavitError
    from affidavit.onnx import load

    found: dict[str, bytes] = {}
    for test in sorted(collect_testcases(None), key=lambda test: test.model.ByteSize()):
        operators = "+".join(node.op_type for node in test.model.graph.node)
        data = test.model.SerializeToString()
        if operators in found or len(data) > 2000:
            continue
        try:
            load(data)
        except AffidavitError:
            continue
        found[operators] = data
    return found


def seeds() -> dict[str, list[bytes]]:
    """Honest inputs by target."""
    from affidavit.bundle.model_file import ModelFile
    from affidavit.bundle.thresholds import UNTIED, ledger_bytes
    from affidavit.bundle.uses_file import Header

    folder = case().folder
    read = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    model = ModelFile.decode(read["net.model"])
    uses = Header(FILE_ID, 1, QUERIES, QUERIES * USES).encode()
    whole = joined(case().parts)
    short = joined(replace(case().parts, proof=b"proof"))
    # Proofs are most of every file and opaque to its decoder.
    card = Card.decode(case().card)
    card = replace(card, certificate=replace(card.certificate, proof=b"proof"))
    model = replace(model, card=card)
    choices = itertools.product((0, 3), range(8), (0, 60), range(6))
    edits = [bytes((count, kind, at, 3, operation, 7, 9)) for count, kind, at, operation in choices]
    private = [
        b"0" + model.encode(),
        b"2" + read["record.input"],
        b"u" + uses,
        b"t" + UNTIED + bytes(64),
        b"t" + ledger_bytes(SECRET),
    ]
    return {
        "py_bundle": [short, joined(replace(case().parts, proof=b"", commitment=None))],
        "py_statement": [case().parts.statement],
        "py_card": [card.encode()],
        "py_input_card": [read["record.input-card"]],
        "py_private_files": private,
        "py_onnx": list(onnx_models().values()),
        "py_verify_raw": [short, whole[:2000]],
        "py_verify": edits,
    }
