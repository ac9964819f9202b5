"""Every predicate, proven and verified: true and false, at the edge of its threshold, on mixed batches, with ties."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from onnx_harness import model, node

import affidavit as af
from affidavit.errors import PolicyRefused, Rejected, UsageError
from affidavit.proving import integers

pytestmark = pytest.mark.core

FEATURES, CLASSES, ROWS = 5, 6, 7
OUTPUT = "probabilities"
TIED = (1, 4)


class World:
    """A six-class model whose classes 1 and 4 always tie, a batch of rows and the integers that it computes."""

    def __init__(self) -> None:
        rng = np.random.default_rng(11)
        weight = rng.normal(size=(FEATURES, CLASSES)).astype(np.float32) * 2
        weight[:, TIED[1]] = weight[:, TIED[0]]
        nodes = [node("MatMul", ["x", "w"], ["logits"]), node("Softmax", ["logits"], [OUTPUT], axis=1)]
        proto = model(nodes, {"x": ["N", FEATURES]}, ["logits", OUTPUT], {"w": weight})
        calibration = rng.normal(size=(128, FEATURES)).astype(np.float32)
        self.compiled = af.compile(proto, {"x": calibration})
        self.model = af.commit(self.compiled, uses=8)
        self.x = {"x": calibration[:ROWS].copy()}
        # a row in which the tied classes win, one in which everything ties, and one more
        self.x["x"][0] = weight[:, TIED[0]] / np.linalg.norm(weight[:, TIED[0]])
        self.x["x"][1] = 0
        tensors = self.model.program.run(integers(self.model.card.plan, self.x))
        self.ports = {port.name: port for port in self.model.info.outputs}
        self.rows = {name: tensors[port.tensor].reshape(ROWS, CLASSES) for name, port in self.ports.items()}

    def exact(self, value: int, output: str = OUTPUT) -> Fraction:
        """The real threshold that is this integer of an output."""
        return Fraction(int(value)) / 2 ** self.ports[output].scale

    def prove(self, *predicates: Any, rows: slice = slice(None), **options: Any) -> Any:
        """Many small commitments: pads for hundreds of proofs would make each of them slow."""
        if self.model.uses_left == 0:
            self.model = af.commit(self.compiled, uses=8)
        return af.prove(self.model, {"x": self.x["x"][rows]}, predicate=predicates, **options)

    def ask(self, *predicates: Any, rows: slice = slice(None)) -> Any:
        bundle = self.prove(*predicates, rows=rows)
        policy = af.policy.Model(self.model.card, predicate=predicates, outcome="any")
        return af.verify(bundle.encode(), policy)

    def outcomes(self, *predicates: Any, rows: slice = slice(None)) -> list[list[Any]]:
        verified = self.ask(*predicates, rows=rows)
        assert not verified.outputs and set(verified.hidden_outputs) == set(self.ports)
        return [list(answer.outcomes) for answer in verified.answers]


@pytest.fixture(scope="module")
def world() -> World:
    return World()


def test_the_batch_has_what_the_tests_need(world: World) -> None:
    rows = world.rows["logits"]
    assert (rows[:, TIED[0]] == rows[:, TIED[1]]).all()
    assert rows[0].argmax() == TIED[0] and (rows[1] == rows[1, 0]).all()
    assert len(np.unique(rows.argmax(axis=1))) >= 3


@pytest.mark.parametrize("offset", [-1, 0, 1])
@pytest.mark.parametrize("row", [0, 2, 3])
@pytest.mark.parametrize("output", [OUTPUT, "logits"])
def test_thresholds_at_and_beside_the_value(world: World, output: str, row: int, offset: int) -> None:
    """The threshold is a row's own value, or the next integer below or above; the other rows give mixed outcomes."""
    cell = row % CLASSES
    values, name = world.rows[output][:, cell], f"{output}[{cell}]"
    bound = int(values[row]) + offset
    least, most = af.at_least(name, world.exact(bound, output)), af.at_most(name, world.exact(bound, output))
    assert world.outcomes(least) == [(values >= bound).tolist()]
    assert world.outcomes(most) == [(values <= bound).tolist()]
    inner = af.between(name, world.exact(bound, output), world.exact(bound + 2, output))
    outer = af.between(name, world.exact(bound - 2, output), world.exact(bound, output))
    assert world.outcomes(inner) == [((values >= bound) & (values <= bound + 2)).tolist()]
    assert world.outcomes(outer) == [((values >= bound - 2) & (values <= bound)).tolist()]


@pytest.mark.parametrize("row", range(ROWS))
def test_a_threshold_between_two_integers(world: World, row: int) -> None:
    """Half a step above the value is already too much; half a step below is not."""
    value, name = int(world.rows[OUTPUT][row, 2]), f"{OUTPUT}[2]"
    half = Fraction(1, 2 ** (world.ports[OUTPUT].scale + 1))
    one = slice(row, row + 1)
    if value + 1 <= world.ports[OUTPUT].hi:
        assert world.outcomes(af.at_least(name, world.exact(value) + half), rows=one) == [[False]]
        assert world.outcomes(af.at_most(name, world.exact(value) + half), rows=one) == [[True]]
    if value - 1 >= world.ports[OUTPUT].lo:
        assert world.outcomes(af.at_least(name, world.exact(value) - half), rows=one) == [[True]]
        assert world.outcomes(af.at_most(name, world.exact(value) - half), rows=one) == [[False]]


