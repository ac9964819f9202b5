"""Models on disk, what is done to them, and what must hold whatever happens meanwhile.

Rows are opened where the core proves, so the stand-in core keeps a list of that. The bounds come from the commitments'
pads, counted here and not by the code under test: pads pay for the incoming opening, the uses and one outgoing opening.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import product_fixtures
import pytest

import affidavit as af
from affidavit import core
from affidavit.bundle.commitment import Commitment
from affidavit.bundle.statement import RENEWAL, Statement
from affidavit.errors import AffidavitError, BudgetSpent, InputError, Malformed, PolicyRefused
from affidavit.model import CommittedModel

RECORD = product_fixtures.samples(1, seed=2)
LOW, HIGH = af.at_least("score[1]", "-1.5"), af.at_least("score[1]", "-1.25")


@dataclass(frozen=True)
class Opening:
    """Rows of one commitment. A renewal made again opens the same ones, so ``statement`` tells openings apart."""

    commitment: bytes
    role: str
    statement: bytes
    threshold: bool = False


def openings_of(statement: bytes, model: bytes, committed: bytes | None, count: int) -> list[Opening]:
    decoded = Statement.decode(statement)
    if decoded.purpose == RENEWAL:
        assert committed is not None
        return [Opening(model, "outgoing", statement), Opening(committed, "incoming", statement)]
    tag = statement + count.to_bytes(4, "little")  # each inference opens rows of its own
    role = "use" if decoded.purpose == 1 else "incoming"
    asked = any(hasattr(claim, "threshold") for claim in decoded.outputs)
    found = [Opening(model, role, tag, asked)]
    if committed is not None:
        found.append(Opening(committed, "use", tag))
    return found


@contextmanager
def watched(fake_core: Any, note: Callable[[list[Opening]], None]) -> Any:
    """Tells of every opening when it happens."""
    real, count = fake_core.prove, iter(range(10**9))

    def prove(plan: bytes, statement: bytes, model: Any, committed: Any, tensors: Any, entropy: bytes) -> Any:
        note(openings_of(statement, model.commitment, None if committed is None else committed.commitment, next(count)))
        return real(plan, statement, model, committed, tensors, entropy)

    fake_core.prove = prove
    try:
        yield
    finally:
        fake_core.prove = real


# --- the things that are done -----------------------------------------------------------------------------------------


def prove(folder: Path) -> None:
    af.prove(folder / "net.model", input=folder / "record.input", predicate=LOW, policy_id="p", time=1)


def prove_part(folder: Path) -> None:
    """The first use of a part, which ties it to its file."""
    af.prove(folder / "part.model", {"x": RECORD}, reveal="score", time=1)


def split(folder: Path) -> None:
    af.split(folder / "net.model", folder / "new", uses=2)


def renew(folder: Path) -> None:
    af.renew(folder / "net.model", folder / "new")


@dataclass(frozen=True)
class Scene:
    """``run`` is what is interrupted; ``again`` must be possible afterwards, with one of the ``refusals`` at worst."""

    run: Callable[[Path], None]
    refusals: tuple[str, ...] = ()
    prepare: Callable[[Path], None] = lambda folder: None
    #: Whether the new private file must be there after ``run`` was repeated.
    makes: str | None = None


def _make_part(folder: Path) -> None:
    af.split(folder / "net.model", folder / "part", uses=2)


def _spend_all_but_one(folder: Path) -> None:
    """The tightest case: one use left, and the record has a ledger entry."""
    prove(folder)
    for _ in range(USES - 2):
        af.prove(folder / "net.model", {"x": RECORD}, reveal="score", time=1)


SCENES = {
    "prove": Scene(prove),
    "prove with the last use": Scene(prove, ("budget",), _spend_all_but_one),
    "first use of a part": Scene(prove_part, ("budget",), _make_part),
    "split": Scene(split, ("exists", "budget")),
    "renew": Scene(renew, (), makes="new.model"),
    "renew with one use left": Scene(renew, (), _spend_all_but_one, makes="new.model"),
}
USES = 4
#: The tight renewal takes as long as the other one; `make test-full` runs it too.
NAMES = [pytest.param(name, marks=pytest.mark.full if name == "renew with one use left" else ()) for name in SCENES]


def set_up(folder: Path) -> None:
    """A saved model of four uses and a committed record."""
    model = af.commit(
        af.compile(product_fixtures.tiny_onnx(), calibration={"x": product_fixtures.samples()}), uses=USES
    )
    model.save(folder / "net")
    af.commit_input({"x": RECORD}, model.card).save(folder / "record")


# --- what must hold ---------------------------------------------------------------------------------------------------


def bounds(commitment: bytes) -> tuple[int, int]:
    """Uses and all openings that the pads pay for, from the commitment's own numbers."""
    decoded = Commitment.decode(commitment)
    return decoded.pads // decoded.queries - 2, decoded.pads // decoded.queries


