"""A model on the owner's side: compiled (plan and integer weights), then committed (with its private side)."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Any

import numpy as np

from affidavit import core, limits
from affidavit.bundle.budget import Budget, FileBudget, MemoryBudget
from affidavit.bundle.card import Card
from affidavit.bundle.commitment import Commitment
from affidavit.bundle.files import StagedFile, read_bounded, remove_quietly, write_atomic
from affidavit.bundle.model_file import ModelFile, Weights, WeightsFile
from affidavit.bundle.publish import Companion, Share, publish
from affidavit.bundle.thresholds import FileThresholds, MemoryThresholds, ledger_bytes, ledger_path
from affidavit.errors import InputError, Malformed, PolicyRefused, UsageError

PathLike = str | os.PathLike[str]


def shaped(plan: core.PlanInfo, weights: Weights) -> Weights:
    """Flat weights in the shapes of the plan's model tensors; every model tensor exactly once."""
    tensors = {t["id"]: tuple(t["dims"]) for t in plan.raw["tensors"] if t["kind"].lower() == "model"}
    if set(tensors) != set(weights):
        raise Malformed("the weights are not those of the plan", code="weights")
    try:
        return {i: np.ascontiguousarray(weights[i], dtype=np.int64).reshape(tensors[i]) for i in sorted(tensors)}
    except ValueError:
        raise Malformed("a weight does not have the plan's shape", code="weights") from None


class CompiledModel:
    """A plan and the integer weights for it. ``report`` is the error report against the float model.

    ``fidelity`` is the median error that was asked for, as a share of the output's range. The planner may have missed
    it (``fidelity_met``) and then gives the most accurate model that it found.
    """

    def __init__(self, plan: bytes, weights: Weights, report: Any = None, fidelity: float | None = None) -> None:
        self.plan = plan
        self.info = core.plan_info(plan)
        self.weights = shaped(self.info, weights)
        self.report = report
        self.fidelity = fidelity

    @property
    def fidelity_met(self) -> bool | None:
        """Whether the median error is what was asked for; None for a model that was loaded from its files."""
        return None if self.report is None or self.fidelity is None else self.report.median_error <= self.fidelity

    @property
    def digest(self) -> str:
        return self.info.digest.hex()

    def save(self, path: PathLike, *, force: bool = False) -> tuple[Path, Path]:
        """Write the public plan to ``path`` and the private weights beside it (suffix ``.weights``, owner-only).

        Weights are never replaced, a plan only with ``force``, and not if a card beside it holds that plan.
        """
        plan, weights = plan_paths(path, force=force)
        WeightsFile(self.info.digest, self.weights).save(weights)
        try:
            return write_atomic(plan, self.plan, replace=force), weights
        except BaseException:
            remove_quietly(weights)
            raise

    @staticmethod
    def load(path: PathLike) -> CompiledModel:
        """Read a plan and the weights beside it."""
        plan = read_bounded(path, limits.PLAN_BYTES, "plan")
        if not plan.startswith(core.PLAN_MAGIC):
            raise Malformed(
                f"{path} is no plan", hint="give the .plan that compile wrote; its .weights must lie beside it"
            )
        file = WeightsFile.load(Path(path).with_suffix(".weights"))
        if file.plan_digest != core.plan_info(plan).digest:
            raise Malformed("the weights beside the plan belong to another plan", code="weights")
        return CompiledModel(plan, file.weights)


def plan_paths(path: PathLike, *, force: bool) -> tuple[Path, Path]:
    """Where plan and weights are written; raises :class:`InputError` for what is there and must stay."""
    plan = Path(path)
    weights = plan.with_suffix(".weights")
    if weights == plan:
        raise UsageError("a plan cannot be called *.weights")
    if weights.exists():
        raise InputError(
            f"{weights} exists", hint="private weights are never replaced: choose another name, or move them away",
            code="exists",
        )  # fmt: skip
    if plan.exists() and not force:
        raise InputError(f"{plan} exists", hint="choose another name, or replace the plan with --force", code="exists")
    if plan.is_file() and _committed(plan):
        raise InputError(
            f"{plan} is the plan of a committed model", hint="choose another name for the new one", code="exists"
        )
    return plan, weights


def _committed(plan: Path) -> bool:
    """Whether a card beside the plan holds it."""
    data = read_bounded(plan, limits.PLAN_BYTES, "plan")
    for card in plan.parent.glob("*.card"):
        try:
            if Card.load(card).plan == data:
                return True
        except (InputError, Malformed):
            continue
    return False


