"""Cards with renewals, with the real core: the chain that holds, and every chain that must not."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from product_fixtures import samples, tiny_onnx

import affidavit as af
from affidavit import core
from affidavit.bundle.card import Card, Certificate
from affidavit.bundle.statement import CERTIFICATE, Context, InputClaim, Statement
from affidavit.errors import AffidavitError, InputError, Malformed, PolicyRefused, Rejected, UsageError
from affidavit.model import CommittedModel
from affidavit.verify import card_check, check
from affidavit.verify.card_check import check_card

pytestmark = pytest.mark.core
X = {"x": samples(1)}


@pytest.fixture(scope="module")
def chain(tmp_path_factory):
    """A model renewed twice, another one of the same plan renewed once, and one of another plan renewed once."""
    folder = tmp_path_factory.mktemp("chain")
    compiled = af.compile(tiny_onnx(), calibration={"x": samples()})
    for name in ("net", "same"):
        af.commit(compiled, uses=6).save(folder / name)
    af.commit(af.compile(tiny_onnx(seed=9), calibration={"x": samples() * 3}), uses=6).save(folder / "else")
    for old, new in (("net", "net-1"), ("net-1", "net-2"), ("same", "same-1"), ("else", "else-1")):
        af.renew(folder / f"{old}.model", folder / new)
    bundles = {n: af.prove(folder / f"{n}.model", X, reveal="score") for n in ("net", "net-1", "net-2", "same-1")}
    cards = {path.stem: Card.load(path) for path in folder.glob("*.card")}
    return SimpleNamespace(folder=folder, cards=cards, card=cards["net-2"], bundles=bundles)


@pytest.fixture(autouse=True)
def unseen():
    card_check._cache.clear()
    yield
    card_check._cache.clear()


def test_bundles_about_every_commitment_verify_under_the_newest_card(chain):
    found = [af.verify(chain.bundles[n], af.policy.Model(chain.card)) for n in ("net", "net-1", "net-2")]
    assert [v.position for v in found] == [0, 1, 2]
    assert [v.model_digest for v in found] == [core.digest("commitment", c) for c in chain.card.commitments]
    assert {v.model_identity for v in found} == {card_check.identity_of(chain.cards["net"])}
    assert len({v.model_digest for v in found}) == 3
    assert "after 2 renewals" in " ".join(found[2].known) and "renewal" not in " ".join(found[0].known)
    assert all(v.bits >= 128 for v in found)


def test_the_identity_is_the_first_commitment_s(chain):
    """Laid out by hand: the digest of plan digest and commitment digest."""
    first = core.digest("plan", chain.card.plan) + core.digest("commitment", chain.cards["net"].commitment)
    assert card_check.identity_of(chain.card) == core.digest("model", first)
    assert card_check.identity_of(chain.cards["same-1"]) != card_check.identity_of(chain.card)


@pytest.mark.parametrize("bundle", ["net-1", "net-2", "same-1"])
def test_a_stale_card_says_where_to_look(chain, bundle):
    with pytest.raises(Rejected) as caught:
        af.verify(chain.bundles[bundle], af.policy.Model(chain.cards["net"]))
    assert caught.value.code == "model" and caught.value.exit_code == 3
    assert "may have been renewed" in caught.value.hint and "newest card" in caught.value.hint


def test_a_card_of_another_plan_is_not_called_stale(chain):
    with pytest.raises(Rejected) as caught:
        af.verify(chain.bundles["net"], af.policy.Model(chain.cards["else-1"]))
    assert caught.value.code == "model" and "renewed" not in caught.value.hint


def with_statement(renewal, **changes):
    return replace(renewal, statement=replace(Statement.decode(renewal.statement), **changes).encode())


def forgeries(chain):
    first, second = chain.card.renewals
    other, elsewhere = chain.cards["same-1"].renewals[0], chain.cards["else-1"].renewals[0]
    statement = Statement.decode(first.statement)
    grinding = bytearray(first.commitment)
    grinding[8 + 1 + 1 + 32 + 1 + 1 + 4 + 2] ^= 1
    flipped = bytearray(first.proof)
    flipped[len(flipped) // 2] ^= 1
    certificate = chain.card.certificate
    return {
        "reordered": ((second, first), "is not about the commitment before it"),
        "truncated in the middle": ((second,), "is not about the commitment before it"),
        "repeated": ((first, first), "occurs twice"),
        "repeated at the end": ((first, second, first), "occurs twice"),
        "back to the first": (
            (first, replace(second, commitment=chain.card.commitment)),
            "occurs twice",
        ),
        "of another model of the plan": ((other,), "is not about the commitment before it"),
        "of another plan": ((elsewhere,), "is not to its plan"),
        "for another target": ((replace(first, commitment=second.commitment),), "for another commitment"),
        "for a target that it does not name": ((with_statement(first, renewed=bytes(32)),), "for another commitment"),
        "of another shape": ((replace(first, commitment=bytes(grinding)),), "another shape"),
        "a certificate in its place": (
            (replace(first, statement=certificate.statement, proof=certificate.proof),),
            "is not about the commitment before it",
        ),
        "purpose changed": ((with_statement(first, purpose=CERTIFICATE, renewed=None),), "is not about"),
        "plan changed": ((with_statement(first, plan=bytes(32)),), "is not about"),
        "batch changed": ((with_statement(first, batch=2),), "is not about"),
        "an input added": ((with_statement(first, inputs=(InputClaim(3),)),), "is not about"),
        "context changed": ((with_statement(first, context=Context(time=statement.context.time + 1)),), None),
        "layout changed": ((with_statement(first, layout=bytes(32)),), None),
        "proof changed": ((replace(first, proof=bytes(flipped)),), None),
        "proof of the next": ((replace(first, proof=second.proof),), None),
        "proof of the certificate": ((replace(first, proof=certificate.proof),), None),
        "no proof": ((replace(first, proof=b""),), None),
        "proof followed by a byte": ((replace(first, proof=first.proof + b"\0"),), None),
        "no statement": ((replace(first, statement=b""),), None),
        "no commitment": ((replace(first, commitment=b""),), None),
        "the second one false": ((first, replace(second, proof=first.proof)), None),
    }


NAMES = [
    "reordered", "truncated in the middle", "repeated", "repeated at the end", "back to the first",
    "of another model of the plan", "of another plan", "for another target", "for a target that it does not name",
    "of another shape", "a certificate in its place", "purpose changed", "plan changed", "batch changed",
    "an input added", "context changed", "layout changed", "proof changed", "proof of the next",
    "proof of the certificate", "no proof", "proof followed by a byte", "no statement", "no commitment",
    "the second one false",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("seen", [False, True], ids=["unseen", "seen"])
def test_a_chain_that_does_not_hold(chain, name, seen):
    """Also where the true chain was checked before, and for a bundle about the first commitment."""
    if seen:
        check_card(chain.card)
    renewals, reason = forgeries(chain)[name]
    forged = replace(chain.card, renewals=renewals)
    with pytest.raises((Rejected, Malformed)) as caught:
        af.verify(chain.bundles["net"], af.policy.Model(forged))
    if reason is not None:
        assert caught.value.code == "card" and reason in caught.value.message
    assert caught.value.code != "internal"


def test_all_forgeries_are_tested(chain):
    assert set(NAMES) == set(forgeries(chain))


def test_a_renewal_is_no_certificate(chain):
    """C1 with its renewal in the certificate's place would be a model without ranges."""
    first = chain.card.renewals[0]
    card = Card(chain.card.plan, first.commitment, Certificate(first.statement, first.proof))
    with pytest.raises(Rejected, match="certificate is about something else"):
        check_card(card)
    with pytest.raises(Rejected, match="certificate is about something else"):
        check_card(Card(chain.card.plan, first.commitment, chain.card.certificate))


