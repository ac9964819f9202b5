"""Every vector of a proof, bundle or card: the core and the second verifier say what spec/08-verifier.md says."""

from __future__ import annotations

import re
import sys
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import spec_steps

import affidavit as af
from affidavit import core
from affidavit.errors import AffidavitError

VECTORS = Path(__file__).parents[2] / "vectors"
sys.path.insert(0, str(VECTORS))

import bases  # noqa: E402
from edits import Files, Parts  # noqa: E402
from reference import Refused, policy_json  # noqa: E402
from reference import verify as verify_again  # noqa: E402
from reference.bundle import check_bundle, check_card  # noqa: E402

pytestmark = pytest.mark.core

STEPS = spec_steps.steps()
BASES = bases.accepting()
REJECTS = {entry["name"]: entry for entry in bases.load("reject.json")}
QUICK_ACCEPTS = {"signed-mixed", "shapes-committed", "zero-koalabear", "certificate-layer-goldilocks"}
QUICK_REJECTS = {"work", "claim-outcome", "Phi-changed", "ground-again", "lie-row", "lie-product"}
PLAIN = ("min_bits", "unsafe_allow_unbound", "records", "policy_id", "max_age", "outcome")  # options as they are
EARLY = {*map(str, range(1, 16)), *(f"b{i}" for i in range(1, 6))}  # refused before anything takes long


def slow(names: list[str], quick: set[str]) -> list[Any]:
    return [name if name in quick else pytest.param(name, marks=pytest.mark.full) for name in names]


# What the two verifiers say


def core_on_parts(parts: Parts, least_bits: float) -> dict[str, Any]:
    return core.verify(parts.plan, parts.statement, parts.model, parts.input, parts.proof, least_bits)


def core_on_files(files: Files, policy: dict[str, Any], monkeypatch: pytest.MonkeyPatch, now: Any = None) -> None:
    """``affidavit.verify`` under the vector's policy, written as a user would."""
    if "now" in policy:
        monkeypatch.setattr(time, "time", lambda: policy["now"])
    options = {k: policy[k] for k in PLAIN if k in policy}
    if "issuer" in policy:
        options["issuer"] = af.PublicKey(bytes.fromhex(policy["issuer"]))
    for name in ("input_commitment", "nonce"):
        if name in policy:
            options[name] = bytes.fromhex(policy[name])
    if "predicates" in policy or "inputs" in policy:
        info = core.plan_info(bases.decode_card(files.card).plan)
        ports = {port.name: port for port in info.inputs}
        options["inputs"] = {
            name: np.ldexp(np.array(values, dtype=np.float64), -ports[name].scale).reshape(-1, *ports[name].shape)
            for name, values in policy.get("inputs", {}).items()
        } or None
        options["predicate"] = [question(q, info.outputs[q["output"]]) for q in policy.get("predicates", ())]
    af.verify(files.bundle, af.policy.Model(files.card, **options))


def question(q: dict[str, Any], port: Any) -> Any:
    index = "".join(f"[{i}]" for i in np.unravel_index(q.get("cell", 0), port.shape)) if port.shape else ""
    cell, numbers = port.name + index, [format(Decimal(q[k]) / 2**port.scale, "f") for k in ("low", "high") if k in q]
    if q["kind"] == "argmax":
        return af.argmax(port.name, q.get("index"))
    if q["kind"] == "top_k":
        return af.top_k(cell, q["k"])
    return getattr(af, q["kind"])(cell, *numbers)


def least_bits(entry: dict[str, Any]) -> float:
    return float(entry.get("least_bits", 128.0))


def again_on_parts(parts: Parts, bits: float) -> Any:
    return verify_again(parts.plan, parts.statement, parts.model, parts.input, parts.proof, bits)


def again_on_files(files: Files, policy: dict[str, Any], plan: bytes) -> Any:
    from reference.plan import decode

    return check_bundle(files.bundle, files.card, policy_json.read(policy, decode(plan)))


