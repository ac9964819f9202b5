"""The catalogue of attacks is true: its tests exist and say what it says, and its runner notices when they do not."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from attacks import run


def test_every_named_test_exists_and_says_what_the_catalogue_says() -> None:
    attacks = run.load()
    assert sum(a.kind == "refused" for a in attacks) >= 60
    for attack in attacks:
        for test in attack.tests:
            text = "\n".join(path.read_text("utf-8") for path in run.source_of(test))
            name = test.split("::")[-1]
            assert re.search(rf"\b(?:fn|def) {name}\(", text), f"{attack.id}: {test}"
        assert run.unsaid(attack) == [], attack.id


CASE = """
[[attack]]
id = "x"
published = "p"
here = "h"
refused_by = ['{refused}']
constraint = ["{constraint}"]
tests = ["python:tests/python/attacks/sample.py::{test}"]
"""
SAMPLE = (
    'def test_passes():\n    assert "finish" and "range:q"\n\n\ndef test_fails():\n    assert "finish" > "range:q"\n'
)


@pytest.mark.parametrize(
    ("test", "refused", "constraint", "problem"),
    [
        ("test_passes", "finish", "range:q", None),
        ("test_was_renamed", "finish", "range:q", "did not run"),
        ("test_fails", "finish", "range:q", "failed"),
        ("test_passes", "opening", "range:q", "no test of it says '\"opening\"'"),
        ("test_passes", 'Rejected("finish")', "range:q", "no test of it says 'Rejected'"),
        ("test_passes", "finish", "range:other", "no test of it says 'range:other'"),
    ],
)
def test_the_runner_notices(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    test: str,
    refused: str,
    constraint: str,
    problem: str | None,
) -> None:
    folder = tmp_path / "tests" / "python" / "attacks"
    folder.mkdir(parents=True)
    (folder / "sample.py").write_text(SAMPLE)
    (tmp_path / "catalogue.toml").write_text(CASE.format(test=test, refused=refused, constraint=constraint))
    monkeypatch.setattr(run, "ROOT", tmp_path)
    monkeypatch.setattr(run, "CATALOGUE", tmp_path / "catalogue.toml")
    monkeypatch.setattr(sys, "argv", ["run.py"])
    code = run.main()
    printed = capsys.readouterr().out
    if problem is None:
        assert code == 0 and printed.endswith("1 attacks refused\n")
    else:
        assert code == 1 and problem in printed and printed.endswith("0 attacks refused\n")


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        ('id = "x"\npublished = "p"\n', "here is missing"),
        ('id = "x"\npublished = "p"\nhere = "h"\n', "needs tests"),
        ('id = "x"\npublished = "p"\nhere = "h"\nkind = "impossible"\n', "needs a reason"),
        ('id = "x"\npublished = "p"\nhere = "h"\nkind = "perhaps"\n', "kind 'perhaps'"),
        ('id = "x"\npublished = "p"\nhere = "h"\ntest = []\n', "unknown key test"),
    ],
)
def test_an_entry_that_says_too_little_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, entry: str, problem: str
) -> None:
    (tmp_path / "catalogue.toml").write_text("[[attack]]\n" + entry)
    monkeypatch.setattr(run, "CATALOGUE", tmp_path / "catalogue.toml")
    with pytest.raises(SystemExit, match=problem):
        run.load()
