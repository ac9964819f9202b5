"""Every committed input of every Python fuzz target, and the honest ones, without an engine."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from fuzz.packed import unpack

FUZZ = Path(__file__).parents[3] / "fuzz"
sys.path.insert(0, str(FUZZ / "python"))

import specimens  # noqa: E402
import targets  # noqa: E402

pytestmark = [pytest.mark.core, pytest.mark.filterwarnings("ignore")]


@pytest.mark.parametrize("name", targets.TARGETS)
def test_committed_inputs_keep_every_invariant(name: str) -> None:
    inputs = unpack((FUZZ / "corpus" / f"{name}.bin").read_bytes())
    assert inputs
    for data in inputs:
        targets.TARGETS[name](data)


def test_honest_inputs_keep_every_invariant() -> None:
    seeds = specimens.seeds()
    assert seeds.keys() == targets.TARGETS.keys()
    for name, inputs in seeds.items():
        assert inputs
        for data in inputs:
            targets.TARGETS[name](data)


def test_the_targets_notice_other_errors() -> None:
    def broken(data: bytes) -> None:
        raise RecursionError

    with pytest.raises(RecursionError):
        targets.outcome(broken, b"")

    def silent(data: bytes) -> None:
        raise targets.Malformed("")

    with pytest.raises(AssertionError, match="empty"):
        targets.outcome(silent, b"")
