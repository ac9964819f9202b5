"""Policies: every refusal with its own code; edited bytes are rejected or malformed, never refused by policy."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
import time

import numpy as np
import pytest
from product_fixtures import samples, score, tiny_onnx

import affidavit as af
from affidavit import proving
from affidavit.bundle.bundle import Bundle, InputPart
from affidavit.errors import AffidavitError, BudgetSpent, InputError, Malformed, PolicyRefused, Rejected, UsageError
from affidavit.keys import PrivateKey


def code(error, call) -> str:
    with pytest.raises(error) as caught:
        call()
    return caught.value.code


def test_verified_says_what_is_known(case):
    result = af.verify(case.bundle, case.policy(predicate=case.predicate, policy_id="p", records=["anna"]))
    assert result.bits == 128.5 and result.bits_without_grinding == 112.5
    assert result.inputs == {"x": "committed"} and result.unbound == ()
    assert result.records == ("anna",) and result.issuer == af.PublicKey.load(case.issuer).raw
    assert result.hidden_outputs == ("score",) and result.outputs == {}
    assert result.answers[0].outcomes == (True,) and "score[1] >=" in result.answers[0].question
    assert any("anna" in fact for fact in result.known)
    assert any("setup: none" in fact for fact in result.assumed)
    assert result.to_json()["verified"] is True


def test_bundle_by_object_bytes_and_path(case):
    for bundle in (case.bundle, case.bundle.encode(), case.folder / "decision.affidavit"):
        assert af.verify(bundle, case.policy()).batch == 1


def test_another_threshold_is_refused_with_5(case):
    other = af.at_least("score[1]", f"{case.value - 0.2:.3f}")
    assert code(PolicyRefused, lambda: af.verify(case.bundle, case.policy(predicate=other))) == "threshold"
    elsewhere = af.at_least("score[0]", "0")
    assert code(PolicyRefused, lambda: af.verify(case.bundle, case.policy(predicate=elsewhere))) == "predicate"


def test_a_false_outcome_is_refused_unless_asked_for(case):
    no = af.at_least("score[1]", f"{case.value + 0.1:.3f}")
    bundle = af.prove(case.model, input=case.committed, predicate=no, policy_id="other")
    assert code(PolicyRefused, lambda: af.verify(bundle, case.policy())) == "outcome"
    assert code(PolicyRefused, lambda: af.verify(bundle, case.policy(predicate=no))) == "outcome"
    result = af.verify(bundle, case.policy(predicate=no, outcome="any"))
    assert result.answers[0].outcomes == (False,)


def test_issuers(case):
    impostor = PrivateKey.generate().public()
    assert code(PolicyRefused, lambda: af.verify(case.bundle, case.policy(issuer=impostor))) == "issuer"
    # a signature by a key that the verifier did not name must not look like an endorsement
    assert code(PolicyRefused, lambda: af.verify(case.bundle, case.policy(issuer=None))) == "issuer"
    unsigned = af.prove(case.model, {"x": case.inputs}, reveal="score")
    assert code(PolicyRefused, lambda: af.verify(unsigned, case.policy())) == "issuer"
    assert af.verify(unsigned, case.policy(issuer=None)).issuer is None


def test_records_and_commitment(case):
    assert code(PolicyRefused, lambda: af.verify(case.bundle, case.policy(records=["bert"]))) == "records"
    assert code(PolicyRefused, lambda: af.verify(case.bundle, case.policy(input_commitment=b"x" * 32))) == "input"


def test_expiry(case):
    key = case.folder / "issuer.pem"
    old = af.commit_input({"x": case.inputs}, case.card, key=key, records="anna", expiry=int(time.time()) - 5)
    bundle = af.prove(case.model, input=old, reveal="score")
    assert code(PolicyRefused, lambda: af.verify(bundle, case.policy())) == "expired"


def test_unbound_is_refused_by_default(case):
    bundle = af.prove(case.model, {"x": case.inputs}, inputs_as="unbound", reveal="score")
    policy = case.policy(issuer=None)
    assert code(PolicyRefused, lambda: af.verify(bundle, policy)) == "unbound"
    result = af.verify(bundle, case.policy(issuer=None, unsafe_allow_unbound=True))
    assert result.unbound == ("x",) and any("UNBOUND" in fact for fact in result.known)


def test_public_inputs_can_be_pinned(case):
    bundle = af.prove(case.model, {"x": case.inputs}, inputs_as="public", reveal="score")
    result = af.verify(bundle, case.policy(issuer=None, inputs={"x": case.inputs}))
    assert np.allclose(result.public_inputs["x"], case.inputs, atol=1e-2)
    assert np.allclose(result.outputs["score"], score(case.model, case.inputs))
    other = case.inputs + 0.5
    assert code(PolicyRefused, lambda: af.verify(bundle, case.policy(issuer=None, inputs={"x": other}))) == "input"
    assert code(PolicyRefused, lambda: af.verify(bundle, case.policy(issuer=None, inputs={"y": other}))) == "input"


def test_bits_floor(case):
    assert code(PolicyRefused, lambda: af.verify(case.bundle, case.policy(min_bits=129))) == "bits"


def test_nonce_policy_id_and_age(case):
    now = int(time.time())
    bundle = af.prove(case.model, {"x": case.inputs}, reveal="score", nonce=b"fresh", policy_id="p", time=now)
    policy = {"issuer": None, "nonce": b"fresh", "policy_id": "p"}
    assert af.verify(bundle, case.policy(**policy, max_age=60)).statement.context.time == now
    for change, expected in (
        ({"nonce": b"other"}, "nonce"),
        ({"policy_id": "q"}, "policy-id"),
    ):
        assert code(PolicyRefused, lambda c=change: af.verify(bundle, case.policy(**(policy | c)))) == expected
    # refused when the policy is made: nothing has to be verified for it
    assert code(UsageError, lambda: case.policy(issuer=None, max_age=60)) == "age"
    old = af.prove(case.model, {"x": case.inputs}, reveal="score", nonce=b"fresh", policy_id="p", time=now - 100)
    assert code(PolicyRefused, lambda: af.verify(old, case.policy(**policy, max_age=60))) == "age"
    future = dataclasses.replace(bundle.decoded().context, time=now + 10_000)
    from affidavit.verify.policy_check import check_policy

    moved = dataclasses.replace(bundle.decoded(), context=future)
    with pytest.raises(PolicyRefused):
        check_policy(case.policy(**policy, max_age=60), moved, case.model.info, 200.0)


def test_another_models_card_is_rejected(case, tmp_path):
    other = af.commit(af.compile(tiny_onnx(seed=9), calibration={"x": samples()}), uses=1)
    assert code(Rejected, lambda: af.verify(case.bundle, case.policy(card=other.card))) == "model"
    # the same plan under another commitment is another model too
    again = af.commit(af.compile(tiny_onnx(), calibration={"x": samples()}), uses=4)
    assert again.info.digest == case.model.info.digest
    assert code(Rejected, lambda: af.verify(case.bundle, case.policy(card=again.card))) == "model"


def test_a_card_without_a_certificate_that_holds_is_rejected(case):
    card = case.model.card
    proof = bytearray(card.certificate.proof)
    proof[3] ^= 1
    broken = dataclasses.replace(card, certificate=dataclasses.replace(card.certificate, proof=bytes(proof)))
    with pytest.raises(Rejected):
        af.verify(case.bundle, case.policy(card=broken))
    # an inference proof is no certificate
    swapped = dataclasses.replace(
        card,
        certificate=dataclasses.replace(card.certificate, statement=case.bundle.statement, proof=case.bundle.proof),
    )
    assert code(Rejected, lambda: af.verify(case.bundle, case.policy(card=swapped))) == "card"


def test_a_forged_signature_is_rejected(case):
    part = case.bundle.input
    forged = dataclasses.replace(case.bundle, input=InputPart(part.commitment, bytes(64)))
    assert code(Rejected, lambda: af.verify(forged, case.policy())) == "signature"
    missing = dataclasses.replace(case.bundle, input=InputPart(part.commitment, None))
    assert code(Rejected, lambda: af.verify(missing, case.policy())) == "signature"
    absent = dataclasses.replace(case.bundle, input=None)
    assert code(Rejected, lambda: af.verify(absent, case.policy())) == "input"


def test_an_input_for_another_schema_is_rejected(case, monkeypatch):
    """The issuer's signature covers the schema: a record committed for another model cannot be used here."""
    other = af.commit(af.compile(tiny_onnx(seed=9), calibration={"x": samples()}), uses=2)
    foreign = af.commit_input({"x": case.inputs}, other.card, key=case.folder / "issuer.pem", records="anna")
    if foreign.card.schema == case.committed.card.schema:
        pytest.fail("the two models were meant to have different schemas")
    left = case.model.uses_left, foreign.uses_left
    with pytest.raises(InputError) as caught:
        af.prove(case.model, input=foreign, reveal="score")
    assert caught.value.code == "schema" and "--uses" in caught.value.hint
    assert (case.model.uses_left, foreign.uses_left) == left
    monkeypatch.setattr(proving, "_check_schema", lambda *_: None)  # a prover who does not look
    bundle = af.prove(case.model, input=foreign, reveal="score")
    assert code(Rejected, lambda: af.verify(bundle, case.policy())) == "input"


