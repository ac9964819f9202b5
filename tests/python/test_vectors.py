"""The vectors hold for this core and these codecs; layouts also for a second implementation of the specification."""

from __future__ import annotations

import json
import sys
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from affidavit import core
from affidavit.bundle.commitment import Commitment
from affidavit.bundle.statement import Statement
from affidavit.plan import decode, encode

VECTORS = Path(__file__).parents[2] / "vectors"
sys.path.insert(0, str(VECTORS))

import case  # noqa: E402
from reference import layout  # noqa: E402
from reference import plan as reference_plan  # noqa: E402
from reference.plan_rules import validate  # noqa: E402
from reference.proof import session  # noqa: E402

pytestmark = pytest.mark.core


def load(name: str) -> Any:
    return json.loads((VECTORS / name).read_text())["vectors"]


def unhex(text: str | None) -> bytes | None:
    return None if text is None else bytes.fromhex(text)


PLAN = bytes.fromhex(load("plan.json")["bytes"])
MODEL = bytes.fromhex(load("commitments.json")["model"]["bytes"])
INTERVALS = [(int(t["lo"]), int(t["hi"])) for t in load("plan.json")["tensors"]]
STATEMENTS = {entry["name"]: entry for entry in load("statements.json")}


def test_digests():
    entries = load("digests.json")
    assert len({entry["digest"] for entry in entries}) == len(entries) > 20
    for entry in entries:
        assert core.digest(entry["domain"], bytes.fromhex(entry["data"])).hex() == entry["digest"]


def test_plan():
    expected = load("plan.json")
    assert case.plan_bytes() == PLAN
    assert encode(decode(PLAN)) == PLAN
    info = core.plan_info(PLAN)
    assert info.digest.hex() == expected["digest"] == core.digest("plan", PLAN).hex()
    assert [{k: tensor[k] for k in expected["tensors"][0]} for tensor in info.raw["tensors"]] == expected["tensors"]
    assert validate(reference_plan.decode(PLAN)) == INTERVALS


def test_commitments():
    entry = load("commitments.json")
    oracle = core.commit_model(PLAN, case.weights(), entry["uses"], bytes.fromhex(entry["model"]["seed"]))
    assert bytes(oracle.commitment) == MODEL
    schema = core.input_schema(PLAN, MODEL)
    assert schema.hex() == entry["schema"]["bytes"]
    seed = bytes.fromhex(entry["input"]["seed"])
    committed = core.commit_input(schema, case.BATCH, [case.inputs()], seed)
    assert bytes(committed.commitment).hex() == entry["input"]["bytes"]
    for name, domain in (("model", "commitment"), ("input", "commitment"), ("schema", "schema")):
        assert core.digest(domain, bytes.fromhex(entry[name]["bytes"])).hex() == entry[name]["digest"]
    assert Commitment.decode(MODEL).uses == entry["uses"]


@pytest.mark.parametrize("name", STATEMENTS)
def test_statements_and_layouts(name):
    entry = STATEMENTS[name]
    data, committed = bytes.fromhex(entry["bytes"]), unhex(entry["input_commitment"])
    statement = Statement.decode(data)
    assert statement.encode() == data
    assert core.digest("statement", data).hex() == entry["digest"]
    assert statement.layout.hex() == entry["layout"]
    of_core = core.layout(PLAN, data, MODEL, committed)
    assert of_core["digest"] == entry["layout"]
    assert {k: of_core[k] for k in entry["sizes"]} == entry["sizes"]
    assert session(PLAN, data, MODEL, committed, sealed=False).layout.digest.hex() == entry["layout"]


@pytest.mark.parametrize("entry", load("placement.json"), ids=lambda entry: f"uses-{entry['uses']}")
def test_placement(entry):
    plan, model = case.wide_plan(), bytes.fromhex(entry["model"])
    statement = Statement.decode(bytes.fromhex(entry["statement"]))
    assert core.layout(encode(plan), statement.encode(), model, None)["digest"] == entry["layout"]
    of_reference = session(encode(plan), statement.encode(), model, None, sealed=False).layout
    assert of_reference.digest.hex() == entry["layout"]


def test_placement_vectors_need_the_halving_rule():
    """A layout that never halves a chunk, or pads every piece, would not tell."""
    model = Commitment.decode(bytes.fromhex(load("placement.json")[0]["model"]))
    shapes = [(i, tensor.dims) for i, tensor in enumerate(case.wide_plan().tensors)]
    columns, chunks = layout.place(shapes, model.log_rows, model.pads)
    assert columns == model.columns
    dims = dict(shapes)
    whole = {(i, pieces) for i, ds in shapes for pieces in product(*map(layout.axis_pieces, ds))}
    assert any((chunk.tensor, chunk.pieces) not in whole for chunk in chunks)
    axes = [(piece, d) for x in chunks for piece, d in zip(x.pieces, dims[x.tensor], strict=True)]
    assert any((prefix + 1) << free > d for (_, prefix, free), d in axes)
