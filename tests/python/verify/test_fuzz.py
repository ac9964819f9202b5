"""Random mutations of a small real bundle: a typed error each time, no accept, no hang, no crash of the process."""

from __future__ import annotations

import os
import random
import time

import pytest
from product_fixtures import make_case

import affidavit as af
from affidavit.errors import Malformed, PolicyRefused, Rejected

pytestmark = pytest.mark.core

MUTATIONS = int(os.environ.get("AFFIDAVIT_FUZZ_MUTATIONS", "10000"))


def mutate(data: bytes, rng: random.Random) -> bytes:
    """Flip bits, overwrite, cut, insert, duplicate or swap stretches."""
    out = bytearray(data)
    for _ in range(rng.choice((1, 1, 1, 2, 4))):
        at = rng.randrange(len(out))
        size = min(rng.choice((1, 1, 4, 8, 32, 200)), len(out) - at)
        match rng.randrange(7):
            case 0:
                out[at] ^= 1 << rng.randrange(8)
            case 1:
                out[at : at + size] = rng.randbytes(size)
            case 2:
                del out[at : at + size]
            case 3:
                out[at:at] = rng.randbytes(size)
            case 4:
                out[at : at + size] = bytes([rng.choice((0, 255))]) * size
            case 5:
                other = rng.randrange(len(out))
                out[at : at + size] = out[other : other + size]
            case 6:
                del out[at:]
        if not out:
            break
    return bytes(out)


def test_no_mutation_is_accepted(tmp_path):
    case = make_case(tmp_path)
    data = case.bundle.encode()
    policy = case.policy(predicate=case.predicate)
    af.verify(data, policy)
    seed = int(os.environ.get("AFFIDAVIT_FUZZ_SEED", "1"))
    rng = random.Random(seed)
    slowest = 0.0
    for number in range(MUTATIONS):
        changed = mutate(data, rng)
        if changed == data:
            continue
        started = time.perf_counter()
        try:
            af.verify(changed, policy)
        except (Rejected, Malformed, PolicyRefused):
            slowest = max(slowest, time.perf_counter() - started)
            continue
        pytest.fail(f"mutation {number} of seed {seed} was accepted")
    assert slowest < 5
