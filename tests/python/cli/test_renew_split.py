"""``renew`` and ``split`` on the command line: what they write, print and refuse."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import affidavit as af

PROVE = ("--input", "record.input", "--at-least", "score[1]", "-1.5", "-o", "d.affidavit")


def test_split_prove_and_verify(session, run):
    out, err = run("split", "net.model", "--uses", "2", "-o", "part")
    assert out == "part.model (private, 2 uses); 1 uses left in net.model\n" and err == ""
    run("prove", "part.model", *PROVE)
    run("verify", "d.affidavit", "--card", "net.card", "--issuer", "issuer.pub.pem")
    shown, _ = run("inspect", "part.model", "--json")
    found = json.loads(shown)
    assert found["kind"] == "part of a model (private)" and found["renewal"] == "with the original"
    assert (found["uses"], found["uses_left"]) == (2, 1)


def test_renew_prove_and_verify(session, run):
    out, err = run("renew", "net.model", "-o", "new")
    assert out == "new.model (private, 3 uses)\nnew.card\n" and err == ""
    run("prove", "new.model", *PROVE)
    run("verify", "d.affidavit", "--card", "new.card", "--issuer", "issuer.pub.pem")
    _, err = run("verify", "d.affidavit", "--card", "net.card", "--issuer", "issuer.pub.pem", expect=3)
    assert "may have been renewed" in err
    shown, _ = run("verify", "d.affidavit", "--card", "new.card", "--issuer", "issuer.pub.pem", "--json")
    assert json.loads(shown)["position"] == 1
    shown, _ = run("explain", "d.affidavit", "--card", "new.card")
    assert "after one renewal" in shown and "renewals  1" in shown
    _, err = run("prove", "net.model", *PROVE, expect=5)
    assert "was renewed: it proves no thresholds any more" in err


def test_json(session, run):
    out, _ = run("split", "net.model", "--uses", "1", "-o", "part", "--json")
    assert json.loads(out) == {"model": "part.model", "uses": 1, "uses_left": 2}
    out, _ = run("renew", "net.model", "--uses", "9", "-o", "new", "--json")
    found = json.loads(out)
    assert {k: found[k] for k in ("model", "card", "uses", "renewals")} == {
        "model": "new.model", "card": "new.card", "uses": 9, "renewals": 1,
    }  # fmt: skip
    assert found["identity"] == json.loads(run("inspect", "net.card", "--json")[0])["identity"]


def test_other_uses_say_what_follows(session, run):
    _, err = run("renew", "net.model", "--uses", "5", "-o", "new")
    assert "inputs that were committed before have to be committed again" in err
    _, err = run("prove", "new.model", *PROVE, expect=8)
    assert "also where the model was renewed" in err
    run("commit-input", "record.npz", "--schema", "new.card", "-o", "again")
    run("prove", "new.model", "--input", "again.input", *PROVE[2:])


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("split", "net.model", "--uses", "4", "-o", "part"), 7, "3 uses left, not 4"),
        (("split", "net.model", "--uses", "0", "-o", "part"), 2, "uses"),
        (("split", "net.model", "-o", "part"), 2, "--uses"),
        (("split", "absent.model", "--uses", "1", "-o", "part"), 8, "absent.model"),
        (("split", "net.card", "--uses", "1", "-o", "part"), 4, "model file"),
        (("split", "net.model", "--uses", "1", "-o", "net"), 8, "exists"),
        (("split", "net.model", "--uses", "1", "-o", "no/such"), 8, "folder must exist"),
        (("renew", "net.model", "--uses", "0", "-o", "new"), 2, "uses"),
        (("renew", "net.model", "--uses", "4000", "-o", "new"), 2, "1 to 407 uses"),
        (("renew", "net.model", "-o", "net"), 8, "exists"),
        (("renew", "net.model", "-o", "no/such"), 8, "folder must exist"),
        (("renew", "net.weights", "-o", "new"), 4, "model file"),
    ],
)
def test_refusals_spend_nothing(session, run, arguments, code, says):
    before = {p.name: p.read_bytes() for p in Path.cwd().iterdir()}
    _, err = run(*arguments, expect=code)
    assert says in err
    assert {p.name: p.read_bytes() for p in Path.cwd().iterdir()} == before
    assert af.load_model("net.model").uses_left == 3


def test_a_begun_renewal_can_be_inspected(session, run, fake_core, monkeypatch):
    def cut(*_):
        raise RuntimeError("power cut")

    with monkeypatch.context() as patch:
        patch.setattr(fake_core, "prove", cut)
        with pytest.raises(RuntimeError):
            af.renew("net.model", "new")
    shown, _ = run("inspect", "new.model.pending")
    assert "renewal that was begun (private): run the same renew again" in shown
    assert "spent for" in run("inspect", "net.model")[0]
    assert "seed" not in shown
    run("renew", "net.model", "-o", "new")
