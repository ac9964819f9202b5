"""The prover's ledger of thresholds."""

from __future__ import annotations

import stat

import pytest

from affidavit.bundle.budget import Handover
from affidavit.bundle.thresholds import UNTIED, FileThresholds, MemoryThresholds, ledger_bytes, ledger_path
from affidavit.errors import InputError, Malformed, PolicyRefused

A, B = b"a" * 32, b"b" * 32
LOW, HIGH = b"l" * 32, b"h" * 32
SECRET = b"s" * 32


@pytest.fixture(params=["memory", "file"])
def ledger(request, tmp_path):
    return MemoryThresholds() if request.param == "memory" else FileThresholds.create(tmp_path / "net.model", SECRET)


def test_one_threshold_per_key(ledger):
    ledger.check([A], HIGH)
    ledger.record([A, B], LOW)  # to have checked is to have recorded nothing
    ledger.record([A], LOW)  # the same question again
    for refuse in (ledger.check, ledger.record):
        with pytest.raises(PolicyRefused) as caught:
            refuse([A], HIGH)
        assert caught.value.code == "repeated-threshold"


def test_a_refused_batch_records_nothing(ledger):
    ledger.record([A], LOW)
    with pytest.raises(PolicyRefused):
        ledger.record([B, A], HIGH)
    ledger.record([B], LOW)


def test_the_file_remembers_and_is_private(tmp_path):
    model = tmp_path / "net.model"
    FileThresholds.create(model, SECRET).record([A], LOW)
    assert stat.S_IMODE(ledger_path(model).stat().st_mode) == 0o600
    with pytest.raises(PolicyRefused):
        FileThresholds(model, SECRET).record([A], HIGH)
    size = ledger_path(model).stat().st_size
    FileThresholds(model, SECRET).record([A], LOW)
    assert ledger_path(model).stat().st_size == size == 8 + 32 + 64


def test_a_torn_entry_is_overwritten(tmp_path):
    model = tmp_path / "net.model"
    FileThresholds.create(model, SECRET).record([A], LOW)
    with ledger_path(model).open("ab") as stream:
        stream.write(B + b"h")
    FileThresholds(model, SECRET).record([B], LOW)
    assert ledger_path(model).read_bytes() == ledger_bytes(SECRET, A + LOW + B + LOW)


def test_damage_is_malformed_and_folders_are_input_errors(tmp_path):
    model = tmp_path / "net.model"
    for damaged in (b"something else", b"", ledger_bytes(SECRET)[:5], ledger_bytes(SECRET)[:-1], UNTIED[:-1]):
        ledger_path(model).write_bytes(damaged)
        with pytest.raises(Malformed):
            FileThresholds(model, SECRET).record([A], LOW)
    with pytest.raises(InputError):
        FileThresholds(tmp_path / "no" / "net.model", SECRET).record([A], LOW)


def test_another_secret_finds_no_empty_ledger(tmp_path):
    """A flipped bit of the private file's secret: every threshold would look new."""
    model = tmp_path / "net.model"
    FileThresholds.create(model, SECRET).record([A], LOW)
    other = FileThresholds(model, b"t" + SECRET[1:])
    for refuse in (other.entries, lambda: other.check([B], LOW), lambda: other.record([B], LOW)):
        with pytest.raises(Malformed) as caught:
            refuse()
        assert caught.value.code == "ledger"
    assert FileThresholds(model, SECRET).entries() == A + LOW


def test_a_ledger_of_the_first_version_goes_on(tmp_path):
    model = tmp_path / "net.model"
    ledger_path(model).write_bytes(UNTIED + A + LOW)
    ledger = FileThresholds(model, SECRET)
    ledger.record([B], LOW)
    with pytest.raises(PolicyRefused):
        ledger.check([A], HIGH)
    assert ledger_path(model).read_bytes() == UNTIED + A + LOW + B + LOW
    assert ledger.entries() == A + LOW + B + LOW


def test_a_ledger_that_is_gone_is_refused_and_not_made_anew(tmp_path):
    model = tmp_path / "net.model"
    for refuse in (FileThresholds(model, SECRET).check, FileThresholds(model, SECRET).record):
        with pytest.raises(InputError) as caught:
            refuse([A], LOW)
        assert caught.value.code == "no-ledger" and ".uses and .thresholds" in caught.value.hint
    assert list(tmp_path.iterdir()) == []


def test_a_ledger_that_is_handed_over_remembers_nothing_more_unless_that_fails(tmp_path):
    memory = MemoryThresholds()
    memory.record([A], LOW)
    with pytest.raises(OSError), memory.handed_over(Handover(1)):
        raise OSError
    memory.record([B], LOW)
    with memory.handed_over(Handover(1)) as entries:
        FileThresholds.create(tmp_path / "net.model", SECRET, entries)
    with pytest.raises(InputError):
        memory.record([A], LOW)
    with pytest.raises(PolicyRefused):
        FileThresholds(tmp_path / "net.model", SECRET).record([B], HIGH)
