"""Rejecting vectors of spec 8.2: bundles, cards, policies."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from accepting import FOREVER, ISSUER, ISSUER_KEY, signature
from edits import Files, put, xor
from reference.signature import ORDER, message

from affidavit import core
from affidavit.bundle import statement as s
from affidavit.bundle.bundle import Bundle, InputPart
from affidavit.bundle.card import Card, Renewal
from affidavit.plan import decode, encode

OTHER_KEY = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"


@dataclass(frozen=True)
class Refuse:
    name: str
    base: str
    files: Files
    step: str
    policy: dict[str, Any] = field(default_factory=dict)


def small_r(binding: s.InputBinding) -> bytes:
    """R is the neutral point and s = k·a: the equation holds, but anybody who sees it learns a."""
    schema, commitment = binding.schema, binding.commitment
    signed = message(schema, commitment, binding.records, binding.expiry)
    secret = int.from_bytes(hashlib.sha512(ISSUER.private_bytes_raw()).digest()[:32], "little")
    secret = secret & ((1 << 254) - 8) | 1 << 254
    r = bytes([1]) + bytes(31)
    k = int.from_bytes(hashlib.sha512(r + ISSUER_KEY + signed).digest(), "little")
    return r + (k * secret % ORDER).to_bytes(32, "little")


def bundles(name: str, b: Files, policy: dict[str, Any], unsigned: tuple[str, Files]) -> Iterator[Refuse]:
    """``b`` is signed and has one row."""
    bundle = Bundle.decode(b.bundle)
    st = s.Statement.decode(bundle.statement)
    binding, part = st.input_commitment, bundle.input

    def raw(label: str, data: bytes, step: str) -> Refuse:
        return Refuse(label, name, replace(b, bundle=data), step, policy)

    def of(label: str, step: str, **changes: Any) -> Refuse:
        return raw(label, replace(bundle, **changes).encode(), step)

    def stated(label: str, step: str, **changes: Any) -> Refuse:
        return of(label, step, statement=replace(st, **changes).encode())

    def bound(label: str, step: str, **changes: Any) -> Refuse:
        return stated(label, step, input_commitment=replace(binding, **changes))

    yield raw("bundle-magic", xor(b.bundle, 0), "b1")
    yield raw("bundle-version", put(b.bundle, 8, "H", 2), "b1")
    yield raw("bundle-cut", b.bundle[:-1], "b1")
    yield raw("bundle-longer", b.bundle + b"\0", "b1")
    yield of("bundle-statement-cut", "b2", statement=bundle.statement[:-1])
    yield bound("bundle-records-count", "b2", records=("a", "b"))
    yield stated("bundle-purpose", "b8", purpose=s.CERTIFICATE)
    yield stated("bundle-plan", "b9", plan=bytes(32))
    yield stated("bundle-model", "b9", model=bytes(32))
    yield of("bundle-input-missing", "b11", input=None)
    yield of("bundle-input-root", "b11", input=replace(part, commitment=xor(part.commitment, -1)))
    yield bound("bundle-schema", "b11", schema=bytes(32))
    yield of("bundle-signature-missing", "b12", input=replace(part, signature=None))
    yield of("bundle-signature-changed", "b12", input=replace(part, signature=xor(part.signature, 0)))
    yield bound("bundle-records-changed", "b12", records=("b",))
    yield bound("bundle-expiry-changed", "b12", expiry=FOREVER + 1)
    weak = bytes([1]) + bytes(31)  # the neutral point: everything is signed by R = the neutral point, s = 0
    weak_part = InputPart(part.commitment, weak + bytes(32))
    weak_statement = replace(st, input_commitment=replace(binding, issuer=weak)).encode()
    yield of("bundle-key-of-small-order", "b12", statement=weak_statement, input=weak_part)
    yield of("bundle-R-of-small-order", "b12", input=replace(part, signature=small_r(binding)))
    large = int.from_bytes(part.signature[32:], "little") + ORDER
    malleable = part.signature[:32] + large.to_bytes(32, "little")
    yield of("bundle-signature-malleable", "b12", input=replace(part, signature=malleable))
    yield of("bundle-proof", "b13", proof=xor(bundle.proof, -1))
    yield stated("bundle-context", "b13", context=replace(st.context, nonce=b"another"))
    base, u = unsigned
    other = Bundle.decode(u.bundle)
    extra = replace(other, input=InputPart(other.input.commitment, bytes(64))).encode()
    yield Refuse("bundle-signature-not-asked-for", base, replace(u, bundle=extra), "b12")
    # An issuer put into a statement that was proven without one: the signature is right, the proof is not.
    schema = core.input_schema(Card.decode(u.card).plan, Card.decode(u.card).commitment)
    signed = signature(schema, other.input.commitment, (), FOREVER)
    late = s.Statement.decode(other.statement)
    late = replace(late, input_commitment=replace(late.input_commitment, issuer=ISSUER_KEY, expiry=FOREVER))
    endorsed = replace(other, statement=late.encode(), input=InputPart(other.input.commitment, signed)).encode()
    yield Refuse("bundle-endorsed-later", base, replace(u, bundle=endorsed), "b13", policy)


def cards(name: str, b: Files, policy: dict[str, Any], other: bytes) -> Iterator[Refuse]:
    card, another = Card.decode(b.card), Card.decode(other)
    st = s.Statement.decode(card.certificate.statement)
    schemes = 8 + 2 + 4 + len(card.plan)

    def raw(label: str, data: bytes, step: str) -> Refuse:
        return Refuse(label, name, replace(b, card=data), step, policy)

    def of(label: str, step: str, **changes: Any) -> Refuse:
        return raw(label, replace(card, **changes).encode(), step)

    def certified(label: str, step: str, **changes: Any) -> Refuse:
        return of(label, step, certificate=replace(card.certificate, **changes))

    yield raw("card-magic", xor(b.card, 0), "b3")
    yield raw("card-cut", b.card[:-1], "b3")
    yield raw("card-scheme", put(b.card, schemes + 4, "B", 2), "b3")
    yield raw("card-no-scheme", put(b.card, schemes, "I", 0), "b3")
    yield of("card-plan-cut", "b3", plan=card.plan[:-1])
    yield of("card-plan-invalid", "b3", plan=encode(replace(decode(card.plan), relations=())))
    yield of("card-commitment-cut", "b3", commitment=card.commitment[:-1])
    yield certified("card-statement-cut", "b3", statement=card.certificate.statement[:-1])
    yield of("card-other-plan", "b4", plan=another.plan)
    yield of("card-input-commitment", "b4", commitment=Bundle.decode(b.bundle).input.commitment)
    yield of("card-root", "b5", commitment=xor(card.commitment, -1))
    yield certified("card-purpose", "b5", statement=replace(st, purpose=s.INFERENCE).encode())
    yield certified("card-batch", "b5", statement=replace(st, batch=2).encode())
    yield certified("card-model", "b5", statement=replace(st, model=bytes(32)).encode())
    yield certified("card-proof", "b6", proof=xor(card.certificate.proof, -1))
    yield certified("card-proof-cut", "b6", proof=card.certificate.proof[:100])
    yield certified("card-layout", "b6", statement=replace(st, layout=bytes(32)).encode())
    yield raw("card-of-another-model", other, "b9")


def chains(name: str, b: Files, before: bytes) -> Iterator[Refuse]:
    """A renewed card that does not hold, and the card of before it was renewed."""
    card = Card.decode(b.card)
    (renewal,) = card.renewals
    st = s.Statement.decode(renewal.statement)

    def of(label: str, step: str, *renewals: Renewal) -> Refuse:
        return Refuse(label, name, replace(b, card=replace(card, renewals=renewals).encode()), step, {})

    def stated(label: str, **changes: Any) -> Refuse:
        return of(label, "b7", replace(renewal, statement=replace(st, **changes).encode()))

    yield Refuse("chain-stale-card", name, replace(b, card=before), "b9", {})
    yield of("chain-twice", "b7", renewal, renewal)
    yield of("chain-back", "b7", renewal, replace(renewal, commitment=card.commitment))
    yield of("chain-root", "b7", replace(renewal, commitment=xor(renewal.commitment, -1)))
    yield of("chain-proof", "b7", replace(renewal, proof=xor(renewal.proof, -1)))
    yield of("chain-certificate", "b7", replace(renewal, statement=card.certificate.statement))
    yield stated("chain-model", model=bytes(32))
    yield stated("chain-target", renewed=bytes(32))
    yield stated("chain-plan", plan=bytes(32))
    yield stated("chain-layout", layout=bytes(32))
    yield stated("chain-time", context=replace(st.context, time=1))


def policies(files: dict[str, Files], given: dict[str, dict[str, Any]]) -> Iterator[Refuse]:
    """Every refusal, and for neighbours that the earlier one comes first."""

    def of(label: str, base: str, step: str, **changes: Any) -> Refuse:
        policy = {k: v for k, v in (given[base] | changes).items() if v is not None}
        return Refuse(f"policy-{label}", base, files[base], step, policy)

    signed, expired, unbound, public, mixed = (
        "signed-true",
        "signed-expired",
        "unbound-false",
        "public",
        "goldilocks-mixed",
    )
    yield of("certificate-bits", signed, "b10", min_bits=129.0)
    yield of("unbound", unbound, "b15", unsafe_allow_unbound=False, nonce="00")
    yield of("input-commitment", signed, "b19", input_commitment="00" * 32, nonce="00")
    yield of("input-commitment-of-public", public, "b19", input_commitment="00" * 32)
    yield of("public-input", public, "b16", inputs={"x": [0] * 100}, issuer=OTHER_KEY)
    yield of("issuer-not-named", signed, "b17", issuer=None)
    yield of("issuer-other", signed, "b17", issuer=OTHER_KEY, records=["b"])
    yield of("issuer-of-unsigned", "unsigned", "b17", issuer=OTHER_KEY)
    yield of("records", signed, "b18", records=["b"], input_commitment="00" * 32)
    yield of("input-commitment-before-expired", expired, "b19", input_commitment="00" * 32, now=2)
    yield of("records-before-expired", expired, "b18", records=["a"], now=2)
    yield of("expired", expired, "b20", now=2, nonce="00")
    yield of("nonce", signed, "b21", nonce="00", policy_id="another")
    nonce = {"nonce": b"vector nonce".hex()}
    yield of("policy-id", signed, "b22", **nonce, policy_id="another", max_age=1)
    yield of("age", signed, "b23", **nonce, now=1_700_000_100, max_age=99)
    yield of("from-the-future", signed, "b23", **nonce, now=1_699_000_000, max_age=99)
    question = {"kind": "at_least", "output": 2, "cell": 4}
    threshold = s.Statement.decode(Bundle.decode(files[mixed].bundle).statement).outputs[0].threshold
    yield of("threshold", mixed, "b24", predicates=[question | {"low": threshold + 1}], outcome="true")
    yield of("predicate", mixed, "b24", predicates=[question | {"low": threshold, "cell": 3}])
    yield of("top-k", mixed, "b24", predicates=[{"kind": "top_k", "output": 2, "cell": 4, "k": 6}])
    yield of("argmax-of-other-port", mixed, "b24", predicates=[{"kind": "argmax", "output": 0}])
    wrong = [{"kind": "argmax", "output": 2, "index": 0}]
    yield of("class", "goldilocks-unbound", "b25", predicates=wrong)
    yield of("outcome", mixed, "b25", outcome="true")
    yield of("outcome-asked-for", unbound, "b25", outcome="true")
