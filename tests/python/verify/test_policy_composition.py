"""Policies compose: what a composition accepts, against a second reading of every policy written out by hand."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import reduce
from operator import and_
from pathlib import Path
from typing import Any

import fake_core as stand_in
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from product_fixtures import samples, score, tiny_onnx

import affidavit as af
from affidavit import core, policy
from affidavit.errors import PolicyRefused, Rejected, UsageError
from affidavit.keys import PrivateKey
from affidavit.verify import card_check, composition, policy_check
from affidavit.verify.composition import Policy
from affidavit.verify.policy_check import check_policy

NOW = int(time.time())


@dataclass(frozen=True)
class Facts:
    """What is true of a bundle, known from how it was made."""

    model: str = "one"
    inputs: str = "committed"
    signer: str | None = None
    record: str | None = None
    nonce: bytes = b""
    policy_id: str = ""
    age: int = 0
    #: threshold question -> answer
    yes: bool | None = None
    index: int | None = None
    bits: float = 128.5
    expired: bool = False


@dataclass(frozen=True, repr=False)
class World:
    bundles: list[tuple[Any, Facts]]
    #: name -> (policy, the same in a line of plain Python)
    atoms: dict[str, tuple[Policy, Callable[[Facts], bool]]]
    cards: dict[str, Any]
    keys: dict[str, PrivateKey]


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    """Bundles of two models, two issuers and many circumstances, under the stand-in core."""
    with pytest.MonkeyPatch.context() as patch:
        module = stand_in.as_module()
        patch.setitem(sys.modules, "affidavit._core", module)
        patch.setattr(af, "_core", module, raising=False)
        core.plan_info.cache_clear()
        card_check._cache.clear()
        yield make_world()
    core.plan_info.cache_clear()
    card_check._cache.clear()


def make_world() -> World:
    models = {
        name: af.commit(af.compile(tiny_onnx(seed), calibration={"x": samples()}), uses=40)
        for name, seed in (("one", 0), ("two", 9))
    }
    keys = {name: PrivateKey.generate() for name in ("bureau", "agency")}
    row, thresholds = samples(1, seed=2), {}
    bundles: list[tuple[Any, Facts]] = []
    for name, model in models.items():
        value = float(score(model, row)[0, 1])
        thresholds[name] = value
        index = int(score(model, row)[0].argmax())
        yes, no = "-2", f"{value + 0.05:.3f}"

        def add(facts: Facts, model: Any = model, name: str = name, yes: str = yes, no: str = no) -> None:
            facts = replace(facts, model=name)
            asked = [] if facts.yes is None else [af.at_least("score[1]", yes if facts.yes else no)]
            asked += [] if facts.index is None else [af.argmax("score")]
            context = {"nonce": facts.nonce, "policy_id": facts.policy_id, "time": NOW - facts.age}
            if facts.inputs != "committed":
                data: dict[str, Any] = {"inputs": {"x": row}, "inputs_as": facts.inputs}
            else:
                key = None if facts.signer is None else keys[facts.signer]
                expiry = NOW - 10 if facts.expired else 0
                records = () if facts.record is None else facts.record
                data = {"input": af.commit_input({"x": row}, model.card, key=key, records=records, expiry=expiry)}
            shown = {"predicate": asked, "reveal": () if asked else "score"}
            bundle = af.prove(model, **data, **shown, **context, unsafe_allow_repeated_thresholds=True)
            bundles.append((bundle, facts))

        signed = Facts(signer="bureau", record="anna", nonce=b"n1", policy_id="p", yes=True)
        for facts in (
            signed,
            replace(signed, signer="agency"),
            replace(signed, record="bert"),
            replace(signed, nonce=b"n2"),
            replace(signed, nonce=b""),
            replace(signed, policy_id="q"),
            replace(signed, age=10_000),
            replace(signed, yes=False),
            replace(signed, yes=None, index=index),
            replace(signed, yes=False, index=index),
            replace(signed, expired=True),
            Facts(yes=True, nonce=b"n1"),
            Facts(),
            Facts(inputs="public", nonce=b"n1", yes=True),
            Facts(inputs="unbound", nonce=b"n1", yes=True),
            Facts(inputs="unbound", yes=False),
        ):
            add(facts)
    cards = {name: model.card for name, model in models.items()}
    return World(bundles, atoms(cards, keys, row, thresholds), cards, keys)


def atoms(cards: Any, keys: Any, row: Any, values: dict[str, float]) -> dict[str, Any]:
    """Every policy with its second reading. ``no`` is asked of model one, whose threshold it is."""
    bureau, agency = keys["bureau"].public(), keys["agency"].public()
    yes, no = af.at_least("score[1]", "-2"), af.at_least("score[1]", f"{values['one'] + 0.05:.3f}")

    def careful(model: str | tuple[str, ...], *, outcome: bool = True, bound: bool = True, bits: float = 128.0) -> Any:
        names = (model,) if isinstance(model, str) else model
        return lambda f: (
            f.model in names
            and f.bits >= bits
            and (f.yes is not False or not outcome)
            and (f.inputs != "unbound" or not bound)
        )

    def asked_no(f: Facts) -> bool:
        return f.model == "one" and f.yes is False

    return {
        "one": (policy.Model(cards["one"]), careful("one")),
        "two": (policy.Model(cards["two"]), careful("two")),
        "either": (policy.Models([cards["two"], cards["one"]]), careful(("one", "two"))),
        "one, any answer": (policy.Model(cards["one"], outcome="any"), careful("one", outcome=False)),
        "one, unbound too": (policy.Model(cards["one"], unsafe_allow_unbound=True), careful("one", bound=False)),
        "either, everything": (
            policy.Models(cards.values(), outcome="any", unsafe_allow_unbound=True, min_bits=0),
            careful(("one", "two"), outcome=False, bound=False, bits=0),
        ),
        "one, not pinned": (policy.unsafe_any_model(cards["one"]), careful("one")),
        "bureau": (policy.Issuer(bureau), lambda f: f.signer == "bureau"),
        "agency": (policy.Issuer(agency), lambda f: f.signer == "agency"),
        "an issuer": (policy.Issuers([agency, bureau]), lambda f: f.signer is not None),
        "0 bits": (policy.MinBits(0), lambda f: True),
        "128.5 bits": (policy.MinBits(128.5), lambda f: f.bits >= 128.5),
        "129 bits": (policy.MinBits(129), lambda f: False),
        "yes": (policy.Asks(yes), lambda f: f.yes is True),
        "no": (policy.Asks(no), lambda f: False),
        "no, any answer": (policy.Asks(no, "any"), asked_no),
        "class 0": (policy.Asks(af.argmax("score", 0)), lambda f: f.index == 0),
        "class 1": (policy.Asks(af.argmax("score", 1)), lambda f: f.index == 1),
        "a class": (policy.Asks(af.argmax("score", 1), "any"), lambda f: f.index is not None),
        "anna": (policy.Records("anna"), lambda f: f.record == "anna"),
        "bert": (policy.Records(["bert"]), lambda f: f.record == "bert"),
        "public": (policy.PublicInputs({"x": row}), lambda f: f.inputs == "public"),
        "other public": (policy.PublicInputs({"x": row + 0.5}), lambda f: False),
        "n1": (policy.Nonce(b"n1"), lambda f: f.nonce == b"n1"),
        "n2": (policy.Nonce(b"n2"), lambda f: f.nonce == b"n2"),
        "p": (policy.PolicyId("p"), lambda f: f.policy_id == "p"),
        "no id": (policy.PolicyId(""), lambda f: f.policy_id == ""),
        "fresh": (policy.Fresh(3600, b"n1"), lambda f: f.nonce == b"n1" and f.age <= 3600),
        "rather fresh": (policy.Fresh(20_000, b"n1"), lambda f: f.nonce == b"n1" and f.age <= 20_000),
        "some commitment": (policy.InputCommitment(b"c" * 32), lambda f: False),
    }


MODELS = ("one", "two", "either", "one, any answer", "one, unbound too", "either, everything", "one, not pinned")
OTHERS = (
    *("bureau", "agency", "an issuer", "0 bits", "128.5 bits", "129 bits", "yes", "no", "no, any answer", "class 0"),
    *(
        "class 1",
        "a class",
        "anna",
        "bert",
        "public",
        "other public",
        "n1",
        "n2",
        "p",
        "no id",
        "fresh",
        "rather fresh",
    ),
    "some commitment",
)
ISSUERS = {"bureau", "agency", "an issuer"}
parts = st.lists(st.sampled_from(OTHERS), max_size=3)
lists = st.tuples(st.lists(st.sampled_from(MODELS), min_size=1, max_size=2), parts).map(lambda t: t[0] + t[1])


def composed(world: World, names: list[str]) -> Policy | None:
    """None where the composition is contradictory."""
    try:
        return reduce(and_, (world.atoms[name][0] for name in names))
    except UsageError:
        return None


def accepts(bundle: Any, asked: Policy) -> bool:
    try:
        af.verify(bundle, asked)
    except (PolicyRefused, Rejected, UsageError):
        return False
    return True


def expected(world: World, names: list[str], facts: Facts) -> bool:
    """All of them, and the two rules about a whole composition: signers are named, expired signatures refused."""
    named = not ISSUERS.isdisjoint(names)
    return (
        all(world.atoms[name][1](facts) for name in names)
        and (facts.signer is None or named)
        and not facts.expired
        and (named or not {"anna", "bert"} & set(names))
    )


def test_the_second_reading_names_every_policy(world: World) -> None:
    assert set(world.atoms) == {*MODELS, *OTHERS}
    kinds = {type(asked).__name__ for asked, _ in world.atoms.values()} - {"_UnknownModel"}
    public = {n for n, c in vars(policy).items() if isinstance(c, type) and issubclass(c, Policy)}
    assert kinds == public - {"Policy", "_UnknownModel"}
    # neither all accepted nor all refused: every atom decides something, but for those that are meant not to
    for name in OTHERS:
        verdicts = {world.atoms[name][1](facts) for _, facts in world.bundles}
        assert verdicts == {True, False} or name in (
            *("0 bits", "128.5 bits", "129 bits", "no", "other public", "some commitment"),
            *("class 0", "class 1"),
        ), name


@settings(max_examples=400, deadline=None)
@given(names=lists)
def test_a_composition_accepts_what_all_its_parts_accept(world: World, names: list[str]) -> None:
    asked = composed(world, names)
    for bundle, facts in world.bundles:
        wanted = expected(world, names, facts)
        assert (asked is not None and accepts(bundle, asked)) == wanted, (names, facts)


@settings(max_examples=300, deadline=None)
@given(left=lists, right=lists)
def test_both_accept_exactly_if_each_accepts(world: World, left: list[str], right: list[str]) -> None:
    a, b = composed(world, left), composed(world, right)
    if a is None or b is None:
        return
    both = composed(world, left + right)
    # Whom to trust is one question for the whole composition: a side that is silent takes the other side's answer.
    a, b = (
        a & Policy(issuers=b.issuers if a.issuers is None else None),
        b & Policy(issuers=a.issuers if b.issuers is None else None),
    )
    for bundle, facts in world.bundles:
        each = accepts(bundle, a) and accepts(bundle, b)
        assert (both is not None and accepts(bundle, both)) == each, (left, right, facts)


def outcome(make: Callable[[], Policy]) -> Policy | None:
    try:
        return make()
    except UsageError:
        return None


@settings(max_examples=300, deadline=None)
@given(left=parts.filter(bool), middle=lists, right=parts.filter(bool))
def test_order_and_grouping_do_not_matter(world: World, left: Any, middle: Any, right: Any) -> None:
    a, b, c = (composed(world, names) for names in (left, middle, right))
    if a is None or b is None or c is None:
        return
    assert outcome(lambda: (a & b) & c) == outcome(lambda: a & (b & c)) == outcome(lambda: c & (b & a))
    assert a & a == a and b & b == b


def test_the_options_of_a_model_are_a_composition(world: World) -> None:
    card, key, asked = world.cards["one"], world.keys["bureau"].public(), af.at_least("score[1]", "-2")
    digest = b"d" * 32
    options = policy.Model(
        card,
        predicate=asked,
        outcome="any",
        issuer=key,
        records="anna",
        input_commitment=digest,
        nonce=b"n1",
        policy_id="p",
        max_age=60,
        min_bits=130,
    )
    model = policy.Model(card, outcome="any") & policy.MinBits(130) & policy.Asks(asked, "any")
    who = policy.Issuer(key) & policy.Records("anna") & policy.InputCommitment(digest)
    assert options == model & who & policy.Fresh(60, b"n1") & policy.PolicyId("p")
    assert hash(options) == hash(who & model & policy.PolicyId("p") & policy.Fresh(60, b"n1"))
    assert options != model & who & policy.Fresh(61, b"n1") & policy.PolicyId("p")


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (("one", "two"), "different models"),
        (("bureau", "agency"), "different issuers"),
        (("n1", "n2"), "different nonces"),
        (("n2", "fresh"), "different nonces"),
        (("p", "no id"), "different policy ids"),
        (("anna", "bert"), "different lists of records"),
    ],
)
def test_contradictions_are_refused_when_they_are_composed(world: World, names: Any, message: str) -> None:
    first, second = (world.atoms[name][0] for name in names)
    for left, right in ((first, second), (second, first)):
        with pytest.raises(UsageError, match=message):
            left & right
    with pytest.raises(UsageError, match="different input commitments"):
        world.atoms["some commitment"][0] & policy.InputCommitment(b"e" * 32)


def test_a_composition_without_a_model_is_refused_with_what_to_add(world: World) -> None:
    bundle, _ = world.bundles[0]
    for name in OTHERS:
        with pytest.raises(UsageError) as caught:
            af.verify(bundle, world.atoms[name][0])
        assert caught.value.code == "model" and "Model('net.card')" in caught.value.hint
        assert "unsafe_any_model" in caught.value.hint


def test_records_without_an_issuer_and_age_without_a_nonce_are_refused(world: World) -> None:
    bundle, _ = world.bundles[0]
    with pytest.raises(UsageError, match="records need an issuer"):
        af.verify(bundle, world.atoms["one"][0] & world.atoms["anna"][0])
    for make in (lambda: policy.Fresh(60), lambda: policy.Model(world.cards["one"], max_age=60)):
        with pytest.raises(UsageError) as caught:
            make()
        assert caught.value.code == "age"
    with pytest.raises(UsageError) as caught:  # whoever builds it from parts
        af.verify(bundle, world.atoms["one"][0] & Policy(max_age=60))
    assert caught.value.code == "age"


def test_a_card_that_nobody_vouches_for_is_a_visible_choice(world: World) -> None:
    bundle, facts = next((b, f) for b, f in world.bundles if f == Facts())
    assert facts.model == "one"
    loose = policy.unsafe_any_model(world.cards["one"])
    result = af.verify(bundle, loose)
    assert not result.model_pinned and "nobody vouches" in result.assumed[0]
    assert result.to_json()["model_pinned"] is False
    for pinned in (policy.Model(world.cards["one"]), loose & policy.Model(world.cards["one"])):
        sure = af.verify(bundle, pinned)
        assert sure.model_pinned and not any("nobody vouches" in fact for fact in sure.assumed)
    with pytest.raises(Rejected):
        af.verify(bundle, policy.unsafe_any_model(world.cards["two"]))
    with pytest.raises(UsageError):  # a pinned model is not weakened by a card that came along
        loose & policy.Model(world.cards["two"])


def test_one_of_several_cards(world: World) -> None:
    both = policy.Models(list(world.cards.values()))
    for bundle, facts in world.bundles:
        if facts in (Facts(), Facts(model="two")):
            assert af.verify(bundle, both).card_digest == core.digest("card", world.cards[facts.model].encode())
    # a card that does not hold is an error, even beside one that does: whoever listed it meant it to count
    card = world.cards["two"]
    broken = replace(card, certificate=replace(card.certificate, proof=bytes(len(card.certificate.proof))))
    bundle = next(b for b, f in world.bundles if f == Facts())
    with pytest.raises(Rejected):
        af.verify(bundle, policy.Models([broken, world.cards["one"]]))


@pytest.mark.parametrize(
    "misuse",
    [
        lambda a, b: a and b,
        lambda a, b: a or b,
        lambda a, b: not a,
        lambda a, b: a | b,
        lambda a, b: "net.card" | a,
        lambda a, b: a & "net.card",
        lambda a, b: "net.card" & a,
        lambda a, b: a & None,
        lambda a, b: policy.Models([]),
        lambda a, b: policy.Models("net.card"),
        lambda a, b: policy.Models(b),
        lambda a, b: policy.Issuers([]),
        lambda a, b: policy.Issuers(PrivateKey.generate().public()),
        lambda a, b: policy.Issuers(b"k" * 32),
        lambda a, b: policy.Asks([]),
        lambda a, b: policy.Asks("score >= 1"),
        lambda a, b: policy.Asks(af.argmax("score"), "maybe"),
        lambda a, b: policy.Records([1]),
        lambda a, b: policy.PolicyId(7),
        lambda a, b: policy.MinBits(-1),
        lambda a, b: policy.MinBits(float("nan")),
        lambda a, b: policy.Fresh(0, b"n"),
        lambda a, b: policy.Nonce(b""),
        lambda a, b: policy.InputCommitment(b"short"),
    ],
)
def test_misuse_is_refused_when_the_policy_is_made(world: World, misuse: Any) -> None:
    """``A and B`` is B alone in Python: it must not quietly drop A."""
    with pytest.raises(UsageError):
        misuse(world.atoms["bureau"][0], world.atoms["one"][0])


def test_every_refusal_code(world: World) -> None:
    """Each code of the policy's checks, from a bundle that fails nothing but that."""
    atom = {name: asked for name, (asked, _) in world.atoms.items()}
    base = atom["one"] & atom["bureau"]
    signed = Facts(signer="bureau", record="anna", nonce=b"n1", policy_id="p", yes=True)
    cases: list[tuple[str, Facts, Policy]] = [
        ("bits", signed, base & atom["129 bits"]),
        ("unbound", Facts(inputs="unbound", nonce=b"n1", yes=True), atom["one"]),
        ("input", signed, base & atom["some commitment"]),
        ("input", signed, base & atom["public"]),
        ("issuer", signed, atom["one"]),
        ("issuer", signed, atom["one"] & atom["agency"]),
        ("issuer", Facts(), base),
        ("records", signed, base & atom["bert"]),
        ("expired", replace(signed, expired=True), base),
        ("nonce", replace(signed, nonce=b"n2"), base & atom["n1"]),
        ("nonce", replace(signed, nonce=b""), base & atom["fresh"]),
        ("policy-id", replace(signed, policy_id="q"), base & atom["p"]),
        ("age", replace(signed, age=10_000), base & atom["fresh"]),
        ("predicate", signed, base & atom["class 1"]),
        ("threshold", signed, base & policy.Asks(af.at_least("score[1]", "-1"))),
        ("outcome", replace(signed, yes=False), base),
    ]
    for code, facts, asked in cases:
        bundle = next(b for b, f in world.bundles if f == facts)
        with pytest.raises(PolicyRefused) as caught:
            af.verify(bundle, asked)
        assert caught.value.code == code and caught.value.exit_code == 5, (code, facts)
    source = Path(policy_check.__file__).read_text("utf-8") + Path(composition.__file__).read_text("utf-8")
    written = set(re.findall(r'code="([a-z-]+)"', source)) | {"threshold", "predicate"}
    # "unforced" needs a plan by hand: test_unforced.py
    assert written == {code for code, _, _ in cases} | {"model", "unforced"}