def expect_core(entry: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """The core refuses, with an error of the step's row."""
    target = bases.changed(entry, BASES)
    with pytest.raises(AffidavitError) as caught:
        if entry["level"] == "proof":
            core_on_parts(target, least_bits(entry))
        else:
            core_on_files(target, entry["policy"], monkeypatch)
    row = STEPS[entry["step"]]
    assert type(caught.value).__name__ in row.classes, caught.value
    assert caught.value.code in row.codes, caught.value


def expect_again(entry: dict[str, Any]) -> None:
    """The second verifier refuses at exactly this step."""
    target = bases.changed(entry, BASES)
    with pytest.raises(Refused) as caught:
        if entry["level"] == "proof":
            again_on_parts(target, least_bits(entry))
        else:
            again_on_files(target, entry["policy"], BASES[entry["base"]].parts.plan)
    assert caught.value.step == entry["step"], caught.value


# Accepting


@pytest.mark.parametrize("name", BASES)
def test_core_accepts(name, monkeypatch):
    base = BASES[name]
    report = core_on_parts(base.parts, least_bits(base.entry))
    assert {k: report[k] for k in ("scalars", "products", "checks")} == {
        k: base.entry[k] for k in ("scalars", "products", "checks")
    }
    if base.files is not None:
        core_on_files(base.files, base.entry["policy"], monkeypatch)


@pytest.mark.parametrize("name", slow(list(BASES), QUICK_ACCEPTS))
def test_second_verifier_accepts(name):
    base = BASES[name]
    report = again_on_parts(base.parts, least_bits(base.entry))
    counts = {"scalars": report.scalars, "products": report.products, "checks": report.rows}
    assert counts == {k: base.entry[k] for k in counts}
    of_core = core_on_parts(base.parts, least_bits(base.entry))
    assert of_core["ledger"]["rbr_bits"] == pytest.approx(report.bits, abs=1e-9)
    terms = {t["name"]: t["bits"] for t in of_core["ledger"]["terms"] if t["kind"] == "soundness"}
    for term, bits in report.ledger.items():
        if bits != float("inf"):
            named = [b for name, b in terms.items() if name == term or name.startswith(term + ",")]
            assert named == [pytest.approx(bits, abs=1e-6)], term


@pytest.mark.parametrize("name", slow([n for n, b in BASES.items() if b.files], {"signed-true"}))
def test_second_verifier_accepts_bundles(name):
    base = BASES[name]
    assert again_on_files(base.files, base.entry["policy"], base.parts.plan).bits > 128


@pytest.mark.full
@pytest.mark.parametrize("name", [n for n in BASES if n.startswith("certificate-")])
def test_second_verifier_accepts_cards(name):
    assert check_card((VECTORS / BASES[name].entry["card"]).read_bytes()).bits[0] > 128


# Rejecting


@pytest.mark.parametrize("name", REJECTS)
def test_core_refuses(name, monkeypatch):
    expect_core(REJECTS[name], monkeypatch)


@pytest.mark.parametrize(
    "name", slow(list(REJECTS), {n for n, e in REJECTS.items() if e["step"] in EARLY or n in QUICK_REJECTS})
)
def test_second_verifier_refuses(name):
    expect_again(REJECTS[name])


# These tests can fail


@pytest.mark.parametrize(("name", "other"), [("plan-cut", "4"), ("X_H-changed", "16"), ("bundle-magic", "b9")])
def test_another_step_is_noticed_in_the_core(name, other, monkeypatch):
    with pytest.raises(AssertionError):
        expect_core(REJECTS[name] | {"step": other}, monkeypatch)


@pytest.mark.parametrize(("name", "other"), [("plan-cut", "3"), ("model-root", "7"), ("bundle-magic", "b2")])
def test_another_step_is_noticed_in_the_second_verifier(name, other):
    with pytest.raises(AssertionError):
        expect_again(REJECTS[name] | {"step": other})


def test_no_edit_is_no_refusal(monkeypatch):
    kept = {"level": "proof", "base": "affine-nothing", "step": "21", "edits": {}}
    with pytest.raises(pytest.fail.Exception):
        expect_core(kept, monkeypatch)
    with pytest.raises(pytest.fail.Exception):
        expect_again(kept)


# Coverage


def test_every_step_has_a_vector_or_a_reason():
    page = (VECTORS / "README.md").read_text().split("## Steps without a vector")[1]
    reasons = re.findall(r"^\| (b?\d+) \|", page, re.MULTILINE)
    reached = {entry["step"] for entry in REJECTS.values()}
    assert len(STEPS) == 28 + 25
    assert set(STEPS) - reached == set(reasons)
    assert len(BASES) >= 12 and len(REJECTS) >= 60


def test_rejecting_vectors_differ():
    changed = {name: bases.changed(entry, BASES) for name, entry in REJECTS.items()}
    keys = [
        (repr(target), str(REJECTS[n].get("policy")), str(REJECTS[n].get("least_bits")))
        for n, target in changed.items()
    ]
    assert len(set(keys)) == len(keys)
    for name, entry in REJECTS.items():
        base = BASES[entry["base"]]
        original = base.parts if entry["level"] == "proof" else base.files
        assert changed[name] != original or entry.get("least_bits") or entry["policy"] != base.entry["policy"]
