"""Proofs of random plans and random claims, read by the second verifier: the same messages in the same order."""

from __future__ import annotations

import random
import sys
from pathlib import Path

import pytest

from affidavit.bundle import statement as s

sys.path.insert(0, str(Path(__file__).parents[2] / "vectors"))

import accepting
from random_models import random_model
from reference import policy
from reference.bundle import check_bundle

pytestmark = pytest.mark.core


def check(seed: int) -> None:
    rng, model = random.Random(-seed), random_model(seed)
    committed = accepting.Committed(model)
    port = rng.randrange(len(model.plan.outputs))
    cells = 1
    for d in model.plan.outputs[port].shape:
        cells *= d
    cell, k = rng.randrange(cells), rng.randint(1, cells)
    outputs = rng.choice(
        (
            accepting.nothing,
            accepting.public(port),
            accepting.mixed(port, cell, rng.randint(0, 50), k),
            accepting.decided(port, cell, rng.random() < 0.5),
        )
    )
    kind = rng.choice((s.PUBLIC, s.COMMITTED, s.UNBOUND))
    spec = accepting.Spec("random", model.name, rng.randint(1, 6), kind, outputs, "")
    bundle = accepting.make(spec, committed)
    anything = policy.Policy(any_outcome=True, unsafe_allow_unbound=True)
    assert check_bundle(bundle, committed.card, anything).bits > 128


@pytest.mark.parametrize("seed", (1, 2))
def test_random_models(seed):
    check(seed)


@pytest.mark.full
@pytest.mark.parametrize("seed", range(3, 40))
def test_many_random_models(seed):
    check(seed)