def test_a_longer_chain_is_checked_from_where_it_was_known(chain, monkeypatch):
    real, calls = core.verify, []
    monkeypatch.setattr(card_check.core, "verify", lambda *a: calls.append(a) or real(*a))
    for card, expected in (
        ("net", 1),
        ("net-1", 1),
        ("net-2", 1),
        ("net-2", 0),
        ("net", 0),
        ("net-1", 0),
        ("net-2", 0),
    ):
        calls.clear()
        checked = check_card(chain.cards[card])
        assert len(calls) == expected, card
        assert len(checked.links) == len(chain.cards[card].renewals) + 1
        assert checked.digest == core.digest("card", chain.cards[card].encode())


def test_a_known_chain_does_not_vouch_for_a_longer_bundle(chain):
    """The cache knows three commitments; the card in the policy names one."""
    check_card(chain.card)
    with pytest.raises(Rejected) as caught:
        af.verify(chain.bundles["net-2"], af.policy.Model(chain.cards["net"]))
    assert caught.value.code == "model"


def test_bits_are_the_least_up_to_the_commitment(chain, monkeypatch):
    bits = iter([130.0, 131.0, 127.5])
    monkeypatch.setattr(card_check, "bits_of", lambda report: next(bits))
    assert [link.bits for link in check_card(chain.card).links] == [130.0, 130.0, 127.5]
    assert af.verify(chain.bundles["net-1"], af.policy.Model(chain.card)).position == 1
    with pytest.raises(PolicyRefused, match="renewals prove 127") as caught:
        af.verify(chain.bundles["net-2"], af.policy.Model(chain.card))
    assert caught.value.code == "bits"
    lenient = af.policy.Model(chain.card, min_bits=100)
    assert af.verify(chain.bundles["net-2"], lenient).bits == 127.5
    assert check.bits_of({"rbr_bits": 3}) == 3.0


