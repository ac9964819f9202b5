"""Commands and calls on inputs, files and arguments that cannot be used: a typed error, and no use is spent."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import affidavit as af
from affidavit import limits
from affidavit.committed_input import CommittedInput
from affidavit.errors import BudgetSpent, InputError, UsageError
from affidavit.model import CommittedModel

pytestmark = pytest.mark.core

ROW = np.array([[0.25, -0.5, 0.125]], dtype=np.float32)
PROVE = ("prove", "net.model", "--input", "in.npz", "--reveal", "score", "-o", "d.affidavit")
COMMIT_INPUT = ("commit-input", "in.npz", "--schema", "net.card", "-o", "new")


def with_cell(value: float) -> np.ndarray:
    array = ROW.astype(np.float64)
    array[0, 1] = value
    return array


#: name -> (arrays of in.npz, word of the message)
INPUTS: dict[str, tuple[dict[str, np.ndarray], str]] = {
    "NaN": ({"x": with_cell(np.nan)}, "first in cell [0, 1]"),
    "infinity": ({"x": with_cell(np.inf)}, "first in cell [0, 1]"),
    "minus infinity": ({"x": with_cell(-np.inf)}, "first in cell [0, 1]"),
    "out of range": ({"x": with_cell(1e6)}, "compile with calibration data that covers"),
    "far out of range": ({"x": with_cell(1.7e308)}, "compile with calibration data that covers"),
    "out of range below": ({"x": with_cell(-1e6)}, "compile with calibration data that covers"),
    "huge integers": ({"x": np.full((1, 3), 2**60)}, "2^53"),
    "wrong name": ({"X": ROW}, "'x' [B, 3]"),
    "one name too many": ({"x": ROW, "extra": ROW}, "'x' [B, 3]"),
    "no array": ({}, "got nothing"),
    "too narrow": ({"x": ROW[:, :2]}, "[1, 2]"),
    "too wide": ({"x": np.hstack([ROW, ROW])}, "[1, 6]"),
    "transposed": ({"x": ROW.T}, "[3, 1]"),
    "no rows": ({"x": ROW[:0]}, "no samples"),
    "no columns": ({"x": ROW[:, :0]}, "[1, 0]"),
    "text": ({"x": ROW.astype(str)}, "not numbers"),
    "objects": ({"x": ROW.astype(object)}, "not numbers"),
    "complex": ({"x": ROW.astype(np.complex128)}, "not numbers"),
}


@pytest.mark.parametrize("name", INPUTS)
def test_inputs(name: str, committed: Path, refused) -> None:
    """The same words from `prove` and `commit-input`; no use is spent and no file written."""
    arrays, says = INPUTS[name]
    np.savez("in.npz", **arrays)
    for command in (PROVE, COMMIT_INPUT):
        refused(8, *command, says=says)
    owner = CommittedModel.load("net.model")
    if name != "objects":
        with pytest.raises(InputError):
            af.prove(owner, arrays, reveal="score")
    assert owner.uses_left == 2


def test_a_batch_beyond_the_limit_is_refused_before_work(committed: Path) -> None:
    owner = CommittedModel.load("net.model")
    rows = np.zeros((limits.BATCH + 1, 3), dtype=np.float32)
    for inputs_as in ("committed", "public", "unbound"):
        with pytest.raises((InputError, UsageError)) as caught:
            af.prove(owner, {"x": rows}, inputs_as=inputs_as, predicate=af.argmax("score"))
        assert str(limits.BATCH) in str(caught.value)
    assert owner.uses_left == 2


def test_the_ends_of_the_declared_range_are_inside(committed: Path) -> None:
    owner = CommittedModel.load("net.model")
    port = owner.info.inputs[0]
    low, high = np.ldexp(float(port.lo), -port.scale), np.ldexp(float(port.hi), -port.scale)
    ends = np.array([[low, high, 0.0], [high, low, -0.0]])
    verified = af.verify(af.prove(owner, {"x": ends}, inputs_as="public", reveal="score"), af.policy.Model("net.card"))
    np.testing.assert_array_equal(verified.public_inputs["x"], ends)
    step = 2.0**-port.scale
    for beyond in (low - step, high + step):
        with pytest.raises(InputError) as caught:
            af.prove(owner, {"x": with_cell(beyond)}, reveal="score")
        assert caught.value.code == "input-range"


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("prove", "absent.model", *PROVE[2:]), 8, "absent.model"),
        (("prove", "net.card", *PROVE[2:]), 4, ""),
        (("prove", "net.plan", *PROVE[2:]), 4, ""),
        (("prove", ".", *PROVE[2:]), 8, "folder"),
        (("prove", "net.model", "--input", "absent.npz", *PROVE[4:]), 8, "absent.npz"),
        (("prove", "net.model", "--input", "absent.input", *PROVE[4:]), 8, "absent.input"),
        (("prove", "net.model", "--input", "net.model", *PROVE[4:]), 8, ".npz or .json"),
        (("prove", "net.model", "--input", "in.npz", "-o", "d.affidavit"), 2, "say nothing"),
        ((*PROVE[:5], "nothing", *PROVE[6:]), 2, "'nothing'"),
        ((*PROVE, "--at-least", "score[7]", "0"), 2, "no cell"),
        ((*PROVE, "--at-least", "score", "0"), 2, "one index per axis"),
        ((*PROVE, "--at-least", "score[0]", "nan"), 2, "no decimal number"),
        ((*PROVE, "--at-least", "score[0]", "1e9"), 2, "outside of what the output can be"),
        ((*PROVE, "--between", "score[0]", "0.5", "0.25"), 2, "no value"),
        ((*PROVE, "--top-k", "score[0]", "3"), 2, "k = 3"),
        ((*PROVE, "--top-k", "score[0]", "many"), 2, "whole number"),
        ((*PROVE, "--nonce", "xyz"), 2, "hexadecimal"),
        ((*PROVE, "--nonce", "00" * 65), 2, "64"),
        ((*PROVE, "--policy-id", "p" * 129), 2, "128"),
        ((*PROVE, "--at-least", "score[0]", "0", "--at-most", "score[0]", "1"), 2, "several thresholds on one cell"),
        (("prove", "net.model", "--input", "record.input", "--input-as", "public", *PROVE[4:]), 2, "stays committed"),
        (("commit", "absent.plan", "-o", "new"), 8, "absent.plan"),
        (("commit", "net.onnx", "-o", "new"), 4, "plan"),
        (("commit", "net.plan", "-o", "no/such/new"), 8, "folder must exist"),
        (("commit", "net.plan", "-o", "net"), 8, "exists"),
        (("commit", "net.plan", "-o", "new", "--uses", "0"), 2, "uses"),
        (("commit", "net.plan", "-o", "new", "--uses", "99999999"), 2, "uses"),
        (("commit-input", "in.npz", "--schema", "absent.card", "-o", "new"), 8, "absent.card"),
        (("commit-input", "in.npz", "--schema", "net.model", "-o", "new"), 4, ""),
        ((*COMMIT_INPUT, "--key", "absent.pem", "--record", "a"), 8, "absent.pem"),
        ((*COMMIT_INPUT, "--key", "net.onnx", "--record", "a"), 4, ""),
        ((*COMMIT_INPUT, "--record", "a", "--record", "b"), 2, "2 record ids for 1 rows"),
        ((*COMMIT_INPUT, "--record", "r" * 129), 2, "128"),
        ((*COMMIT_INPUT, "--records", "net.model"), 8, "UTF-8"),
        ((*COMMIT_INPUT[:-1], "record"), 8, "exists"),
        (("verify", "absent.affidavit", "--card", "net.card"), 8, "absent.affidavit"),
        (("verify", "net.card", "--card", "net.card"), 4, ""),
        (("explain", "net.onnx"), 2, "takes a bundle, a card or a plan"),
        (("inspect", "c.npz"), 4, ""),
        (("keygen", "no/such/key"), 8, "folder must exist"),
    ],
)  # fmt: skip
def test_files_and_arguments(arguments: tuple[str, ...], code: int, says: str, committed: Path, refused) -> None:
    np.savez("in.npz", x=ROW)
    refused(code, *arguments, says=says)
    assert CommittedModel.load("net.model").uses_left == 2
    assert CommittedInput.load("record.input").uses_left == CommittedInput.load("record.input").commitment.uses


def test_errors_as_data(committed: Path, run) -> None:
    """With --json an error goes to stdout as data too, with its exit code and code."""
    np.savez("in.npz", x=with_cell(np.nan))
    for command, code, kind in (
        (PROVE, 8, "input"),
        (("prove", "net.model", "--input", "absent.npz", *PROVE[4:]), 8, "not-found"),
        (("commit", "net.plan", "-o", "net"), 8, "exists"),
        (("verify", "net.card", "--card", "net.card"), 4, "malformed"),
    ):
        found, out, err = run(*command, "--json")
        data: dict[str, Any] = json.loads(out)
        assert found == data["exit_code"] == code and data["error"] == kind and data["message"] in err


def test_at_zero_uses_exit_7(committed: Path, run, refused) -> None:
    np.savez("in.npz", x=ROW)
    for left in (1, 0):
        code, out, _ = run(*PROVE, "--json")
        assert code == 0 and json.loads(out)["uses_left"] == left
    proven = Path("d.affidavit").read_bytes()
    err = refused(7, *PROVE, says="no uses left")
    assert "renew the model, or commit the input again" in err
    refused(7, "prove", "net.model", "--input", "record.input", *PROVE[4:], says="net.model has no uses left")
    with pytest.raises(BudgetSpent):
        af.prove("net.model", {"x": ROW}, reveal="score")
    assert Path("d.affidavit").read_bytes() == proven
    assert run("verify", "d.affidavit", "--card", "net.card")[0] == 0


def spent_record() -> None:
    record = CommittedInput.load("record.input")
    for _ in range(record.uses_left):
        record.budget.spend()


def test_a_spent_input_refuses_too(committed: Path, refused) -> None:
    spent_record()
    command = ("prove", "net.model", "--input", "record.input", *PROVE[4:])
    refused(7, *command, says="record.input has no uses left")


@pytest.mark.parametrize("why", ["spent", "deleted"])
def test_an_input_without_uses_costs_the_model_none(why: str, committed: Path) -> None:
    if why == "spent":
        spent_record()
    else:
        Path("record.input.uses").unlink()
    with pytest.raises((BudgetSpent, InputError)):
        af.prove("net.model", input="record.input", reveal="score")
    assert CommittedModel.load("net.model").uses_left == 2


def test_an_output_that_cannot_be_written_spends_nothing(committed: Path, refused) -> None:
    np.savez("in.npz", x=ROW)
    refused(8, *PROVE[:-1], "no/such/d.affidavit", says="folder must exist")
