"""What ``compile`` writes, what it never replaces, and what it says about accuracy."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path

import numpy as np
import onnx
import pytest
from product_fixtures import samples, tiny_onnx

import affidavit as af
from affidavit.errors import InputError

COMPILE = ("compile", "net.onnx", "--calibration", "c.npz", "-o", "net.plan")


def files() -> dict[str, bytes]:
    return {name: Path(name).read_bytes() for name in ("net.plan", "net.weights")}


def test_weights_are_never_replaced(folder, run):
    run(*COMPILE)
    before = files()
    np.savez("c.npz", x=samples() * 3)
    for arguments in (COMPILE, (*COMPILE, "--force")):
        _, err = run(*arguments, expect=8)
        assert "net.weights exists" in err and "hint: private weights are never replaced" in err
    assert files() == before


def test_a_plan_is_replaced_by_force_and_not_where_it_was_committed(folder, run):
    run(*COMPILE)
    Path("net.weights").rename("old.weights")
    np.savez("c.npz", x=samples() * 3)
    before = Path("net.plan").read_bytes()
    _, err = run(*COMPILE, expect=8)
    assert "--force" in err
    run(*COMPILE, "--force")
    assert Path("net.plan").read_bytes() != before
    run("commit", "net.plan", "-o", "other")
    Path("broken.card").write_bytes(b"no card")
    Path("net.weights").unlink()
    before = Path("net.plan").read_bytes()
    np.savez("c.npz", x=samples() * 9)
    _, err = run(*COMPILE, "--force", expect=8)
    assert "plan of a committed model" in err
    assert Path("net.plan").read_bytes() == before and not Path("net.weights").exists()


def test_the_api_refuses_the_same(folder):
    compiled = af.compile("net.onnx", "c.npz")
    compiled.save("net.plan")
    for force in (False, True):
        with pytest.raises(InputError) as caught:
            compiled.save("net.plan", force=force)
        assert caught.value.code == "exists"


def test_weights_without_their_plan_are_taken_back(folder, run, monkeypatch):
    real, calls = os.fsync, []

    def full(handle):
        calls.append(handle)
        if len(calls) > 2:  # weights and their folder
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        real(handle)

    before = sorted(os.listdir())
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        run(*COMPILE, expect=8)
    assert sorted(os.listdir()) == before and len(calls) > 2
    run(*COMPILE)


def test_fidelity_that_was_missed_is_said(folder, run):
    out, _ = run(*COMPILE)
    assert "FIDELITY" not in out and "median error" in out
    out, _ = run(*COMPILE[:-1], "fine.plan", "--fidelity", "1e-12")
    first = out.splitlines()[3]
    assert first.startswith("FIDELITY MISSED") and "1.00e-12" in first
    data = json.loads(run(*COMPILE[:-1], "again.plan", "--fidelity", "1e-12", "--json")[0])
    assert data["fidelity"] == {"asked": 1e-12, "reached": data["median_error"], "met": False}
    assert f"{data['median_error']:.2e}" in first
    data = json.loads(run(*COMPILE[:-1], "good.plan", "--json")[0])
    assert data["fidelity"]["met"] is True and data["fidelity"]["reached"] <= data["fidelity"]["asked"] == 1e-3


def test_dim_names_what_can_be_bound(folder, run):
    _, err = run(*COMPILE, "--dim", "K=3", expect=2)
    assert "'K'" in err and "every axis but the batch has a fixed size" in err
    model = tiny_onnx()
    model.graph.input[0].type.tensor_type.shape.dim[1].dim_param = "features"
    onnx.save(model, "net.onnx")
    _, err = run(*COMPILE, "--dim", "K=3", expect=2)
    assert "axes that can be bound: features\n" in err
    run(*COMPILE, "--dim", "features=3")


def test_an_unsupported_operator_points_to_the_list(folder, run):
    model = tiny_onnx()
    model.graph.node[1].op_type = "Det"
    onnx.save(model, "net.onnx")
    _, err = run(*COMPILE, expect=6)
    assert "docs/guide/operators.md" in err.partition("hint:")[2]