@pytest.mark.parametrize("output", [OUTPUT, "logits"])
def test_the_ends_of_what_the_output_can_be(world: World, output: str) -> None:
    """One beyond either end is a question with a constant answer; further out is refused before anything is spent."""
    port, name = world.ports[output], f"{output}[0]"
    low, high = world.exact(port.lo, output), world.exact(port.hi, output)
    step = Fraction(1, 2**port.scale)
    every, none = [True] * ROWS, [False] * ROWS
    assert world.outcomes(af.at_least(name, low)) == [every]
    assert world.outcomes(af.at_most(name, high)) == [every]
    assert world.outcomes(af.between(name, low, high)) == [every]
    assert world.outcomes(af.at_least(name, high + step)) == [none]
    assert world.outcomes(af.at_most(name, low - step)) == [none]
    left = world.model.uses_left
    for beyond in (af.at_least(name, high + 2 * step), af.at_most(name, low - 2 * step), af.at_least(name, "1e30")):
        with pytest.raises(UsageError) as caught:
            af.prove(world.model, world.x, predicate=beyond)
        assert caught.value.code == "threshold" and str(output) in caught.value.message
    assert world.model.uses_left == left


@pytest.mark.parametrize("output", [OUTPUT, "logits"])
def test_argmax_takes_the_first_of_the_largest(world: World, output: str) -> None:
    expected = world.rows[output].argmax(axis=1).tolist()
    assert world.outcomes(af.argmax(output)) == [expected]
    for row in range(ROWS):
        assert world.outcomes(af.argmax(output), rows=slice(row, row + 1)) == [[expected[row]]]


@pytest.mark.parametrize("k", range(1, CLASSES + 1))
@pytest.mark.parametrize("cell", [0, *TIED])
def test_top_k_with_ties(world: World, cell: int, k: int) -> None:
    """Among the k largest: fewer than k cells are strictly larger."""
    for output in world.ports:
        rows = world.rows[output]
        larger = (rows > rows[:, cell : cell + 1]).sum(axis=1)
        assert world.outcomes(af.top_k(f"{output}[{cell}]", k)) == [(larger < k).tolist()]


def test_many_questions_in_one_proof(world: World) -> None:
    probabilities, logits = world.rows[OUTPUT], world.rows["logits"]
    middle = [int(np.median(probabilities[:, c])) for c in range(3)]
    found = world.outcomes(
        af.at_least(f"{OUTPUT}[0]", world.exact(middle[0])),
        af.at_most(f"{OUTPUT}[1]", world.exact(middle[1])),
        af.between(f"{OUTPUT}[2]", world.exact(middle[2]), 1),
        af.argmax("logits"),
        af.top_k(f"{OUTPUT}[4]", 2),
    )
    larger = (probabilities > probabilities[:, 4:5]).sum(axis=1)
    assert found == [
        (probabilities[:, 0] >= middle[0]).tolist(),
        (probabilities[:, 1] <= middle[1]).tolist(),
        (probabilities[:, 2] >= middle[2]).tolist(),
        logits.argmax(axis=1).tolist(),
        (larger < 2).tolist(),
    ]
    assert any(len(set(outcomes)) > 1 for outcomes in found[:3])


def test_a_revealed_output_beside_a_question(world: World) -> None:
    question = af.argmax("logits")
    bundle = world.prove(question, reveal=OUTPUT)
    verified = af.verify(bundle, af.policy.Model(world.model.card, predicate=question))
    scale = world.ports[OUTPUT].scale
    np.testing.assert_array_equal(verified.outputs[OUTPUT], np.ldexp(world.rows[OUTPUT].astype(float), -scale))
    assert list(verified.answers[0].outcomes) == world.rows["logits"].argmax(axis=1).tolist()
    assert verified.hidden_outputs == ("logits",)


def test_the_default_policy_wants_true_in_every_row(world: World) -> None:
    values = world.rows[OUTPUT][:, 0]
    mixed = af.at_least(f"{OUTPUT}[0]", world.exact(int(np.median(values))))
    bundle = world.prove(mixed)
    with pytest.raises(PolicyRefused):
        af.verify(bundle, af.policy.Model(world.model.card, predicate=mixed))
    always = af.at_least(f"{OUTPUT}[0]", world.exact(int(values.min())))
    bundle = world.prove(always)
    assert af.verify(bundle, af.policy.Model(world.model.card, predicate=always)).answers[0].all_true


@pytest.mark.parametrize("row", [0, 3, ROWS - 1])
def test_a_changed_answer_is_rejected(world: World, row: int) -> None:
    """The answers are part of what is proven: turning one row of any of them around makes the proof fail."""
    threshold = world.exact(int(np.median(world.rows[OUTPUT][:, 0])))
    questions = (
        af.at_least(f"{OUTPUT}[0]", threshold),
        af.at_most(f"{OUTPUT}[0]", threshold),
        af.between(f"{OUTPUT}[0]", threshold, 1),
        af.argmax("logits"),
        af.top_k("logits[0]", 3),
    )
    for question in questions:
        bundle = world.prove(question)
        policy = af.policy.Model(world.model.card, outcome="any")
        af.verify(bundle, policy)
        statement = bundle.decoded()
        claim = statement.outputs[0]
        field = "classes" if question.operator == "argmax" else "outcomes"
        answers = getattr(claim, field).copy()
        answers[row] = (int(answers[row]) + 1) % CLASSES if field == "classes" else not answers[row]
        forged = replace(statement, outputs=(replace(claim, **{field: answers}),))
        with pytest.raises(Rejected):
            af.verify(replace(bundle, statement=forged.encode()), policy)
