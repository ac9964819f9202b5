"""Attacks on which model a proof is about: weights that are hidden but not bound, trivial ones, cards of one's own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import numpy_helper
from product_fixtures import Case, make_case, samples, score, tiny_onnx

import affidavit as af
from affidavit import core, policy
from affidavit.bundle.card import Certificate
from affidavit.errors import AffidavitError, PolicyRefused, Rejected, UsageError
from affidavit.model import CompiledModel

pytestmark = pytest.mark.core


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Case:
    return make_case(tmp_path_factory.mktemp("case"), uses=16)


def hollow(case: Case) -> Any:
    """The case's own plan with computationally trivial weights: all zero, but a bias that gives the wanted answer."""
    compiled = af.compile(tiny_onnx(), calibration={"x": samples()})
    assert compiled.plan == case.model.card.plan
    weights = {i: np.zeros_like(array) for i, array in compiled.weights.items()}
    plan = core.plan_info(compiled.plan)
    names = {int(t["id"]): t for t in plan.raw["tensors"]}
    last = max(weights)
    weights[last] = np.full_like(weights[last], int(names[last]["hi"]))
    # as many uses as the case: the schema of inputs is then the same
    return af.commit(CompiledModel(compiled.plan, weights), uses=16)


def code(error: type[AffidavitError], call: Any) -> str:
    with pytest.raises(error) as caught:
        call()
    return caught.value.code


def test_a_proof_from_another_model_under_the_same_card(case: Case) -> None:
    """Jolt Atlas #244: weights were opened, but not tied to the commitment: prove with other weights."""
    other = hollow(case)
    bundle = af.prove(other, {"x": case.inputs}, reveal="score")
    assert code(Rejected, lambda: af.verify(bundle, case.policy(issuer=None))) == "model"
    # the statement says the card's model, the proof is the other's: the transcript and the opened rows are not
    renamed = replace(bundle.decoded(), model=core.digest("commitment", case.model.card.commitment))
    forged = replace(bundle, statement=renamed.encode())
    assert code(Rejected, lambda: af.verify(forged, case.policy(issuer=None))) == "finish"
    # the private side of the other model, with the card's commitment in the statement: not even the core computes it
    model = case.model
    honest = af.prove(model, {"x": case.inputs}, inputs_as="unbound", reveal="score").decoded()
    witness = {i: a for i, a in other.program.run(rows_of(case)).items() if i not in other.given}
    with pytest.raises(core.native().CoreError) as caught:
        core.native().replay(model.card.plan, honest.encode(), other.oracle, None, arrays(witness), bytes(32))
    assert caught.value.code == "mismatch"


def rows_of(case: Case) -> dict[str, np.ndarray]:
    from affidavit.proving import integers

    return integers(case.model.card.plan, {"x": case.inputs})


def arrays(witness: dict[int, np.ndarray]) -> dict[int, np.ndarray]:
    return {i: np.ascontiguousarray(a, dtype=np.int64) for i, a in witness.items()}


def test_hollow_weights_are_a_model_that_no_pinned_policy_accepts(case: Case) -> None:
    """Hollow-LLM (Gong, Liu, Li, S&P 2026): a commitment alone says nothing about what is committed to.

    The certificate holds, because zeros are in range. What refuses the proof is the policy, which names the card.
    """
    other = hollow(case)
    bundle = af.prove(other, {"x": case.inputs}, reveal="score")
    value = float(score(other, case.inputs)[0, 1])
    assert value > 2 * abs(case.value), "the owner chose the score"
    assert code(Rejected, lambda: af.verify(bundle, policy.Model(case.card))) == "model"
    assert code(Rejected, lambda: af.verify(bundle, policy.Models([case.model.card, case.card]))) == "model"
    assert code(UsageError, lambda: af.verify(bundle, policy.MinBits(128))) == "model"
    with pytest.raises(UsageError):
        policy.Model(case.card) & policy.unsafe_any_model(other.card)
    # the visible choice: the proof is a proof, about a model that nobody vouches for, and the result says so
    result = af.verify(bundle, policy.unsafe_any_model(other.card))
    assert not result.model_pinned and "nobody vouches" in result.assumed[0]
    assert np.allclose(result.outputs["score"][0, 1], value)


