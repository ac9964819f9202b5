"""A session on disk with the real core, and what every refusal must look like."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest

for folder in ("badinput", "onnx"):
    path = str(Path(__file__).parents[1] / folder)
    if path not in sys.path:
        sys.path.append(path)


@pytest.fixture(scope="session")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """net.onnx, c.npz, record.npz, net.plan and net.weights, made once."""
    from product_fixtures import samples, tiny_onnx

    import affidavit as af

    folder = tmp_path_factory.mktemp("origin")
    onnx.save(tiny_onnx(), folder / "net.onnx")
    np.savez(folder / "c.npz", x=samples())
    np.savez(folder / "record.npz", x=samples(1, seed=2))
    af.compile(folder / "net.onnx", folder / "c.npz").save(folder / "net.plan")
    return folder


@pytest.fixture
def folder(origin: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the session's files as the working folder."""
    shutil.copytree(origin, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def committed(folder: Path) -> Path:
    """The same with net.model (two uses), net.card and a committed record."""
    import affidavit as af

    model = af.commit(folder / "net.plan", uses=2)
    model.save(folder / "net")
    af.commit_input(folder / "record.npz", model.card).save(folder / "record")
    return folder


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """The command line in this process: exit code, stdout, stderr."""
    from affidavit.cli.main import main

    def call(*arguments: Any) -> tuple[int, str, str]:
        code = main([str(a) for a in arguments])
        return code, *capsys.readouterr()

    return call


@pytest.fixture
def refused(run: Callable[..., tuple[int, str, str]]) -> Callable[..., str]:
    """A command that must fail with this exit code: one message, no traceback, and not a byte on disk changed."""
    from disk_snapshot import snapshot

    def call(code: int, *arguments: Any, says: str = "", but: tuple[str, ...] = ()) -> str:
        before = snapshot(Path.cwd())
        found, out, err = run(*arguments)
        after = snapshot(Path.cwd())
        assert found == code, (found, out, err)
        assert out == "" and "Traceback" not in err
        assert err.lower().count("error: ") == 1, err
        assert says.lower() in err.lower(), err
        assert {k: v for k, v in after.items() if k not in but} == {k: v for k, v in before.items() if k not in but}
        return err

    return call
