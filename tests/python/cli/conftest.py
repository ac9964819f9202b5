"""The command line in this process, and the product page's session on disk."""

from __future__ import annotations

import numpy as np
import onnx
import pytest
from product_fixtures import samples, tiny_onnx

from affidavit.cli.main import main


@pytest.fixture
def run(capsys):
    def call(*arguments, expect=0):
        code = main([str(a) for a in arguments])
        out, err = capsys.readouterr()
        assert code == expect, (code, out, err)
        return out, err

    return call


@pytest.fixture
def folder(fake_core, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    onnx.save(tiny_onnx(), "net.onnx")
    np.savez("c.npz", x=samples())
    np.savez("record.npz", x=samples(1, seed=2))
    return tmp_path


@pytest.fixture
def session(folder, run):
    """compile, commit, keygen, commit-input, as on the product page."""
    run("compile", "net.onnx", "--calibration", "c.npz", "-o", "net.plan")
    run("commit", "net.plan", "--uses", "3", "-o", "net")
    run("keygen", "issuer")
    run("commit-input", "record.npz", "--schema", "net.card", "--key", "issuer.pem", "--record", "anna", "-o", "record")
    return folder
