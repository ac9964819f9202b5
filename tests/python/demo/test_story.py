"""The credit story with the real core: what issue and README promise, on real data."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

pytestmark = pytest.mark.core


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo") / "demo-out"
    command = [sys.executable, "-m", "affidavit.cli.main", "demo", "-o", str(folder), "--json"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return folder, json.loads(done.stdout)


def test_the_decision_is_proven_and_hides_the_score(demo):
    _, data = demo
    decision = data["decision"]
    assert decision["answers"][0]["outcomes"] == [True]
    assert decision["proven_bits"] >= 128
    assert decision["outputs"] == {} and "probabilities" in decision["hidden_outputs"]
    assert decision["inputs"] == {"X": "committed"}


def test_every_manipulation_has_its_own_error(demo):
    _, data = demo
    errors = {case["case"]: case["error"] for case in data["refused"]}
    assert len(errors) == len(set(errors.values())) == 4
    assert errors["another model's card"] == "Rejected (model)"
    assert errors["another threshold (0.7)"] == "PolicyRefused (threshold)"
    assert errors["another issuer"] == "PolicyRefused (issuer)"


def test_all_applicants_in_one_proof(demo):
    _, data = demo
    facts = data["facts"]
    assert facts["applicants"] == 1000
    assert facts["agreement"] >= 995
    assert facts["max_abs_error"] < 5e-3
    assert facts["auc"] > 0.74


def test_the_files_verify_from_the_command_line(demo):
    folder, _ = demo
    arguments = ["verify", "decision.affidavit", "--card", "credit.card", "--issuer", "issuer.pub.pem"]
    command = [sys.executable, "-m", "affidavit.cli.main", *arguments, "--at-least", "probabilities[1]", "0.6"]
    assert subprocess.run(command, cwd=folder, capture_output=True).returncode == 0
    assert subprocess.run([*command[:-1], "0.7"], cwd=folder, capture_output=True).returncode == 5


def test_the_score_is_in_no_public_file(demo):
    """Card, bundle and input card do not contain the record's integers or the exact output."""
    folder, _ = demo
    from affidavit.committed_input import CommittedInput
    from affidavit.model import CommittedModel

    record = CommittedInput.load(folder / "applicant.input")
    model = CommittedModel.load(folder / "credit.model")
    tensors = model.program.run({"X": record.arrays[0]})
    public = b"".join((folder / n).read_bytes() for n in ("credit.card", "decision.affidavit", "applicant.input-card"))
    secrets = [record.arrays[0].reshape(-1), *model.weights.values()]
    secrets.append(tensors[model.info.outputs[model.info.output_index("probabilities")].tensor].reshape(-1))
    for secret in secrets:
        if secret.size > 1:
            for width in ("<i4", "<i8"):
                assert secret.astype(width).tobytes() not in public
