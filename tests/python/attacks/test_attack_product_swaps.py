"""Parts of valid bundles and cards put together anew, false outcomes, and random bytes: all refused."""

from __future__ import annotations

import itertools
import os
import random
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pytest
from product_fixtures import make_case, samples, score, tiny_onnx

import affidavit as af
from affidavit import core
from affidavit.bundle import thresholds, uses_file
from affidavit.bundle.bundle import Bundle, InputPart
from affidavit.bundle.card import Card, Certificate, Renewal
from affidavit.bundle.commitment import Commitment, Schema
from affidavit.bundle.input_files import InputCard, InputFile
from affidavit.bundle.model_file import ModelFile
from affidavit.bundle.pending_file import PendingRenewal
from affidavit.bundle.statement import NO_LAYOUT, AtLeast, PublicOutput, Statement
from affidavit.errors import AffidavitError, Malformed, PolicyRefused, Rejected

pytestmark = pytest.mark.core

MUTATIONS = int(os.environ.get("AFFIDAVIT_FUZZ_MUTATIONS", "3000"))


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return make_case(tmp_path_factory.mktemp("case"), uses=16)


def test_parts_of_two_valid_bundles_do_not_mix(case: Any) -> None:
    key = case.folder / "issuer.pem"
    other = af.commit_input({"x": samples(1, 7)}, case.card, key=key, records="bob")
    bundles = [
        case.bundle,
        af.prove(case.model, input=case.committed, predicate=case.predicate, policy_id="p", time=1_000_001),
        af.prove(case.model, input=other, predicate=af.at_least("score[1]", "-2"), policy_id="p"),
    ]
    statements = [b.statement for b in bundles]
    proofs = [b.proof for b in bundles]
    commitments = [b.input.commitment for b in bundles]
    signatures = [b.input.signature for b in bundles]
    whole = {(b.statement, b.proof, b.input.commitment, b.input.signature) for b in bundles}
    accepted = 0
    for parts in itertools.product(statements, proofs, commitments, signatures):
        bundle = Bundle(parts[0], parts[1], InputPart(parts[2], parts[3]))
        if parts in whole:
            af.verify(bundle, case.policy())
            accepted += 1
            continue
        with pytest.raises((Rejected, Malformed)):
            af.verify(bundle, case.policy())
    assert accepted >= len(bundles)


def test_the_same_plan_with_other_weights_is_another_model(case: Any) -> None:
    other = af.commit(af.compile(tiny_onnx(), calibration={"x": samples()}), uses=16)
    assert other.card.plan == case.model.card.plan
    with pytest.raises(Rejected):
        af.verify(case.bundle, case.policy(card=other.card))
    mine, theirs = case.model.card, other.card
    for card in (
        replace(mine, certificate=theirs.certificate),
        replace(mine, commitment=theirs.commitment),
        replace(mine, certificate=Certificate(mine.certificate.statement, theirs.certificate.proof)),
        replace(theirs, certificate=mine.certificate),
    ):
        with pytest.raises((Rejected, Malformed)):
            af.verify(case.bundle, case.policy(card=card))


def forged(case: Any, rows: np.ndarray, outputs: tuple[Any, ...]) -> Bundle:
    """What a prover gets who skips its own check of the witness."""
    from affidavit.input_glue import quantised

    model = case.model
    committed = af.commit_input({"x": rows}, case.card)
    honest = af.prove(model, input=committed, reveal="score")
    statement = replace(honest.decoded(), outputs=outputs, layout=NO_LAYOUT)
    part = honest.input
    layout = core.layout(model.card.plan, statement.encode(), model.card.commitment, part.commitment)
    statement = statement.with_layout(bytes.fromhex(layout["digest"]))
    tensors = model.program.run(quantised(model.card.plan, {"x": rows}))
    witness = {i: np.ascontiguousarray(t, dtype=np.int64) for i, t in tensors.items() if i not in model.given}
    proof = core.native().replay(
        model.card.plan, statement.encode(), model.oracle, committed.oracle, witness, bytes(32)
    )
    return Bundle(statement.encode(), bytes(proof.proof), part)


