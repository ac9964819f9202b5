"""Words: hints that lead on, and nothing that means nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import affidavit as af

PROVE = ("prove", "net.model", "--input", "record.input", "-o", "d.affidavit")


def test_commit_of_another_kind_of_file(session, run):
    _, err = run("commit", "net.card", "-o", "new", expect=4)
    assert "net.card is no plan" in err and "hint: give the .plan that compile wrote" in err


def test_an_output_of_several_cells_names_them(session, run):
    _, err = run(*PROVE, "--at-least", "score", "0", expect=2)
    assert "2 cells: score[0] to score[1]" in err and "like score[1]" in err


def test_a_card_is_explained_without_the_assumptions_of_one_statement(session, run):
    for name in ("net.card", "net.plan"):
        assumed = json.loads(run("explain", name, "--json")[0])["assumed"]
        assert len(assumed) == 3 and "setup: none" in assumed[0]
    run(*PROVE, "--reveal", "score")
    assumed = json.loads(run("explain", "d.affidavit", "--card", "net.card", "--json")[0])["assumed"]
    assert any("nonce" in fact for fact in assumed) and any("issuer" in fact for fact in assumed)


def test_inspect_says_nothing_empty(session, run):
    assert "dropped" not in json.loads(run("inspect", "net.onnx", "--json")[0])
    for name in ("net.model", "record.input"):
        described = json.loads(run("inspect", name, "--json")[0])
        assert "cache_bytes" not in described and described["uses_left"] == 3


@pytest.mark.parametrize(
    "arguments",
    [
        ("inspect", "absent.onnx"),
        ("inspect", "absent.card"),
        ("compile", "absent.onnx", "--calibration", "c.npz", "-o", "p.plan"),
        ("compile", "net.onnx", "--calibration", "absent.npz", "-o", "p.plan"),
        ("commit", "absent.plan", "-o", "new"),
        ("commit-input", "absent.json", "--schema", "net.card", "-o", "new"),
        ("commit-input", "record.npz", "--schema", "absent.card", "-o", "new"),
        ("prove", "absent.model", *PROVE[2:], "--reveal", "score"),
        ("prove", "net.model", "--input", "absent.npz", "-o", "d.affidavit", "--reveal", "score"),
        ("verify", "absent.affidavit", "--card", "net.card"),
        ("explain", "absent.card"),
    ],
)
def test_files_that_are_missing(session, run, arguments):
    out, err = run(*arguments, "--json", expect=8)
    assert json.loads(out)["error"] == "not-found"
    assert "No such file or directory" in err and "Errno" not in err and "hint: check the path" in err


def test_the_owners_classes_are_exported(session):
    for name in ("CommittedInput", "CommittedModel", "CompiledModel", "load_input", "load_model"):
        assert name in af.__all__ and getattr(af, name)
    assert isinstance(af.load_model("net.model"), af.CommittedModel)
    assert isinstance(af.load_input(Path("record.input")), af.CommittedInput)
    with pytest.raises(AttributeError):
        af.CommittedNothing  # noqa: B018
