"""``explain`` names what the function itself leaks: every kind of claim, the commitment, the batch, the time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from product_fixtures import samples, tiny_onnx

import affidavit as af
from affidavit.report.explain import explain_text


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return af.commit(af.compile(tiny_onnx(), calibration={"x": samples()}), uses=24)


def explained(model: Any, **arguments: Any) -> list[str]:
    rows = arguments.pop("rows", 1)
    bundle = af.prove(model, {"x": samples(rows, seed=3)}, **arguments)
    result = af.explain(bundle, model.card)
    assert "note" not in result
    text = explain_text(result)
    facts: list[str] = result["reveals"]
    assert all(fact in text for fact in facts)
    return facts


def has(facts: list[str], *words: str) -> bool:
    return any(all(word in fact for word in words) for fact in facts)


@pytest.mark.core
@pytest.mark.parametrize(
    ("predicate", "words"),
    [
        (af.at_least("score[1]", "-0.5"), ("side of the threshold", "score")),
        (af.at_most("score[0]", "0.5"), ("side of the threshold", "score")),
        (af.between("score[1]", "-0.5", "0.5"), ("interval", "width")),
        (af.argmax("score"), ("argmax", "1 comparisons")),
        (af.top_k("score[1]", 1), ("rank", "among 2", "at most 1")),
    ],
    ids=["at_least", "at_most", "between", "argmax", "top_k"],
)
def test_every_question_names_what_its_answer_tells(model: Any, predicate: Any, words: tuple[str, ...]) -> None:
    facts = explained(model, predicate=predicate)
    assert has(facts, *words)
    thresholds = predicate.operator in ("at_least", "at_most", "between")
    assert has(facts, "narrows its score", "not known to the verifier") == thresholds
    assert not has(facts, "public output")


@pytest.mark.core
def test_public_values_batches_records_and_time_are_named(model: Any, tmp_path: Path) -> None:
    facts = explained(model, reveal="score", inputs_as="public", rows=3)
    assert has(facts, "public output score", "almost invertible")
    assert has(facts, "public input in full")
    assert has(facts, "batch size", "3 inferences")
    assert has(facts, "when the proof was made")
    assert not has(facts, "narrows its score")
    facts = explained(model, predicate=af.argmax("score"), inputs_as="unbound", time=0)
    for words in ("public output", "public input", "batch size", "when the proof was made", "input commitment"):
        assert not has(facts, words)
    card = tmp_path / "net.card"
    model.card.save(card)
    committed = af.commit_input({"x": samples(1)}, card, records="anna")
    bundle = af.prove(model, input=committed, predicate=af.argmax("score"))
    facts = af.explain(bundle, model.card)["reveals"]
    assert has(facts, "same input commitment") and has(facts, "record ids")


@pytest.mark.core
def test_the_number_of_uses_is_that_of_the_commitment(model: Any) -> None:
    for facts in (explained(model, predicate=af.argmax("score")), af.explain(model.card)["reveals"]):
        assert has(facts, "number of uses", f"({model.commitment.uses})", "not how many are left")
        assert has(facts, "same committed model")
    card, plan = af.explain(model.card)["reveals"], af.explain(model.card.plan)["reveals"]
    for facts in (card, plan):
        assert has(facts, "calibration data") and has(facts, "architecture")
    assert not has(plan, "number of uses")
    assert model.commitment.uses >= 24
