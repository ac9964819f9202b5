"""A plan whose truth is trivial for zero weights, committed and proven by cheat.py, and the same proof with lies."""

from __future__ import annotations

import random
import struct

import cheat
from edits import Parts
from reference.fields import FIELDS
from reference.proof import session

from affidavit import core
from affidavit.bundle import statement as s
from affidavit.plan import Field, encode
from affidavit.plan import types as t

LOG_ROWS, QUERIES, GRINDING, PADS = 12, 8, 4, 24  # few queries: a small proof of few bits


def plan(field: Field) -> t.Plan:
    """a·b = 0 cell by cell: one product of two committed tensors and no lookup."""
    a = t.Tensor("a", False, (2,), 0, t.Model(-8, 7))
    b = t.Tensor("b", False, (2,), 0, t.Model(-8, 7))
    ab = t.Tensor("ab", False, (2,), 0, t.Contract((0,), 0, (0,), 1, (0,)))
    return t.Plan(field, "zero", (), (a, b, ab), (t.Zero(2),), (), ())


def proofs(field: Field, seed: int) -> dict[str, Parts]:
    """The honest proof under "", and one for every lie."""
    data = encode(plan(field))
    digest, rng = core.digest("plan", data), random.Random(seed)
    tree = cheat.Tree(rng, FIELDS[int(field)], [[0] * (4 << LOG_ROWS)])
    shape = struct.pack("<BBIHBII", LOG_ROWS, 2, 1, QUERIES, GRINDING, PADS, 0)
    model = b"AFFCOMM\x01" + bytes([1, int(field)]) + digest + shape + tree.root
    context = s.Context(policy="zero weights hide nothing")
    statement = s.Statement(
        s.INFERENCE, digest, s.NO_LAYOUT, 1, core.digest("commitment", model), None, (), (), context
    )
    layout = session(data, statement.encode(), model, None, sealed=False).layout.digest
    parts = Parts(data, statement.with_layout(layout).encode(), model, None, b"")
    return {lie: cheat.prove(parts, [tree], seed, lie) for lie in ("", *cheat.LIES)}
