"""SIGKILL between every two operations, in a process of its own."""

from __future__ import annotations

import os
import pickle
import signal
from pathlib import Path
from typing import Any

import pytest
from disks import installed, killing
from power_loss import RestoredDisk
from scenes import NAMES, SCENES, USES, Opening, check_everything, watched

import affidavit as af


def run_and_die(run: Any, folder: Path, at: int, log: Path, fake_core: Any) -> bool:
    """Whether the process came to its end before operation ``at``. Openings are logged as they happen."""

    def note(found: list[Opening]) -> None:
        with log.open("ab", buffering=0) as stream:
            stream.write(b"".join(pickle.dumps(o) for o in found))

    child = os.fork()
    if child == 0:
        try:
            with installed(killing(at)), watched(fake_core, note):
                run(folder)
        except BaseException:
            os._exit(1)
        os._exit(0)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert code in (0, -signal.SIGKILL)
    return code == 0


def logged(log: Path) -> list[Opening]:
    found: list[Opening] = []
    if log.exists():
        with log.open("rb") as stream:
            while stream.peek(1):
                found.append(pickle.load(stream))
    return found


@pytest.mark.parametrize("name", NAMES)
def test_kill_between_every_two_operations(name, fake_core, start, tmp_path):
    scene, log, at = SCENES[name], tmp_path / "log", 0
    while True:
        folder, opened = start(scene)
        log.unlink(missing_ok=True)
        done = run_and_die(scene.run, folder, at, log, fake_core)
        opened += logged(log)
        with installed(RestoredDisk()), watched(fake_core, opened.extend):
            check_everything(scene, folder, opened)
        if done:
            break
        at += 1
    print(f"\n{name}: killed before each of {at} operations")
    assert at >= 3


def test_the_log_sees_every_opening(fake_core, start, tmp_path):
    """What the tests above count with."""
    (folder, _), log = start(SCENES["prove"]), tmp_path / "log"
    assert run_and_die(SCENES["prove"].run, folder, 10**6, log, fake_core)
    assert sorted(o.role for o in logged(log)) == ["use", "use"]
    assert run_and_die(SCENES["renew"].run, folder, 10**6, log, fake_core)
    assert sorted(o.role for o in logged(log)) == ["incoming", "outgoing", "use", "use"]
    assert af.load_model(folder / "net.model").uses_left == USES - 1
