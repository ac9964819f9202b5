"""Every field of every file, changed: the error is the one that ``tamper_manifest.txt`` names, and nothing is lost.

The fields come from the readers themselves, so a field that a format gains appears by itself: it needs a line.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from product_fixtures import make_case, samples, tiny_onnx
from tamper_fields import Field, Manifest, changes, fields_of, labels_in
from test_formats import FORMATS as SAMPLES
from test_formats import full_statement

import affidavit as af
from affidavit import bundle as bundle_package
from affidavit import renewing
from affidavit.bundle import statement as s
from affidavit.bundle import thresholds, uses_file
from affidavit.bundle.bundle import Bundle, InputPart
from affidavit.bundle.card import Card
from affidavit.bundle.commitment import Commitment, Schema
from affidavit.bundle.input_files import InputCard, InputFile
from affidavit.bundle.model_file import ModelFile, WeightsFile
from affidavit.bundle.pending_file import PendingRenewal
from affidavit.cli.main import main
from affidavit.committed_input import CommittedInput
from affidavit.errors import AffidavitError, UsageError
from affidavit.model import CommittedModel, CompiledModel

pytestmark = pytest.mark.core

HERE = Path(__file__).parent
#: Fields of one label that are changed, evenly chosen.
SAMPLE = 6


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """With a renewed card, a part of the renewed model, and another model's renewal that stopped at its proof."""
    case = make_case(tmp_path_factory.mktemp("case"), uses=8)
    compiled = af.compile(tiny_onnx(), calibration={"x": samples()})
    compiled.save(case.folder / "net.plan")
    af.renew(case.folder / "net.model", case.folder / "renewed")
    af.split(case.folder / "renewed.model", case.folder / "part", uses=2)
    af.commit(compiled, uses=8).save(case.folder / "begun")
    assert begin_again(case) == "UsageError stopped"
    return case


def begin_again(case: Any) -> str:
    """What the renewal that was begun says; where nothing is wrong it stops again as its proof is to be made."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(renewing.core, "prove", stop)
        return told(lambda: af.renew(case.folder / "begun.model", case.folder / "begun-2"), "renewed")


def stop(*_: Any) -> None:
    raise UsageError("the proof would be made now", code="stopped")


def told(work: Callable[[], Any], nothing: str) -> str:
    """Class, code and step of the error; ``nothing`` where there is none."""
    try:
        work()
    except AffidavitError as error:
        step = getattr(error, "step", None)
        return f"{type(error).__name__} {error.code}" + (f" {step}" if step is not None else "")
    return nothing


def in_place(path: Path, data: bytes, work: Callable[[], Any], nothing: str) -> str:
    """What ``work`` says while the file holds ``data``: a private file's copy would be refused as one."""
    honest = path.read_bytes()
    try:
        with path.open("r+b") as stream:
            stream.write(data)
        found = told(work, nothing)
        assert path.read_bytes() == data, "the file was written to"
    finally:
        with path.open("r+b") as stream:
            stream.write(honest)
            stream.truncate(len(honest))
    return found


def bundle_says(case: Any, data: bytes) -> str:
    return told(lambda: af.verify(data, case.policy()), "accepted")


def statement_says(case: Any, data: bytes) -> str:
    return told(lambda: af.verify(replace(case.bundle, statement=data), case.policy()), "accepted")


def card_says(case: Any, data: bytes) -> str:
    return told(lambda: af.verify(case.bundle, case.policy(card=data)), "accepted")


def commitment_says(case: Any, data: bytes) -> str:
    part = replace(case.bundle.input, commitment=data)

    def work() -> None:
        Commitment.decode(data)
        af.verify(replace(case.bundle, input=part), case.policy())

    return told(work, "accepted")


def schema_says(case: Any, data: bytes) -> str:
    """A bundle about an input that was committed under the changed schema."""

    def work() -> None:
        Schema.decode(data)
        honest = case.bundle.decoded()
        binding = replace(honest.input_commitment, schema=af.core.digest("schema", data))
        af.verify(replace(case.bundle, statement=replace(honest, input_commitment=binding).encode()), case.policy())

    return told(work, "accepted")


