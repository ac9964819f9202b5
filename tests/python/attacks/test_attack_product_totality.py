"""Hostile files and arguments: a typed error each time, and no more memory or time than the bytes are worth."""

from __future__ import annotations

import subprocess
import sys
import textwrap
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from product_fixtures import make_case, samples

import affidavit as af
from affidavit.bundle.bundle import Bundle
from affidavit.bundle.codec import Reader, Writer
from affidavit.bundle.statement import AtLeast, TopK, read_records, write_records
from affidavit.errors import AffidavitError

pytestmark = pytest.mark.core


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return make_case(tmp_path_factory.mktemp("case"), uses=8)


ONE = np.array([True])


@pytest.mark.parametrize(
    "claim",
    [AtLeast(77, 0, 0, 12, ONE), AtLeast(0, 999, 0, 12, ONE), TopK(0, 2**32 - 1, 1, ONE), TopK(65535, 0, 1, ONE)],
)
def test_explain_refuses_claims_about_what_the_model_does_not_have(case: Any, claim: Any) -> None:
    statement = replace(case.bundle.decoded(), outputs=(claim,))
    hostile = Bundle(statement.encode(), case.bundle.proof, case.bundle.input)
    with pytest.raises(AffidavitError):
        af.explain(hostile, case.card)


def test_explain_does_not_repeat_a_forged_signature(case: Any) -> None:
    """The signature is not part of the proof: with all its bytes wrong the proof still holds."""
    part = case.bundle.input
    forged = Bundle(case.bundle.statement, case.bundle.proof, replace(part, signature=bytes(64)))
    try:
        result = af.explain(forged, case.card)
    except AffidavitError:
        return
    claimed = [fact for fact in result["claims"] if "signed by issuer" in fact]
    assert not claimed or "signature" in result.get("note", "")


SURROGATE = "\udcff"  # what the operating system's arguments hold for a byte that is no UTF-8


@pytest.mark.parametrize(
    "call",
    [
        lambda case: af.prove(case.model, {"x": case.inputs}, reveal="score", policy_id=SURROGATE),
        lambda case: af.commit_input({"x": case.inputs}, case.card, records=SURROGATE),
        lambda case: af.verify("a\0b", case.policy()),
        lambda case: af.inspect("a\0b"),
        lambda case: af.prove("a\0b", {"x": case.inputs}, reveal="score"),
    ],
)
def test_odd_text_is_a_typed_error(case: Any, call: Any) -> None:
    with pytest.raises(AffidavitError):
        call(case)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="address-space limits")
def test_small_files_are_read_with_little_memory(case: Any) -> None:
    """Reading asks for the file's size, not for the bound: a machine of 2 GiB refuses an allocation of 4 GiB."""
    script = textwrap.dedent(
        """
        import resource, sys
        import affidavit as af
        from affidavit.model import CommittedModel
        from affidavit import _core
        resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))
        af.inspect(sys.argv[1] + "/net.card")
        CommittedModel.load(sys.argv[1] + "/net.model")
        """
    )
    done = subprocess.run([sys.executable, "-c", script, str(case.folder)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-300:]


def test_records_are_read_fast() -> None:
    """32 MiB of record ids: a bundle that says it has them must not hold a verifier for seconds."""
    out = Writer("records")
    write_records(out, ("x" * 128,) * (1 << 18))
    data = out.finish()
    started = time.process_time()
    read_records(Reader("records", data))
    assert time.process_time() - started < 1.5


@pytest.mark.parametrize("target", ["/dev/zero", "/proc/self/mem"])
def test_devices_are_refused(target: str) -> None:
    if not Path(target).exists():
        pytest.skip(f"no {target}")
    with pytest.raises(AffidavitError):
        af.inspect(target)


def test_an_input_of_another_model_spends_nothing(case: Any) -> None:
    from product_fixtures import tiny_onnx

    other = af.commit(af.compile(tiny_onnx(5), calibration={"x": 100 * samples(seed=9)}), uses=2)
    before = (other.uses_left, case.committed.uses_left)
    with pytest.raises(AffidavitError):
        af.prove(other, input=case.committed, reveal="score")
    assert (other.uses_left, case.committed.uses_left) == before
