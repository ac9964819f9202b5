"""Helpers that the tests of this folder share."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from affidavit.bundle.budget import FileBudget

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture
def private(tmp_path):
    """A private file with a budget of three openings of ten rows."""
    path = tmp_path / "net.model"
    path.write_bytes(b"private")
    FileBudget.create(path, b"i" * 32, queries=10, uses=3)
    return path