def input_card_says(case: Any, data: bytes) -> str:
    """A bundle that says what the changed card says."""

    def work() -> None:
        card = InputCard.decode(data)
        honest = case.bundle.decoded()
        binding = s.InputBinding(
            af.core.digest("commitment", card.commitment), af.core.digest("schema", card.schema), card.issuer,
            card.records, card.expiry,
        )  # fmt: skip
        statement = replace(honest, input_commitment=binding).encode()
        af.verify(Bundle(statement, case.bundle.proof, InputPart(card.commitment, card.signature)), case.policy())

    return told(work, "accepted")


def weights_say(case: Any, data: bytes) -> str:
    """Weights that were not committed yet are whatever the owner wants; what is no weight of the plan is refused."""

    def work() -> None:
        af.commit(CompiledModel.load(case.folder / "net.plan"), uses=1)

    return in_place(case.folder / "net.weights", data, work, "other weights")


def model_says(case: Any, data: bytes) -> str:
    def work() -> None:
        model = CommittedModel.load(case.folder / "part.model")
        model.prepare()
        model.budget.check()
        model.thresholds.check([], b"")
        af.verify(case.bundle, case.policy(card=model.card))

    return in_place(case.folder / "part.model", data, work, "not noticed")


def pending_says(case: Any, data: bytes) -> str:
    path, found = case.folder / "begun-2.model.pending", []
    in_place(path, data, lambda: found.append(begin_again(case)), "")
    return "not noticed" if found[0] == "UsageError stopped" else found[0]


def input_says(case: Any, data: bytes) -> str:
    def work() -> None:
        committed = CommittedInput.load(case.folder / "record.input")
        _ = committed.oracle
        committed.budget.check()
        part = InputPart(committed.card.commitment, committed.card.signature)
        af.verify(replace(case.bundle, input=part), case.policy())

    return in_place(case.folder / "record.input", data, work, "not noticed")


def uses_say(case: Any, data: bytes) -> str:
    work = CommittedModel.load(case.folder / "net.model").budget.check
    return in_place(case.folder / "net.model.uses", data, work, "not noticed")


def read(case: Any, name: str) -> bytes:
    return bytes((case.folder / name).read_bytes())


#: Format as its reader calls it: (honest bytes, decoder, what happens with changed bytes).
FORMATS: dict[str, tuple[Callable[[Any], bytes], Callable[[bytes], Any], Callable[[Any, bytes], str]]] = {
    "bundle": (lambda c: c.bundle.encode(), Bundle.decode, bundle_says),
    "statement": (lambda c: c.bundle.statement, s.Statement.decode, statement_says),
    "card": (lambda c: read(c, "renewed.card"), Card.decode, card_says),
    "commitment": (lambda c: c.bundle.input.commitment, Commitment.decode, commitment_says),
    "input schema": (lambda c: c.committed.card.schema, Schema.decode, schema_says),
    "input card": (lambda c: read(c, "record.input-card"), InputCard.decode, input_card_says),
    "weights file": (lambda c: read(c, "net.weights"), WeightsFile.decode, weights_say),
    "model file": (lambda c: read(c, "part.model"), ModelFile.decode, model_says),
    "pending renewal": (lambda c: read(c, "begun-2.model.pending"), PendingRenewal.decode, pending_says),
    "input file": (lambda c: read(c, "record.input"), InputFile.decode, input_says),
    "uses file": (
        lambda c: read(c, "net.model.uses")[: uses_file.HEADER_BYTES], uses_file.Header.decode, uses_say,
    ),
}  # fmt: skip


