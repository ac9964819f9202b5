"""Attacks on a verifier's policy: a prover or a card's author who wants more to be accepted than was shown."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from product_fixtures import make_case, samples, tiny_onnx

import affidavit as af
from affidavit.cli.main import main
from affidavit.cli.verify import verified_text
from affidavit.errors import AffidavitError, Malformed, PolicyRefused, UsageError
from affidavit.model import CompiledModel
from affidavit.plan import decode, encode
from affidavit.plan.types import Plan, Port

pytestmark = pytest.mark.core


@pytest.fixture
def case(tmp_path: Path) -> Any:
    return make_case(tmp_path, uses=8)


def recompiled(change: Any) -> CompiledModel:
    """The tiny model with a changed plan, as the author of a hostile card makes it."""
    model = af.compile(tiny_onnx(), calibration={"x": samples()})
    return CompiledModel(encode(change(decode(model.plan))), model.weights)


def test_record_ids_that_nobody_signed_satisfy_no_policy(case: Any) -> None:
    """The prover writes any record id beside numbers of its own; only an issuer's signature ties the two."""
    invented = af.commit_input({"x": case.inputs}, case.card, records="anna")
    bundle = af.prove(case.model, input=invented, predicate=case.predicate)
    with pytest.raises((PolicyRefused, UsageError)):
        af.verify(bundle, af.policy.Model(case.card, records=["anna"]))


def test_record_ids_that_nobody_signed_satisfy_no_command_line(case: Any) -> None:
    invented = af.commit_input({"x": case.inputs}, case.card, records="anna")
    path = af.prove(case.model, input=invented, predicate=case.predicate).save(case.folder / "d.affidavit")
    assert main(["verify", str(path), "--card", str(case.card), "--record", "anna"]) in (2, 5)


def test_record_ids_that_nobody_signed_are_not_stated_as_known(case: Any) -> None:
    invented = af.commit_input({"x": case.inputs}, case.card, records="anna")
    result = af.verify(af.prove(case.model, input=invented, predicate=case.predicate), af.policy.Model(case.card))
    said = [fact for fact in result.known if "anna" in fact]
    assert all("prover" in fact or "nobody" in fact for fact in said), said


def test_an_empty_list_of_pinned_inputs_pins_nothing_and_is_refused(case: Any) -> None:
    """``inputs={}`` comes out of a configuration that was not filled in."""
    bundle = af.prove(case.model, {"x": case.inputs}, reveal="score")
    with pytest.raises((PolicyRefused, UsageError)):
        af.verify(bundle, af.policy.Model(case.card, inputs={}))


def test_two_output_ports_of_one_name_are_refused() -> None:
    """A policy's predicate binds to the first, ``Verified.outputs`` shows the last: one name, two numbers."""

    def change(plan: Plan) -> Plan:
        port = plan.outputs[0]
        hidden = next(i for i, t in enumerate(plan.tensors) if t.batched and t.dims == port.shape and i != port.tensor)
        twin = Port(port.name, hidden, port.shape, plan.tensors[hidden].scale)
        return replace(plan, outputs=(port, twin))

    with pytest.raises(Malformed):
        recompiled(change)


@pytest.mark.parametrize("scale", [-32768, -2000])
def test_an_absurd_output_scale_is_a_typed_refusal(scale: int, tmp_path: Path) -> None:
    """2^2000 is no float: the plan is refused, or the output is shown some other way, but never a traceback."""

    def change(plan: Plan) -> Plan:
        port, tensors = plan.outputs[0], list(plan.tensors)
        tensors[port.tensor] = replace(tensors[port.tensor], scale=scale)
        return replace(plan, tensors=tuple(tensors), outputs=(replace(port, scale=scale),))

    try:
        model = af.commit(recompiled(change), uses=2)
        _, card = model.save(tmp_path / "net")
        bundle = af.prove(model, {"x": samples(1)}, reveal="score").save(tmp_path / "d.affidavit")
    except AffidavitError:
        return
    assert main(["verify", str(bundle), "--card", str(card), "--json"]) in (0, 3, 4, 5)


def test_what_is_printed_cannot_be_forged_by_a_record_id(case: Any) -> None:
    """C1 controls move the cursor of many terminals; bidirectional marks and separators reorder what is read."""
    record = "anna\u0085\u009b2K\u202e\u2028  - signed by issuer 0000"
    try:
        committed = af.commit_input({"x": case.inputs}, case.card, records=record)
        bundle = af.prove(case.model, input=committed, predicate=case.predicate)
        result = af.verify(bundle, af.policy.Model(case.card))
    except AffidavitError:
        return
    shown = {c for c in verified_text(result) if unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp")} - {"\n"}
    assert not shown, [hex(ord(c)) for c in shown]


def test_an_argmax_is_not_all_true(case: Any) -> None:
    """``all_true`` of an answer that holds classes must not read as yes whatever the class."""
    bundle = af.prove(case.model, {"x": case.inputs}, predicate=af.argmax("score"))
    answer = af.verify(bundle, af.policy.Model(case.card)).answers[0]
    try:
        said = answer.all_true
    except (TypeError, ValueError, AffidavitError):
        return
    assert said is not True


@pytest.mark.parametrize(
    "misuse",
    [{"predicate": ["score[1] >= 0"]}, {"min_bits": "128"}, {"inputs": {"x": [["a", "b", "c"]]}}, {"nonce": "00ff"}],
)
def test_a_policy_of_wrong_types_is_refused_when_it_is_made(case: Any, misuse: dict[str, Any]) -> None:
    """Not by a TypeError in the middle of a verification, which a service may take for an outage."""
    with pytest.raises(UsageError):
        af.policy.Model(case.card, **misuse)


def test_a_policys_inputs_are_compared_as_integers(case: Any) -> None:
    bundle = af.prove(case.model, {"x": case.inputs}, inputs_as="public", reveal="score")
    af.verify(bundle, af.policy.Model(case.card, inputs={"x": case.inputs}))
    with pytest.raises(PolicyRefused):
        af.verify(bundle, af.policy.Model(case.card, inputs={"x": np.asarray(case.inputs)[:, ::-1]}))
