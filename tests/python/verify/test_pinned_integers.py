"""A pinned public input is one integer, also where many integers are the same float."""

from __future__ import annotations

import numpy as np
import pytest

import affidavit as af
from affidavit import core
from affidavit.bundle.bundle import Bundle
from affidavit.bundle.statement import NO_LAYOUT, PUBLIC, AtLeast, InputClaim, Statement
from affidavit.errors import PolicyRefused
from affidavit.model import CommittedModel, CompiledModel
from affidavit.plan import Field, encode
from affidavit.plan import types as t

pytestmark = pytest.mark.core

ONE, SCALE = 1 << 60, 60


def plan() -> bytes:
    """y = w·(x − 2^60) for an x near 1.0: hand-made, since the compiler has no such scale."""
    tensors = (
        t.Tensor("w", False, (1,), 0, t.Model(0, 15)),
        t.Tensor("x", True, (1,), SCALE, t.Input(ONE - 64, ONE + 63, 0)),
        t.Tensor("d", True, (1,), 0, t.Linear(((1, 1),), -ONE)),
        t.Tensor("y", True, (1,), 0, t.Contract((0,), 0, (0,), 2, (0,))),
    )
    ports = (t.Port("x", 1, (1,), SCALE),), (t.Port("y", 3, (1,), 0),)
    return encode(t.Plan(Field.GOLDILOCKS, "near one", (), tensors, (t.Range(1, ONE - 64, 7),), *ports))


def bundle(model: CommittedModel, k: int) -> Bundle:
    """About x = 2^60 + k: is y at least 100?"""
    data, commitment = model.card.plan, model.card.commitment
    claims = (InputClaim(PUBLIC, np.array([ONE + k])),), (AtLeast(0, 0, 100, 0, np.array([3 * k >= 100])),)
    digests = core.digest("plan", data), NO_LAYOUT, 1, core.digest("commitment", commitment)
    statement = Statement(1, *digests, None, *claims)
    layout = core.layout(data, statement.encode(), commitment, None)["digest"]
    sealed = statement.with_layout(bytes.fromhex(layout)).encode()
    tensors = {2: np.array([[k]]), 3: np.array([[3 * k]])}
    return Bundle(sealed, core.prove(data, sealed, model.oracle, None, tensors, b"")[0], None)


def test_the_prover_does_not_choose_among_integers_of_one_float() -> None:
    model = af.commit(CompiledModel(plan(), {0: np.array([3])}, None, None), uses=8)
    asked = af.at_least("y", "100")
    policy = af.policy.Model(model.card, inputs={"x": [[1.0]]}, predicate=asked, outcome="any")
    assert af.verify(bundle(model, 0), policy).answers[0].outcomes == (False,)
    for k in (40, -60):
        assert float(ONE + k) == float(ONE)
        with pytest.raises(PolicyRefused) as caught:
            af.verify(bundle(model, k), policy)
        assert caught.value.code == "input"


@pytest.mark.parametrize("value", [8.0, -8.0, 1e300, -1e300])
def test_a_pinned_value_beyond_all_integers_is_refused(value: float) -> None:
    model = af.commit(CompiledModel(plan(), {0: np.array([3])}, None, None), uses=2)
    policy = af.policy.Model(model.card, inputs={"x": [[value]]}, predicate=af.at_least("y", "100"), outcome="any")
    with pytest.raises(PolicyRefused) as caught:
        af.verify(bundle(model, 0), policy)
    assert caught.value.code == "input"
