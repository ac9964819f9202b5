"""What the tool says, writes and returns does not depend on secrets: weights and inputs of one plan."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from product_fixtures import samples, tiny_onnx

import affidavit as af
from affidavit import core
from affidavit.cli.main import main
from affidavit.committing import commit_compiled
from affidavit.errors import AffidavitError, InputError

pytestmark = pytest.mark.core


def random_weights(compiled: Any, rng: np.random.Generator) -> dict[int, np.ndarray]:
    """Weights in the plan's declared ranges; zero, the bounds, or uniform."""
    bounds = {t["id"]: (int(t["lo"]), int(t["hi"])) for t in compiled.info.raw["tensors"]}
    kind = rng.integers(4)
    chosen = {}
    for i, w in compiled.weights.items():
        lo, hi = bounds[i]
        cells = (np.zeros(w.shape), np.full(w.shape, lo), np.full(w.shape, hi), rng.integers(lo, hi + 1, w.shape))[kind]
        chosen[i] = cells.astype(np.int64)
    return chosen


@pytest.fixture(scope="module")
def compiled() -> Any:
    return af.compile(tiny_onnx(), calibration={"x": samples()})


def test_length_report_and_ledger_are_those_of_the_plan(compiled: Any) -> None:
    rng = np.random.default_rng(4)
    predicate = af.at_least("score[1]", "-1")
    seen, lengths, siblings = set(), set(), set()
    for number in range(12):
        model = commit_compiled(af.model.CompiledModel(compiled.plan, random_weights(compiled, rng)), 1)
        inputs = {"x": rng.choice([-1.0, 0.0, 1.0, 0.3], (1, 3))}
        bundle = af.prove(model, inputs, inputs_as="unbound", predicate=predicate, time=7)
        card = model.card
        report = core.verify(card.plan, bundle.statement, card.commitment, None, bundle.proof, 128.0)
        parts = {part["name"]: part["bytes"] for part in report["parts"]}
        opened = parts.pop("opened rows")
        rest = {key: value for key, value in report.items() if key != "parts"}
        seen.add(json.dumps([parts, rest, len(bundle.statement), len(card.certificate.statement)], sort_keys=True))
        lengths.add(len(bundle.proof) - opened)
        # rows and salts in full, then 32 bytes per node that the public positions leave out
        siblings.add(opened)
        assert number == 0 or len(seen) == 1
    assert len(lengths) == 1
    # at most 166 positions, each level of both trees open: what is left is the pruning, a few per cent
    assert max(siblings) - min(siblings) < 0.2 * max(siblings)


def test_inputs_at_and_over_the_range_are_treated_alike(compiled: Any, tmp_path: Path) -> None:
    model = af.commit(compiled, uses=3)
    port = model.info.inputs[0]
    low, high = (float(np.ldexp(float(b), -port.scale)) for b in (port.lo, port.hi))
    ask: dict[str, Any] = {"predicate": af.argmax("score"), "time": 7}
    for edge in (low, high):
        af.prove(model, {"x": np.full((1, 3), edge)}, **ask)
    assert model.uses_left == 1
    for values in ((high + 1, 12345.678, low - 1, -98765.4321), (float("inf"), float("-inf"), float("nan"))):
        messages = set()
        for value in values:
            with pytest.raises(InputError) as refusal:
                af.prove(model, {"x": np.array([[0.0, value, 0.0]])}, **ask)
            messages.add((str(refusal.value), refusal.value.code, refusal.value.hint))
        # one message for all of them, without the value; nothing was spent
        assert len(messages) == 1 and "12345" not in str(messages)
    assert model.uses_left == 1


def test_weights_outside_their_range_are_refused_without_their_value(compiled: Any) -> None:
    bounds = {t["id"]: int(t["hi"]) for t in compiled.info.raw["tensors"]}
    messages = set()
    for excess in (1, 98765):
        weights = {i: w.copy() for i, w in compiled.weights.items()}
        first = min(weights)
        weights[first].reshape(-1)[2] = bounds[first] + excess
        with pytest.raises(AffidavitError) as refusal:
            commit_compiled(af.model.CompiledModel(compiled.plan, weights), 1)
        messages.add(str(refusal.value))
    assert len(messages) == 1 and "98765" not in messages.pop()


def test_the_command_line_says_the_same_for_all_secrets(
    compiled: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    model = af.commit(compiled, uses=8)
    model.save("net")

    def said(*arguments: str) -> tuple[int, str, str]:
        code = main(list(arguments))
        out, err = capsys.readouterr()
        # digests, sizes up to pruning, times with their unit and uses that are left
        numbers = r"\b[0-9a-f]{16,}\b|[0-9][0-9.,]*( [mu]?s\b)?"
        return code, *(re.sub(r" +", " ", re.sub(numbers, "#", text)) for text in (out, err))

    answers, verified, explained, refused = set(), set(), set(), set()
    port, output = model.info.inputs[0], model.info.outputs[0]
    top = float(np.ldexp(float(port.hi), -port.scale))
    threshold = f"{np.ldexp(float(output.lo), -output.scale):.2f}"
    for row in ([0.0, 0.0, 0.0], [top, top, top], [-0.5, 0.25, 0.125]):
        np.savez("record.npz", x=np.array([row], np.float32))
        question = ["prove", "net.model", "--input", "record.npz", "--at-least", "score[1]", threshold, "--no-time"]
        answers.add(said(*question, "--unsafe-allow-repeated-thresholds", "-o", "proof.affidavit"))
        verified.add(said("verify", "proof.affidavit", "--card", "net.card"))
        explained.add(said("explain", "proof.affidavit", "--card", "net.card"))
        Path("proof.affidavit").unlink(missing_ok=True)
    for value in (top + 1, 54321.0):
        np.savez("record.npz", x=np.array([[0.0, value, 0.0]], np.float32))
        refused.add(said("prove", "net.model", "--input", "record.npz", "--reveal", "score", "-o", "p.affidavit"))
    assert len(answers) == 1 and next(iter(answers))[0] == 0, answers
    assert len(refused) == 1 and next(iter(refused))[0] != 0, refused
    assert len(verified) == 1 and len(explained) == 1, (verified, explained)
