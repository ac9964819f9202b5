"""Atomic writing: permissions, a full disk, no half-written file."""

from __future__ import annotations

import errno
import os
import stat

import pytest

from affidavit.bundle.files import read_bounded, write_atomic
from affidavit.errors import InputError, Malformed


def listing(folder):
    return sorted(p.name for p in folder.iterdir())


def test_private_files_are_owner_only(tmp_path):
    old = os.umask(0)
    try:
        path = write_atomic(tmp_path / "secret", b"x", private=True)
    finally:
        os.umask(old)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_replaces_whole_files(tmp_path):
    path = tmp_path / "f"
    write_atomic(path, b"old")
    write_atomic(path, b"new")
    assert path.read_bytes() == b"new"
    assert listing(tmp_path) == ["f"]


def test_without_replace_an_existing_file_stays(tmp_path):
    path = tmp_path / "f"
    path.write_bytes(b"old")
    with pytest.raises(InputError) as caught:
        write_atomic(path, b"new", replace=False)
    assert caught.value.code == "exists"
    assert path.read_bytes() == b"old"
    assert listing(tmp_path) == ["f"]


@pytest.mark.parametrize("failing", ["fsync", "replace"])
def test_a_full_disk_leaves_nothing_and_keeps_the_old_file(tmp_path, monkeypatch, failing):
    path = tmp_path / "f"
    path.write_bytes(b"old")

    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, failing, full)
    with pytest.raises(InputError) as caught:
        write_atomic(path, b"new")
    assert caught.value.code == "disk-full"
    assert "disk is full" in caught.value.hint
    assert path.read_bytes() == b"old"
    assert listing(tmp_path) == ["f"]


def test_an_interrupt_leaves_nothing(tmp_path, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_atomic(tmp_path / "f", b"new")
    assert listing(tmp_path) == []


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_a_truly_full_device(tmp_path, monkeypatch):
    """The same with the kernel's own ENOSPC: the temporary file is a device that is always full."""
    real = os.open

    def open_full(path, flags, *rest, **more):
        return real("/dev/full", os.O_WRONLY) if str(path).endswith(".tmp") else real(path, flags, *rest, **more)

    monkeypatch.setattr(os, "open", open_full)
    with pytest.raises(InputError) as caught:
        write_atomic(tmp_path / "f", b"x" * 10)
    assert caught.value.code == "disk-full"


def test_missing_folder_is_an_input_error(tmp_path):
    with pytest.raises(InputError) as caught:
        write_atomic(tmp_path / "no" / "f", b"x")
    assert caught.value.code == "not-found"


def test_reading_is_bounded(tmp_path):
    path = tmp_path / "f"
    path.write_bytes(b"12345")
    assert read_bounded(path, 5, "file") == b"12345"
    with pytest.raises(Malformed, match="larger"):
        read_bounded(path, 4, "file")
    with pytest.raises(InputError):
        read_bounded(tmp_path / "absent", 4, "file")
    with pytest.raises(InputError):
        read_bounded(tmp_path, 4, "file")