def test_inputs_of_before_keep_working_with_as_many_uses(chain, tmp_path):
    record = af.commit_input(X, chain.cards["net"])
    bundle = af.prove(chain.folder / "net-2.model", input=record, reveal="score")
    assert af.verify(bundle, af.policy.Model(chain.card)).position == 2
    fewer = af.renew(chain.folder / "net-2.model", tmp_path / "fewer", uses=5)
    with pytest.raises(InputError) as caught:
        af.prove(fewer, input=record, reveal="score")
    assert caught.value.code == "schema" and "commit the input again" in caught.value.hint
    again = af.commit_input(X, fewer.card)
    assert af.verify(af.prove(fewer, input=again, reveal="score"), af.policy.Model(fewer.card)).position == 3


def test_a_renewed_file_is_renewed_loaded_and_recomputed(chain):
    model = CommittedModel.load(chain.folder / "net-2.model")
    assert bytes(model.oracle.commitment) == chain.card.renewals[-1].commitment == model.card.current
    assert model.card == chain.card
    with pytest.raises(UsageError):
        af.commit(model)  # its incoming opening is spent: it never makes a certificate


def test_explain_and_inspect_show_the_chain(chain):
    explained = af.explain(chain.bundles["net-1"], chain.card)
    identity = card_check.identity_of(chain.card).hex()
    assert explained["model"] == {"identity": identity, "renewals": 2, "position": 1}
    assert "note" not in explained and any("after one renewal" in claim for claim in explained["claims"])
    assert af.explain(chain.card)["model"] == {"identity": identity, "renewals": 2, "position": 2}
    with pytest.raises(UsageError, match="not in the card") as caught:
        af.explain(chain.bundles["net-1"], chain.cards["net"])
    assert "newest card" in caught.value.hint
    old, new = (af.inspect(chain.folder / name) for name in ("net.model", "net-1.card"))
    statement = core.digest("statement", chain.card.renewals[0].statement).hex()
    assert old["renewal"] == f"spent for {statement}"
    assert new["renewals"] == 1 and new["identity"] == old["identity"] == identity
    assert new["commitments"] == [core.digest("commitment", c).hex() for c in chain.card.commitments[:2]]


def test_the_same_weights_under_fresh_pads(chain):
    """Nothing of the first root is in the second, and the tensors are the same."""
    models = [CommittedModel.load(chain.folder / f"{n}.model") for n in ("net", "net-1", "net-2")]
    assert len({m.commitment.root for m in models}) == len({m.file.seed for m in models}) == 3
    assert all((models[0].weights[i] == m.weights[i]).all() for m in models for i in m.weights)
    assert len({m.file.secret for m in models}) == 1


@pytest.mark.full
def test_the_second_verifier_agrees(chain):
    """It was written from the specification alone: it takes the chain, and none of the forgeries."""
    sys.path.insert(0, str(Path(__file__).parents[3] / "vectors"))
    from reference import Refused, bundle
    from reference.policy import Policy

    policy = Policy()
    for name in ("net", "net-2"):
        bundle.check_bundle(chain.bundles[name].encode(), chain.card.encode(), policy)
    with pytest.raises(Refused, match="step b9:"):
        bundle.check_bundle(chain.bundles["net-2"].encode(), chain.cards["net-1"].encode(), policy)
    for name, (renewals, _) in forgeries(chain).items():
        with pytest.raises(Refused, match=r"step b[37]:") as caught:
            bundle.check_card(replace(chain.card, renewals=renewals).encode())
        assert name and caught.value


def test_errors_are_typed(chain):
    with pytest.raises(AffidavitError):
        check_card(replace(chain.card, plan=b"no plan"))
