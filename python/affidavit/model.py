"""A model on the owner's side: compiled (plan and integer weights), then committed (with its private side)."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Any

import numpy as np

from affidavit import core, limits
from affidavit.bundle.budget import Budget, FileBudget, MemoryBudget, uses_path
from affidavit.bundle.card import Card
from affidavit.bundle.commitment import Commitment
from affidavit.bundle.files import read_bounded, remove_quietly, write_atomic
from affidavit.bundle.model_file import ModelFile, Weights, WeightsFile
from affidavit.bundle.thresholds import FileThresholds, MemoryThresholds
from affidavit.errors import Malformed, UsageError

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
    """A plan and the integer weights for it. ``report`` is the error report against the float model."""

    def __init__(self, plan: bytes, weights: Weights, report: Any = None) -> None:
        self.plan = plan
        self.info = core.plan_info(plan)
        self.weights = shaped(self.info, weights)
        self.report = report

    @property
    def digest(self) -> str:
        return self.info.digest.hex()

    def save(self, path: PathLike) -> tuple[Path, Path]:
        """Write the public plan to ``path`` and the private weights beside it (suffix ``.weights``, owner-only)."""
        plan = Path(path)
        weights = write_weights = plan.with_suffix(".weights")
        if write_weights == plan:
            raise UsageError("a plan cannot be called *.weights")
        WeightsFile(self.info.digest, self.weights).save(weights)
        return write_atomic(plan, self.plan), weights

    @staticmethod
    def load(path: PathLike) -> CompiledModel:
        """Read a plan and the weights beside it."""
        plan = read_bounded(path, limits.PLAN_BYTES, "plan")
        file = WeightsFile.load(Path(path).with_suffix(".weights"))
        if file.plan_digest != core.plan_info(plan).digest:
            raise Malformed("the weights beside the plan belong to another plan", code="weights")
        return CompiledModel(plan, file.weights)


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
        self.commitment = Commitment.decode(file.card.commitment)
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
    def secret(self) -> bytes:
        """Hedges the operating system's entropy, against machines that are rolled back."""
        return self._file.secret

    @property
    def uses_left(self) -> int:
        return self.budget.left()

    @property
    def oracle(self) -> Any:
        """The commitment's private side, recomputed from the seed at first use."""
        if self._oracle is None:
            oracle = core.commit_model(self.card.plan, self.weights, self._file.uses, self._file.seed)
            if bytes(oracle.commitment) != self.card.commitment:
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
        """Write ``STEM.model`` (private), its ``.uses`` file and ``STEM.card``; existing files are never replaced.

        Uses that were spent before stay spent. A model is saved once: two files would share one budget unknowingly.
        """
        if self.path is not None:
            raise UsageError(
                f"this model is already saved as {self.path}",
                hint="a second private file would use the same pads; commit again for another machine",
            )
        path, card_path = Path(os.fspath(stem) + ".model"), Path(os.fspath(stem) + ".card")
        left = self.budget.left()
        written: list[Path] = []
        try:
            written.append(self._file.save(path))
            queries = self.commitment.queries
            budget = FileBudget.create(path, self._file.file_id, queries, left * queries)
            written.append(uses_path(path))
            self.card.save(card_path)
        except BaseException:
            for file in written:
                remove_quietly(file)
            raise
        self.budget, self.thresholds, self.path = budget, FileThresholds(path), path
        return path, card_path

    @staticmethod
    def load(path: PathLike, *, unsafe_allow_copy: bool = False) -> CommittedModel:
        """Read a ``.model`` file; the ``.uses`` file must lie beside it."""
        target = Path(path)
        file = ModelFile.load(target)
        budget = FileBudget(target, file.file_id, unsafe_allow_copy=unsafe_allow_copy)
        return CommittedModel(file, budget, FileThresholds(target), path=target)


def new_model_file(card: Card, seed: bytes, uses: int, weights: Weights) -> ModelFile:
    """A private file with a fresh identity and secret."""
    return ModelFile(secrets.token_bytes(32), seed, secrets.token_bytes(32), uses, card, weights)