def test_every_changed_byte_is_rejected_or_malformed(case):
    """Exit codes 3 and 4, never 5: a policy refusal is for honest proofs."""
    data = case.bundle.encode()
    for at in range(len(data)):
        changed = bytearray(data)
        changed[at] ^= 1 << (at % 8)
        with pytest.raises((Rejected, Malformed)):
            af.verify(bytes(changed), case.policy(predicate=case.predicate))


def test_misuse_is_a_usage_error(case):
    for call in (
        lambda: af.verify(case.bundle, case.card),
        lambda: af.policy.Model(case.card, outcome="maybe"),
        lambda: af.policy.Model(case.card, nonce=b""),
        lambda: af.prove(case.model, {"x": case.inputs}),
        lambda: af.prove(case.model, reveal="score"),
        lambda: af.prove(case.model, {"x": case.inputs}, reveal="nothing"),
        lambda: af.prove(case.model, {"x": case.inputs}, inputs_as="secret", reveal="score"),
        lambda: af.commit(case.model),
        lambda: af.commit_input({"x": case.inputs}, case.card, key=case.folder / "issuer.pem"),
        lambda: af.commit_input({"x": case.inputs}, case.card, records=["a", "b"]),
    ):
        with pytest.raises(UsageError):
            call()
    assert case.model.uses_left == 3  # only the case's own proof was paid for