class CommittedModel:
    """A model that can prove: card, weights, pads and a budget of uses.

    Until it is saved its budget lives in this process. Afterwards the ``.uses`` file beside the private file is the
    only truth, shared by every process that loads it.
    """

    def __init__(
        self,
        file: ModelFile,
        budget: Budget,
        thresholds: FileThresholds | MemoryThresholds,
        *,
        oracle: Any | None = None,
        report: Any = None,
        path: Path | None = None,
    ) -> None:
        self._file = file
        self._oracle = oracle
        self._program: Any | None = None
        self.info = core.plan_info(file.card.plan)
        self.weights = shaped(self.info, file.weights)
        #: Tensor ids that a proof takes from the model or the plan, not from the witness.
        self.given = {t["id"] for t in self.info.raw["tensors"] if t["kind"].lower() in ("model", "constant")}
        #: The last one of the card: the one that this file's pads hide.
        self.commitment = Commitment.decode(file.card.current)
        self.budget = budget
        self.thresholds = thresholds
        self.report = report
        self.path = path

    @staticmethod
    def in_memory(file: ModelFile, oracle: Any, report: Any) -> CommittedModel:
        return CommittedModel(
            file, MemoryBudget("the model", file.uses), MemoryThresholds(), oracle=oracle, report=report
        )

    @property
    def card(self) -> Card:
        """What verifiers need; public."""
        return self._file.card

    @property
    def file(self) -> ModelFile:
        """The private side as it is on disk."""
        return self._file

    @property
    def secret(self) -> bytes:
        """Hedges the operating system's entropy, against machines that are rolled back."""
        return self._file.secret

    @property
    def uses_left(self) -> int:
        return self.budget.left()

    def check_ledger_is_current(self) -> None:
        """Raise :class:`PolicyRefused` where a renewal was begun: the ledger went on to the renewed file."""
        if isinstance(self.budget, FileBudget) and self.budget.renewed() is not None:
            raise PolicyRefused(
                f"{self.path} was renewed: it proves no thresholds any more",
                hint="its ledger of thresholds is the renewed file's now: prove with that one. A renewal that was "
                "interrupted is finished by running it again",
                code="superseded",
            )

    @property
    def oracle(self) -> Any:
        """The commitment's private side, recomputed from the seed at first use."""
        if self._oracle is None:
            # a renewed commitment has the shape of the first one
            like = self.card.commitment if self.card.renewals else None
            oracle = core.commit_model(self.card.plan, self.weights, self._file.uses, self._file.seed, like=like)
            if bytes(oracle.commitment) != self.card.current:
                raise Malformed("the private file does not reproduce its commitment: it is damaged", code="commitment")
            self._oracle = oracle
        return self._oracle

    @property
    def program(self) -> Any:
        """The witness program of the plan, prepared once."""
        if self._program is None:
            from affidavit.proving import witness_program

            self._program = witness_program(self.card.plan, self.weights)
        return self._program

    def prepare(self) -> None:
        """Do now what the first proof would do: recompute the private side and prepare the witness program."""
        _ = self.oracle, self.program

    def save(self, stem: PathLike) -> tuple[Path, Path]:
        """Write ``STEM.model``, its ``.uses`` and ``.thresholds`` (all private) and ``STEM.card``; none may exist.

        Uses that were spent before stay spent, and thresholds that were asked stay asked. A model is saved
        once: two files would share one budget unknowingly.
        """
        memory, ledger = self.budget, self.thresholds
        if not isinstance(memory, MemoryBudget) or not isinstance(ledger, MemoryThresholds):
            raise UsageError(
                f"this model is already saved as {self.path}",
                hint="a second private file would use the same pads; split gives part of the uses to another one",
            )
        path, card_path = model_path(stem), Path(os.fspath(stem) + ".card")
        with (
            memory.handed_over() as handover,
            ledger.handed_over(handover) as entries,
            StagedFile(path, self._file.encode()) as staged,
        ):
            share = Share(self._file.file_id, self.commitment.queries, handover.left)
            companions = [
                Companion(ledger_path(path), ledger_bytes(self.secret, entries)),
                Companion(card_path, self.card.encode(), private=False),
            ]
            self.budget = publish(staged, share, companions, handover)
            self.thresholds, self.path = FileThresholds(path, self.secret), path
            staged.settle()
        return path, card_path

    @staticmethod
    def load(path: PathLike, *, unsafe_allow_copy: bool = False) -> CommittedModel:
        """Read a ``.model`` file; the ``.uses`` file must lie beside it."""
        target = Path(path)
        file = ModelFile.load(target)
        queries = Commitment.decode(file.card.current).queries
        part = file.part is not None
        budget = FileBudget(target, file.file_id, queries, file.share, part=part, unsafe_allow_copy=unsafe_allow_copy)
        return CommittedModel(file, budget, FileThresholds(target, file.secret), path=target)


def model_path(stem: PathLike) -> Path:
    """Where the private file of a stem lies."""
    return Path(os.fspath(stem) + ".model")


def new_model_file(card: Card, seed: bytes, uses: int, weights: Weights) -> ModelFile:
    """A private file with a fresh identity and secret."""
    return ModelFile(secrets.token_bytes(32), seed, secrets.token_bytes(32), uses, card, weights)