def test_false_outcomes_and_permuted_rows_do_not_verify(case: Any) -> None:
    rows = samples(3, 4)
    port = case.model.info.outputs[0]
    integers = np.round(np.ldexp(score(case.model, rows), port.scale)).astype(np.int64)
    threshold = int(integers[:, 1].max())
    outcomes = integers[:, 1] >= threshold
    assert outcomes.any() and not outcomes.all()
    policy = af.policy.Model(case.card, outcome="any")
    true = AtLeast(0, 1, threshold, port.scale, outcomes)
    af.verify(forged(case, rows, (true, PublicOutput(0, integers.reshape(-1)))), policy)
    for false in (
        replace(true, outcomes=~outcomes),
        replace(true, outcomes=np.ones(3, dtype=np.bool_)),
        replace(true, outcomes=np.roll(outcomes, 1)),
        PublicOutput(0, np.roll(integers, 1, axis=0).reshape(-1)),
        PublicOutput(0, integers[:, ::-1].reshape(-1)),
    ):
        with pytest.raises(Rejected):
            af.verify(forged(case, rows, (false,)), policy)


def test_records_keep_the_order_of_the_rows(case: Any) -> None:
    key = case.folder / "issuer.pem"
    batch = af.commit_input({"x": samples(2, 5)}, case.card, key=key, records=["anna", "bob"])
    bundle = af.prove(case.model, input=batch, reveal="score")
    af.verify(bundle, case.policy(records=["anna", "bob"]))
    with pytest.raises(PolicyRefused):
        af.verify(bundle, case.policy(records=["bob", "anna"]))
    statement = bundle.decoded()
    swapped = replace(statement, input_commitment=replace(statement.input_commitment, records=("bob", "anna")))
    with pytest.raises(Rejected):
        af.verify(replace(bundle, statement=swapped.encode()), case.policy())


def mutated(data: bytes, rng: random.Random) -> bytes:
    out = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 4))):
        at = rng.randrange(len(out))
        size = min(rng.choice((1, 4, 8, 32)), len(out) - at)
        match rng.randrange(5):
            case 0:
                out[at] ^= 1 << rng.randrange(8)
            case 1:
                out[at : at + size] = rng.randbytes(size)
            case 2 if len(out) > size:
                del out[at : at + size]
            case 3:
                out[at:at] = rng.randbytes(size)
            case _:
                out[at : at + size] = bytes([rng.choice((0, 255))]) * size
    return bytes(out)


def formats(case: Any) -> dict[str, tuple[bytes, Any, Any]]:
    """Per format: valid bytes with short proofs, the reader, and the writer for canonical ones."""
    read = lambda name: (case.folder / name).read_bytes()  # noqa: E731
    card, bundle, model = case.model.card, case.bundle, ModelFile.load(case.folder / "net.model")
    short = replace(card, certificate=replace(card.certificate, proof=b"proof"))
    renewed = short.renewed(Renewal(card.commitment, card.certificate.statement, b"proof"))
    pending = PendingRenewal(model.file_id, model.seed, 4, model.seed, card.commitment, card.certificate.statement)
    encode = lambda item: item.encode()  # noqa: E731
    return {
        "bundle": (replace(bundle, proof=b"proof").encode(), Bundle.decode, encode),
        "statement": (bundle.statement, Statement.decode, encode),
        "card": (short.encode(), Card.decode, encode),
        "model": (replace(model, card=short).encode(), ModelFile.decode, encode),
        "input": (read("record.input"), InputFile.decode, encode),
        "input card": (read("record.input-card"), InputCard.decode, encode),
        "uses": (read("net.model.uses")[: uses_file.HEADER_BYTES], uses_file.Header.decode, encode),
        "renewed card": (renewed.encode(), Card.decode, encode),
        "renewed model": (replace(model, card=renewed, part=2).encode(), ModelFile.decode, encode),
        "pending renewal": (pending.encode(), PendingRenewal.decode, encode),
        "thresholds": (
            read("net.model.thresholds"),
            partial(thresholds._start, secret=model.secret, name=""),
            None,
        ),
        "commitment": (card.commitment, Commitment.decode, None),
        "schema": (core.input_schema(card.plan, card.commitment), Schema.decode, None),
        "plan": (card.plan, core.plan_info.__wrapped__, None),
    }


def test_any_bytes_give_a_value_or_a_typed_error_and_values_are_canonical(case: Any) -> None:
    rng = random.Random(int(os.environ.get("AFFIDAVIT_FUZZ_SEED", "1")))
    for name, (data, read, write) in formats(case).items():
        read(data)
        for _ in range(MUTATIONS):
            changed = mutated(data, rng)
            try:
                value = read(changed)
            except AffidavitError:
                continue
            assert write is None or write(value) == changed, name