def check_openings(opened: Iterable[Opening]) -> None:
    """No commitment has opened more rows than its pads hide, and none twice what may be once."""
    distinct = set(opened)
    for commitment in {o.commitment for o in distinct}:
        uses, _ = bounds(commitment)
        roles = Counter(o.role for o in distinct if o.commitment == commitment)
        assert roles["use"] <= uses, f"{roles['use']} openings of {uses} uses"
        assert roles["incoming"] <= 1 and roles["outgoing"] <= 1, roles


def private_files(folder: Path) -> list[Path]:
    """Whatever could be taken for a private file: also what an interrupted command left under other names."""
    return [p for p in folder.iterdir() if p.read_bytes()[:8] in (b"AFFMODL\x01",)]


def check_budgets(folder: Path, opened: Iterable[Opening]) -> None:
    """What was opened and what the files would still allow stays within the pads, over all files together."""
    distinct = set(opened)
    check_openings(distinct)
    left: Counter[bytes] = Counter()
    for path in private_files(folder):
        named = path.suffix == ".model" and not path.name.startswith(".")
        try:
            model = CommittedModel.load(path)
            uses_left = model.uses_left
        except Malformed:
            assert path.suffix == ".tmp", f"{path.name} is damaged"
            continue
        except InputError as error:
            # only what has no name yet may be without its budget
            assert not named and error.code == "no-budget", f"{path.name} without its budget: {error.message}"
            continue
        assert named or path.suffix == ".pending", path.name
        if named:
            left[model.card.current] += uses_left
        outgoing = {o.statement for o in distinct if o.commitment == model.card.current and o.role == "outgoing"}
        if model.file.part is None and named:
            target = model.budget.renewed()  # type: ignore[attr-defined]
            wanted = {core.digest("statement", statement) for statement in outgoing}
            assert not wanted or wanted == {target}, "an opened renewal is not on record"
    for commitment, count in left.items():
        used = len({o for o in distinct if o.commitment == commitment and o.role == "use"})
        assert used + count <= bounds(commitment)[0], f"{used} uses opened and {count} left"


def check_alive(folder: Path) -> None:
    """The model is there with all that it was, and its private side can be recomputed."""
    model = CommittedModel.load(folder / "net.model")
    assert model.uses_left >= 0
    assert bytes(model.oracle.commitment) == model.card.current
    model.thresholds.entries()


def check_ledger(folder: Path, opened: Iterable[Opening]) -> None:
    """A threshold that was proven counts as asked, for the renewed file too."""
    if not [o for o in opened if o.threshold]:
        return
    for path in (folder / "net.model", folder / "new.model"):
        if not path.exists() or CommittedModel.load(path).file.part is not None:
            continue
        try:
            af.prove(path, input=folder / "record.input", predicate=HIGH, policy_id="p", time=1)
            raise AssertionError("another threshold on the same record")
        except (PolicyRefused, BudgetSpent) as error:
            assert error.code in ("repeated-threshold", "superseded", "budget"), error


def drained(folder: Path) -> dict[str, int]:
    """How many proofs each private file still made; each of them verified under its own card."""
    made: dict[str, int] = {}
    for path in sorted(folder.glob("*.model")):
        model, made[path.name] = CommittedModel.load(path), 0
        try:
            while True:
                bundle = af.prove(model, {"x": RECORD}, reveal="score", time=1)
                made[path.name] += 1
                assert af.verify(bundle, af.policy.Model(model.card)).position == len(model.card.renewals)
        except BudgetSpent:
            continue
    return made


def again(scene: Scene, folder: Path) -> None:
    """The same command once more: it works, or refuses with a reason that is expected."""
    try:
        scene.run(folder)
    except AffidavitError as error:
        # a renewal that was finished refuses to be made again
        finished = error.code == "renewed" and scene.makes is not None and (folder / scene.makes).exists()
        assert finished or error.code in scene.refusals, error
    if scene.makes is not None:
        assert CommittedModel.load(folder / scene.makes).uses_left == USES
        assert not [p for p in folder.iterdir() if p.suffix == ".pending"]


def check_everything(scene: Scene, folder: Path, opened: list[Opening]) -> None:
    """All of the above after an interruption; ``opened`` grows by what is done here."""
    try:
        check_budgets(folder, opened)
        check_alive(folder)
        check_ledger(folder, opened)
        again(scene, folder)
        check_ledger(folder, opened)
        check_budgets(folder, opened)
        drained(folder)
    except AffidavitError as error:
        raise AssertionError(f"the model is lost: {error.message}") from error
    check_openings(opened)