def test_repeated_thresholds(case):
    """One threshold per signed record and policy id."""
    again = af.prove(case.model, input=case.committed, predicate=case.predicate, policy_id="p")
    assert isinstance(again, Bundle)
    other = af.at_least("score[1]", f"{case.value - 0.2:.3f}")
    left = case.model.uses_left
    ask = {"input": case.committed, "predicate": other}
    assert code(PolicyRefused, lambda: af.prove(case.model, **ask, policy_id="p")) == "repeated-threshold"
    # a new commitment of the same record does not help
    fresh = af.commit_input({"x": case.inputs}, case.card, key=case.folder / "issuer.pem", records="anna")
    refused = {"input": fresh, "predicate": other, "policy_id": "p"}
    assert code(PolicyRefused, lambda: af.prove(case.model, **refused)) == "repeated-threshold"
    assert case.model.uses_left == left
    af.prove(case.model, **ask, policy_id="q")
    af.prove(case.model, **ask, policy_id="p", unsafe_allow_repeated_thresholds=True)
    both = [case.predicate, other]
    with pytest.raises((UsageError, BudgetSpent)) as caught:
        af.prove(case.model, input=case.committed, predicate=both, policy_id="r")
    assert caught.value.code == "repeated-threshold"


def test_a_batch(case):
    rows = samples(5, seed=8)
    values = score(case.model, rows)[:, 1]
    threshold = f"{float(np.median(values)):.4f}"
    table = af.commit_input({"x": rows}, case.card, key=case.folder / "issuer.pem", records=list("abcde"))
    bundle = af.prove(case.model, input=table, predicate=[af.at_least("score[1]", threshold), af.argmax("score")])
    result = af.verify(bundle, case.policy(outcome="any", records=list("abcde")))
    assert list(result.answers[0].outcomes) == (values >= float(threshold)).tolist()
    assert list(result.answers[1].outcomes) == score(case.model, rows).argmax(axis=1).tolist()
    assert code(PolicyRefused, lambda: af.verify(bundle, case.policy())) == "outcome"


def test_verify_imports_nothing_that_makes_proofs():
    program = (
        "import sys, affidavit, affidavit.verify.check, affidavit.cli.verify\n"
        "banned = ('onnx', 'onnxruntime', 'sklearn', 'skl2onnx', 'scipy', 'cryptography', 'torch')\n"
        "own = ('affidavit.onnx', 'affidavit.quantise', 'affidavit.witness', 'affidavit.proving', 'affidavit.plan', "
        "'affidavit.compiling', 'affidavit.model', 'affidavit.ir', 'affidavit.ops')\n"
        "found = [m for m in sys.modules if m.split('.')[0] in banned or m.startswith(own)]\n"
        "sys.exit(f'imported: {found}' if found else 0)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, env={"PYTHONPATH": ":".join(sys.path)}
    )
    assert done.returncode == 0, done.stderr


def test_errors_have_hints_and_codes(case):
    with pytest.raises(AffidavitError) as caught:
        af.prove(case.model, {"x": case.inputs}, reveal="nothing")
    assert "score" in caught.value.hint
