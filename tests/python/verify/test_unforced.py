"""A hostile owner's plan that leaves a relation out is refused, although its proofs hold (spec 2, rule 6)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import affidavit as af
from affidavit import core
from affidavit.bundle.bundle import Bundle
from affidavit.bundle.statement import NO_LAYOUT, PUBLIC, InputClaim, PublicOutput, Statement
from affidavit.errors import PolicyRefused
from affidavit.model import CompiledModel
from affidavit.plan import Builder, Field, encode
from affidavit.plan import types as t
from affidavit.plan.blocks.clamp import clamp

pytestmark = pytest.mark.core


def relu_plan() -> t.Plan:
    """y = max(w·x, 0)."""
    b = Builder(Field.KOALABEAR, "relu")
    x = b.input("x", (1,), 0, 6)
    w = b.model("w", np.array([3]), 0, 4)
    y = clamp(b, "y", b.product("wx", w, x), 0, 0, 511, 0).value
    b.output("y", y, (1,))
    return b.finish()[0]


def without(plan: t.Plan, name: str) -> t.Plan:
    """The plan without the zero check on the tensor whose name ends so."""
    (gone,) = [i for i, x in enumerate(plan.tensors) if x.name.endswith(name)]
    kept = tuple(r for r in plan.relations if not (isinstance(r, t.Zero) and r.tensor == gone))
    assert len(kept) == len(plan.relations) - 1
    return replace(plan, relations=kept)


def committed(plan: t.Plan):
    weights = {i: np.array([3]) for i, x in enumerate(plan.tensors) if isinstance(x.body, t.Model)}
    return af.commit(CompiledModel(encode(plan), weights, None, None), uses=2)


def forged(model, plan: t.Plan, x: int, y: int) -> Bundle:
    """A proof that relu(3x) is y, for y ≥ relu(3x): what is too much goes into the excess below zero."""
    ids = {name: i for i, tensor in enumerate(plan.tensors) for name in [tensor.name.split("/")[-1]]}
    q = 3 * x
    values = {"x": x, "wx": q, "y": y, "y.below": y - q, "y.only_below": y * (y - q)}
    witness = {ids[name]: np.array([[value]]) for name, value in values.items() if name in ids}
    given = InputClaim(PUBLIC, np.array([x]))
    statement = Statement(
        purpose=1,
        plan=core.digest("plan", model.card.plan),
        layout=NO_LAYOUT,
        batch=1,
        model=core.digest("commitment", model.card.commitment),
        input_commitment=None,
        inputs=(given,),
        outputs=(PublicOutput(0, np.array([y])),),
    )
    layout = core.layout(model.card.plan, statement.encode(), model.card.commitment, None)
    data = statement.with_layout(bytes.fromhex(layout["digest"])).encode()
    proof, _ = core.prove(model.card.plan, data, model.oracle, None, witness, b"")
    return Bundle(data, proof, None)


def test_a_missing_relation_lets_the_prover_choose_and_is_refused():
    plan = without(relu_plan(), "only_below")
    model = committed(plan)
    bundle = forged(model, plan, x=5, y=99)  # relu(15) is 15
    for policy in (af.policy.Model(model.card), af.policy.Model(model.card, unsafe_allow_unbound=True, min_bits=0)):
        with pytest.raises(PolicyRefused) as refused:
            af.verify(bundle, policy)
        assert refused.value.code == "unforced" and "y" in refused.value.message
    lax = af.policy.Model(model.card, unsafe_allow_unforced=True)
    result = af.verify(bundle, lax)  # the relations hold: nothing but the rule stands in the way
    assert result.outputs["y"].item() == 99
    assert result.unforced and any("UNSAFE" in line for line in result.assumed)
    with pytest.raises(PolicyRefused, match="choice"):  # the stricter side decides
        af.verify(bundle, lax & af.policy.Model(model.card))


def test_the_whole_plan_is_accepted_and_takes_no_other_answer():
    plan = relu_plan()
    model = committed(plan)
    assert af.verify(forged(model, plan, x=5, y=15), af.policy.Model(model.card)).unforced == ()
    with pytest.raises(af.errors.Rejected, match="only_below"):
        forged(model, plan, x=5, y=99)


def test_inspect_tells(tmp_path):
    from affidavit.report.inspect import describe_plan

    assert describe_plan(encode(relu_plan()))["unforced"] == []
    (line,) = describe_plan(encode(without(relu_plan(), "only_below")))["unforced"][:1]
    assert "side is open" in line or "no complete rescale" in line
