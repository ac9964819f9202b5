"""Bundles and cards that hold. Seeds are fixed: never for a real proof."""

from __future__ import annotations

import copy
import struct
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from models import Model, all_models

from affidavit import core
from affidavit.bundle import statement as s
from affidavit.bundle.bundle import Bundle, InputPart
from affidavit.bundle.card import Card, Certificate, Renewal
from affidavit.plan import encode
from affidavit.plan import types as t
from affidavit.witness import WitnessProgram

SEED, INPUT_SEED, NEW_SEED = bytes(range(32)), bytes(range(32, 64)), bytes(range(96, 128))
ENTROPY = b"affidavit vectors: never for a real proof"
ISSUER = Ed25519PrivateKey.from_private_bytes(bytes(range(64, 96)))
ISSUER_KEY = ISSUER.public_key().public_bytes_raw()
FOREVER = 4_102_444_800  # 2100
CONTEXT = s.Context(nonce=b"vector nonce", policy="vector policy", time=1_700_000_000)

Tensors = dict[int, np.ndarray]
Outputs = Callable[[Model, Tensors], tuple[s.OutputClaim, ...]]


class Committed:
    """A model with its commitment and its card."""

    def __init__(self, model: Model) -> None:
        self.model, self.plan = model, encode(model.plan)
        self.digest = core.digest("plan", self.plan)
        self.oracle = core.commit_model(self.plan, model.weights, model.uses, SEED)
        self.commitment = bytes(self.oracle.commitment)
        self.commitment_digest = core.digest("commitment", self.commitment)
        statement = s.Statement(s.CERTIFICATE, self.digest, s.NO_LAYOUT, 1, self.commitment_digest, None, (), ())
        data, proof = self.prove(statement, None, {})
        self.card = Card(self.plan, self.commitment, Certificate(data, proof)).encode()

    def renewed(self) -> Committed:
        """The same model under fresh pads; its card has one renewal more."""
        new = copy.copy(self)
        new.oracle = core.commit_model(self.plan, self.model.weights, self.model.uses, NEW_SEED, self.commitment)
        new.commitment = bytes(new.oracle.commitment)
        new.commitment_digest = core.digest("commitment", new.commitment)
        statement = s.Statement(
            s.RENEWAL,
            self.digest,
            s.NO_LAYOUT,
            1,
            self.commitment_digest,
            None,
            (),
            (),
            CONTEXT,
            new.commitment_digest,
        )
        data, proof = self.prove(statement, new.oracle, {})
        new.card = Card.decode(self.card).renewed(Renewal(new.commitment, data, proof)).encode()
        return new

    def prove(self, statement: s.Statement, second: Any, witness: Tensors) -> tuple[bytes, bytes]:
        given = None if second is None else bytes(second.commitment)
        layout = core.layout(self.plan, statement.encode(), self.commitment, given)
        data = statement.with_layout(bytes.fromhex(layout["digest"])).encode()
        proof, _ = core.prove(self.plan, data, self.oracle, second, witness, ENTROPY)
        core.verify(self.plan, data, self.commitment, given, proof, 128.0)
        return data, proof


@dataclass(frozen=True)
class Spec:
    name: str
    model: str
    batch: int
    kind: int  # of the inputs
    outputs: Outputs
    covers: str
    records: tuple[str, ...] = ()
    signed: bool = False
    expiry: int = FOREVER
    policy: dict[str, Any] = field(default_factory=dict)


def signature(schema: bytes, commitment: bytes, records: tuple[str, ...], expiry: int) -> bytes:
    data = core.digest("schema", schema) + core.digest("commitment", commitment) + struct.pack("<I", len(records))
    data += b"".join(struct.pack("<I", len(r.encode())) + r.encode() for r in records) + struct.pack("<Q", expiry)
    return ISSUER.sign(core.digest("input-signature", data))


def make(spec: Spec, committed: Committed) -> bytes:
    """The bundle's bytes."""
    model, plan = committed.model, committed.model.plan
    values = model.inputs(spec.batch)
    tensors = WitnessProgram(plan, model.weights).run(values)
    witness = {i: a for i, a in tensors.items() if not isinstance(plan.tensors[i].body, t.Model | t.Constant)}
    claims = tuple(
        s.InputClaim(spec.kind, values[p.name].reshape(-1) if spec.kind == s.PUBLIC else None) for p in plan.inputs
    )
    statement = s.Statement(
        s.INFERENCE,
        committed.digest,
        s.NO_LAYOUT,
        spec.batch,
        committed.commitment_digest,
        None,
        claims,
        spec.outputs(model, tensors),
        CONTEXT,
    )
    second = part = None
    if spec.kind == s.COMMITTED:
        schema = core.input_schema(committed.plan, committed.commitment)
        second = core.commit_input(schema, spec.batch, [values[p.name] for p in plan.inputs], INPUT_SEED)
        data = bytes(second.commitment)
        binding = s.InputBinding(core.digest("commitment", data), core.digest("schema", schema))
        signed = None
        if spec.signed:
            binding = replace(binding, issuer=ISSUER_KEY, records=spec.records, expiry=spec.expiry)
            signed = signature(schema, data, spec.records, spec.expiry)
        statement, part = replace(statement, input_commitment=binding), InputPart(data, signed)
    data, proof = committed.prove(statement, second, witness)
    return Bundle(data, proof, part).encode()


# Claims, all of them true


def cells(model: Model, tensors: Tensors, port: int) -> np.ndarray:
    p = model.plan.outputs[port]
    a = tensors[p.tensor]
    return a.reshape(len(a), -1)


def nothing(model: Model, tensors: Tensors) -> tuple[s.OutputClaim, ...]:
    return ()


