"""Saving a model or an input that was in memory: its uses are here or on the disk, never in both places."""

from __future__ import annotations

from collections import Counter

import pytest
from disks import BROKEN, FULL, failing, installed
from power_loss import JournalDisk
from product_fixtures import samples, tiny_onnx
from scenes import check_openings, watched
from test_kill import logged, run_and_die

import affidavit as af
from affidavit.committed_input import CommittedInput
from affidavit.errors import AffidavitError, BudgetSpent, InputError
from affidavit.model import CommittedModel

X = {"x": samples(1)}
USES = 4


class Model:
    """One proof was made before it is saved."""

    suffix, loads = ".model", CommittedModel.load

    @staticmethod
    def make():
        model = af.commit(af.compile(tiny_onnx(), calibration={"x": samples()}), uses=USES)
        af.prove(model, X, reveal="score", time=1)
        return model

    @staticmethod
    def use(model):
        af.prove(model, X, reveal="score", time=1)


class Record:
    suffix, loads = ".input", CommittedInput.load

    @staticmethod
    def make():
        owner = af.commit(af.compile(tiny_onnx(), calibration={"x": samples()}), uses=USES)
        committed = af.commit_input(X, owner.card)
        af.prove(owner, input=committed, reveal="score", time=1)
        committed.owner = owner
        return committed

    @staticmethod
    def use(committed):
        # a commitment of its own each time: the model's uses are not what is counted
        af.prove(af.commit(COMPILED[0], uses=USES), input=committed, reveal="score", time=1)


COMPILED: list = []
KINDS = {"model": Model, "input": Record}


@pytest.fixture(params=KINDS)
def kind(request, fake_core):
    COMPILED[:] = [af.compile(tiny_onnx(), calibration={"x": samples()})]
    return KINDS[request.param]


def use_up(kind, thing) -> None:
    try:
        while True:
            kind.use(thing)
    except (BudgetSpent, InputError) as error:
        assert error.code in ("budget", "saved", "no-budget", "schema"), error


def check_disk(kind, folder, opened, least=0) -> bool:
    """Whether the file is there; if so it is whole, and all that it still allows is within the pads."""
    path = folder / f"net{kind.suffix}"
    if not path.exists():
        return False
    thing = kind.loads(path)
    assert thing.uses_left >= least
    if kind is Model:
        assert thing.thresholds.entries() == b"" and (folder / "net.card").exists()
    use_up(kind, thing)
    check_openings(opened)
    return True


def test_kill_while_saving(kind, fake_core, places, tmp_path):
    at = 0
    while True:
        folder, opened, log = places(), [], tmp_path / "log"
        log.unlink(missing_ok=True)
        # made in the child: a forked process must not save its parent's uses
        done = run_and_die(lambda f: kind.make().save(f / "net"), folder, at, log, fake_core)
        opened += logged(log)
        with watched(fake_core, opened.extend):
            found = check_disk(kind, folder, opened, USES - 1)
        if done:
            assert found
            break
        at += 1
    print(f"\n{kind.suffix}: killed before each of {at} operations")
    assert at > 12


@pytest.mark.parametrize("code", [FULL, BROKEN])
@pytest.mark.parametrize("for_good", [False, True])
def test_a_disk_that_fails_while_saving(kind, code, for_good, fake_core, places):
    """Whatever fails: what is used in memory afterwards and what is on the disk are one budget."""
    at, refused = 0, 0
    while True:
        folder, opened = places(), []
        disk = failing(at, code, for_good=for_good)
        with watched(fake_core, opened.extend):
            thing = kind.make()
            try:
                with installed(disk):
                    thing.save(folder / "net")
            except InputError as error:
                refused += 1
                assert error.code in ("disk-full", "input", "unconfirmed")
            if len(disk.operations) <= at:
                break
            on_disk = (folder / f"net{kind.suffix}").exists()
            assert on_disk == (thing.path is not None)
            use_up(kind, thing)
            check_disk(kind, folder, opened)
            assert Counter(o.role for o in opened if o.commitment == thing_commitment(thing))["use"] == USES
        at += 1
    assert refused >= at - 3


def thing_commitment(thing) -> bytes:
    return thing.card.current if isinstance(thing, CommittedModel) else thing.card.commitment


def test_power_cuts_while_saving(kind, fake_core, places, tmp_path):
    moments, states, _ = cut_while_saving(kind, fake_core, places, tmp_path / "save", -1)
    print(f"\n{kind.suffix}: {moments} moments, {states} states")
    assert states > 100


@pytest.mark.full
def test_power_cuts_after_an_operation_failed_while_saving(kind, fake_core, places, tmp_path):
    """The uses that were spent in memory since are not on the disk again."""
    total, at = 0, 0
    while True:
        _, states, operations = cut_while_saving(kind, fake_core, places, tmp_path / f"save {at}", at)
        if at >= operations:
            break
        total, at = total + states, at + 1
    print(f"\n{kind.suffix}: {at} failing operations, {total} states")
    assert total > 1000


def cut_while_saving(kind, fake_core, places, folder, at) -> tuple[int, int, int]:
    """Moments, states and operations of a save of which one operation may fail."""
    folder.mkdir()
    disk = JournalDisk(folder, fails={at})
    with installed(disk), watched(fake_core, lambda found: [disk.note(o) for o in found]):
        thing = kind.make()
        try:
            thing.save(folder / "net")
        except AffidavitError:
            # not saved: the uses are in memory, and are used
            use_up(kind, thing)
    seen = set()
    for (_, states), count in zip(disk.moments, disk.opened_by, strict=True):
        for state in states:
            if (state, count) in seen:
                continue
            seen.add((state, count))
            place, opened = places(), disk.opened[:count]
            with installed(state.restore(place)), watched(fake_core, opened.extend):
                check_disk(kind, place, opened)
    return len(disk.moments), len(seen), disk.count