def sampled(fields: list[Field]) -> list[Field]:
    by_label: dict[str, list[Field]] = {}
    for part in fields:
        by_label.setdefault(part.label, []).append(part)
    return [part for parts in by_label.values() for part in parts[:: -(-len(parts) // SAMPLE)]]


def manifest() -> Manifest:
    return Manifest.read(HERE / "tamper_manifest.txt")


@pytest.mark.parametrize("what", FORMATS)
def test_every_field_is_caught(case: Any, monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    honest, decode, says = FORMATS[what]
    data, expected = honest(case), manifest()
    whole = read(case, "net.model.uses") if what == "uses file" else data
    left = CommittedModel.load(case.folder / "net.model").uses_left, case.committed.uses_left
    for seed, part in enumerate(sampled(fields_of(monkeypatch, what, data, decode))):
        for kind, changed in changes(data, part, seed):
            expected.check(f"{what}: {part.label}", kind, says(case, changed + whole[len(data) :]))
    expected.assert_complete(what)
    # the honest files are as they were: every use is there, and the bundle verifies
    again = CommittedModel.load(case.folder / "net.model")
    again.prepare()
    assert (again.uses_left, CommittedInput.load(case.folder / "record.input").uses_left) == left
    af.verify(case.bundle, case.policy())


def test_no_field_of_a_source_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """The specimens reach every alternative of every format, those of a statement that the model above has not, too."""
    reached = {label.split(": ", 1)[1] for label in manifest().lines}
    for value, kind in SAMPLES.values():
        data = value.encode()
        what = {
            s.Statement: "statement", Card: "card", Bundle: "bundle", InputCard: "input card", InputFile: "input file",
            ModelFile: "model file", PendingRenewal: "pending renewal", WeightsFile: "weights file",
        }[kind]  # fmt: skip
        reached |= {part.label for part in fields_of(monkeypatch, what, data, kind.decode)}
    sources = Path(str(bundle_package.__file__)).parent
    labels = {label for path in sources.glob("*.py") if path.name != "codec.py" for label in labels_in(path)}
    assert len(labels) > 40
    assert labels <= reached, labels - reached


def test_every_kind_of_statement_field_is_read_strictly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fields that no bundle above has: each change is refused, or is another statement with just these bytes."""
    data = full_statement().encode()
    refused = 0
    for seed, part in enumerate(fields_of(monkeypatch, "statement", data, s.Statement.decode)):
        for _, changed in changes(data, part, seed):
            try:
                again = s.Statement.decode(changed)
            except AffidavitError as error:
                assert type(error).__name__ == "Malformed"
                refused += 1
                continue
            assert again.encode() == changed
    assert refused > 40


@pytest.mark.parametrize("field", ["magic", "tie", "key", "value"])
def test_thresholds(case: Any, field: str) -> None:
    """A damaged header is refused. Entries are digests that only the owner can check: see spec 5."""
    path = case.folder / "net.model.thresholds"
    honest = path.read_bytes()
    assert len(honest) == 40 + thresholds.ENTRY_BYTES
    at = {"magic": 3, "tie": 17, "key": 42, "value": 80}[field]
    changed = honest[:at] + bytes([honest[at] ^ 1]) + honest[at + 1 :]
    key, value = honest[40:72], honest[72:]
    ledger = CommittedModel.load(case.folder / "net.model").thresholds
    assert told(lambda: ledger.check([key], value), "not noticed") == "not noticed"
    found = in_place(path, changed, lambda: ledger.check([key], value), "not noticed")
    assert {found} == manifest().lines[f"thresholds file: {field}"]["bit"]


def test_the_command_line_tells_the_step(case: Any, capsys: pytest.CaptureFixture[str]) -> None:
    bundle = case.folder / "changed.affidavit"
    honest = case.bundle.decoded()
    statement = replace(honest, context=replace(honest.context, time=honest.context.time + 1)).encode()
    bundle.write_bytes(replace(case.bundle, statement=statement).encode())
    options = ["--card", str(case.card), "--issuer", str(case.issuer), "--json"]
    assert main(["verify", str(bundle), *options]) == 3
    error = json.loads(capsys.readouterr().out)
    assert (error["error"], error["step"]) == ("finish", 21)
    # what fails before the core is asked has no step
    assert main(["verify", str(case.card), *options]) == 4
    assert "step" not in json.loads(capsys.readouterr().out)
