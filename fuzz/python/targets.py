"""What each Python target checks, as plain functions of bytes: only affidavit's errors, with a message, may come out.

``engine.py`` feeds them from atheris, ``tests/python/fuzz`` from the committed corpus.
"""

from __future__ import annotations

import functools
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import specimens

import affidavit as af
from affidavit.bundle.budget import FileBudget, uses_path
from affidavit.bundle.bundle import Bundle
from affidavit.bundle.card import Card
from affidavit.bundle.input_files import InputCard, InputFile
from affidavit.bundle.model_file import ModelFile, WeightsFile
from affidavit.bundle.statement import Statement
from affidavit.bundle.thresholds import FileThresholds, ledger_path
from affidavit.errors import AffidavitError, Malformed, PolicyRefused, Rejected
from affidavit.onnx import load


def outcome(call: Callable[..., Any], *arguments: Any, expected: Any = AffidavitError) -> Any:
    """The call's result, or None where it refused as it should."""
    try:
        return call(*arguments)
    except expected as error:
        assert error.message.strip() and error.code, f"an empty {type(error).__name__}"
        return None


def _canonical(kind: Any, data: bytes) -> Any:
    value = outcome(kind.decode, data, expected=Malformed)
    assert value is None or value.encode() == data, f"{kind.__name__} accepts bytes that it does not write"
    return value


def bundle(data: bytes) -> None:
    """A bundle and, where it decodes, the statement in it."""
    found = _canonical(Bundle, data)
    if found is not None:
        _canonical(Statement, found.statement)


def statement(data: bytes) -> None:
    _canonical(Statement, data)


def card(data: bytes) -> None:
    """A card, also as a policy takes it."""
    found = _canonical(Card, data)
    if found is not None:
        outcome(af.policy.Model, data)


def input_card(data: bytes) -> None:
    _canonical(InputCard, data)


def private_files(data: bytes) -> None:
    """Files of models and inputs, and the budget and ledger beside them."""
    which, data = data[:1], data[1:]
    kinds = {b"0": ModelFile, b"1": WeightsFile, b"2": InputFile}
    if which in kinds:
        _canonical(kinds[which], data)
        return
    file = _folder() / "net.model"
    uses_path(file).write_bytes(data)
    budget = FileBudget(file, specimens.FILE_ID, specimens.QUERIES, specimens.USES, unsafe_allow_copy=True)
    left = outcome(budget.left)
    assert left is None or 0 <= left <= specimens.USES
    outcome(budget.check)
    ledger_path(file).write_bytes(data)
    outcome(FileThresholds(file, specimens.SECRET).check, [bytes(32)], bytes(32))


@functools.cache
def _folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="affidavit-fuzz-", dir="/dev/shm" if Path("/dev/shm").is_dir() else None))
    (folder / "net.model").write_bytes(b"")
    return folder


def onnx(data: bytes) -> None:
    """Import of a model; what it gives is a graph whose values have known shapes."""
    graph = outcome(load, data)
    assert graph is None or (graph.outputs and all(value.name in graph.values for value in graph.outputs))


def verify(data: bytes) -> None:
    """``affidavit.verify`` of a changed bundle or under a changed card: nothing but the honest pair is accepted."""
    case = specimens.case()
    source = specimens.Source(data)
    changed, card = source.edited(case.parts), case.card
    if source.byte() % 8 == 0:
        card = source.edited_bytes(card)
    if changed == case.parts and card == case.card:
        return

    def call() -> Any:
        return af.verify(specimens.joined(changed), case.policy(card))

    refusals = (Rejected, Malformed, PolicyRefused)
    assert outcome(call, expected=refusals) is None, "a bundle that nobody made is accepted"


def verify_raw(data: bytes) -> None:
    """``affidavit.verify`` of any bytes."""
    case = specimens.case()
    if data != specimens.joined(case.parts):
        refusals = (Rejected, Malformed, PolicyRefused)
        assert outcome(af.verify, data, case.policy(case.card), expected=refusals) is None


#: Every target by name, the quick ones first.
TARGETS: dict[str, Callable[[bytes], None]] = {
    "py_bundle": bundle,
    "py_statement": statement,
    "py_card": card,
    "py_input_card": input_card,
    "py_private_files": private_files,
    "py_onnx": onnx,
    "py_verify_raw": verify_raw,
    "py_verify": verify,
}
