"""A saved model to be interrupted at, with the stand-in core: what is tested here are files."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from disks import installed
from power_loss import RestoredDisk
from scenes import Opening, Scene, set_up, watched


@pytest.fixture
def start(fake_core: Any, tmp_path: Path) -> Callable[[Scene], tuple[Path, list[Opening]]]:
    """A folder of its own in which a scene can begin, and what was opened until then."""

    def make(scene: Scene) -> tuple[Path, list[Opening]]:
        folder, opened = Path(tempfile.mkdtemp(dir=tmp_path)), []
        with installed(RestoredDisk()), watched(fake_core, opened.extend):
            set_up(folder)
            scene.prepare(folder)
        return folder, opened

    return make


@pytest.fixture
def places(tmp_path: Path) -> Callable[[], Path]:
    """Empty folders, each gone when the next one is asked for."""
    used: list[Path] = []

    def make() -> Path:
        if used:
            shutil.rmtree(used.pop())
        used.append(tmp_path / "state")
        used[-1].mkdir()
        return used[-1]

    return make
