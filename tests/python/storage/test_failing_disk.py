"""A disk that is full or broken at every operation: a typed error at most, nothing opened twice, and it can go on."""

from __future__ import annotations

import pytest
from disks import BROKEN, FULL, CountingDisk, failing, installed
from power_loss import JournalDisk, RestoredDisk
from scenes import SCENES, again, check_budgets, check_everything, watched
from test_power_loss import check_states

from affidavit.errors import InputError

FAILURES = {
    "full": {"code": FULL},
    "full half way": {"code": FULL, "half": True},
    "broken": {"code": BROKEN},
    "broken for good": {"code": BROKEN, "for_good": True},
}


def attempt(scene, folder) -> bool:
    """Whether it worked; an error has to be typed, and to say what to do where that is known."""
    try:
        scene.run(folder)
    except InputError as error:
        assert error.code in ("disk-full", "input", "unconfirmed"), error
        assert error.hint or "Input/output error" in error.message
        return False
    return True


#: The others differ little from these; `make test-full` runs all.
QUICK = {("prove", f) for f in FAILURES} | {
    (n, f) for n in ("split", "renew") for f in ("full half way", "broken for good")
}
CASES = [
    pytest.param(name, failure, marks=() if (name, failure) in QUICK else pytest.mark.full)
    for name in SCENES
    for failure in FAILURES
]


@pytest.mark.parametrize(("name", "failure"), CASES)
def test_every_operation_fails(name, failure, fake_core, start):
    scene, at, refused = SCENES[name], 0, 0
    while True:
        folder, opened = start(scene)
        disk = failing(at, **FAILURES[failure])
        with watched(fake_core, opened.extend):
            with installed(disk):
                refused += not attempt(scene, folder)
            if len(disk.operations) <= at:
                break
            with installed(RestoredDisk()):
                check_everything(scene, folder, opened)
        at += 1
    print(f"\n{name}, {failure}: {at} operations, {refused} refusals")
    assert refused >= 2  # where not, the operation was one that may fail: an attribute, or cleaning up


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name == "first use of a part" else pytest.mark.full) for name in SCENES]
)
def test_a_failed_operation_and_a_power_cut_after_the_next_attempt(name, fake_core, start, places):
    """Each operation fails once, the command is repeated in the same process, and then the power is cut.

    What an fsync did not write can be read until then, and is lost without another word.
    """
    scene, at, total = SCENES[name], 0, 0
    while True:
        folder, before = start(scene)
        disk = JournalDisk(folder, fails={at})
        with installed(disk), watched(fake_core, lambda found, disk=disk: [disk.note(o) for o in found]):
            if attempt(scene, folder) and disk.count <= at:
                break
            since = len(disk.moments) - 1
            again(scene, folder)
        total += check_states(scene, disk, before, places, fake_core, since)
        at += 1
    print(f"\n{name}: {at} failing operations, {total} states")
    assert total > at >= 3


def test_operations_are_counted(start):
    """The scenes go through the disk: a change of private state that does not is not tested above."""
    expected = {"prove": 7, "split": 19, "renew": 37}
    for name, least in expected.items():
        folder, _ = start(SCENES[name])
        with installed(CountingDisk()) as disk:
            SCENES[name].run(folder)
        assert len(disk.operations) >= least, (name, disk.operations)
        check_budgets(folder, [])
