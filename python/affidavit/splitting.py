"""Giving part of a model's uses to another machine: a second private file with the same pads, and a share of them.

The uses are spent here, durably, before a file exists that could spend them there: what is stopped in between wastes
them.
"""

from __future__ import annotations

import os
import secrets
from dataclasses import replace
from pathlib import Path

from affidavit.bundle.budget import Handover, uses_path
from affidavit.bundle.files import StagedFile
from affidavit.bundle.model_file import ModelFile
from affidavit.bundle.publish import Companion, Share, check_absent, publish
from affidavit.bundle.thresholds import ledger_bytes, ledger_path
from affidavit.errors import InputError, UsageError
from affidavit.model import CommittedModel, model_path


def split_model(model: CommittedModel, stem: str | os.PathLike[str], uses: int) -> Path:
    """Write a part of ``uses`` uses as ``STEM.model``; see :func:`affidavit.split`."""
    if isinstance(uses, bool) or not isinstance(uses, int) or uses < 1:
        raise UsageError("a part gets a whole number of uses, at least one", hint="say how many: uses=2 (--uses 2)")
    path = model_path(stem)
    model.budget.check(uses)
    check_absent(path, uses_path(path), ledger_path(path))
    part = replace(model.file, file_id=secrets.token_bytes(32), part=uses)
    with StagedFile(path, part.encode()) as staged:
        model.thresholds.entries()  # a ledger that is missing, full or another's is found before
        spend(model, uses)
        try:
            write_part(model, part, staged)
        except InputError as error:
            spent = f"the {uses} uses are spent: they were to be the part's"
            error.hint = f"{error.hint}; {spent}" if error.hint else spent
            raise
    return path


def spend(model: CommittedModel, uses: int) -> None:
    """The first step: here they are gone."""
    model.budget.spend(uses)


def write_part(model: CommittedModel, part: ModelFile, staged: StagedFile) -> None:
    """The second step: there they appear."""
    path = staged.target
    share = Share(part.file_id, model.commitment.queries, part.share, part=True)
    companions = [Companion(ledger_path(path), ledger_bytes(part.secret, model.thresholds.entries()))]
    publish(staged, share, companions, Handover(part.share))
    staged.settle()
