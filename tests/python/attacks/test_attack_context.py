"""Attacks by replay: a good bundle shown to somebody else, later, or in another one's place."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from product_fixtures import Case, make_case, samples

import affidavit as af
from affidavit import core, policy
from affidavit.bundle.bundle import Bundle, InputPart
from affidavit.bundle.input_files import signed_message
from affidavit.bundle.statement import Context, Statement
from affidavit.errors import AffidavitError, Malformed, PolicyRefused, Rejected
from affidavit.keys import PrivateKey

pytestmark = pytest.mark.core
NOW = int(time.time())


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Case:
    return make_case(tmp_path_factory.mktemp("case"), uses=24)


@pytest.fixture(scope="module")
def bundle(case: Case) -> Bundle:
    ask = {"predicate": case.predicate, "policy_id": "p"}
    return af.prove(case.model, input=case.committed, **ask, nonce=b"for bank one", time=NOW)


def restated(bundle: Bundle, change: Callable[[Statement], Statement]) -> Bundle:
    changed = change(bundle.decoded())
    assert changed != bundle.decoded()
    return replace(bundle, statement=changed.encode())


def code(error: type[AffidavitError], bundle: Bundle, asked: Any) -> str:
    with pytest.raises(error) as caught:
        af.verify(bundle, asked)
    return caught.value.code


def test_a_bundle_shown_in_another_context(case: Case, bundle: Bundle) -> None:
    """As it is, the policy refuses it; with its context rewritten, the proof does not hold."""
    base = case.policy()
    af.verify(bundle, base & policy.Fresh(3600, b"for bank one") & policy.PolicyId("p"))
    for wanted, context, refusal in (
        (policy.Nonce(b"for bank two"), {"nonce": b"for bank two"}, "nonce"),
        (policy.PolicyId("q"), {"policy": "q"}, "policy-id"),
    ):
        assert code(PolicyRefused, bundle, base & wanted) == refusal
        moved = restated(bundle, lambda s, c=context: replace(s, context=replace(s.context, **c)))
        assert code(Rejected, moved, base & wanted) == PROOF
    old = af.prove(case.model, input=case.committed, reveal="score", policy_id="old", nonce=b"n", time=NOW - 10_000)
    fresh = base & policy.Fresh(3600, b"n")
    assert code(PolicyRefused, old, fresh) == "age"
    younger = restated(old, lambda s: replace(s, context=Context(b"n", "old", NOW)))
    assert code(Rejected, younger, fresh) == PROOF


#: A changed statement moves every challenge: the final argument does not hold.
PROOF = "finish"


def test_an_issuer_put_in_anothers_place(case: Case, bundle: Bundle) -> None:
    """The issuer's key is in the statement and so in every challenge, not only beside the proof."""
    mallory = PrivateKey.generate()
    statement = bundle.decoded()
    binding = statement.input_commitment
    assert binding is not None and bundle.input is not None
    message = signed_message(binding.schema, binding.commitment, binding.records, binding.expiry)
    signature = mallory.sign(core.digest("input-signature", message))
    key = mallory.public()
    taken = replace(binding, issuer=key.raw)
    claimed = restated(bundle, lambda s: replace(s, input_commitment=taken))
    signed = replace(claimed, input=InputPart(bundle.input.commitment, signature))
    # a good signature by a trusted key, and still not what was proven
    assert code(Rejected, signed, case.policy(issuer=key)) == PROOF
    # the signature alone exchanged, the key alone exchanged
    assert code(Rejected, replace(bundle, input=signed.input), case.policy()) == "signature"
    assert code(Rejected, claimed, case.policy(issuer=key)) == "signature"
    nobody = restated(bundle, lambda s: replace(s, input_commitment=replace(binding, issuer=None)))
    assert (
        code(Rejected, replace(nobody, input=InputPart(bundle.input.commitment, None)), policy.Model(case.card))
        == PROOF
    )


def test_two_bundles_exchanged(case: Case) -> None:
    """Remainder finding C: two proofs of one kind, one for the left iris and one for the right."""
    key, made = case.folder / "issuer.pem", {}
    for name, seed in (("left", 21), ("right", 22)):
        record = af.commit_input({"x": samples(1, seed)}, case.card, key=key, records=name)
        made[name] = af.prove(case.model, input=record, reveal="score", policy_id="iris")
    for name, other in (("left", "right"), ("right", "left")):
        wanted = case.policy(records=name)
        af.verify(made[name], wanted)
        assert code(PolicyRefused, made[other], wanted) == "records"
        # parts of the other under this one's name
        mixed = replace(made[name], proof=made[other].proof)
        assert code(Rejected, mixed, wanted) == PROOF
        mixed = replace(made[name], input=made[other].input)
        assert code(Rejected, mixed, wanted) == "input"
        renamed = restated(
            made[other],
            lambda s, n=name: replace(s, input_commitment=replace(s.input_commitment, records=(n,))),
        )
        assert code(Rejected, renamed, wanted) == "signature"


