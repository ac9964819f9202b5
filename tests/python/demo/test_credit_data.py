"""The credit table and the demonstration's model."""

from __future__ import annotations

import pytest

from affidavit.data import german_credit
from affidavit.demo.folder import MARKER, fresh_folder
from affidavit.errors import InputError


def test_the_table_is_complete():
    table = german_credit.load()
    assert table.features.shape == (1000, len(table.names)) == (1000, 44)
    assert int(table.repaid.sum()) == 700
    assert len(set(table.ids)) == 1000
    assert 0 <= table.features.min() and table.features.max() < 20
    assert not any(word in name for name in table.names for word in ("sex", "foreign"))


def test_first_applicant_by_hand():
    """The first line of the file: 6 months, 1169 DM, 67 years old, below 0 DM on the account."""
    table = german_credit.load()
    first = dict(zip(table.names, table.features[0], strict=True))
    assert first["duration_in_month"] == 0.5
    assert first["credit_amount"] == 1.169
    assert first["age_in_years"] == 6.7
    assert first["status_of_existing_checking_account"] == 1
    assert first["purpose=radio/television"] == 1 and first["purpose=education"] == 0
    assert table.repaid[0] == 1 and table.repaid[1] == 0


def test_the_folder_is_only_emptied_if_it_is_ours(tmp_path):
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "thesis.txt").write_text("years of work")
    with pytest.raises(InputError):
        fresh_folder(mine)
    assert (mine / "thesis.txt").exists()
    demo = fresh_folder(tmp_path / "demo")
    (demo / "old").write_text("x")
    assert [p.name for p in fresh_folder(demo).iterdir()] == [MARKER]
