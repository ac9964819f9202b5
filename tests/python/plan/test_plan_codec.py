"""The plan's bytes: round trip, strictness, bounds."""

from __future__ import annotations

import numpy as np
import pytest

from affidavit.errors import Malformed
from affidavit.plan import Builder, Field, Plan, decode, encode
from affidavit.plan import types as t
from affidavit.plan.blocks.clamp import clamp
from affidavit.plan.blocks.division import divide, square_root
from affidavit.plan.blocks.rows import first_max
from affidavit.plan.blocks.table import apply_table
from affidavit.plan.prune import prune


def sample() -> Plan:
    """A plan with every kind of tensor and relation and most hints."""
    b = Builder(Field.GOLDILOCKS, "sample")
    x = b.input("x", (2, 3), 4, 6)
    w = b.model("w", np.arange(6).reshape(3, 2), 3, 8)
    acc = b.contract("acc", (0, 2), x, (0, 1), w, (1, 2))
    y = clamp(b, "y", acc, 3, -8, 7, 4).value
    y = apply_table(b, "t", y, t.FunctionTable(-8, 4, np.arange(16) ** 2), 2)
    b.output("labels", b.reshape("flat", first_max(b, "m", y).selector, (4,)), (4,))
    root = square_root(b, "r", y, 1)
    b.output(
        "q",
        divide(
            b,
            "d",
            root,
            b.linear("den", [(1, b.view("v", (2, 1), [t.Part(root, (0, 0), (2, 1), 0, (2, 1))], 1))], 1),
            0,
            3,
            0,
        ),
        (2, 2),
    )
    return b.finish()[0]


def test_round_trip() -> None:
    plan = sample()
    data = encode(plan)
    assert decode(data) == plan
    assert encode(decode(data)) == data


def test_every_truncation_and_extension_is_malformed() -> None:
    data = encode(sample())
    for end in range(len(data)):
        with pytest.raises(Malformed):
            decode(data[:end])
    with pytest.raises(Malformed):
        decode(data + b"\0")


def test_changed_bytes_are_malformed_or_canonical() -> None:
    data = encode(sample())
    accepted = 0
    for at in range(0, len(data), 2):
        for flip in (0x01, 0x80, 0xFF):
            changed = bytearray(data)
            changed[at] ^= flip
            try:
                plan = decode(bytes(changed))
            except Malformed:
                continue
            accepted += 1
            assert encode(plan) == bytes(changed)
    assert accepted, "most flips of numbers still decode"


def test_huge_counts_do_not_allocate() -> None:
    data = bytearray(encode(sample()))
    data[11:15] = (0xFFFFFFFF).to_bytes(4, "little")
    with pytest.raises(Malformed):
        decode(bytes(data))


def test_prune_leaves_out_what_nothing_needs() -> None:
    b = Builder(Field.KOALABEAR, "p")
    x = b.input("x", (3,), 0, 4)
    b.constant("unused", np.arange(3))
    b.model("unused_weight", np.arange(3), 0, 8)
    y = b.linear("y", [(2, x)], 1)
    b.output("y", y, (3,))
    plan, ids = prune(b)
    assert [type(x.body) for x in plan.tensors] == [t.Input, t.Linear]
    assert plan.outputs[0].tensor == ids[y] == 1
    assert b.weights == {}