def public(*ports: int) -> Outputs:
    return lambda model, tensors: tuple(s.PublicOutput(i, cells(model, tensors, i).reshape(-1)) for i in ports)


def public_and_class(port: int, classes: int) -> Outputs:
    def claims(model: Model, tensors: Tensors) -> tuple[s.OutputClaim, ...]:
        a = cells(model, tensors, classes)
        return (*public(port)(model, tensors), s.ArgMax(classes, a.argmax(axis=1).astype(np.uint32)))

    return claims


def mixed(port: int, cell: int, width: int = 0, k: int = 1) -> Outputs:
    """Every predicate on one cell, with thresholds at the median: rows of both outcomes."""

    def claims(model: Model, tensors: Tensors) -> tuple[s.OutputClaim, ...]:
        a, scale = cells(model, tensors, port), model.plan.outputs[port].scale
        y = a[:, cell]
        middle = int(np.sort(y)[len(y) // 2])
        low, high = max(middle - width, int(y.min())), min(middle + width, int(y.max()))
        rank = (a > y[:, None]).sum(axis=1)
        return (
            s.AtLeast(port, cell, middle, scale, y >= middle),
            s.AtMost(port, cell, middle - 1, scale, y <= middle - 1),
            s.Between(port, cell, low, high, scale, (low <= y) & (y <= high)),
            s.ArgMax(port, a.argmax(axis=1).astype(np.uint32)),
            s.TopK(port, cell, k, rank < k),
        )

    return claims


def decided(port: int, cell: int, outcome: bool) -> Outputs:
    """Every predicate with the same outcome in all rows."""

    def claims(model: Model, tensors: Tensors) -> tuple[s.OutputClaim, ...]:
        a, scale = cells(model, tensors, port), model.plan.outputs[port].scale
        y, least, most = a[:, cell], int(a[:, cell].min()), int(a[:, cell].max())
        rank, flags = (a > y[:, None]).sum(axis=1), np.full(len(a), outcome)
        k = int(rank.max()) + 1 if outcome else int(rank.min())
        top = (s.TopK(port, cell, k, flags),) if k else ()
        if outcome:
            return (
                s.AtLeast(port, cell, least, scale, flags),
                s.AtMost(port, cell, most, scale, flags),
                s.Between(port, cell, least, most, scale, flags),
                *top,
            )
        return (
            s.AtLeast(port, cell, most + 1, scale, flags),
            s.AtMost(port, cell, least - 1, scale, flags),
            s.Between(port, cell, most + 1, most + 1, scale, flags),
            *top,
        )

    return claims


KB, GL = "layer-koalabear", "layer-goldilocks"
SIGNED = {"issuer": ISSUER_KEY.hex()}
ANY = {"outcome": "any"}
UNBOUND = {"unsafe_allow_unbound": True}

#: The model that is renewed, and its card after that.
RENEWABLE, RENEWED = "affine", "affine-renewed"

SPECS = (
    Spec(
        "signed-mixed",
        KB,
        3,
        s.COMMITTED,
        mixed(0, 4, 3, 5),
        "signed records, every predicate, rows of both outcomes",
        ("a", "b", "ç"),
        True,
        policy=SIGNED | ANY,
    ),
    Spec(
        "signed-true",
        KB,
        1,
        s.COMMITTED,
        decided(1, 0, True),
        "one row, one-cell port, true outcomes",
        ("a",),
        True,
        policy=SIGNED,
    ),
    Spec(
        "signed-expired",
        GL,
        1,
        s.COMMITTED,
        nothing,
        "signature past its expiry, nothing claimed about outputs",
        (),
        True,
        1,
        SIGNED | {"now": 1},
    ),
    Spec("unsigned", KB, 3, s.COMMITTED, public(0, 2), "committed without an issuer, public outputs"),
    Spec("public", KB, 5, s.PUBLIC, decided(2, 7, True), "public input, flat view of a port of two axes"),
    Spec(
        "unbound-false",
        KB,
        2,
        s.UNBOUND,
        decided(0, 3, False),
        "unbound input, every outcome false",
        policy=UNBOUND | ANY,
    ),
    Spec(
        "goldilocks-mixed",
        GL,
        5,
        s.COMMITTED,
        mixed(2, 4, 3, 5),
        "the other field, five rows of both outcomes",
        ("a", "b", "c", "d", "e"),
        True,
        policy=SIGNED | ANY,
    ),
    Spec(
        "goldilocks-unbound",
        GL,
        1,
        s.UNBOUND,
        public_and_class(1, 2),
        "one row, unbound input, a class",
        policy=UNBOUND,
    ),
    Spec(
        "shapes-committed",
        "shapes",
        3,
        s.COMMITTED,
        mixed(0, 5, 40, 3),
        "two committed inputs, views of views",
        policy=ANY,
    ),
    Spec("shapes-public", "shapes", 3, s.PUBLIC, public(0, 1, 2), "public inputs in tables, products and ranges"),
    Spec("shapes-unbound", "shapes", 6, s.UNBOUND, decided(1, 1, False), "six rows", policy=UNBOUND | ANY),
    Spec("affine-public", "affine", 3, s.PUBLIC, public(0), "no lookups, no products"),
    Spec("affine-nothing", "affine", 2, s.PUBLIC, nothing, "no lookups, no claim at all"),
    Spec("affine-renewed", RENEWED, 2, s.PUBLIC, public(0), "under a renewed commitment"),
)


def everything() -> tuple[dict[str, Committed], dict[str, bytes]]:
    committed = {name: Committed(model) for name, model in all_models().items()}
    committed[RENEWED] = committed[RENEWABLE].renewed()
    return committed, {spec.name: make(spec, committed[spec.model]) for spec in SPECS}
