"""The power is cut after every operation, and every state that this may leave is opened again."""

from __future__ import annotations

import pytest
from disks import installed
from power_loss import JournalDisk
from scenes import NAMES, SCENES, check_everything, watched


def survive(scene, beginning, places, fake_core, **rules):
    """Run a scene, cut the power everywhere; gives the numbers of operations and of states."""
    folder, before = beginning
    disk = JournalDisk(folder, **rules)
    with installed(disk), watched(fake_core, lambda found: [disk.note(o) for o in found]):
        scene.run(folder)
    return len(disk.moments), check_states(scene, disk, before, places, fake_core)


def check_states(scene, disk, before, places, fake_core, since=0):
    """Every state that a power cut at a moment from ``since`` on may leave; gives their number."""
    seen = set()
    for (_, states), count in list(zip(disk.moments, disk.opened_by, strict=True))[since:]:
        for state in states:
            if (state, count) in seen:
                continue
            seen.add((state, count))
            place, opened = places(), before + disk.opened[:count]
            with installed(state.restore(place)), watched(fake_core, opened.extend):
                check_everything(scene, place, opened)
    return len(seen)


@pytest.mark.parametrize("name", NAMES)
def test_every_state_that_a_power_cut_leaves(name, start, places, fake_core):
    moments, states = survive(SCENES[name], start(SCENES[name]), places, fake_core)
    print(f"\n{name}: {moments} moments, {states} states")
    assert states > moments > 3


@pytest.mark.parametrize("name", ["prove", "first use of a part"])
def test_file_systems_without_attributes(name, start, places, fake_core):
    moments, states = survive(SCENES[name], start(SCENES[name]), places, fake_core, attributes=False)
    print(f"\n{name}, no attributes: {moments} moments, {states} states")
    assert states > moments > 3
