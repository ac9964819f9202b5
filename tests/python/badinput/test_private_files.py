"""Private files that are unreadable, locked, parted from their budget, swapped or cut."""

from __future__ import annotations

import fcntl
import os
import shutil
import stat
from pathlib import Path

import numpy as np
import pytest

import affidavit as af
from affidavit import limits
from affidavit.bundle.model_file import ModelFile
from affidavit.committed_input import CommittedInput
from affidavit.errors import AffidavitError, InputError, Malformed
from affidavit.model import CommittedModel

pytestmark = pytest.mark.core

PROVE = ("prove", "net.model", "--input", "record.input", "--reveal", "score", "-o", "d.affidavit")
BUDGETS = ("net.model.uses", "record.input.uses")


@pytest.fixture
def no_access(monkeypatch: pytest.MonkeyPatch):
    """Make one file unreadable; where the tests run as root, who may read everything, by the same error."""

    def make(path: Path) -> None:
        path.chmod(0)
        if os.geteuid() != 0:
            return
        real_open, real_path_open = os.open, Path.open

        def refuse(name: object) -> None:
            if Path(os.fspath(name)).name == path.name:  # type: ignore[call-overload]
                raise PermissionError(13, "Permission denied", str(name))

        def os_open(name, *rest, **more):
            refuse(name)
            return real_open(name, *rest, **more)

        def path_open(self, *rest, **more):
            refuse(self)
            return real_path_open(self, *rest, **more)

        monkeypatch.setattr(os, "open", os_open)
        monkeypatch.setattr(Path, "open", path_open)

    return make


@pytest.mark.parametrize("name", ["net.model", "record.input", *BUDGETS])
def test_unreadable(name: str, committed: Path, run, no_access) -> None:
    no_access(Path(name))
    code, out, err = run(*PROVE)
    assert code == 8 and out == "" and "Permission denied" in err and "check the permissions" in err
    assert not Path("d.affidavit").exists()


@pytest.mark.parametrize("name", BUDGETS)
def test_locked(name: str, committed: Path, refused, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "LOCK_SECONDS", 0.05)
    with Path(name).open("rb") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        # where the model's use was spent first, it stays spent: pads are wasted rather than repeated
        refused(8, *PROVE, says="locked by another process", but=("net.model.uses",))
    assert CommittedModel.load("net.model").uses_left >= 1
    assert af.prove("net.model", input="record.input", reveal="score")


@pytest.mark.parametrize("name", BUDGETS)
def test_a_deleted_budget_refuses_and_is_not_made_anew(name: str, committed: Path, run) -> None:
    """Without the record of spent uses nobody knows which pads are left."""
    Path(name).unlink()
    code, out, err = run(*PROVE)
    assert code == 8 and out == "" and "hint: the file of spent uses belongs to the private file" in err
    assert not Path(name).exists() and not Path("d.affidavit").exists()
    with pytest.raises(InputError) as caught:
        af.prove("net.model", input="record.input", reveal="score")
    assert caught.value.code == "no-budget"


def test_a_copied_model_refuses_even_with_its_budget(committed: Path, refused) -> None:
    shutil.copy("net.model", "copy.model")
    shutil.copy("net.model.uses", "copy.model.uses")
    refused(8, "prove", "copy.model", *PROVE[2:], says="copy or a restored backup")


def test_a_rolled_back_budget_of_another_model_refuses(committed: Path, refused) -> None:
    af.commit("net.plan", uses=2).save("other")
    shutil.copy("other.model.uses", "net.model.uses")
    refused(8, *PROVE, says="belongs to another private file")


def test_every_cut_of_a_private_file_is_malformed(committed: Path) -> None:
    """In place, so that the inode stays and the budget accepts the file."""
    for name, load in (("net.model", CommittedModel.load), ("record.input", CommittedInput.load)):
        whole = Path(name).read_bytes()
        rng = np.random.default_rng(1)
        for cut in {0, 1, 7, 8, 9, len(whole) // 2, len(whole) - 1, *rng.integers(0, len(whole), 40).tolist()}:
            with open(name, "r+b") as stream:
                stream.truncate(cut)
            with pytest.raises(Malformed):
                load(name)
            with open(name, "r+b") as stream:
                stream.write(whole)
        load(name)


def test_a_changed_byte_of_a_private_file_proves_nothing(committed: Path) -> None:
    """Refused when it is loaded, when the commitment is recomputed, or by whoever has the card."""
    file, whole = ModelFile.load("net.model"), Path("net.model").read_bytes()
    # a proof needs neither the card's certificate nor this very secret, which only hedges the randomness
    idle = {at for part in (file.card.certificate.proof, file.card.certificate.statement, file.secret)
            for at in range(whole.index(part), whole.index(part) + len(part))}  # fmt: skip
    rng = np.random.default_rng(2)
    positions = rng.permutation([at for at in range(len(whole)) if at not in idle])[:80].tolist()
    row, budget = np.load("record.npz")["x"], Path("net.model.uses").read_bytes()
    for position in positions:
        changed = bytearray(whole)
        changed[position] ^= int(rng.integers(1, 256))
        with open("net.model", "r+b") as stream:
            stream.write(changed)
        with open("net.model.uses", "r+b") as stream:  # these proofs leave the test nowhere
            stream.write(budget)
            stream.truncate()
        with pytest.raises(AffidavitError) as caught:
            af.verify(af.prove("net.model", {"x": row}, reveal="score"), af.policy.Model("net.card"))
        assert caught.value.exit_code in (3, 4, 6, 8), (position, caught.value)


def test_plan_and_weights_that_do_not_belong_together(committed: Path, refused) -> None:
    whole = Path("net.weights").read_bytes()
    Path("net.weights").write_bytes(whole[:-1])
    refused(4, "commit", "net.plan", "-o", "new")
    Path("net.weights").unlink()
    refused(8, "commit", "net.plan", "-o", "new", says="net.weights")


def test_private_files_are_owner_only(committed: Path) -> None:
    af.keygen("issuer")
    for name in ("net.weights", "net.model", *BUDGETS, "record.input", "issuer.pem"):
        # the copies of the session's own files keep the mode that the writer gave them
        assert stat.S_IMODE(Path(name).stat().st_mode) == 0o600, name
