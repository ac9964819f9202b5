"""Every file format: round trip, all truncations, all single-byte changes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from affidavit.bundle import statement as s
from affidavit.bundle.bundle import Bundle, InputPart
from affidavit.bundle.card import Card, Certificate, Renewal
from affidavit.bundle.input_files import InputCard, InputFile
from affidavit.bundle.model_file import ModelFile, WeightsFile
from affidavit.bundle.pending_file import PendingRenewal
from affidavit.errors import Malformed

D = [bytes([i]) * 32 for i in range(1, 9)]


def full_statement() -> s.Statement:
    """Every optional part and every kind of input and output."""
    flags = np.array([True, False])
    return s.Statement(
        purpose=s.INFERENCE,
        plan=D[0],
        layout=D[1],
        batch=2,
        model=D[2],
        input_commitment=s.InputBinding(D[3], D[4], D[5], ("anna", "beño"), 7),
        inputs=(
            s.InputClaim(s.PUBLIC, np.array([1, -2, 3, 4])),
            s.InputClaim(s.COMMITTED),
            s.InputClaim(s.UNBOUND),
        ),
        outputs=(
            s.PublicOutput(0, np.array([-5, 6])),
            s.AtLeast(0, 1, -9, 12, flags),
            s.AtMost(1, 2, 9, -3, flags),
            s.Between(1, 0, -4, 4, 5, flags),
            s.ArgMax(1, np.array([0, 3], dtype=np.uint32)),
            s.TopK(1, 3, 2, flags),
        ),
        context=s.Context(b"nonce", "policy", 123),
    )


def minimal_statement() -> s.Statement:
    return s.Statement(s.CERTIFICATE, D[0], s.NO_LAYOUT, 1, D[1], None, (), ())


def renewal_statement() -> s.Statement:
    return s.Statement(s.RENEWAL, D[0], s.NO_LAYOUT, 1, D[1], None, (), (), renewed=D[2])


CARD = Card(b"plan bytes", b"commitment", Certificate(b"statement", b"proof"))
RENEWALS = (Renewal(b"second", b"statement 2", b"proof 2"), Renewal(b"third", b"", b"proof 3"))
RENEWED = replace(CARD, renewals=RENEWALS)
WEIGHTS = {0: np.array([1, -2]), 4: np.array([2**40])}
INPUT_CARD = InputCard(b"schema", b"commitment", ("a", "b"), 99, D[0], b"s" * 64)
FORMATS = {
    "statement": (full_statement(), s.Statement),
    "certificate statement": (minimal_statement(), s.Statement),
    "renewal statement": (renewal_statement(), s.Statement),
    "card": (CARD, Card),
    "renewed card": (RENEWED, Card),
    "bundle": (Bundle(b"statement", b"proof", InputPart(b"commitment", b"s" * 64)), Bundle),
    "bundle without input": (Bundle(b"statement", b"proof"), Bundle),
    "bundle without signature": (Bundle(b"statement", b"proof", InputPart(b"commitment", None)), Bundle),
    "input card": (INPUT_CARD, InputCard),
    "unsigned input card": (InputCard(b"schema", b"commitment"), InputCard),
    "input": (InputFile(D[0], D[1], D[2], 2, INPUT_CARD, (np.array([1, 300]), np.array([-70000]))), InputFile),
    "model": (ModelFile(D[0], D[1], D[2], 16, CARD, WEIGHTS), ModelFile),
    "part of a model": (ModelFile(D[0], D[1], D[2], 16, CARD, WEIGHTS, part=5), ModelFile),
    "renewed model": (ModelFile(D[0], D[1], D[2], 16, RENEWED, WEIGHTS), ModelFile),
    "part of a renewed model": (ModelFile(D[0], D[1], D[2], 16, RENEWED, WEIGHTS, part=16), ModelFile),
    "pending renewal": (PendingRenewal(D[0], D[1], 16, D[2], b"commitment", b"statement"), PendingRenewal),
    "weights": (WeightsFile(D[0], {3: np.arange(5)}), WeightsFile),
}


@pytest.fixture(params=FORMATS, ids=str)
def form(request):
    return FORMATS[request.param]


def test_round_trip(form):
    value, kind = form
    data = value.encode()
    assert kind.decode(data).encode() == data


def test_every_truncation_is_malformed(form):
    value, kind = form
    data = value.encode()
    for end in range(len(data)):
        with pytest.raises(Malformed):
            kind.decode(data[:end])


def test_trailing_bytes_are_malformed(form):
    value, kind = form
    with pytest.raises(Malformed):
        kind.decode(value.encode() + b"\0")


def test_every_byte_matters(form):
    """A changed byte is refused, or it decodes to something that encodes to exactly the changed bytes."""
    value, kind = form
    data = value.encode()
    refused = 0
    for at in range(len(data)):
        for flip in (0x01, 0x80, 0xFF):
            changed = bytearray(data)
            changed[at] ^= flip
            try:
                again = kind.decode(bytes(changed))
            except Malformed:
                refused += 1
                continue
            assert again.encode() == bytes(changed)
    assert refused >= 24  # at least the magic


def test_statement_decodes_to_what_was_written():
    again = s.Statement.decode(full_statement().encode())
    assert again.input_commitment == full_statement().input_commitment
    assert again.context == s.Context(b"nonce", "policy", 123)
    assert [type(o) for o in again.outputs] == [s.PublicOutput, s.AtLeast, s.AtMost, s.Between, s.ArgMax, s.TopK]
    public, at_least = again.outputs[0], again.outputs[1]
    assert public.values.tolist() == [-5, 6]
    assert (at_least.cell, at_least.threshold, at_least.scale) == (1, -9, 12)
    assert at_least.outcomes.tolist() == [True, False]


def test_statement_bytes_are_those_of_the_specification():
    """Laid out by hand from spec 3."""
    statement = s.Statement(
        s.INFERENCE, D[0], D[1], 1, D[2], None, (s.InputClaim(s.UNBOUND),), (s.AtLeast(0, 1, 5, 3, np.array([True])),)
    )
    expected = (
        b"AFFSTMT\x01" + b"\x01\x00" + b"\x01" + D[0] + D[1] + b"\x01\x00\x00\x00" + D[2] + b"\x00"
        + b"\x01\x00\x00\x00" + b"\x03"
        + b"\x01\x00\x00\x00" + b"\x02" + b"\x00\x00" + b"\x01\x00\x00\x00" + b"\x05" + bytes(7) + b"\x03\x00"
        + b"\x01\x00\x00\x00\x01"
        + bytes(4) + bytes(4) + bytes(8)
    )  # fmt: skip
    assert statement.encode() == expected


@pytest.mark.parametrize("batch", [0, 2**20 + 1])
def test_batch_is_bounded(batch):
    data = bytearray(minimal_statement().encode())
    data[75:79] = batch.to_bytes(4, "little")
    with pytest.raises(Malformed, match="batch"):
        s.Statement.decode(bytes(data))


def test_records_are_none_or_one_a_row():
    statement = full_statement()
    wrong = s.Statement(**{**vars(statement), "input_commitment": s.InputBinding(D[3], D[4], D[5], ("only one",), 7)})
    with pytest.raises(Malformed, match="records"):
        s.Statement.decode(wrong.encode())


def test_private_arrays_survive():
    file, _ = FORMATS["model"]
    again = ModelFile.decode(file.encode())
    assert {i: a.tolist() for i, a in again.weights.items()} == {0: [1, -2], 4: [2**40]}
    assert (again.seed, again.secret, again.uses) == (D[1], D[2], 16)


def test_a_huge_length_does_not_allocate():
    data = bytearray(CARD.encode())
    data[10:14] = (2**28).to_bytes(4, "little")
    with pytest.raises(Malformed, match="cut off"):
        Card.decode(bytes(data))


def test_another_version_says_so():
    data = bytearray(CARD.encode())
    data[8] = 3
    with pytest.raises(Malformed, match="version 3") as caught:
        Card.decode(bytes(data))
    assert caught.value.code == "version" and "version 1 and 2" in caught.value.hint


@pytest.mark.parametrize("name", ["card", "renewed card", "model", "part of a model", "renewed model"])
def test_each_content_has_one_version(name):
    """Version 1 is what the first release wrote and reads; version 2 only what version 1 cannot hold."""
    value, kind = FORMATS[name]
    data = bytearray(value.encode())
    assert data[8] == (1 if name in ("card", "model") else 2)
    data[8] ^= 3
    with pytest.raises(Malformed):
        kind.decode(bytes(data))


def test_renewed_files_are_those_of_the_specification():
    """Laid out by hand from spec 5."""

    def block(data: bytes) -> bytes:
        return len(data).to_bytes(4, "little") + data

    chain = (
        b"".join(map(block, (b"commitment", b"statement", b"proof")))
        + b"\x02\0\0\0" + b"".join(map(block, (b"second", b"statement 2", b"proof 2", b"third", b"", b"proof 3")))
    )  # fmt: skip
    assert RENEWED.encode() == b"AFFCARD\x01\x02\0" + block(b"plan bytes") + b"\x01\0\0\0\x01" + chain
    arrays = b"\x02\0\0\0" + b"\0\0\0\0\x01\x02\0\0\0\x01\xfe" + b"\x04\0\0\0\x08\x01\0\0\0" + bytes(5) + b"\x01\0\0"
    head = b"AFFMODL\x01\x02\0" + D[0] + D[1] + D[2] + b"\x10\0\0\0"
    part = FORMATS["part of a renewed model"][0]
    assert part.encode() == head + b"\x01\x10\0\0\0" + block(b"plan bytes") + chain + arrays
    assert FORMATS["renewed model"][0].encode() == head + b"\0" + block(b"plan bytes") + chain + arrays


def test_the_number_of_renewals_is_bounded():
    with pytest.raises(Malformed, match="renewals"):
        replace(CARD, renewals=RENEWALS[:1] * 1025).encode()
    data = bytearray(replace(CARD, renewals=RENEWALS[:1] * 1024).encode())
    at = len(data) - 1024 * (12 + 6 + 11 + 7) - 4
    assert data[at : at + 4] == (1024).to_bytes(4, "little")
    data[at : at + 4] = (1025).to_bytes(4, "little")
    with pytest.raises(Malformed, match="renewals"):
        Card.decode(bytes(data))