def test_rows_of_a_batch_exchanged(case: Case) -> None:
    """Rows, records, answers: each in its place, together or alone."""
    x = samples(3, 31)
    names = ["anna", "bert", "cleo"]
    batch = af.commit_input({"x": x}, case.card, key=case.folder / "issuer.pem", records=names)
    bundle = af.prove(case.model, input=batch, reveal="score", predicate=af.argmax("score"), policy_id="rows")
    wanted = case.policy(records=names, outcome="any")
    result = af.verify(bundle, wanted)
    order = [1, 0, 2]
    assert not np.array_equal(result.outputs["score"], result.outputs["score"][order])

    def permuted(s: Statement, records: bool, outputs: bool) -> Statement:
        binding = s.input_commitment
        assert binding is not None
        if records:
            s = replace(s, input_commitment=replace(binding, records=tuple(binding.records[i] for i in order)))
        if outputs:
            public, classes = s.outputs
            values = public.values.reshape(3, -1)[order].reshape(-1)
            s = replace(s, outputs=(replace(public, values=values), replace(classes, classes=classes.classes[order])))
        return s

    assert code(Rejected, restated(bundle, lambda s: permuted(s, False, True)), wanted) == PROOF
    assert code(Rejected, restated(bundle, lambda s: permuted(s, True, False)), wanted) == "signature"
    assert code(Rejected, restated(bundle, lambda s: permuted(s, True, True)), wanted) == "signature"
    # without an issuer the record ids are the prover's words, but still those of this proof
    alone = af.commit_input({"x": x}, case.card, records=names)
    unsigned = af.prove(case.model, input=alone, reveal="score", predicate=af.argmax("score"))
    loose = policy.Model(case.card)
    for records, outputs in ((True, False), (False, True), (True, True)):
        moved = restated(unsigned, lambda s, r=records, o=outputs: permuted(s, r, o))
        assert code(Rejected, moved, loose) == PROOF
    # a row less: the input's commitment says how many there are (Remainder finding B)
    shorter = replace(unsigned.decoded(), batch=2)
    cut = (
        replace(shorter.outputs[0], values=shorter.outputs[0].values[:4]),
        replace(shorter.outputs[1], classes=shorter.outputs[1].classes[:2]),
    )
    binding = replace(shorter.input_commitment, records=("anna", "bert"))
    fewer = replace(unsigned, statement=replace(shorter, outputs=cut, input_commitment=binding).encode())
    assert code(Rejected, fewer, loose) == "input"


def test_a_bundle_that_is_not_complete(case: Case, bundle: Bundle) -> None:
    """Remainder finding A: a verifier that checks what a proof holds, and not whether it is all there."""
    wanted = case.policy()
    for proof in (
        b"",
        bundle.proof[:32],
        bundle.proof[:-1],
        bundle.proof[:-32],
        bundle.proof + b"\0",
        bundle.proof * 2,
    ):
        with pytest.raises((Malformed, Rejected)) as caught:
            af.verify(replace(bundle, proof=proof), wanted)
        assert caught.value.code in ("malformed", "opening"), len(proof)
    assert code(Rejected, replace(bundle, input=None), wanted) == "input"
    empty = restated(bundle, lambda s: replace(s, outputs=()))
    with pytest.raises((Malformed, Rejected)):
        af.verify(empty, wanted)


#: Order of the group in which an Ed25519 signature's second half is a number (RFC 8032).
ORDER = 2**252 + 27742317777372353535851937790883648493


def test_a_signature_has_one_form(case: Case, bundle: Bundle) -> None:
    """Malleable signatures, and keys of small order, under which one signature fits many messages."""
    assert bundle.input is not None and bundle.input.signature is not None
    signature = bundle.input.signature
    s = int.from_bytes(signature[32:], "little")
    for other in (s + ORDER, s + 2 * ORDER, ORDER - s, 0):
        changed = signature[:32] + other.to_bytes(32, "little")
        moved = replace(bundle, input=InputPart(bundle.input.commitment, changed))
        assert code(Rejected, moved, case.policy()) == "signature"
    identity = (1).to_bytes(32, "little")
    for key in (identity, bytes(32), (2**255 - 20).to_bytes(32, "little")):
        assert not core.signature_holds(key, b"any message", identity + bytes(32))