def test_weights_out_of_range_have_no_card(case: Case) -> None:
    """A weight that is any field element: the honest program does not commit it; a forged certificate does not hold."""
    compiled = af.compile(tiny_onnx(), calibration={"x": samples()})
    first = min(compiled.weights)
    info = {int(t["id"]): t for t in core.plan_info(compiled.plan).raw["tensors"]}
    wide = dict(compiled.weights)
    wide[first] = wide[first].astype(np.int64).copy()
    wide[first].flat[0] = int(info[first]["hi"]) + 1
    with pytest.raises(AffidavitError):
        af.commit(CompiledModel(compiled.plan, wide), uses=1)
    # certificates of other commitments, and proofs that are no certificates
    mine, theirs = case.model.card, hollow(case).card
    inference = af.prove(case.model, {"x": case.inputs}, inputs_as="unbound", reveal="score")
    for card, expected in (
        (replace(mine, certificate=theirs.certificate), "card"),
        (replace(mine, certificate=Certificate(inference.statement, inference.proof)), "card"),
        (replace(mine, certificate=replace(mine.certificate, proof=theirs.certificate.proof)), "finish"),
        (replace(mine, commitment=theirs.commitment), "card"),
    ):
        found = code(Rejected, lambda c=card: af.verify(case.bundle, case.policy(card=c)))
        assert found == expected


def test_the_same_data_committed_twice_looks_like_other_data(case: Case) -> None:
    """EZKL finding 9: unblinded commitments to data of low entropy were found by trying all of it."""
    for make in (
        lambda: af.commit_input({"x": np.zeros((1, 3))}, case.card).card.commitment,
        lambda: af.commit(af.compile(tiny_onnx(), calibration={"x": samples()}), uses=1).card.commitment,
    ):
        first, second = make(), make()
        differs = [i for i, (a, b) in enumerate(zip(first, second, strict=True)) if a != b]
        # the root, and nothing but the root
        assert 20 <= len(differs) <= 32 and min(differs) >= len(first) - 32


def test_another_plan_under_the_same_names(case: Case, tmp_path: Path) -> None:
    """Khovratovich, Rothblum, Soukhanov (2025/118): a prover who chooses the circuit. The card fixes it."""
    proto = tiny_onnx()
    relu = proto.graph.node[1]
    proto.graph.node[1].CopyFrom(onnx.helper.make_node("Identity", relu.input, relu.output))
    other = af.commit(af.compile(proto, calibration={"x": samples()}), uses=4)
    assert [p.name for p in other.info.outputs] == [p.name for p in case.model.info.outputs]
    bundle = af.prove(other, {"x": case.inputs}, reveal="score")
    assert code(Rejected, lambda: af.verify(bundle, policy.Model(case.card))) == "model"
    statement = bundle.decoded()
    renamed = replace(
        statement,
        plan=core.digest("plan", case.model.card.plan),
        model=core.digest("commitment", case.model.card.commitment),
    )
    forged = replace(bundle, statement=renamed.encode(), input=None)
    with pytest.raises(Rejected):
        af.verify(forged, policy.Model(case.card))
    hybrid = replace(other.card, plan=case.model.card.plan)
    assert code(Rejected, lambda: af.verify(bundle, policy.unsafe_any_model(hybrid))) == "card"


def test_quantisation_is_measured_and_said(case: Case) -> None:
    """EZKL finding 17 (backdoors that quantisation wakes): the report says how far off the proven model is.

    What is not claimed: that both agree outside of the calibration set.
    """
    report = af.compile(tiny_onnx(), calibration={"x": samples()}).report
    expected = run_float(samples())
    got = score(case.model, samples())
    assert report.outputs[0].max_error == pytest.approx(np.abs(got - expected).max(), abs=1e-6)
    assert report.max_error < 1e-2


def run_float(x: np.ndarray) -> np.ndarray:
    """The float model by hand."""
    w = {t.name: numpy_helper.to_array(t).astype(np.float64) for t in tiny_onnx().graph.initializer}
    return np.asarray(np.maximum(x.astype(np.float64) @ w["w1"] + w["b1"], 0) @ w["w2"] + w["b2"])


def test_a_bad_policy_is_refused_and_not_a_bad_proof(case: Case) -> None:
    """The control: the same bundle under the right card and issuer is accepted."""
    assert af.verify(case.bundle, case.policy()).model_pinned
    assert code(PolicyRefused, lambda: af.verify(case.bundle, policy.Model(case.card))) == "issuer"
