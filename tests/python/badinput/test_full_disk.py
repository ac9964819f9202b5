"""A disk that fills up under a command that writes: exit 8, nothing left behind, and it works once there is room."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from disk_snapshot import snapshot

from affidavit.model import CommittedModel

pytestmark = pytest.mark.core

#: name -> (command, files that may have grown: a use that is spent first stays spent)
WRITERS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "commit": (("commit", "net.plan", "-o", "new"), ()),
    "commit-input": (("commit-input", "record.npz", "--schema", "net.card", "-o", "new"), ()),
    "keygen": (("keygen", "issuer"), ()),
    "prove": (
        ("prove", "net.model", "--input", "record.npz", "--reveal", "score", "-o", "new.affidavit"),
        ("net.model.uses",),
    ),
}
COMPILE = ("compile", "net.onnx", "--calibration", "c.npz", "-o", "new.plan")


def fill_up(monkeypatch: pytest.MonkeyPatch, survivors: int) -> list[int]:
    """The disk takes ``survivors`` more files and is full from then on. Gives the list of attempts."""
    real, attempts = os.fsync, []

    def full(handle: int) -> None:
        if stat.S_ISREG(os.fstat(handle).st_mode) and ".uses" not in os.readlink(f"/proc/self/fd/{handle}"):
            attempts.append(handle)
            if len(attempts) > survivors:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        real(handle)

    monkeypatch.setattr(os, "fsync", full)
    return attempts


@pytest.mark.parametrize("survivors", [0, 1])
@pytest.mark.parametrize("name", WRITERS)
def test_by_command(name: str, survivors: int, committed: Path, refused, run, monkeypatch) -> None:
    command, grown = WRITERS[name]
    with monkeypatch.context() as patch:
        attempts = fill_up(patch, survivors)
        if name == "prove" and survivors:
            assert run(*command)[0] == 0  # it writes one file
        else:
            err = refused(8, *command, says="no space left on device", but=grown)
            assert "hint: the disk is full" in err and len(attempts) == survivors + 1
    if name != "prove" or not survivors:
        assert run(*command)[0] == 0


def test_a_plan_that_finds_no_room(committed: Path, refused, run, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        fill_up(patch, 0)
        refused(8, *COMPILE, says="no space left on device")
    assert run(*COMPILE)[0] == 0


def test_weights_without_their_plan_are_taken_back(committed: Path, refused, monkeypatch: pytest.MonkeyPatch) -> None:
    fill_up(monkeypatch, 1)
    refused(8, *COMPILE, says="no space left on device")


def test_a_full_disk_under_the_budget_proves_nothing(committed: Path, refused, monkeypatch) -> None:
    """Not even the spent use can be written: no proof is computed."""

    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    command, _ = WRITERS["prove"]
    with monkeypatch.context() as patch:
        patch.setattr(os, "pwrite", full)
        refused(8, *command, says="no space left on device")
    assert CommittedModel.load("net.model").uses_left == 2


SCRIPT = r"""
set -e
mount -t tmpfs -o size=4m tmpfs "$DISK"
cp net.onnx c.npz net.plan net.weights record.npz "$DISK"
cd "$DISK"
"$PYTHON" -m affidavit.cli.main commit net.plan -o net --uses 8 >/dev/null
cp net.card first.card
head -c 5000000 /dev/zero > filler 2>/dev/null || true
for kib in 0 4 8 16 64 512 2048; do
    truncate -s $(( $(stat -c %s filler) - kib * 1024 )) filler
    for command in compile commit prove; do
        case $command in
            compile) set -- compile net.onnx --calibration c.npz -o "$kib.plan" ;;
            commit) set -- commit net.plan -o "$kib" ;;
            prove) set -- prove net.model --input record.npz --reveal score -o "$kib.affidavit" ;;
        esac
        code=0
        "$PYTHON" -m affidavit.cli.main "$@" >/dev/null 2>"$MESSAGES" || code=$?
        echo "$command $code $(ls -A | grep -e "^$kib[.]" -e tmp | tr '\n' ,)- $(head -1 "$MESSAGES")"
        rm -f "$kib".*
    done
done
"""


def test_a_disk_that_is_really_full(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """A file system of four megabytes in a mount namespace of its own, with ever more room left."""
    disk = tmp_path_factory.mktemp("disk")
    environment = os.environ | {
        "DISK": str(disk),
        "PYTHON": sys.executable,
        "MESSAGES": str(tmp_path_factory.mktemp("log") / "stderr"),
    }
    done = subprocess.run(
        ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", SCRIPT],
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
    )
    if done.returncode and not done.stdout:
        pytest.skip(f"no mount namespaces here: {done.stderr.strip()[:100]}")
    results = [line.split(maxsplit=3) for line in done.stdout.splitlines()]
    assert len(results) == 21, (done.stdout, done.stderr)
    written = {
        "compile": {"plan", "weights"},
        "commit": {"model", "model.uses", "model.thresholds", "card"},
        "prove": {"affidavit"},
    }
    codes: dict[str, list[str]] = {command: [] for command in written}
    for command, code, names, *message in results:
        left = {name.partition(".")[2] for name in names.split(",")[:-1]}
        codes[command].append(code)
        if code == "8":
            assert left == set(), (command, names)
            assert "No space left on device" in message[0]
        else:
            assert code == "0" and left == written[command], (command, code, names, message)
    assert all(found[0] == "8" and found[-1] == "0" for found in codes.values()), codes


def test_snapshots_see_every_change(tmp_path: Path) -> None:
    """What `refused` rests on."""
    (tmp_path / "a").write_bytes(b"1")
    before = snapshot(tmp_path)
    (tmp_path / "a").write_bytes(b"2")
    changed = snapshot(tmp_path)
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / ".hidden").touch()
    assert before != changed and set(snapshot(tmp_path)) == {"a", "sub", "sub/.hidden"}
