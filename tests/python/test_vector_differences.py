"""Mutated plans, statements and commitments: the core refuses them where the second verifier does, or neither does.

The proof is cut after its head: what both take stops at the first message of a run, with the same layout in both.
"""

from __future__ import annotations

import random
import struct
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import spec_steps

from affidavit import core
from affidavit.errors import AffidavitError
from affidavit.plan import decode, encode
from affidavit.plan import types as t

sys.path.insert(0, str(Path(__file__).parents[2] / "vectors"))

import bases
from edits import Parts
from reference import Refused
from reference import verify as verify_again
from rejecting_session import sealed

pytestmark = pytest.mark.core

STEPS = spec_steps.steps()
BASES = {name: base.parts for name, base in bases.accepting().items()}
HEAD = 40  # fresh root and lookup nonce
WORDS = (0, 1, -1, 100, -100, 1 << 31, 1 << 40, -(1 << 31), (1 << 63) - 1, -(1 << 63))


def mutated(rng: random.Random, data: bytes) -> bytes:
    out = bytearray(data)
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        i = rng.randrange(len(out))
        match rng.randrange(6):
            case 0 | 1:
                out[i] ^= 1 << rng.randrange(8)
            case 2:
                out[i] = rng.choice((0, 1, 2, 3, 127, 128, 255))
            case 3:
                out[i : i + 4] = struct.pack("<I", rng.choice((0, 1, 2, 3, 4, 16, 1 << 16, 1 << 20, (1 << 32) - 1)))
            case 4:
                out[i : i + 8] = struct.pack("<q", rng.choice(WORDS))
            case 5:
                out[i : i + rng.randrange(9)] = rng.randbytes(rng.randrange(9))
    return bytes(out)


def candidate(rng: random.Random) -> Parts:
    parts = BASES[rng.choice(list(BASES))]
    part = rng.choice(("plan", "plan", "statement", "statement", "model", "input" if parts.input else "plan"))
    changed = replace(parts, proof=parts.proof[:HEAD], **{part: mutated(rng, getattr(parts, part))})
    if rng.random() < 0.7:
        try:
            return sealed(changed)
        except AffidavitError:  # no statement any more
            pass
    return changed


def compare(seed: int, count: int) -> dict[str, int]:
    """How many stopped at each step."""
    rng, reached = random.Random(seed), dict.fromkeys(STEPS, 0)
    for _ in range(count):
        reached[step_of_both(candidate(rng))] += 1
    return reached


def step_of_both(p: Parts) -> str:
    """Where both stop."""
    with pytest.raises(Refused) as again:
        verify_again(p.plan, p.statement, p.model, p.input, p.proof, 0.0)
    row = STEPS[again.value.step]
    with pytest.raises(AffidavitError) as caught:
        core.verify(p.plan, p.statement, p.model, p.input, p.proof, 0.0)
    said = (type(caught.value).__name__, caught.value.code)
    assert said[0] in row.classes and said[1] in row.codes, (said, str(caught.value), str(again.value), p)
    return str(again.value.step)


def test_mutations():
    reached = compare(seed=1, count=2000)
    assert all(reached[str(i)] for i in (1, 2, 3, 4, 5, 6, 12, 13, 16))


@pytest.mark.parametrize("name", ["certificate-layer-goldilocks", "shapes-public", "renewal-affine-renewed"])
def test_plans_that_the_two_once_judged_differently(name: str) -> None:
    """A Range from −2^63, which a renewal and a certificate never look at; a Model tensor with an empty range."""
    parts = BASES[name]
    plan = decode(parts.plan)
    at = next(i for i, x in enumerate(plan.tensors) if isinstance(x.body, t.Model))
    empty = replace(plan.tensors[at], body=t.Model(8, 7))
    first = next(i for i, x in enumerate(plan.tensors) if not isinstance(x.body, (t.Model, t.Constant)))
    for changed in (
        replace(plan, relations=(*plan.relations, t.Range(first, -(1 << 63), 3))),
        replace(plan, tensors=(*plan.tensors[:at], empty, *plan.tensors[at + 1 :])),
    ):
        assert step_of_both(sealed(replace(parts, plan=encode(changed), proof=parts.proof[:HEAD]))) == "2"


@pytest.mark.full
@pytest.mark.parametrize("seed", range(2, 7))
def test_many_mutations(seed):
    compare(seed, count=20_000)
