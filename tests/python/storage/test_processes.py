"""Several processes and one private file: what they spend together is exactly what there is."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from product_fixtures import samples, tiny_onnx
from scenes import check_openings, openings_of
from test_kill import logged

import affidavit as af
from affidavit.errors import BudgetSpent, InputError
from affidavit.model import CommittedModel

FORK = multiprocessing.get_context("fork")


@pytest.fixture
def shared(fake_core, tmp_path):
    """A saved model of 30 uses, and a core that logs every opening of every process."""
    import pickle

    model = af.commit(af.compile(tiny_onnx(), calibration={"x": samples()}), uses=30)
    model.save(tmp_path / "net")
    log, real = tmp_path / "log", fake_core.prove

    def prove(plan, statement, model, committed, tensors, entropy):
        second = None if committed is None else committed.commitment
        found = openings_of(statement, model.commitment, second, int.from_bytes(os.urandom(4), "little"))
        with log.open("ab", buffering=0) as stream:
            stream.write(b"".join(pickle.dumps(o) for o in found))
        return real(plan, statement, model, committed, tensors, entropy)

    fake_core.prove = prove
    return tmp_path


def roles(folder: Path, path: Path) -> Counter[str]:
    """Openings of this file's commitment by all processes so far."""
    opened = logged(folder / "log")
    check_openings(opened)
    return Counter(o.role for o in opened if o.commitment == CommittedModel.load(path).card.current)


def run_all(*jobs):
    workers = [FORK.Process(target=job, args=arguments) for job, *arguments in jobs]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(120)
        assert worker.exitcode == 0


def prove_until_spent(path):
    model = CommittedModel.load(path)
    try:
        while True:
            af.prove(model, {"x": samples(1)}, reveal="score", time=1)
    except BudgetSpent:
        return


def split_until_spent(path):
    for number in range(100):
        try:
            af.split(path, path.parent / f"part{os.getpid()}-{number}", uses=3)
        except BudgetSpent:
            return


def renew(path, stem):
    try:
        af.renew(path, stem)
    except (BudgetSpent, InputError) as error:
        assert error.code in ("renewed", "locked", "exists"), error


def test_two_that_prove(shared):
    run_all(*[(prove_until_spent, shared / "net.model")] * 2)
    assert roles(shared, shared / "net.model") == {"use": 30}
    assert af.load_model(shared / "net.model").uses_left == 0


def test_some_that_prove_split_and_renew(shared):
    path = shared / "net.model"
    run_all(
        (prove_until_spent, path),
        (prove_until_spent, path),
        (split_until_spent, path),
        (split_until_spent, path),
        (renew, path, shared / "new"),
        (renew, path, shared / "other"),
    )
    roles(shared, path)
    assert af.load_model(path).uses_left <= 2  # a split asks for three at once
    parts = sorted(shared.glob("part*.model"))
    assert parts, "nobody split"
    for part in [*parts, path]:
        prove_until_spent(part)
    assert roles(shared, path) == {"use": 30, "outgoing": 1}
    renewed = [p for p in (shared / "new.model", shared / "other.model") if p.exists()]
    assert len(renewed) == 1 and af.load_model(renewed[0]).uses_left == 30


def test_one_renewal_by_two_at_once(shared):
    """The same command twice: one proof, one file."""
    run_all(*[(renew, shared / "net.model", shared / "new")] * 2)
    assert Counter(o.role for o in logged(shared / "log")) == {"outgoing": 1, "incoming": 1}
    assert af.load_model(shared / "new.model").uses_left == 30
    assert not (shared / "new.model.pending").exists()


PROGRAM = """
import sys
import numpy as np
import affidavit as af
made = 0
try:
    model = af.load_model(sys.argv[1])
    while True:
        bundle = af.prove(model, {"x": np.zeros((1, 3), dtype=np.float32)}, reveal="score", time=1)
        af.verify(bundle, af.policy.Model(model.card))
        made += 1
except af.BudgetSpent:
    print(made)
"""


@pytest.mark.core
def test_two_processes_and_the_real_core(tmp_path: Path):
    af.commit(af.compile(tiny_onnx(), calibration={"x": samples()}), uses=6).save(tmp_path / "net")
    command = [sys.executable, "-c", PROGRAM, str(tmp_path / "net.model")]
    workers = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    assert sum(int(worker.communicate(timeout=120)[0]) for worker in workers) == 6
    assert af.load_model(tmp_path / "net.model").uses_left == 0
