"""Power cuts and Ctrl-C around a proof: a use is lost, and nothing else."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from disk_snapshot import snapshot

import affidavit as af
from affidavit.committed_input import CommittedInput
from affidavit.errors import PolicyRefused
from affidavit.model import CommittedModel

pytestmark = pytest.mark.core

PROVE = ("prove", "net.model", "--input", "record.input", "--at-least", "score[0]", "0.125", "-o", "d.affidavit")
SPENT = {"net.model.uses", "record.input.uses", "net.model.thresholds"}
#: Runs the command line with one function of the package replaced by what BODY says.
PROGRAM = """
import os, signal, sys, time
from affidavit import core
from affidavit.bundle import files
real = {target}
def replaced(*arguments, **more):
    {body}
{target} = replaced
from affidavit.cli.main import main
sys.exit(main(sys.argv[1:]))
"""


def start(target: str, body: str, *arguments: str) -> subprocess.Popen[str]:
    program = PROGRAM.format(target=target, body=body)
    return subprocess.Popen([sys.executable, "-c", program, *arguments], stderr=subprocess.PIPE, text=True)


def test_kill_between_spending_and_proving(committed: Path) -> None:
    """SIGKILL as the core is asked: both budgets have lost a use, all else is as it was, and the next proof holds."""
    before, record = snapshot(committed), CommittedInput.load("record.input").uses_left
    process = start("core.prove", "os.kill(os.getpid(), signal.SIGKILL)", *PROVE)
    assert process.wait(60) == -signal.SIGKILL
    after = snapshot(committed)
    assert {k for k in after if after.get(k) != before.get(k)} == SPENT and set(before) <= set(after)
    assert CommittedModel.load("net.model").uses_left == 1
    assert CommittedInput.load("record.input").uses_left == record - 1
    # the threshold that was to be proven counts as proven: the same one may be, another may not
    with pytest.raises(PolicyRefused):
        af.prove("net.model", input="record.input", predicate=af.at_least("score[0]", "0.25"))
    bundle = af.prove("net.model", input="record.input", predicate=af.at_least("score[0]", "0.125"))
    assert af.verify(bundle, af.policy.Model("net.card", outcome="any")).batch == 1
    assert CommittedModel.load("net.model").uses_left == 0


WRITERS = {
    "compile": ("compile", "net.onnx", "--calibration", "c.npz", "-o", "new.plan"),
    "commit": ("commit", "net.plan", "-o", "new"),
    "commit-input": ("commit-input", "record.npz", "--schema", "net.card", "-o", "new"),
}


@pytest.mark.parametrize("target", ["files.os.fsync", "files.os.link"])
@pytest.mark.parametrize("command", WRITERS)
def test_kill_while_a_file_is_written(command: str, target: str, committed: Path) -> None:
    """SIGKILL at the first fsync or name: no file of any name, at most hidden temporary ones."""
    before = snapshot(committed)
    process = start(target, "os.kill(os.getpid(), signal.SIGKILL)", *WRITERS[command])
    assert process.wait(60) == -signal.SIGKILL
    after = snapshot(committed)
    assert all(after[name] == data for name, data in before.items())
    left = set(after) - set(before)
    assert all(name.startswith(".new") and name.endswith(".tmp") for name in left) and len(left) <= 2
    assert all((committed / name).stat().st_mode & 0o077 == 0 for name in left), "private bytes for all to read"


def test_ctrl_c_while_proving(committed: Path) -> None:
    """The core is busy for a minute; Ctrl-C ends the command at once. The use stays spent, no bundle is there."""
    before = snapshot(committed)
    process = start("core.prove", "print('busy', file=sys.stderr, flush=True); time.sleep(60)", *PROVE)
    assert process.stderr is not None and process.stderr.readline().strip() == "busy"
    started = time.monotonic()
    process.send_signal(signal.SIGINT)
    assert process.wait(20) == 130 and time.monotonic() - started < 10
    assert "interrupted" in process.stderr.read()
    after = snapshot(committed)
    assert {k for k in after if after.get(k) != before.get(k)} == SPENT
    assert CommittedModel.load("net.model").uses_left == 1
    assert af.prove("net.model", input="record.input", predicate=af.at_least("score[0]", "0.125"))


@pytest.mark.parametrize("command", ["compile", "commit"])
def test_ctrl_c_at_any_moment(command: str, committed: Path) -> None:
    """From start-up to the last file: done, or interrupted with whole files at most; never a traceback."""
    arguments, written = {
        "compile": (("compile", "net.onnx", "--calibration", "c.npz", "-o", "new.plan"), {"new.plan", "new.weights"}),
        "commit": (
            ("commit", "net.plan", "-o", "new"),
            {"new.model", "new.model.uses", "new.model.thresholds", "new.card"},
        ),
    }[command]
    before, codes = snapshot(committed), []
    for part in range(6):
        process = subprocess.Popen(
            [sys.executable, "-c", READY, *arguments], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
        )
        assert process.stderr is not None and process.stderr.readline().strip() == "ready"
        time.sleep(0.03 * part)
        process.send_signal(signal.SIGINT)
        codes.append(code := process.wait(60))
        err, left = process.stderr.read(), set(snapshot(committed)) - set(before)
        if code == 130:
            assert err.strip() == "interrupted; nothing was left half written"
            assert {name for name in left if not name.endswith(".tmp")} <= written
        else:
            # done before the signal came, or while the interpreter was already shutting down
            assert code in (0, -signal.SIGINT) and err == "" and left == written, (part, code, err, left)
        for name in left:
            os.unlink(name)
    assert 130 in codes


READY = """
import sys
from affidavit.cli.main import main
import affidavit.api, affidavit.compiling, affidavit.committing, affidavit.cli.compile, affidavit.cli.commit
print("ready", file=sys.stderr, flush=True)
sys.exit(main(sys.argv[1:]))
"""