def test_the_order_of_the_checks_is_the_specifications(world: World) -> None:
    """Spec 8.2, step 6: of two failings the first in the order is named, however the policy was composed."""
    atom = {name: asked for name, (asked, _) in world.atoms.items()}
    bundle, facts = next((b, f) for b, f in world.bundles if f == Facts(inputs="unbound", yes=False))
    steps = [atom["129 bits"], atom["public"], atom["bureau"], atom["n1"], atom["p"], atom["class 1"]]
    codes = ["bits", "unbound", "input", "issuer", "nonce", "policy-id", "predicate", "outcome"]
    lax = policy.Model(world.cards["one"], outcome="any", unsafe_allow_unbound=True, min_bits=0)
    policies = [
        reduce(and_, steps, atom["one"]),
        reduce(and_, steps[1:], atom["one"]),
        reduce(and_, steps[1:], lax),
        reduce(and_, steps[2:], lax),
        reduce(and_, steps[3:], lax),
        reduce(and_, steps[4:], lax),
        reduce(and_, steps[5:], lax),
        policy.Model(world.cards["one"], unsafe_allow_unbound=True),
    ]
    found = []
    for asked in policies:
        with pytest.raises(PolicyRefused) as caught:
            check_policy(asked, bundle.decoded(), core.plan_info(world.cards["one"].plan), 128.5)
        found.append(caught.value.code)
    assert found == codes and facts.model == "one"


def test_the_shorter_age_counts(world: World) -> None:
    signed = Facts(signer="bureau", record="anna", nonce=b"n1", policy_id="p", yes=True)
    old = next(b for b, f in world.bundles if f == replace(signed, age=10_000))
    short, long = world.atoms["fresh"][0], world.atoms["rather fresh"][0]
    base = world.atoms["one"][0] & world.atoms["bureau"][0]
    assert accepts(old, base & long)
    for both in (short & long, long & short):
        with pytest.raises(PolicyRefused) as caught:
            af.verify(old, base & both)
        assert caught.value.code == "age"


def test_the_certificate_has_to_reach_the_bits_too(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    bundle, card = next((b, world.cards["one"]) for b, f in world.bundles if f == Facts())
    checked = card_check.check_card(card)
    weak = replace(checked, links=(replace(checked.links[0], bits=90.0),))
    monkeypatch.setitem(card_check._cache, card, weak)
    with pytest.raises(PolicyRefused, match="certificate") as caught:
        af.verify(bundle, policy.Model(card))
    assert caught.value.code == "bits"
    assert af.verify(bundle, policy.Model(card, min_bits=90)).bits == 90.0
