"""Fixtures for the tests of files, policies and the command line."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture
def fake_core(monkeypatch):
    """Replace the compiled core by a stand-in that binds everything and hides nothing."""
    import fake_core as stand_in

    import affidavit
    from affidavit import core
    from affidavit.verify import card_check

    module = stand_in.as_module()
    monkeypatch.setitem(sys.modules, "affidavit._core", module)
    monkeypatch.setattr(affidavit, "_core", module, raising=False)
    core.plan_info.cache_clear()
    card_check._cache.clear()
    yield module
    core.plan_info.cache_clear()
    card_check._cache.clear()


@pytest.fixture
def case(fake_core, tmp_path):
    from product_fixtures import make_case

    return make_case(tmp_path)
