"""``verify``: every part of the Python policy has its option, and what is public is printed."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from product_fixtures import samples

import affidavit as af
from affidavit.bundle.input_files import InputCard

VERIFY = ("verify", "d.affidavit", "--card", "net.card")
SIGNED = (*VERIFY, "--issuer", "issuer.pub.pem")


@pytest.fixture
def table(session, run):
    np.savez("table.npz", x=samples(3))
    Path("ids.txt").write_text("a\nb\nc\n")
    run(
        "commit-input",
        "table.npz",
        "--schema",
        "net.card",
        "--key",
        "issuer.pem",
        "--records",
        "ids.txt",
        "-o",
        "table",
    )
    run("prove", "net.model", "--input", "table.input", "--argmax", "score", "-o", "d.affidavit")
    return session


def test_records_from_a_file(table, run):
    run(*SIGNED, "--records", "ids.txt")
    run(*SIGNED, "--record", "a", "--record", "b", "--record", "c")
    Path("ids.txt").write_text("b\na\nc\n")
    _, err = run(*SIGNED, "--records", "ids.txt", expect=5)
    assert "other records" in err
    Path("ids.txt").write_text("")
    run(*SIGNED, "--records", "ids.txt", expect=5)
    run(*SIGNED, "--records", "absent.txt", expect=8)


def test_the_input_commitment(table, run):
    card = InputCard.load("table.input-card")
    shown = json.loads(run("inspect", "table.input-card", "--json")[0])["input"]["commitment"]
    run(*SIGNED, "--input-commitment", shown)
    other = InputCard.load("record.input-card")
    assert other.commitment != card.commitment
    another = json.loads(run("inspect", "record.input-card", "--json")[0])["input"]["commitment"]
    run(*SIGNED, "--input-commitment", another, expect=5)
    run(*SIGNED, "--input-commitment", shown[:-2], expect=2)
    run(*SIGNED, "--input-commitment", "xy", expect=2)


def test_public_inputs(session, run):
    prove = ("prove", "net.model", "--input", "record.npz", "--input-as", "public", "--reveal", "score")
    run(*prove, "-o", "d.affidavit")
    out, _ = run(*VERIFY, "--public-inputs", "record.npz")
    result = af.verify("d.affidavit", af.policy.Model("net.card"))
    assert f"x = {result.public_inputs['x'].tolist()}\n" in out
    assert f"score = {result.outputs['score'].tolist()}\n" in out
    Path("bare.json").write_text(json.dumps(samples(1, seed=2).tolist()))
    run(*VERIFY, "--public-inputs", "bare.json")
    np.savez("other.npz", x=samples(1, seed=3))
    run(*VERIFY, "--public-inputs", "other.npz", expect=5)
    np.savez("named.npz", y=samples(1, seed=2))
    run(*VERIFY, "--public-inputs", "named.npz", expect=5)
    run("prove", "net.model", "--input", "record.npz", "--reveal", "score", "-o", "d.affidavit")
    run(*VERIFY, "--public-inputs", "record.npz", expect=5)


def test_long_values_are_summed_up(session, run):
    np.savez("table.npz", x=samples(40))
    run("prove", "net.model", "--input", "table.npz", "--reveal", "score", "-o", "d.affidavit")
    out, _ = run(*VERIFY)
    assert "score = 80 values of shape [40, 2]; --json shows them" in out
    assert np.shape(json.loads(run(*VERIFY, "--json")[0])["outputs"]["score"]) == (40, 2)


def test_argmax_with_a_class(session, run):
    run("prove", "net.model", "--input", "record.npz", "--argmax", "score", "-o", "d.affidavit")
    out, _ = run(*VERIFY, "--argmax", "score")
    found = int(out.partition("argmax(score) = ")[2][0])
    run(*VERIFY, "--argmax", "score", str(found))
    run("verify", "--argmax", "score", str(found), *VERIFY[1:])
    run(*VERIFY, "--argmax=score", str(found), "--json")
    _, err = run(*VERIFY, "--argmax", "score", str(1 - found), expect=5)
    assert f"argmax(score) == {1 - found}" in err
    run(*VERIFY, "--argmax", "score", str(1 - found), "--any-outcome")
    run(*VERIFY, "--argmax", "score", "2", expect=2)
    run(*VERIFY, "--argmax", "score", "1x", expect=2)
    run("prove", "net.model", "--input", "record.npz", "--argmax", "score", str(found), "-o", "e.affidavit")
    assert json.loads(run("verify", "e.affidavit", *VERIFY[2:], "--json")[0])["answers"][0]["outcomes"] == [found]


def test_a_maximum_age_without_a_nonce_is_refused_before_anything_is_read(session, run):
    _, err = run("verify", "absent.affidavit", "--card", "net.card", "--max-age", "60", expect=2)
    assert "needs a nonce" in err


def test_a_card_that_nobody_vouches_for_is_said_aloud(table, run):
    out, _ = run(*SIGNED)
    assert "vouches for the model" not in out
    out, _ = run(*SIGNED, "--unsafe-any-model")
    assert "WARNING: nobody vouches for the model" in out
    out, _ = run(*SIGNED, "--unsafe-any-model", "--json")
    assert json.loads(out)["model_pinned"] is False
